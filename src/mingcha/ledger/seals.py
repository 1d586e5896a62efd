"""Seals of rows (封签): what the tables hold is entered in the ledger, so that a change past the platform is found.

The journal says what was done; the tables hold what came of it. A sheet holds a digest per row, its root stands in the
payload of an entry. A row that differs from its seal must have a reason (see rows.Rule); a sweep renews only such
seals, so it never covers up a fault. Rows are found by the absence of a seal.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from mingcha.ledger import actions, checks_schema, kinds, queries, rows
from mingcha.ledger.actors import system
from mingcha.ledger.models import JournalEntry, JournalPayload, RowSeal, SealSheet
from mingcha.ledger.soundness import Finding, Tally

_SEALS = "ledger_rowseal"
_CHUNK = 400
_GROUP = 2000
_MOST_FAULTS = 50
# On PostgreSQL an entry with a smaller id may still be on its way when the sheet is made.
_MARGIN = 1000
_CURRENT = (
    'SELECT s."key", s."digest", s."tells" FROM ledger_rowseal s WHERE s."sheet_id" = %s AND NOT EXISTS ('
    'SELECT 1 FROM ledger_rowseal n WHERE n."table" = s."table" AND n."key" = s."key" AND n."id" > s."id") '
    'ORDER BY s."key"'
)


@dataclass
class _Fresh:
    """Rows of one table to be sealed: key → (digest, digest of what tells of a change)."""

    columns: list[str]
    seals: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _State:
    """How a sealed row stands: unchanged, changed with a reason, or not as it should be."""

    key: str
    changed: bool
    finding: Finding | None


def seal() -> int:
    """Seal what is new and what has changed with a reason; returns how many rows. One entry, if there is anything.

    What has changed without a reason is entered too, once, and never sealed anew.

    Must be called outside a transaction: the digests are taken before it begins.
    """
    checks_schema.record()
    last = _newest_entry()
    log = next(iter(queries.logs()), None)
    if log is None:
        return 0
    fresh: dict[str, _Fresh] = {}
    faults: list[list[str]] = []
    for table in rows.sealed_tables():
        found = _fresh(table)
        faults += [[table, key] for key in found.faults]
        if found.seals:
            fresh[table] = found
    # A seal makes an entry and so a checkpoint: alone they are no reason for the next seal.
    if all(table.startswith("ledger_") for table in fresh):
        if faults[:_MOST_FAULTS] == _told_last():
            return 0
        fresh = {}
    after = max(last - (_MARGIN if connection.vendor == "postgresql" else 0), 0)
    with transaction.atomic():
        roots = {table: _root(item.columns, _edition(table), after, item.seals) for table, item in fresh.items()}
        entry = actions.append(
            kinds.ROWS_SEALED,
            log=log,
            subject=("database", "rows"),
            actor=system("封签"),
            payload={
                "sheets": [[table, len(fresh[table].seals), roots[table]] for table in sorted(fresh)],
                # A later act may explain a row that differs today; that it differed without one stays on record.
                **({"faults": faults[:_MOST_FAULTS]} if faults else {}),
            },
        )
        for table, item in sorted(fresh.items()):
            sheet = SealSheet.objects.create(
                entry=entry, table=table, columns=json.dumps(item.columns), edition=_edition(table),
                after_entry=after, rows=len(item.seals), root=roots[table],
            )  # fmt: skip
            RowSeal.objects.bulk_create(
                [
                    RowSeal(sheet=sheet, table=table, key=key, digest=digest, tells=tells)
                    for key, (digest, tells) in sorted(item.seals.items())
                ],
                batch_size=500,
            )
    return sum(len(item.seals) for item in fresh.values())


def _fresh(table: str) -> _Fresh:
    found, looked = _Fresh(rows.columns_of(table)), _looked()
    for keys in rows.keys_without(table, _SEALS):
        found.seals |= _digests(table, keys, found.columns)
    for sheet in SealSheet.objects.filter(table=table).order_by("id"):
        grown = json.loads(sheet.columns) != found.columns
        states = list(_states(sheet, looked))
        found.faults += [item.key for item in states if item.finding is not None]
        renewed = [item.key for item in states if item.finding is None and (item.changed or grown)]
        if renewed:
            found.seals |= _digests(table, renewed, found.columns)
    return found


def _told_last() -> list[list[str]]:
    """The faults that the newest seal has entered."""
    entry = JournalEntry.objects.filter(kind=kinds.ROWS_SEALED).order_by("-id").select_related("content").first()
    told: list[list[str]] = (_payload(entry) or {}).get("faults", []) if entry else []
    return told


def _digests(table: str, keys: Sequence[str], columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    read = rows.read(table, keys, columns)
    return {key: (digest, _tells(table, more)) for key, (digest, more) in read.items()}


def _tells(table: str, values: Sequence[bytes]) -> str:
    return rows.digest(b"\n".join(values)) if values and rows.rule_of(table).kind == rows.WORKING else ""


def _edition(table: str) -> str:
    edition = rows.rule_of(table).edition
    return "" if edition is None else edition()


def _newest_entry() -> int:
    return JournalEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def _root(columns: Sequence[str], edition: str, after: int, seals: dict[str, tuple[str, str]]) -> str:
    text = json.dumps(list(columns)) + f"\n{edition}\n{after}\n"
    lines = "".join(f"{key}\0{digest}\0{tells}\n" for key, (digest, tells) in sorted(seals.items()))
    return hashlib.sha256((text + lines).encode()).hexdigest()


def _looked() -> int:
    """The newest entry when the last sweep began. It compared every row: what it left alone was then as sealed.

    Only later entries explain a change, else one act anywhere would excuse whatever was sealed long before it.
    """
    found: int | None = SealSheet.objects.aggregate(Max("after_entry"))["after_entry__max"]
    return found or 0


def _states(sheet: SealSheet, looked: int) -> Iterator[_State]:
    """Every row whose newest seal is on this sheet."""
    columns = json.loads(sheet.columns)
    # A column that a later version dropped cannot be compared any more; the rows are sealed anew without it.
    if not set(columns) <= set(rows.columns_of(sheet.table)):
        return
    with connection.cursor() as cursor:
        cursor.execute(_CURRENT, [sheet.pk])
        seals = cursor.fetchall()
    for start in range(0, len(seals), _CHUNK):
        part = seals[start : start + _CHUNK]
        read = rows.read(sheet.table, [row[0] for row in part], columns)
        for key, digest, tells in part:
            yield _state(sheet, looked, key, (digest, tells), read.get(key))


def _state(
    sheet: SealSheet, looked: int, key: str, sealed: tuple[str, str], found: tuple[str, tuple[bytes, ...]] | None
) -> _State:
    rule, where = rows.rule_of(sheet.table), {"table": sheet.table, "key": key, "sheet": sheet.pk}
    name = f"数据库表 {sheet.table} 的记录 {key}"
    if found is None:
        if rule.removable or rule.kind == rows.PASSING or (rule.edition and _edition(sheet.table) != sheet.edition):
            return _State(key, False, None)
        return _State(key, True, Finding("row-removed", f"{name}被删除了，封签上有它。", where))
    if found[0] == sealed[0]:
        return _State(key, False, None)
    if _explained(sheet, looked, rule, sealed[1], found[1]) or rows.excused(sheet.table, key, found[0]):
        return _State(key, True, None)
    return _State(key, True, Finding("row-altered", f"{name}与封签不符，内容在平台之外被改动过。", where))


def _explained(sheet: SealSheet, looked: int, rule: rows.Rule, tells: str, values: tuple[bytes, ...]) -> bool:
    if rule.kind == rows.WORKING:
        acts = JournalEntry.objects.filter(id__gt=looked, kind__in=rule.kinds)
        return _tells(sheet.table, values) != tells or bool(rule.kinds and acts.exists())
    if rule.kind == rows.SHIPPED:
        return _edition(sheet.table) != sheet.edition
    if rule.kind != rows.GOVERNED:
        return False
    since = JournalEntry.objects.filter(id__gt=looked).exclude(kind=kinds.ROWS_SEALED)
    case = values[0].decode("utf-8", "replace").strip("'()") if values else ""
    if case and case != "NULL":
        try:
            return since.filter(case_id=uuid.UUID(case)).exists()
        except ValueError:
            return False
    return since.exists()


def check(tally: Tally, *, tables: Collection[str] | None = None) -> Iterator[Finding]:
    """Sheets against the journal, seals against their sheets, rows against their seals; of some tables or all."""
    sheets = SealSheet.objects.order_by("id")
    if tables is None:
        yield from check_sheets()
    else:
        sheets = sheets.filter(table__in=list(tables))
    looked = _looked()
    for sheet in sheets:
        for state in _states(sheet, looked):
            if tally.add("rows") % 5000 == 0:
                tally.tell(f"已核对封签 {tally.counts['rows']} 条")
            if state.finding is not None:
                yield state.finding


def check_sheets() -> Iterator[Finding]:
    """Every sheet against its entry and its seals."""
    sheets = {row.pk: row for row in SealSheet.objects.order_by("id").select_related("entry", "entry__content")}
    seals = RowSeal.objects.order_by("sheet_id", "key").values_list("sheet_id", "table", "key", "digest", "tells", "id")
    seen: set[int] = set()
    last = 0
    for number, group in itertools.groupby(seals.iterator(_GROUP), key=lambda row: row[0]):
        seen.add(number)
        found = list(group)
        # Seals are written in the order of their keys, sheet after sheet: which one is the newest must not be changed.
        ids = [row[5] for row in found]
        gap = connection.vendor == "sqlite" and last and ids[0] != last + 1
        if gap or ids[0] <= last or ids != list(range(ids[0], ids[0] + len(ids))):
            yield Finding("seal-altered", f"第{number}号封签单的封签次序被改动过。", {"sheet": number})
        last = ids[-1]
        if number in sheets:
            yield from _check_sheet(sheets[number], found)
        else:
            yield Finding("sheet-removed", f"第{number}号封签单不见了，它的封签还在。", {"sheet": number})
    for number in sorted(set(sheets) - seen):
        yield from _check_sheet(sheets[number], [])
    for entry in JournalEntry.objects.filter(kind=kinds.ROWS_SEALED).order_by("id").select_related("content"):
        listed = {item[0] for item in (_payload(entry) or {"sheets": []})["sheets"]}
        missing = listed - set(SealSheet.objects.filter(entry=entry).values_list("table", flat=True))
        for table in sorted(missing):
            yield Finding(
                "sheet-removed", f"第{entry.pk}号条目记载的 {table} 封签单不见了。", {"entry": entry.pk, "table": table}
            )


def _payload(entry: JournalEntry) -> dict[str, Any] | None:
    """What the entry says; None where it was erased or damaged, which the check of the journal names."""
    try:
        return queries.payload(entry)
    except (ValueError, JournalPayload.DoesNotExist):
        return None


def _check_sheet(sheet: SealSheet, found: Sequence[tuple[int, str, str, str, str, int]]) -> Iterator[Finding]:
    where = {"table": sheet.table, "sheet": sheet.pk, "entry": sheet.entry_id}
    seals = {key: (digest, tells) for _, _, key, digest, tells, _ in found}
    try:
        root = _root(json.loads(sheet.columns), sheet.edition, sheet.after_entry, seals)
    except (ValueError, UnicodeEncodeError):
        root = ""
    payload = _payload(sheet.entry)
    entered = [sheet.table, sheet.rows, sheet.root]
    if (
        root != sheet.root
        or len(seals) != sheet.rows
        or any(table != sheet.table for _, table, _, _, _, _ in found)
        or (payload is not None and entered not in payload["sheets"])
    ):
        yield Finding(
            "seal-altered", f"{sheet.table} 的封签单（第{sheet.pk}号）与日志记载的不符，封签被改动过。", where
        )


def unsealed() -> int:
    """How many rows no seal names yet."""
    return sum(len(keys) for table in rows.sealed_tables() for keys in rows.keys_without(table, _SEALS))
