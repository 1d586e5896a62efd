"""The supervisor's page (执法监督): what is late or odd in the jurisdiction, each row leading to the case. Read-only."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.choices import Colour
from mingcha.decisions import queries as decisions
from mingcha.disclosure import access as publications
from mingcha.disclosure import channels, credit, replacing, yearly
from mingcha.disclosure.models import Publication
from mingcha.disclosure.models_channels import Channel
from mingcha.disclosure.queries import waiting
from mingcha.interfaces.feeding import standing as feeding
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench import terms
from mingcha.interfaces.workbench.base import page
from mingcha.interfaces.workbench.recording_terms import handed_in
from mingcha.ledger import sweeping
from mingcha.petitions import access as letters
from mingcha.petitions import queries as petitions
from mingcha.recordings import queries as recordings

MOST = 100
# How far back published-late and revoked decisions are listed, in natural days.
BACK = 365
_PUBLISH, _PAY = "PUB-01", "PEN-06"
KINDS = {
    "period": "超期办理",
    "unpaid": "当事人逾期未缴",
    "publication": "逾期未公示",
    "late": "逾期公示",
    "channel": "渠道逾期",
    "petition": "来信逾期",
    "year": "年度数据逾期",
    "recording": "缺少音像",
    "upload": "音像逾期入库",
    "revoked": "撤销决定",
}


@viewers(Role.SUPERVISOR)
def table(request: HttpRequest) -> HttpResponse:
    """One table of what is late or odd, most pressing first."""
    actor = actor_of(request)
    found = {
        **_periods(actor),
        "publication": _unpublished(actor),
        "late": _published_late(actor),
        "channel": _channels(actor),
        "petition": _petitions(actor),
        "year": _years(actor),
        "recording": _recordings(actor),
        "upload": _uploads(actor),
        "revoked": _revoked(actor),
    }
    wanted = request.GET.get("kind", "")
    kinds = [wanted] if wanted in KINDS else list(KINDS)
    everything = sum(map(len, found.values()))
    filters = [{"label": "全部", "url": "?", "count": everything, "current": wanted not in KINDS}]
    filters += [
        {"label": label, "url": f"?kind={kind}", "count": len(found[kind]), "current": kind == wanted}
        for kind, label in KINDS.items()
    ]
    context = {
        "filters": filters,
        "rows": [row for kind in kinds for row in found[kind]],
        "columns": [{"label": name} for name in ("情形", "案件", "机关", "说明", "期限")],
        "most": MOST,
        "checks": sweeping.standing(),
        "feed": feeding.trouble(),
    }
    return page(request, "workbench/supervision/table.html", context, title="执法监督", active="supervision")


def _row(kind: str, case: Case, text: str, due: dict[str, Any] | None = None, url: str = "") -> dict[str, Any]:
    serious = kind in ("period", "publication")
    return {
        "late": serious,
        "cells": [
            {"tag": KINDS[kind], "tag_kind": "late" if serious else "warn"},
            {"text": str(case), "url": url or reverse("case", args=[case.id]), "note": case.party_name},
            case.organisation.name,
            text,
            {"due": due} if due else "—",
        ],
    }


def _periods(actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """What the organ owes, and what the party owes, past its last day."""
    views = deadlines.open_periods(jurisdiction=actor.jurisdiction, colours=[Colour.RED], limit=2 * MOST)
    cases = access.visible(actor).select_related("organisation").in_bulk({view.period.case_id for view in views})
    found: dict[str, list[dict[str, Any]]] = {"period": [], "unpaid": []}
    for view in views:
        case = cases.get(view.period.case_id)
        # The term of publication is shown once, as an overdue publication.
        if case is None or view.period.rule == _PUBLISH:
            continue
        kind = "unpaid" if view.period.rule == _PAY else "period"
        found[kind].append(_row(kind, case, view.period.label, terms.of_view(view)))
    return {kind: rows[:MOST] for kind, rows in found.items()}


def _unpublished(actor: Actor) -> list[dict[str, Any]]:
    today = clock.today()
    calendar = deadlines.calendar(actor.jurisdiction)
    rows = waiting(publications.visible(actor)).filter(due_on__lt=today, historic=None)
    found = [
        _publication("publication", row, "决定书还没有公示", terms.of_day(row.due_on or today, calendar, today))
        for row in rows.select_related("decision__case__organisation", "letter__case__organisation")[:MOST]
    ]
    duties = replacing.waiting(publications.visible(actor)).filter(due_on__lt=today)
    found += [
        _publication(
            "publication",
            duty.publication,
            "决定书已经补正，公示的仍是补正前的文本",
            terms.of_day(duty.due_on, calendar, today),
        )
        for duty in duties.select_related("publication__decision__case", "publication__letter__case")[:MOST]
    ]
    return found[:MOST]


def _published_late(actor: Actor) -> list[dict[str, Any]]:
    since = clock.now() - dt.timedelta(days=BACK)
    rows = publications.visible(actor).filter(release__released_at__gte=since, historic=None)
    # The day after the last one, in universal time, is a first sieve; the day in Shanghai decides.
    rows = rows.filter(release__released_at__date__gte=F("due_on")).select_related(
        "decision__case__organisation", "letter__case__organisation"
    )
    found = []
    for row in rows.order_by("-release__released_at")[: 2 * MOST]:
        day = clock.legal_day(row.release.released_at)
        if row.due_on and day > row.due_on:
            found.append(_publication("late", row, f"应于{row.due_on.isoformat()}前公示，{day.isoformat()}公示"))
    return found[:MOST]


def _publication(kind: str, row: Publication, text: str, due: dict[str, Any] | None = None) -> dict[str, Any]:
    if row.case is None:
        raise ValueError("only publications of decisions are supervised here")
    url = reverse("disclosure-item", args=[row.id])
    return _row(kind, row.case, f"{row.number}：{text}", due, url)


def _channels(actor: Actor) -> list[dict[str, Any]]:
    """Decisions of a year that another channel should show, or should show no more, past the last day."""
    today, calendar = clock.today(), deadlines.calendar(actor.jurisdiction)
    rows = credit.decisions(actor).filter(decided_on__gte=today - dt.timedelta(days=BACK))
    return [
        _row(
            "channel",
            item.decision.case,
            f"{item.decision.number}：{Channel(item.channel).label}{item.what}",
            terms.of_day(item.due, calendar, today),
            reverse("credit-one", args=[item.decision.id]),
        )
        for item in channels.owed(rows)
        if item.due < today
    ][:MOST]


def _petitions(actor: Actor) -> list[dict[str, Any]]:
    """Letters of citizens past their last day."""
    today, calendar, kinds = clock.today(), deadlines.calendar(actor.jurisdiction), petitions.kinds()
    return [
        {
            "late": True,
            "cells": [
                {"tag": KINDS["petition"], "tag_kind": "late"},
                {"text": row.receipt, "url": reverse("petition", args=[row.id])},
                row.organisation.name if row.organisation else "—",
                kinds[row.kind].label,
                {"due": terms.of_day(due, calendar, today)},
            ],
        }
        for row, due in petitions.overdue(letters.visible(actor), today)[:MOST]
    ]


def _years(actor: Actor) -> list[dict[str, Any]]:
    """Organs that owe the public the figures of last year."""
    today, calendar = clock.today(), deadlines.calendar(actor.jurisdiction)
    return [
        {
            "late": True,
            "cells": [
                {"tag": KINDS["year"], "tag_kind": "late"},
                {"text": f"{year}年度数据", "url": reverse("yearbook")},
                organ.name,
                "年度执法数据还没有公布",
                {"due": terms.of_day(due, calendar, today)},
            ],
        }
        for organ, year, due in yearly.missing(actor.jurisdiction, today)[:MOST]
    ]


def _recordings(actor: Actor) -> list[dict[str, Any]]:
    return [
        _row("recording", row.case, f"清单第{row.matter}项没有音像。{row.by}说明：{row.reason}")
        for row in recordings.excused(actor.jurisdiction)[:MOST]
    ]


def _uploads(actor: Actor) -> list[dict[str, Any]]:
    """Recordings of the last year that came in after the day that the profile of their case sets."""
    since = clock.now() - dt.timedelta(days=BACK)
    found = []
    for row in recordings.since(actor.jurisdiction, since)[: 2 * MOST]:
        term = handed_in(row.case, row)
        if term["late"]:
            text = f"{row.title}：应于{term['due']}前入库，{term['day']}入库"
            found.append(_row("upload", row.case, text))
    return found[:MOST]


def _revoked(actor: Actor) -> list[dict[str, Any]]:
    since = clock.now() - dt.timedelta(days=BACK)
    rows = decisions.revoked(actor.jurisdiction).filter(revocation__decided_at__gte=since)
    return [_row("revoked", row.case, f"{row.number}：{row.revocation.reason}") for row in rows[:MOST]]
