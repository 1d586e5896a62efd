"""Writes and reads of the annual figures (年度执法数据): made by the clerk, signed off by a head, then public."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Organisation
from mingcha.catalogues.profiles import report_due
from mingcha.catalogues.queries import in_force
from mingcha.common import clock
from mingcha.common.canonical import digest
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Reason, Refused
from mingcha.disclosure import counting
from mingcha.disclosure.models import YearDraft, YearRelease, YearSent
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot

FIRST_YEAR = 2019
# Days before a last day within the year itself from which its figures are counted.
AHEAD = 31


def due(organisation_id: uuid.UUID, year: int) -> Any:
    """The last day to publish the figures of a year with its reckoning; None where the organ has no profile."""
    edition = in_force(organisation_id, "policy-profile", clock.today())
    return report_due(edition.content, year) if edition else None


@transaction.atomic
def make(year: int, *, actor: Actor, note: str = "") -> YearDraft:
    """Count the figures of the own organ and keep them as a draft. Raises InvalidInput, NotPermitted."""
    role = actor.require(Role.CLERK)
    check = Check()
    if not FIRST_YEAR <= year <= clock.today().year:
        check.add("year", f"年度应在{FIRST_YEAR}年到今年之间。")
    note = check.text("note", note, "说明", most=500, required=False)
    check.done()
    return _keep(actor.jurisdiction, actor.organ_id, year, note=note, by=actor.snapshot(role), officer=actor.officer_id)


def _keep(
    jurisdiction: str, organ_id: uuid.UUID, year: int, *, note: str, by: ActorSnapshot, officer: uuid.UUID | None
) -> YearDraft:
    content = counting.count(organ_id, year)
    row = YearDraft.objects.create(
        jurisdiction=jurisdiction,
        organisation_id=organ_id,
        year=year,
        content=content,
        content_digest=digest(content),
        note=note,
        made_by_id=officer,
        made_at=clock.now(),
    )
    append(
        "year-drafted",
        log=row.jurisdiction,
        subject=("year", str(row.id)),
        actor=by,
        payload={"year": year, "digest": row.content_digest},
    )
    return row


def visible(actor: Actor) -> QuerySet[YearDraft]:
    """Figures of the own organ, for the supervisor those of the jurisdiction; the newest first."""
    rows = YearDraft.objects.select_related("organisation", "made_by", "release__signed_by", "release__sent__by")
    if actor.has(Role.SUPERVISOR):
        rows = rows.filter(jurisdiction=actor.jurisdiction)
    else:
        rows = rows.filter(organisation_id=actor.organ_id)
    return rows.order_by("-year", "-made_at", "-id")


@dataclass(frozen=True)
class Owed:
    """Figures that an organ owes: of which year, by when, and whether they were counted already."""

    organisation: Organisation
    year: int
    due_on: dt.date
    draft: uuid.UUID | None


def owed(jurisdiction: str, today: dt.date, organ_id: uuid.UUID | None = None) -> list[Owed]:
    """Figures not signed off yet whose time has come: last year's from New Year, those due within the year before it."""
    organs = Organisation.objects.filter(jurisdiction=jurisdiction)
    if organ_id is not None:
        organs = organs.filter(id=organ_id)
    found = []
    for organ in organs.order_by("name", "id"):
        for year in (today.year - 1, today.year):
            last = due(organ.id, year)
            day = last.value if last else None
            open_from = _opens(year, day)
            if day is None or open_from is None or today < open_from or not _worked(organ, year):
                continue
            drafts = YearDraft.objects.filter(organisation=organ, year=year)
            if drafts.filter(release__isnull=False).exists():
                continue
            newest = drafts.order_by("-made_at", "-id").values_list("id", flat=True).first()
            found.append(Owed(organ, year, day, newest))
    return found


def _opens(year: int, due_on: dt.date | None) -> dt.date | None:
    """The day from which the figures of a year are counted: New Year, or a month before a day within the year."""
    if due_on is None:
        return None
    return due_on - dt.timedelta(days=AHEAD) if due_on.year == year else dt.date(year + 1, 1, 1)


def _worked(organ: Organisation, year: int) -> bool:
    """Whether the organ had cases here by the end of the year."""
    return bool(organ.cases.filter(created_at__lt=clock.at(dt.date(year + 1, 1, 1), 0)).exists())


