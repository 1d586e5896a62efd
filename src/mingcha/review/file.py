"""Gathering what the findings of a review look at; reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.models import Case, Evidence
from mingcha.catalogues import queries as catalogues
from mingcha.common.clock import legal_day
from mingcha.common.explained import Explained
from mingcha.deadlines import queries as running
from mingcha.documents import queries as documents
from mingcha.documents.blocks import hearing
from mingcha.documents.models import Document
from mingcha.documents.rendering import missing_fields
from mingcha.documents.rules import as_notified, not_heavier
from mingcha.recordings import queries as recordings
from mingcha.recordings.watching import queries as watching
from mingcha.review.findings import File, Step, Worker
from mingcha.review.models import Submission
from mingcha.statutes import queries as statutes
from mingcha.statutes import refs
from mingcha.statutes.errors import CitationUnreadable

# Papers that the ordinary procedure demands before review, with their names (行政处罚法 art. 44, 54, 55, 57).
_NEEDED = (
    (("case-filing-approval",), "立案审批表"),
    (("site-record", "inquiry-record"), "现场笔录或者询问笔录"),
    (("investigation-report",), "调查终结报告"),
    (("penalty-notice",), "行政处罚事先告知书"),
    (("service-receipt",), "送达回证"),
)
_STEPS = (
    ("site-record", "现场笔录"),
    ("inquiry-record", "询问笔录"),
    ("investigation-report", "调查终结报告"),
    ("penalty-notice", "事先告知"),
)


def gather(submission: Submission) -> File:
    """Facts of the case file about the frozen draft of a submission."""
    case = submission.case
    draft = submission.content["fields"]
    issued = list(documents.of_case(case))
    by_kind: dict[str, Document] = {row.kind: row for row in issued}
    notice = documents.latest(case, "penalty-notice")
    told: Mapping[str, Any] = notice.fields if notice else {}
    evidence = list(cases.evidence(case))
    counted = [row for row in evidence if not hasattr(row, "exclusion")]
    statements = list(cases.statements(case, kinds=("written", "oral")))
    handed = legal_day(submission.submitted_at)
    periods = {row.rule: row for row in running.periods_of(case.id)}
    due, window = periods.get("PEN-14"), periods.get("PEN-04")
    days = _days(case, issued, counted)
    item = catalogues.entry(case.items, case.item_code)
    demanded = recordings.demanded(case, "investigate")
    held = [row.matter for row in recordings.rows(case)]
    excuses = dict(recordings.excuses(case).values_list("matter", "reason"))
    penalties = list(draft.get("penalties") or [])
    complete = draft | dict.fromkeys(documents.LATE_FIELDS, "-")
    return File(
        organ=case.organisation.name,
        power_basis=case.organisation.power_basis,
        item=f"第{item['code']}项“{item['name']}”（{case.items}）" if item else "",
        handlers=[_worker(officer, days) for officer in cases.active_handlers(case)],
        acted_days=len(days),
        evidence=len(counted),
        evidence_incomplete=[row.seq for row in counted if not (row.origin and row.proves)],
        evidence_without_original=[row.seq for row in counted if row.file_id is None],
        excluded=len(evidence) - len(counted),
        evidence_link=f"evidence:{counted[0].id}" if counted else "",
        steps=_steps(case, by_kind, notice, handed),
        statement_due=_explained(due.explanation) if due else None,
        statement_over=due is not None and handed > due.due_on,
        statements=len(statements),
        unanswered=sum(not hasattr(row, "answer") for row in statements),
        hearing=hearing(case, penalties),
        hearing_offered=bool(told.get("hearing")),
        hearing_days=window.due_on if window else None,
        notice=told,
        notice_link=f"document:{notice.id}" if notice else "",
        draft=draft,
        heavier=not_heavier(told.get("penalties", []), penalties),
        unlike_notice=as_notified(told, draft) if notice else [],
        articles=_articles(draft, case.conduct_ended_on),
        conduct_on=case.conduct_ended_on,
        discovered_on=case.discovered_on,
        gaps=[label for _, label in missing_fields("penalty-decision", complete)],
        missing=[name for kinds, name in _NEEDED if not any(kind in by_kind for kind in kinds)],
        recordings=len(held),
        recordings_missing=[row["plain"] for row in demanded if row["code"] not in held],
        excuses={row["plain"]: excuses[row["code"]] for row in demanded if row["code"] in excuses},
        unannounced=[
            f"音像“{row.title}”没有标记语音说明：{'、'.join(missing)}。" for row, missing in watching.unsaid(case)
        ],
    )


def _worker(officer: Any, days: Iterable[dt.date]) -> Worker:
    certificates = list(officer.certificates.all())
    uncovered = tuple(day for day in days if not any(row.valid_on(day) for row in certificates))
    return Worker(officer.name, tuple(row.number for row in certificates), uncovered)


def _days(case: Case, issued: list[Document], evidence: list[Evidence]) -> list[dt.date]:
    """Days on which the file shows the handlers acting."""
    own = {"site-record", "inquiry-record", "investigation-report", "penalty-notice", "service-receipt"}
    days = {legal_day(row.issued_at) for row in issued if row.kind in own}
    days |= {legal_day(row.collected_at) for row in evidence}
    return sorted(days | ({case.filed_on} if case.filed_on else set()))


def _steps(case: Case, by_kind: Mapping[str, Document], notice: Document | None, handed: dt.date) -> list[Step]:
    steps = []
    if case.filed_on:
        paper = by_kind.get("case-filing-approval")
        steps.append(Step("立案", case.filed_on, f"document:{paper.id}" if paper else ""))
    for kind, name in _STEPS:
        row = by_kind.get(kind)
        if row is not None:
            steps.append(Step(name, legal_day(row.issued_at), f"document:{row.id}"))
    service = getattr(notice, "service", None)
    if notice is not None and service is not None:
        steps.append(Step("告知送达", service.effective_on, f"document:{notice.id}"))
    return [*steps, Step("送审", handed)]


def _articles(draft: Mapping[str, Any], on: dt.date) -> dict[str, bool]:
    """Each citation of the draft, and whether our table of articles knows it as in force on the day of the act."""
    known = {}
    for name in ("broken_articles", "penalty_articles"):
        for row in draft.get(name) or []:
            try:
                wanted = refs.parse(row["citation"])
            except CitationUnreadable:
                known[row["citation"]] = False
            else:
                known[row["citation"]] = bool(statutes.articles([wanted], on)[wanted]["found"])
    return known


def _explained(stored: Mapping[str, Any]) -> Explained[Any]:
    return Explained(
        stored["value"],
        stored["rule"],
        stored["article"],
        {},
        tuple(stored["steps"]),
        bool(stored.get("provisional")),
    )
