"""Reads of requests and readings (调阅登记): who read what when, and the papers that a request opens."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.lending import marking, rules
from mingcha.archives.lending.rules import Asked
from mingcha.archives.models_lending import CircleEntry, Loan, PageView, Secrecy
from mingcha.archives.queries import Paper, dossier
from mingcha.archives.schemas import in_force, published, shipped
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.errors import NotFound, NotPermitted, Reason
from mingcha.documents.actions import ensure_rendered
from mingcha.documents.sealing.queries import newest
from mingcha.files import queries as files

# Who keeps the register of readings of an organ, and who watches it.
KEEPERS = (Role.ARCHIVIST, Role.HEAD)


@dataclass(frozen=True)
class Sheet:
    """A paper of a dossier as a reader sees it; no pages where only the archive can show it."""

    key: str
    title: str
    number: str
    second: bool
    kind: str
    paper: Paper


def sheets(case: Case) -> list[Sheet]:
    """All papers of a dossier in order, with the key by which a request names them."""
    whole = dossier(case)
    found = []
    for second, papers in ((False, whole.main), (True, whole.second)):
        for paper in papers:
            key = paper.key or (str(paper.document.id) if paper.document else paper.file)
            kind = "document" if paper.document else "file" if paper.file else "none"
            if paper.recording is not None:
                kind = "recording"
            found.append(Sheet(f"{kind}:{key}", paper.title, paper.number, second, kind, paper))
    return found


def opened(loan: Loan) -> list[Sheet]:
    """The papers that a request covers."""
    return [
        sheet
        for sheet in sheets(loan.case)
        if rules.opens(loan.volume, sheet.second) and (not loan.papers or sheet.key in loan.papers)
    ]


def sheet(loan: Loan, key: str) -> Sheet:
    """A paper that a request covers. Raises NotFound."""
    found = next((row for row in opened(loan) if row.key == key), None)
    if found is None:
        raise NotFound("没有找到这份材料，或者它不在这次调阅的范围里。")
    return found


@contextmanager
def content(found: Sheet) -> Iterator[tuple[Path, str]]:
    """Path and media type of what a paper shows. Raises NotFound where there is nothing to page through."""
    if found.paper.document is not None:
        copy = newest(found.paper.document)
        sha256 = copy.file_id if copy else ensure_rendered(found.paper.document.id).file_id
    else:
        sha256 = found.paper.file
    if found.kind not in ("document", "file") or not sha256:
        raise NotFound("这份材料没有可以按页显示的内容。音像请在音像播放页查看。")
    row = files.stored(sha256)
    with files.local_path(sha256) as path:
        yield path, row.media_type


def page_count(found: Sheet) -> int:
    """Pages that can be shown; none for recordings and for evidence without a file."""
    try:
        with content(found) as (path, media_type):
            return marking.pages_of(path, media_type)
    except NotFound:
        return 0


def secrecy(case: Case) -> Secrecy | None:
    return Secrecy.objects.filter(case=case).select_related("by").first()


def circle(case: Case) -> list[CircleEntry]:
    """Who belongs to the circle of a secret dossier now."""
    rows = CircleEntry.objects.filter(secrecy__case=case).select_related("officer").order_by("at", "id")
    latest = {row.officer_id: row for row in rows}
    return [row for row in latest.values() if row.inside]


def circles_of(actor: Actor) -> QuerySet[CircleEntry, uuid.UUID]:
    """Secret dossiers to whose circle a person belongs now: the newest entry counts."""
    later = CircleEntry.objects.filter(
        secrecy_id=OuterRef("secrecy_id"), officer_id=OuterRef("officer_id"), id__gt=OuterRef("id")
    )
    rows = CircleEntry.objects.filter(officer_id=actor.officer_id, inside=True).filter(~Exists(later))
    return rows.values_list("secrecy_id", flat=True)


def asked(case: Case, actor: Actor, reader: str, volume: str) -> Asked:
    return Asked(
        reader=reader,
        volume=volume,
        own=bool(cases.held_duties(case.id, actor.officer_id)),
        secret=secrecy(case) is not None,
        in_circle=any(row.officer_id == actor.officer_id for row in circle(case)),
        closed=case.closed_on is not None,
        table=in_force("loan-list", case.organisation_id),
    )


def visible(actor: Actor) -> QuerySet[Loan]:
    """Requests that a person may see: the own ones, those of the organ for its keepers, those of the district to watch."""
    rule = Q(asked_by_id=actor.officer_id)
    if actor.has(*KEEPERS, Role.REVIEWER):
        rule |= Q(organisation_id=actor.organ_id)
    if actor.has(Role.SUPERVISOR):
        rule |= Q(organisation__jurisdiction=actor.jurisdiction)
    rows = Loan.objects.filter(rule)
    if not actor.has(Role.HEAD):
        # Of secret dossiers only the circle and the head know.
        rows = rows.filter(Q(case__secrecy=None) | Q(case_id__in=circles_of(actor)))
    return rows.select_related("case", "organisation", "asked_by", "decision__by", "end")


def loan(actor: Actor, loan_id: uuid.UUID) -> Loan:
    """One request. Raises NotFound for absent and hidden ones alike."""
    found = visible(actor).filter(id=loan_id).first()
    if found is None:
        raise NotFound("没有找到这份调阅申请。")
    return found


def state(found: Loan, today: dt.date | None = None) -> str:
    """waiting · refused · open · expired · returned · revoked."""
    decision, end = getattr(found, "decision", None), getattr(found, "end", None)
    if decision is None:
        return "waiting"
    if not decision.granted:
        return "refused"
    if end is not None:
        return str(end.kind)
    return "expired" if (today or clock.today()) > decision.until else "open"


def unreadable(found: Loan) -> list[Reason]:
    """Why nothing can be read under a request now."""
    decision = getattr(found, "decision", None)
    return rules.may_read(
        decision is not None and decision.granted,
        hasattr(found, "end"),
        decision.until if decision else found.until,
        clock.today(),
    )


def rule_of(found: Loan) -> Mapping[str, Any]:
    """The rule that a request follows, from the edition that was in force when it was made."""
    table = published(catalogues.pinned(found.edition_id)) if found.edition_id else shipped("loan-list")
    return next(item for item in table.entries if item["code"] == found.rule)


def approvers(found: Loan) -> tuple[str, ...]:
    return tuple(rule_of(found).get("approver", ()))


def may_decide(found: Loan, actor: Actor) -> bool:
    return (
        getattr(found, "decision", None) is None
        and found.asked_by_id != actor.officer_id
        and found.organisation_id == actor.organ_id
        and actor.has(*approvers(found))
    )


def waiting(actor: Actor) -> list[Loan]:
    """Requests that wait for this person, oldest first."""
    rows = visible(actor).filter(organisation_id=actor.organ_id, decision=None).order_by("asked_at", "id")
    return [row for row in rows[:200] if may_decide(row, actor)]


def reader_case(actor: Actor, case_id: uuid.UUID) -> Case:
    """The dossier that somebody asks to read: of the own organ, closed or not. Raises NotFound for others."""
    found = Case.objects.filter(id=case_id, organisation_id=actor.organ_id).select_related("organisation").first()
    if found is None:
        return access.case(actor, case_id)
    return found


def archived(actor: Actor) -> QuerySet[Case]:
    """Dossiers of the organ that can be asked for; of secret ones only those of the own circle."""
    rows = Case.objects.filter(organisation_id=actor.organ_id, closed_on__isnull=False)
    return rows.filter(Q(secrecy=None) | Q(id__in=circles_of(actor)))


def views(actor: Actor) -> QuerySet[PageView]:
    """Every page looked at, newest first, for keepers and supervisors. Raises NotPermitted."""
    if not actor.has(*KEEPERS, Role.SUPERVISOR):
        raise NotPermitted(message="调阅统计只供档案员、机关负责人和监督人员查看。")
    return PageView.objects.filter(loan__in=visible(actor)).select_related("loan__case", "by")


def readings(actor: Actor) -> QuerySet[Loan]:
    """Requests with pages read, papers read and the last look: the statistics of who read what."""
    rows = visible(actor)
    if not actor.has(*KEEPERS, Role.SUPERVISOR):
        rows = rows.filter(asked_by_id=actor.officer_id)
    return rows.annotate(
        pages_read=Count("views", distinct=True),
        papers_read=Count("views__paper", distinct=True),
        last_read=Max("views__at"),
        answered=F("decision__at"),
    )
