"""Whether every sealed package is there and unchanged (封存包核验), for `mingcha ledger check`."""

from __future__ import annotations

from collections.abc import Iterator

from mingcha.archives.models import DisposalItem, Package
from mingcha.archives.packing import checking
from mingcha.archives.sealing import folder
from mingcha.common.errors import MingchaError
from mingcha.ledger import keys, rows
from mingcha.ledger.soundness import Finding, Tally, sound

rows.passing("archives_sealing")


@sound("packages", "封存包")
def check(tally: Tally) -> Iterator[Finding]:
    """Each package by itself, and against the digest of its contents that was entered when it was sealed."""
    for row in Package.objects.select_related("case").order_by("id").iterator(200):
        tally.add("packages")
        tally.tell(f"已核对封存包 {tally.counts['packages']} 个")
        where = {"package": row.name, "case": str(row.case_id), "path": row.name}
        path = folder(row.name)
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