def draft_owed(today: dt.date) -> int:
    """Count what is owed and was not counted yet, for a person to check and sign; returns how many (R045)."""
    done = 0
    for jurisdiction in Organisation.objects.order_by().values_list("jurisdiction", flat=True).distinct():
        for row in owed(jurisdiction, today):
            if row.draft is None:
                note = "由系统自动汇总。"
                if today.year == row.year:
                    note = f"由系统自动汇总，截至{today.isoformat()}。"
                with transaction.atomic():
                    _keep(jurisdiction, row.organisation.id, row.year, note=note, by=SYSTEM, officer=None)
                done += 1
    return done


def may_sign(draft: YearDraft, *, signer: uuid.UUID, today: dt.date, due_on: dt.date | None = None) -> list[Reason]:
    """Reasons why figures cannot be signed off; empty when they can (R024, 国办发〔2018〕118号)."""
    reasons = []
    if draft.made_by_id == signer:
        reasons.append(
            Reason(
                "year-own-check", "数据由您汇总，应当由另一人核对签发。", ("国办发〔2018〕118号",), "请其他负责人签发。"
            )
        )
    # Where the profile wants them within the year, they are reported as they stand.
    if today <= dt.date(draft.year, 12, 31) and not (due_on and due_on.year == draft.year):
        reasons.append(Reason("year-not-over", f"{draft.year}年还没有结束，不能签发年度数据。", (), "次年1月再签发。"))
    for line in counting.reconciled(draft.content):
        reasons.append(Reason("year-not-reconciled", line, (), "请核对案件后重新汇总。"))
    return reasons


@transaction.atomic
def sign(draft_id: uuid.UUID, *, actor: Actor) -> YearRelease:
    """Sign the figures off and make them public. Raises Refused, Conflict, NotFound."""
    role = actor.require(Role.HEAD)
    draft = YearDraft.objects.select_for_update().filter(id=draft_id, organisation_id=actor.organ_id).first()
    if draft is None:
        raise NotFound("没有找到这份年度数据。")
    if YearRelease.objects.filter(draft=draft).exists():
        raise Conflict("year-signed", "这份年度数据已经签发。")
    last = due(actor.organ_id, draft.year)
    if reasons := may_sign(draft, signer=actor.officer_id, today=clock.today(), due_on=last.value if last else None):
        raise Refused(reasons)
    entry = append(
        "year-published",
        log=draft.jurisdiction,
        subject=("year", str(draft.id)),
        actor=actor.snapshot(role),
        payload={"year": draft.year, "digest": draft.content_digest},
    )
    before = YearRelease.objects.filter(draft__organisation_id=actor.organ_id, draft__year=draft.year).count()
    return YearRelease.objects.create(
        draft=draft,
        seq=before + 1,
        content_digest=draft.content_digest,
        entry_id=entry.pk,
        due_on=last.value if last else None,
        signed_by_id=actor.officer_id,
        signed_at=clock.now(),
    )


@transaction.atomic
def send(draft_id: uuid.UUID, *, actor: Actor, receiver: str, sent_on: dt.date, number: str = "") -> YearSent:
    """Record that signed figures went to the superior (R045). Raises Refused, Conflict, NotFound, InvalidInput."""
    role = actor.require(Role.CLERK, Role.HEAD)
    rows = YearRelease.objects.select_for_update(of=("self",)).select_related("draft")
    row = rows.filter(draft_id=draft_id, draft__organisation_id=actor.organ_id).first()
    if row is None:
        unsigned = YearDraft.objects.filter(id=draft_id, organisation_id=actor.organ_id).exists()
        if not unsigned:
            raise NotFound("没有找到这份年度数据。")
        message = "年度数据还没有核对签发，不能上报。"
        raise Refused([Reason("year-not-signed", message, ("国办发〔2018〕118号",), "请负责人先核对签发。")])
    check = Check()
    receiver = check.text("receiver", receiver, "上报对象", most=100)
    number = check.text("number", number, "文号或者回执", most=60, required=False)
    sent_on = check.date("sent_on", sent_on, "上报日期", latest=clock.today())
    if not check.errors and sent_on < clock.legal_day(row.signed_at):
        check.add("sent_on", "上报日期不能早于签发日期。")
    check.done()
    if YearSent.objects.filter(release=row).exists():
        raise Conflict("year-sent", "这份年度数据已经登记上报。")
    last = due(actor.organ_id, row.draft.year)
    entry = append(
        "year-sent",
        log=row.draft.jurisdiction,
        subject=("year", str(draft_id)),
        actor=actor.snapshot(role),
        payload={"year": row.draft.year, "receiver": receiver, "on": sent_on, "number": number},
    )
    return YearSent.objects.create(
        release=row,
        receiver=receiver,
        number=number,
        sent_on=sent_on,
        due_on=last.value if last else None,
        entry_id=entry.pk,
        by_id=actor.officer_id,
        at=clock.now(),
    )


