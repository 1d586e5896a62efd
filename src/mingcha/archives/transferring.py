"""Transfer to the archives institution (进馆移交): list, check of the four properties, receipt — 档案法实施条例 art. 20, 40."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives import exporting, properties, queries
from mingcha.archives.choices import Moment
from mingcha.archives.models import Package, Transfer, TransferItem, TransferReceipt
from mingcha.archives.sealing import folder
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, NotFound, Reason, Refused
from mingcha.ledger.actions import append

HEADS = ("档号", "案由", "当事人", "卷次", "件数", "页数", "保管期限", "结案日期", "包名", "内容摘要（SHA-256）")


def years() -> list[tuple[str, int, str]]:
    """Level of the institution, years after which dossiers go there, source."""
    return [(row["level"], row["years"], row["source"]) for row in properties.table()["transfer_years"]]


def due(organ_id: uuid.UUID, after: int) -> QuerySet[Package]:
    """Sealed packages of an organ whose case was closed `after` years ago and that were not transferred, oldest first."""
    today = clock.today()
    try:
        before = today.replace(year=today.year - after)
    except ValueError:
        before = today.replace(year=today.year - after, day=28)
    rows = queries.packages_of(organ_id).filter(case__closed_on__lte=before, transfers=None)
    return rows.order_by("case__closed_on", "id")


def prepare(package_ids: Iterable[uuid.UUID], *, actor: Actor, institution: str, note: str = "") -> Transfer:
    """Put packages on the list of a transfer, each checked now. Raises Refused with every package that did not pass.

    Reads every byte of every package: runs outside a transaction.
    """
    actor.require(Role.ARCHIVIST)
    check = Check()
    institution = check.text("institution", institution, "接收的档案馆", most=120)
    note = check.text("note", note, "说明", most=500, required=False)
    check.done()
    rows = list(queries.packages_of(actor.organ_id).filter(id__in=list(package_ids)).order_by("case__closed_on", "id"))
    if not rows:
        raise InvalidInput({"packages": ["请选择要移交的封存包。"]})
    if done := [row.name for row in rows if row.transfers.exists()]:
        raise Conflict("transfer-done", f"已经列入移交清册：{done[0]}。")
    found = [(row, properties.examine(folder(row.name), Moment.TRANSFER, package=row)) for row in rows]
    by = actor.snapshot(Role.ARCHIVIST)
    faults = [
        Reason(
            "transfer-check-failed",
            f"{row.case}：{checked.first_fault}",
            ("档案法实施条例第四十条",),
            "请修复或者从备份恢复以后重新检测。",
        )
        for row, checked in found
        if checked.failed
    ]
    with transaction.atomic():
        checks = [(row, properties.record(row, checked, by=by)) for row, checked in found]
        if faults:
            transfer = None
        else:
            transfer = Transfer.objects.create(
                organisation_id=actor.organ_id,
                institution=institution,
                note=note,
                made_by_id=actor.officer_id,
                made_at=clock.now(),
            )
            for row, kept in checks:
                TransferItem.objects.create(transfer=transfer, package=row, check_row=kept)
            append(
                "archive-transferred",
                log=actor.jurisdiction,
                subject=("transfer", str(transfer.id)),
                actor=by,
                payload={"institution": institution, "packages": [[row.name, row.contents] for row in rows]},
            )
    # The failed checks are kept: refused only after they stand.
    if transfer is None:
        raise Refused(faults)
    return transfer


@transaction.atomic
def receipt(
    transfer_id: uuid.UUID, *, actor: Actor, number: str, receiver: str, received_on: dt.date
) -> TransferReceipt:
    """Record what the archives institution signed for."""
    actor.require(Role.ARCHIVIST)
    check = Check()
    number = check.text("number", number, "接收凭据编号", most=60)
    receiver = check.text("receiver", receiver, "接收人", most=60)
    received_on = check.date("received_on", received_on, "接收日期", latest=clock.today())
    check.done()
    row = transfer(actor, transfer_id)
    if hasattr(row, "receipt"):
        raise Conflict("transfer-receipted", "这份清册的接收凭据已经登记。")
    found = TransferReceipt.objects.create(
        transfer=row,
        number=number,
        receiver=receiver,
        received_on=received_on,
        by_id=actor.officer_id,
        at=clock.now(),
    )
    append(
        "archive-receipted",
        log=actor.jurisdiction,
        subject=("transfer", str(row.id)),
        actor=actor.snapshot(Role.ARCHIVIST),
        payload={"number": number, "receiver": receiver, "received_on": received_on},
    )
    return found


def transfer(actor: Actor, transfer_id: uuid.UUID) -> Transfer:
    """A transfer of the own organ. Raises NotFound."""
    found = queries.transfers(actor.organ_id).filter(id=transfer_id).first()
    if found is None:
        raise NotFound("没有找到这份移交清册。")
    return found


def lines(row: Transfer) -> list[list[str]]:
    """The rows of the list (移交清册)."""
    found = []
    for item in row.items.select_related("package__case").order_by("package__case__closed_on", "id"):
        package, case = item.package, item.package.case
        closed = case.closed_on.isoformat() if case.closed_on else ""
        kept = queries.acceptance(case)
        volume = "全案" if package.volume_no == 1 else f"补充卷{package.volume_no - 1}"
        found.append(
            [
                case.number or str(case.id),
                case.cause,
                case.party_name,
                volume,
                str(package.papers),
                str(package.pages),
                kept.get_retention_display() if kept else "",
                closed,
                package.name,
                package.contents,
            ]
        )
    return found


def hand_over(row: Transfer, target: Path, *, with_recordings: bool = True) -> list[Path]:
    """Write the list and all packages of a transfer below `target`, recordings included: they do not stay behind."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([HEADS, *lines(row)])
    target.mkdir(parents=True, exist_ok=True)
    (target / "移交清册.csv").write_text("\ufeff" + out.getvalue(), encoding="utf-8", newline="")
    packages = [item.package for item in row.items.select_related("package__case").order_by("package__name")]
    return [exporting.export(package, target, with_recordings=with_recordings) for package in packages]
