"""Whether every sealed package is there and unchanged (封存包核验), for `mingcha ledger check`."""

from __future__ import annotations

from collections.abc import Iterator

from mingcha.archives.models import DisposalItem, ErasedPackage, ErasedRow, Erasure, ErasurePass, Package
from mingcha.archives.packing import checking
from mingcha.archives.sealing import folder
from mingcha.common.errors import MingchaError
from mingcha.ledger import keys, rows
from mingcha.ledger.models import JournalEntry
from mingcha.ledger.queries import payload as payload_of
from mingcha.ledger.soundness import Finding, Tally, sound

rows.passing("archives_sealing")
# Gone with the erasure or its refusal: a seal would keep a digest of the very words.
rows.passing("archives_erasurewords")


@rows.excuse
def erased_by_law(table: str, key: str, found: str) -> bool:
    """A row that is as an erasure left it."""
    return ErasedRow.objects.filter(table_name=table, key=key, after=found).exists()


@sound("erasures", "依法删除")
def check_erasures(tally: Tally) -> Iterator[Finding]:
    """What excuses a row is what the journal says was blanked, and no erasure is left open."""
    for given in ErasurePass.objects.filter(request__erasure=None):
        where = {"request": str(given.request_id)}
        yield Finding("erasure-open", f"删除申请 {given.request_id} 没有办结，记录保护处于打开状态。", where)
    told: dict[str, object] = {}
    for entry in JournalEntry.objects.filter(kind="personal-data-erased", subject_type="erasure"):
        payload = payload_of(entry)
        told[entry.subject_id] = payload and payload["rows"]
    for row in Erasure.objects.exclude(request=None).order_by("id"):
        tally.add("erasures")
        kept = ErasedRow.objects.filter(request_id=row.request_id).values_list("table_name", "key", "after")
        said = told.pop(str(row.request_id), None)
        if said != sorted(map(list, kept)):
            where = {"request": str(row.request_id), "case": str(row.case_id)}
            yield Finding("erasure-altered", f"删除记录 {row.id} 与日志记载的不符，被改动过。", where)
    if strays := ErasedRow.objects.filter(request__erasure=None).count():
        yield Finding("erasure-altered", f"有{strays}条删除记录没有对应的删除。", {"rows": strays})


@sound("packages", "封存包")
def check(tally: Tally) -> Iterator[Finding]:
    """Each package by itself, and against the digest of its contents that was entered when it was sealed."""
    for row in Package.objects.select_related("case").order_by("id").iterator(200):
        tally.add("packages")
        tally.tell(f"已核对封存包 {tally.counts['packages']} 个")
        where = {"package": row.name, "case": str(row.case_id), "path": row.name}
        path = folder(row.name)
        if ErasedPackage.objects.filter(package=row).exists():
            tally.add("packages_erased_by_law")
            continue
        if DisposalItem.objects.filter(case_id=row.case_id, disposal__run__isnull=False).exists():
            tally.add("packages_destroyed_by_law")
            continue
        if not path.exists():
            yield Finding("package-missing", f"封存包 {row.name} 不见了。", where)
            continue
        try:
            report = checking.check(path, keys.verifiers(row.case.jurisdiction))
        except (MingchaError, OSError, ValueError) as error:
            yield Finding("package-altered", f"封存包 {row.name} 无法核验（{type(error).__name__}）。", where)
            continue
        if report.outcome != checking.Outcome.GENUINE:
            yield Finding("package-altered", f"封存包 {row.name}：{report.message}", where)
        elif report.contents != row.contents:
            yield Finding("package-altered", f"封存包 {row.name}不是封存时的那一个。", where)