def unsent(jurisdiction: str, organ_id: uuid.UUID | None = None) -> list[tuple[YearRelease, dt.date]]:
    """Newest signed figures of an organ and year that were not sent yet, with the last day of the profile."""
    rows = YearRelease.objects.filter(draft__jurisdiction=jurisdiction).select_related("draft__organisation", "sent")
    if organ_id is not None:
        rows = rows.filter(draft__organisation_id=organ_id)
    newest: dict[tuple[uuid.UUID, int], YearRelease] = {}
    for row in rows.order_by("seq"):
        newest[row.draft.organisation_id, row.draft.year] = row
    return [(row, row.due_on) for row in newest.values() if row.due_on is not None and not hasattr(row, "sent")]


@dataclass(frozen=True)
class Year:
    """Public figures of an organ: without the cases behind them."""

    id: uuid.UUID
    organ: str
    year: int
    note: str
    tables: list[dict[str, Any]]
    total: int
    sum_fen: int
    staff: int
    certified: int
    withheld: int
    reversed: int
    signed_at: dt.datetime
    late: bool
    digest: str


def tables(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tables with labels, for screens and files; `key` leads to the cases."""
    form = counting.form()
    found = [
        {
            "label": "行政处罚（宗）",
            "rows": [
                {"label": row["label"], "value": content["penalties"][row["id"]], "key": f"penalty.{row['id']}"}
                for row in form["penalties"]
            ],
            "total": content["penalties_total"],
        }
    ]
    for table in form["acts"]:
        # Figures signed off by an earlier form keep the columns that they were counted in.
        values = content["acts"].get(table["id"], {})
        rows = [
            {"label": row["label"], "value": values[row["id"]], "key": f"{table['id']}.{row['id']}"}
            for row in table["columns"]
            if row["id"] in values
        ]
        if rows:
            found.append({"label": table["label"], "rows": rows, "total": None})
    return found


def published(jurisdiction: str, year: int | None = None) -> list[Year]:
    """The newest signed figures of each organ and year, newest year first."""
    rows = YearRelease.objects.filter(draft__jurisdiction=jurisdiction)
    if year is not None:
        rows = rows.filter(draft__year=year)
    newest: dict[tuple[uuid.UUID, int], YearRelease] = {}
    for row in rows.select_related("draft__organisation").order_by("seq"):
        newest[row.draft.organisation_id, row.draft.year] = row
    found = [_public(row) for row in newest.values()]
    return sorted(found, key=lambda item: (-item.year, item.organ))


def _public(row: YearRelease) -> Year:
    draft, content = row.draft, row.draft.content
    return Year(
        draft.id,
        draft.organisation.name,
        draft.year,
        draft.note,
        tables(content),
        content["penalties_total"],
        content["sum_fen"],
        content["staff"],
        content["certified"],
        content["withheld"],
        content["reversed"],
        row.signed_at,
        bool(row.due_on and clock.legal_day(row.signed_at) > row.due_on),
        row.content_digest,
    )


def missing(jurisdiction: str, today: dt.date) -> list[tuple[Organisation, int, dt.date]]:
    """Organs that have not published the figures of last year although the last day has passed."""
    year = today.year - 1
    done = set(
        YearRelease.objects.filter(draft__jurisdiction=jurisdiction, draft__year=year).values_list(
            "draft__organisation_id", flat=True
        )
    )
    found = []
    organs = Organisation.objects.filter(
        jurisdiction=jurisdiction, cases__created_at__lt=clock.at(dt.date(today.year, 1, 1), 0)
    )
    for organ in organs.distinct().order_by("name", "id"):
        last = due(organ.id, year)
        if organ.id not in done and last is not None and last.value is not None and last.value < today:
            found.append((organ, year, last.value))
    return found
