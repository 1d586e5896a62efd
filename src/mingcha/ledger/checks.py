"""Whole check of journal and log (账本核验): everything is derived again and compared; the first divergence is named.

Triggers guard against mistakes; this check and the witnesses guard against whoever owns the database file.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection

from mingcha.common import triggers
from mingcha.common.canonical import canonical
from mingcha.ledger import checks_file, checks_schema, keys, kinds, place, queries, seals, soundness
from mingcha.ledger.checks_log import LogPass
from mingcha.ledger.core.checkpoint import open_signed
from mingcha.ledger.core.entry import header_digest, salted_digest
from mingcha.ledger.core.errors import ProofError
from mingcha.ledger.errors import BadLogName, KeyProblem, LedgerBroken
from mingcha.ledger.models import JournalEntry, LedgerLeaf
from mingcha.ledger.names import origin, require_log_name
from mingcha.ledger.soundness import Finding, Tally

_CHUNK = 2000
# What reading a damaged row can raise, from the driver up to the fields of a model.
UNREADABLE = (DatabaseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, ValidationError)


@dataclass
class CheckReport:
    """What was looked at and what diverges, in the order of the log, so that the first finding is the earliest."""

    entries: int = 0
    leaves: int = 0
    checkpoints: int = 0
    waiting: int = 0
    tally: Tally = field(default_factory=Tally)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings

    def as_dict(self) -> dict[str, Any]:
        return {
            "sound": self.sound,
            "entries": self.entries,
            "leaves": self.leaves,
            "checkpoints": self.checkpoints,
            "waiting": self.waiting,
            "looked_at": self.tally.counts,
            "findings": [{"code": f.code, "message": f.message, "data": f.data} for f in self.findings],
        }


def require_ready() -> None:
    """At start-up: every trigger in place, and each log's database reaching its published checkpoint.

    Quick, for every start; the whole check is `check()`. Raises TriggersMissing, LedgerBroken.
    """
    triggers.require()
    for log in sorted({*queries.logs(), *place.logs()}):
        row = queries.latest_checkpoint(log)
        text = place.read_checkpoint(log)
        try:
            head = None if text is None else open_signed(text, keys.verifiers(log), origin=origin(log))
        except (ProofError, KeyProblem) as error:
            raise LedgerBroken(message=f"账本 {log} 的检查点不可信：{error.message}", data={"log": log}) from error
        # Without a row, a kill came between the file and its row; the sequencer makes up for it.
        if head is None or (row and (head.size < row.size or (head.size == row.size and head.root.hex() != row.root))):
            raise LedgerBroken(
                message=f"账本 {log} 的检查点文件缺失或比数据库旧，请恢复最新的账本文件后再启动。", data={"log": log}
            )
        if LedgerLeaf.objects.filter(log=log, index=head.size - 1).first() is None:
            raise LedgerBroken(
                message=f"账本 {log} 的数据库比已签名的检查点旧，请恢复最新的数据库后再启动。", data={"log": log}
            )


def check(*, first_only: bool = True, tell: Callable[[str], None] | None = None) -> CheckReport:
    """Check everything; stops at the first divergence unless told otherwise. `tell` hears of the progress."""
    report = CheckReport()
    if tell is not None:
        report.tally.tell = tell
    for finding in _findings(report):
        report.findings.append(finding)
        if first_only:
            break
    return report


def parts() -> dict[str, tuple[str, Callable[[CheckReport], Iterator[Finding]]]]:
    """Name → (label, check): the parts in the order in which they are checked."""
    found: dict[str, tuple[str, Callable[[CheckReport], Iterator[Finding]]]] = {
        "database": ("数据库文件与触发器", _database),
        "journal": ("日志、账本与检查点", _logs),
        "rows": ("数据库记录的封签", _part(seals.check)),
    }
    for name, (label, check_) in soundness.registered().items():
        found[name] = (label, _part(check_))
    found["counters"] = ("编号计数", lambda report: checks_file.check_counters())
    return found


def _part(check_: soundness.Check) -> Callable[[CheckReport], Iterator[Finding]]:
    return lambda report: check_(report.tally)


def _findings(report: CheckReport) -> Iterator[Finding]:
    for name, (label, part) in parts().items():
        report.tally.tell(f"核验{label}")
        try:
            yield from part(report)
        except UNREADABLE as error:
            # What cannot even be read is a divergence like any other; the parts after it are still looked at.
            yield Finding(
                "unreadable", f"{label}读不下去（{type(error).__name__}：{error}），数据库可能损坏。", {"part": name}
            )
            yield from checks_file.undecodable(error)


def _database(report: CheckReport) -> Iterator[Finding]:
    yield from checks_file.check_file()
    for name in triggers.missing():
        yield Finding("trigger-missing", f"数据库缺少触发器 {name}，或其内容被改动。", {"trigger": name})
    yield from checks_schema.check()


def _logs(report: CheckReport) -> Iterator[Finding]:
    yield from _spelling()
    yield from _journal(report)
    names = set(LedgerLeaf.objects.order_by().values_list("log", flat=True).distinct())
    for log in sorted(names | set(queries.logs())):
        try:
            require_log_name(log)
        except BadLogName:
            yield Finding("leaf-altered", f"账本叶的账本编号“{log[:40]}”不合规范，被改动过。", {"log": log[:40]})
            continue
        yield from LogPass(log, report).findings()
    report.waiting = JournalEntry.objects.filter(leaf__isnull=True).count()


# One value has one spelling: what SQLite keeps as text must be written as we write it, or a flipped bit could hide.
_HEX = ("*[^0-9a-f]*",)
_SECOND = "-".join(["[0-9]" * 4, "[0-9]" * 2, "[0-9]" * 2]) + " " + ":".join(["[0-9]" * 2] * 3)
_MOMENT = (_SECOND, f"{_SECOND}.{'[0-9]' * 6}")
_SPELT: dict[str, dict[str, tuple[str, ...]]] = {
    "ledger_journalentry": {"case_id": _HEX, "occurred_at": _MOMENT, "recorded_at": _MOMENT},
    "ledger_journalpayload": {"salt": _HEX},
}


def _spelling() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        return
    for table, columns in _SPELT.items():
        key = "id" if table == "ledger_journalentry" else "entry_id"
        for column, patterns in columns.items():
            found = " OR ".join([f"{column} GLOB %s"] * len(patterns))
            with connection.cursor() as cursor:
                # GLOB stops at a NUL, and so does the length of a text: the length of the bytes does not.
                cursor.execute(
                    f"SELECT {key} FROM {table} WHERE {found if patterns is _HEX else f'NOT ({found})'} "
                    f"OR LENGTH(CAST({column} AS BLOB)) <> LENGTH({column})",
                    list(patterns),
                )
                for (entry,) in cursor.fetchall():
                    code = "entry-altered" if key == "id" else "payload-altered"
                    yield Finding(code, f"第{entry}号日志条目的 {column} 写法不对，被改动过。", {"entry": entry})


def _entries(report: CheckReport) -> Iterator[JournalEntry | Finding]:
    """All entries in order; one that cannot be read is named instead of stopping the check."""
    ids = list(JournalEntry.objects.order_by("id").values_list("id", flat=True))
    found = JournalEntry.objects.order_by("id").select_related("content")
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        report.tally.tell(f"已核对日志 {start} 条")
        try:
            yield from list(found.filter(pk__in=part))
        except UNREADABLE:
            for key in part:
                try:
                    yield from list(found.filter(pk=key))
                except UNREADABLE:
                    yield Finding("entry-altered", f"第{key}号日志条目读不出来，内容被改动过。", {"entry": key})


def _journal(report: CheckReport) -> Iterator[Finding]:
    """Digests and chains of all entries."""
    last: dict[uuid.UUID, tuple[int, str]] = {}
    erased = set(
        JournalEntry.objects.filter(kind=kinds.PAYLOAD_ERASED, subject_type="journal-entry").values_list(
            "subject_id", flat=True
        )
    )
    for entry in _entries(report):
        report.entries += 1
        if isinstance(entry, Finding):
            yield entry
            continue
        where = {"entry": entry.pk, "kind": entry.kind, "case_id": entry.case_id and str(entry.case_id)}
        name = f"第{entry.pk}号日志条目"
        if not _same_header(entry):
            yield Finding("entry-altered", f"{name}的字段与它的摘要不符，条目被改动过。", where)
        content = getattr(entry, "content", None)
        if content is None:
            yield Finding("payload-lost", f"{name}的内容行不见了。", where)
        elif content.payload is None or content.salt is None:
            if str(entry.pk) not in erased:
                yield Finding("payload-erased-without-record", f"{name}的内容被删除，却没有删除记录。", where)
        else:
            if not _salted(content.salt, content.payload.encode("utf-8", "surrogateescape"), entry.payload_digest):
                yield Finding("payload-altered", f"{name}的内容与它的摘要不符，内容被改动过。", where)
            if not _salted(content.salt, canonical(entry.actor), entry.actor_digest):
                yield Finding("actor-altered", f"{name}的操作人与它的摘要不符，操作人被改动过。", where)
        if entry.case_id is not None and entry.case_seq is not None:
            before, digest = last.get(entry.case_id, (0, ""))
            if (entry.case_seq, entry.prev_digest) != (before + 1, digest):
                yield Finding("chain-broken", f"{name}没有接在同一案件的上一条之后，链条断开。", where)
            last[entry.case_id] = (entry.case_seq, entry.digest)


def _same_header(entry: JournalEntry) -> bool:
    try:
        return header_digest(queries.header(entry)) == entry.digest
    except (ValueError, TypeError, AttributeError):  # a column holds what no such column can
        return False


def _salted(salt: str, text: bytes, digest: str) -> bool:
    try:
        return salted_digest(salt, text) == digest
    except ValueError:
        return False
