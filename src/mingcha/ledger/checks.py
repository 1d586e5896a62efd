"""Whole check of journal and log (账本核验): everything is derived again and compared; the first divergence is named.

Triggers guard against mistakes; this check and the witnesses guard against whoever owns the database file.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mingcha.common import triggers
from mingcha.common.canonical import canonical
from mingcha.ledger import keys, kinds, place, queries
from mingcha.ledger.core import cosignature, note
from mingcha.ledger.core.checkpoint import TreeHead, open_signed
from mingcha.ledger.core.entry import header_digest, salted_digest
from mingcha.ledger.core.errors import ProofError
from mingcha.ledger.core.merkle import CompactRange, leaf_hash, root_of
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.core.tiles import WIDTH, TileName, pack_entries
from mingcha.ledger.cosigning import policy
from mingcha.ledger.errors import KeyProblem, LedgerBroken
from mingcha.ledger.models import Checkpoint, Cosignature, JournalEntry, LedgerLeaf
from mingcha.ledger.names import origin

_CHUNK = 2000


@dataclass(frozen=True)
class Finding:
    """One divergence: a stable code, what it is, and where."""

    code: str
    message: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class CheckReport:
    """What was looked at and what diverges, in the order of the log, so that the first finding is the earliest."""

    entries: int = 0
    leaves: int = 0
    checkpoints: int = 0
    waiting: int = 0
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
            head = None if text is None else open_signed(text, [keys.verifier(log)], origin=origin(log))
        except (ProofError, KeyProblem) as error:
            raise LedgerBroken(message=f"账本 {log} 的检查点不可信：{error.message}", data={"log": log}) from error
        if row is None and head is not None:
            raise LedgerBroken(
                message=f"账本 {log} 的数据库比已签名的检查点旧，请恢复最新的数据库后再启动。", data={"log": log}
            )
        if (
            row is None
            or head is None
            or head.size < row.size
            or (head.size == row.size and head.root.hex() != row.root)
        ):
            raise LedgerBroken(
                message=f"账本 {log} 的检查点文件缺失或比数据库旧，请恢复最新的账本文件后再启动。", data={"log": log}
            )
        if LedgerLeaf.objects.filter(log=log, index=head.size - 1).first() is None:
            raise LedgerBroken(
                message=f"账本 {log} 的数据库比已签名的检查点旧，请恢复最新的数据库后再启动。", data={"log": log}
            )


def check(*, first_only: bool = True) -> CheckReport:
    """Check everything; stops at the first divergence unless told otherwise."""
    report = CheckReport()
    for finding in _findings(report):
        report.findings.append(finding)
        if first_only:
            break
    return report


def _findings(report: CheckReport) -> Iterator[Finding]:
    for name in triggers.missing():
        yield Finding("trigger-missing", f"数据库缺少触发器 {name}，或其内容被改动。", {"trigger": name})
    yield from _journal(report)
    names = set(LedgerLeaf.objects.order_by().values_list("log", flat=True).distinct())
    for log in sorted(names | set(queries.logs())):
        yield from _Log(log, report).findings()
    report.waiting = JournalEntry.objects.filter(leaf__isnull=True).count()


def _journal(report: CheckReport) -> Iterator[Finding]:
    """Digests and chains of all entries."""
    last: dict[uuid.UUID, tuple[int, str]] = {}
    erased = set(
        JournalEntry.objects.filter(kind=kinds.PAYLOAD_ERASED, subject_type="journal-entry").values_list(
            "subject_id", flat=True
        )
    )
    for entry in JournalEntry.objects.order_by("id").select_related("content").iterator(_CHUNK):
        report.entries += 1
        where = {"entry": entry.pk, "kind": entry.kind, "case_id": entry.case_id and str(entry.case_id)}
        name = f"第{entry.pk}号日志条目"
        if header_digest(queries.header(entry)) != entry.digest:
            yield Finding("entry-altered", f"{name}的字段与它的摘要不符，条目被改动过。", where)
        content = getattr(entry, "content", None)
        if content is None:
            yield Finding("payload-lost", f"{name}的内容行不见了。", where)
        elif content.payload is None or content.salt is None:
            if str(entry.pk) not in erased:
                yield Finding("payload-erased-without-record", f"{name}的内容被删除，却没有删除记录。", where)
        else:
            if salted_digest(content.salt, content.payload.encode()) != entry.payload_digest:
                yield Finding("payload-altered", f"{name}的内容与它的摘要不符，内容被改动过。", where)
            if salted_digest(content.salt, canonical(entry.actor)) != entry.actor_digest:
                yield Finding("actor-altered", f"{name}的操作人与它的摘要不符，操作人被改动过。", where)
        if entry.case_id is not None and entry.case_seq is not None:
            before, digest = last.get(entry.case_id, (0, ""))
            if (entry.case_seq, entry.prev_digest) != (before + 1, digest):
                yield Finding("chain-broken", f"{name}没有接在同一案件的上一条之后，链条断开。", where)
            last[entry.case_id] = (entry.case_seq, entry.digest)


class _Log:
    """One pass over the leaves of a log, with its checkpoints and its files."""

    def __init__(self, log: str, report: CheckReport) -> None:
        self.log, self.report = log, report
        self.range = CompactRange()
        self.rows: list[list[bytes]] = []  # per level, the hashes of the tile not yet full
        self.digests: list[bytes] = []

    def findings(self) -> Iterator[Finding]:
        try:
            key = keys.verifier(self.log)
        except KeyProblem as error:
            yield Finding("key-missing", error.message, {"log": self.log})
            return
        # The sequencer goes on meanwhile: what it signs after this look belongs to the next check.
        covered = queries.covered_size(self.log)
        heads = Checkpoint.objects.filter(log=self.log, size__lte=covered).order_by("size").iterator(_CHUNK)
        head = next(heads, None)
        leaves = LedgerLeaf.objects.filter(log=self.log).order_by("index").select_related("entry").iterator(_CHUNK)
        for leaf in leaves:
            self.report.leaves += 1
            where = {"log": self.log, "index": leaf.index, "entry": leaf.entry_id}
            name = f"账本 {self.log} 第{leaf.index}号叶"
            if leaf.index != self.range.size:
                yield Finding("leaf-missing", f"账本 {self.log} 缺少第{self.range.size}号叶。", where)
                return
            digest = bytes.fromhex(leaf.entry.digest)
            if bytes(leaf.hash) != leaf_hash(digest) or leaf.entry.log != self.log:
                yield Finding("leaf-altered", f"{name}与它的日志条目不符。", where)
            self.range.append(bytes(leaf.hash))
            if leaf.index < covered:
                yield from self._files(bytes(leaf.hash), digest)
            while head is not None and head.size <= self.range.size:
                yield from self._checkpoint(head, key)
                head = next(heads, None)
        if head is not None:
            yield Finding(
                "leaves-lost",
                f"账本 {self.log} 的检查点覆盖{head.size}条，数据库只有{self.range.size}条。",
                {"log": self.log, "size": head.size, "leaves": self.range.size},
            )
            return
        yield from self._rest(covered)
        yield from self._published(key)
        yield from self._cosigned()

    def _checkpoint(self, head: Checkpoint, key: VerifierKey) -> Iterator[Finding]:
        self.report.checkpoints += 1
        where = {"log": self.log, "size": head.size}
        name = f"账本 {self.log} 大小为{head.size}的检查点"
        root = self.range.root() if head.size == self.range.size else b""
        try:
            signed = open_signed(head.note, [key], origin=origin(self.log))
        except ProofError as error:
            yield Finding("checkpoint-untrusted", f"{name}：{error.message}", where)
            return
        if signed != TreeHead(origin(self.log), head.size, root) or head.root != root.hex():
            yield Finding("checkpoint-differs", f"{name}与数据库中的叶不符：这之前有记录被改动或调换。", where)

    def _files(self, leaf: bytes, digest: bytes) -> Iterator[Finding]:
        self.digests.append(digest)
        if len(self.digests) == WIDTH:
            name = TileName(None, (self.range.size - 1) // WIDTH)
            yield from self._compare(name, pack_entries(self.digests))
            self.digests = []
        level, value = 0, leaf
        while True:
            if len(self.rows) <= level:
                self.rows.append([])
            row = self.rows[level]
            row.append(value)
            if len(row) < WIDTH:
                return
            yield from self._compare(TileName(level, (self.range.size >> 8 * (level + 1)) - 1), b"".join(row))
            level, value = level + 1, root_of(row)
            row.clear()

    def _rest(self, covered: int) -> Iterator[Finding]:
        """The partial tiles at the right edge of the newest checkpoint."""
        for level, row in enumerate(self.rows):
            if row:
                yield from self._compare(TileName(level, covered >> 8 * (level + 1), len(row)), b"".join(row))
        if self.digests:
            yield from self._compare(TileName(None, covered // WIDTH, len(self.digests)), pack_entries(self.digests))

    def _compare(self, name: TileName, expected: bytes) -> Iterator[Finding]:
        where = {"log": self.log, "path": name.path}
        try:
            if name.level is None:
                found = pack_entries(place.read_entries(self.log, name))
            else:
                found = place.read_tile(self.log, name)
        except ProofError:
            yield Finding("tile-missing", f"账本 {self.log} 缺少文件 {name.path}，或它不完整。", where)
            return
        if found != expected:
            yield Finding("tile-altered", f"账本 {self.log} 的文件 {name.path} 与数据库中的叶不符。", where)

    def _published(self, key: VerifierKey) -> Iterator[Finding]:
        # Under the lock no round stands between the file and its row.
        with place.lock(self.log):
            text = place.read_checkpoint(self.log)
            newest = queries.latest_checkpoint(self.log)
        where: dict[str, Any] = {"log": self.log}
        if text is None:
            if newest is not None:
                yield Finding("checkpoint-file-missing", f"账本 {self.log} 的检查点文件不见了。", where)
            return
        try:
            head = open_signed(text, [key], origin=origin(self.log))
        except ProofError as error:
            yield Finding("checkpoint-file-untrusted", f"账本 {self.log} 的检查点文件：{error.message}", where)
            return
        size = 0 if newest is None else newest.size
        where |= {"published": head.size, "database": size}
        if head.size > size:
            yield Finding(
                "checkpoint-row-missing",
                f"账本 {self.log} 已公布大小为{head.size}的检查点，数据库只记到{size}。"
                "若上次定序中途停机，运行 mingcha ledger sequence 即可补齐；否则数据库中的检查点被删除过。",
                where,
            )
        elif newest is None or head.size < size or head.root.hex() != newest.root:
            yield Finding(
                "checkpoint-file-differs",
                f"账本 {self.log} 的检查点文件大小为{head.size}，数据库的检查点为{size}，或二者内容不同。",
                where,
            )

    def _cosigned(self) -> Iterator[Finding]:
        """Each kept cosignature against the key in the policy; of a witness no longer named nothing can be said."""
        trusted = {key.name: key for key in policy.of(self.log).keys}
        notes = dict(Checkpoint.objects.filter(log=self.log).values_list("size", "note"))
        rows = Cosignature.objects.filter(log=self.log, witness__in=list(trusted)).order_by("size", "witness")
        for row in rows.iterator(_CHUNK):
            text = note.parse(notes[row.size]).text if row.size in notes else ""
            try:
                found = cosignature.times(note.parse(f"{text}\n{row.line}"), [trusted[row.witness]])
            except ProofError:
                found = {}
            if found.get(row.witness) != int(row.seen_at.timestamp()):
                yield Finding(
                    "cosignature-untrusted",
                    f"账本 {self.log} 大小为{row.size}的检查点上，见证“{row.witness}”的共签与它的公钥不符。",
                    {"log": self.log, "size": row.size, "witness": row.witness},
                )
