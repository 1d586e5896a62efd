"""Gathering what the findings of a review look at; reads only, their number does not grow with the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mingcha.accounts.choices import PowerSource
from mingcha.cases import facts, findings
from mingcha.cases import queries as cases
from mingcha.cases.choices import AvoidanceState, StatementKind
from mingcha.cases.models import Case, Evidence
from mingcha.cases.rules import doubled, limitation
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.conditions import listed_as
from mingcha.common.clock import legal_day
from mingcha.common.explained import Explained
from mingcha.deadlines import queries as running
from mingcha.deadlines.models import RunningPeriod
from mingcha.documents import queries as documents
from mingcha.documents.approving import queries as approvals
from mingcha.documents.blocks import hearing
from mingcha.documents.models import Document
from mingcha.documents.rendering import missing_fields, template
from mingcha.documents.rules import as_notified, money, not_heavier
from mingcha.recordings import queries as recordings
from mingcha.recordings.watching import queries as watching
from mingcha.review import around, papers
from mingcha.review.findings import File, Heard, Step
from mingcha.review.findings.crimes import hints
from mingcha.review.models import Submission
from mingcha.review.rules import changes

# Papers that the ordinary procedure demands before review, with their names (行政处罚法 art. 44, 54, 55, 57).
_NEEDED = (
    (("case-filing-approval",), "立案审批表"),
    (("site-record", "inquiry-record"), "现场笔录或者询问笔录"),
    (("investigation-report",), "调查终结报告"),
    (("penalty-notice",), "行政处罚事先告知书"),
    (("service-receipt",), "送达回证"),
)
_ORDINARY = ("P-PT", "P-TZ")
_RECORDS = (("site-record", "现场笔录"), ("inquiry-record", "询问笔录"))
_OWN = {"site-record", "inquiry-record", "investigation-report", "penalty-notice", "service-receipt"}
_HEARD = "finding-g-08@1"
_DECISION = "penalty-decision"


def gather(submission: Submission) -> File:
    """Facts of the case file about the frozen draft of a submission."""
    case = submission.case
    draft = submission.content["fields"]
    kind = submission.content.get("kind", _DECISION)
    whole = papers.read(case, draft, kind)
    by_kind: dict[str, Document] = {row.kind: row for row in whole.rows}
    notice = by_kind.get("penalty-notice")
    told: Mapping[str, Any] = notice.fields if notice else {}
    evidence = list(cases.evidence(case))
    counted = [row for row in evidence if not hasattr(row, "exclusion")]
    said = cases.statements(case, kinds=("written", "oral"))
    handed = legal_day(submission.submitted_at)
    periods = {row.rule: row for row in running.periods_of(case.id)}
    due, window, decide = periods.get("PEN-14"), periods.get("PEN-04"), periods.get("PEN-01")
    item = catalogues.entry(case.items, case.item_code) or {}
    stated = facts.stated(case)
    penalties = list(draft.get("penalties") or [])
    complete = documents.as_read(case, submission.content) | dict.fromkeys(documents.LATE_FIELDS, "-")
    ordinary = cases.procedure(case).code in _ORDINARY
    duties = list(cases.duties(case))
    days = _days(case, whole.rows, counted)
    avoidance = {row.officer_id: row for row in cases.avoidance_rows(case)}
    active = cases.active_handlers(case)
    words = " ".join((case.cause, str(item.get("name", "")), str(draft.get("penalty_articles", ""))))
    figures = {"amount": int(stated.get("amount") or 0), "gains": money(penalties, "confiscate_gains")}
    party = cases.party(case)
    standard, figured = around.ranges(case, item)
    return File(
        organ=case.organisation.name,
        power_basis=case.organisation.power_basis,
        item=f"第{item['code']}项“{item['name']}”（{case.items}）" if item else "",
        handlers=around.workers(case, active, duties, days, whole.rows, counted),
        acted_days=len(days),
        evidence=len(counted),
        evidence_incomplete=[row.seq for row in counted if not (row.origin and row.proves)],
        evidence_without_original=[row.seq for row in counted if row.file_id is None],
        excluded=len(evidence) - len(counted),
        evidence_link=f"evidence:{counted[0].id}" if counted else "",
        steps=_steps(case, by_kind, notice, handed),
        statement_due=_explained(due) if due else None,
        statement_over=due is not None and handed > due.due_on,
        statements=len(said),
        unanswered=sum(not hasattr(row, "answer") for row in said),
        hearing=hearing(case, penalties),
        hearing_offered=bool(told.get("hearing")),
        hearing_days=window.due_on if window else None,
        notice=told,
        notice_link=papers.link(notice) if notice else "",
        draft=draft,
        heavier=not_heavier(told.get("penalties", []), penalties) if notice else [],
        unlike_notice=as_notified(told, draft) if notice else [],
        cited=around.cited(draft, case.conduct_ended_on),
        conduct_on=case.conduct_ended_on,
        discovered_on=case.discovered_on,
        gaps=[label for _, label in missing_fields(kind, complete)],
        missing=[name for kinds, name in _NEEDED if not any(kind in by_kind for kind in kinds)] if ordinary else [],
        act_type=case.act_type,
        ordinary=ordinary,
        handed_on=handed,
        notice_served=getattr(notice, "service", None) is not None,
        waived=bool(cases.statements(case, kinds=[StatementKind.WAIVED], round=cases.notice_round(case))),
        said=whole.said,
        unsigned=whole.unsigned,
        unserved=whole.unserved,
        waiting=[template(row.kind).title for row in approvals.of_case(case).filter(~approvals.ended())],
        holders=around.holders(duties),
        separation=doubled((row.officer_id, row.officer.name, row.duty) for row in duties),
        advised=around.advised(case, duties, active),
        undeclared=[officer.name for officer in active if officer.id not in avoidance],
        requested=[row.officer.name for row in avoidance.values() if row.state == AvoidanceState.OPEN],
        heard=_heard(case, by_kind, window, handed),
        decide_by=_explained(decide) if decide else None,
        late=decide is not None and handed > decide.due_on,
        days_left=(decide.due_on - handed).days if decide else None,
        limitation=_limitation(case, item),
        collective=facts.for_collective(stated),
        unstated=[question.label for question in facts.missing(case)] if ordinary else [],
        party=around.party_of(party, case.conduct_ended_on, told, draft),
        others=around.others(case, party),
        ranges=figured,
        standard=standard,
        item_articles=(tuple(item.get("broken", ())), tuple(item.get("penalty", ()))),
        item_act=str(item.get("act_type") or listed_as(case.act_type)),
        item_gone=around.item_gone(case, handed),
        delegated=case.organisation.power_source in (PowerSource.DELEGATED, PowerSource.ENTRUSTED),
        delegations=around.delegations(case),
        evidence_kinds=frozenset(row.kind for row in counted),
        evidence_late=_after(notice, counted),
        changed=_changed(submission, kind, by_kind),
        crimes=hints(words, figures),
        addressed=around.addressee(draft, party),
        filed_on=case.filed_on,
        notice_number=notice.number if notice else "",
        notice_day=getattr(getattr(notice, "service", None), "effective_on", None),
        early=_early(notice, [row for row in said if row.round == cases.notice_round(case)]),
        excluded_names=[row.name for row in evidence if hasattr(row, "exclusion")],
        approving=around.approving(case, active),
        strangers=around.strangers(duties, whole.rows),
        astray=around.astray(case, whole.rows),
        **_recorded(case),
    )


def _recorded(case: Case) -> dict[str, Any]:
    """Recordings that the published list demands of the investigation: there, excused, whole, announced."""
    demanded = recordings.demanded(case, "investigate")
    rows = recordings.rows(case)
    held = {row.matter for row in rows}
    excuses = {row.matter: row.reason for row in recordings.excuses(case)}
    told = {(row.after_id, row.before_id) for row in recordings.interruptions(case)} if len(rows) > 1 else set()
    broken = recordings.broken(case) if len(rows) > 1 else {}
    return {
        "recordings": len(rows),
        "recordings_missing": [row["plain"] for row in demanded if row["code"] not in held],
        "excuses": {row["plain"]: excuses[row["code"]] for row in demanded if row["code"] in excuses},
        "interrupted": [
            f"音像中断没有说明：{gap.text}"
            for gaps, _ in broken.values()
            for gap in gaps
            if (gap.after.key, gap.before.key) not in told
        ],
        "unannounced": [
            f"音像“{row.title}”没有标记语音说明：{'、'.join(missing)}。" for row, missing in watching.unsaid(case)
        ],
    }


def _days(case: Case, issued: Iterable[Document], evidence: Iterable[Evidence]) -> list[dt.date]:
    """Days on which the file shows the handlers acting."""
    days = {legal_day(row.issued_at) for row in issued if row.kind in _OWN}
    days |= {legal_day(row.collected_at) for row in evidence}
    return sorted(days | ({case.filed_on} if case.filed_on else set()))


def _steps(case: Case, by_kind: Mapping[str, Document], notice: Document | None, handed: dt.date) -> list[Step]:
    """The steps in their order; records made on the spot before the filing stand before it, as the law leaves it."""
    first = []
    if case.filed_on:
        paper = by_kind.get("case-filing-approval")
        first.append(Step("立案", case.filed_on, papers.link(paper) if paper else ""))
    for kind, name in _RECORDS:
        if row := by_kind.get(kind):
            first.append(Step(name, legal_day(row.issued_at), papers.link(row)))
    steps = sorted(first, key=lambda step: step.day)
    for kind, name in (("investigation-report", "调查终结报告"), ("penalty-notice", "事先告知")):
        if row := by_kind.get(kind):
            steps.append(Step(name, legal_day(row.issued_at), papers.link(row)))
    service = getattr(notice, "service", None)
    if notice is not None and service is not None:
        steps.append(Step("告知送达", service.effective_on, papers.link(notice)))
    return [*steps, Step("送审", handed)]


def _heard(case: Case, by_kind: Mapping[str, Document], window: RunningPeriod | None, handed: dt.date) -> Heard:
    record, report = by_kind.get("hearing-record"), by_kind.get("hearing-report")
    given_up = (StatementKind.HEARING_WAIVED, StatementKind.HEARING_WITHDRAWN)
    return Heard(
        waived=bool(cases.statements(case, kinds=given_up, round=cases.notice_round(case))),
        over=window is None or handed > window.due_on,
        demanded=facts.hearing_held(case),
        found=any(row.guard == _HEARD and row.met for row in findings.of_case(case)),
        recorded=papers.link(record) if record else "",
        reported=papers.link(report) if report else "",
    )


def _limitation(case: Case, item: Mapping[str, Any]) -> Sequence[Any]:
    if case.act_type != "penalty":
        return ()
    return limitation(case.conduct_ended_on, case.discovered_on, 5 if item.get("long_limitation") else 2)


def _after(notice: Document | None, evidence: Iterable[Evidence]) -> list[int]:
    """Evidence taken after the party was notified."""
    return [row.seq for row in evidence if notice is not None and row.collected_at > notice.issued_at]


def _early(notice: Document | None, said: Iterable[Any]) -> list[tuple[dt.date, dt.date]]:
    """Statements that stand before the day on which the notice reached the party."""
    served = getattr(getattr(notice, "service", None), "effective_on", None)
    days = [legal_day(row.received_at) for row in said] if served else []
    return [(day, served) for day in days if served and day < served]


def _changed(submission: Submission, kind: str, by_kind: Mapping[str, Document]) -> list[str]:
    """What was changed since the submission, as long as nothing was decided and the reviewer did not ask for it."""
    opinion = getattr(submission, "opinion", None)
    if kind in by_kind or (opinion is not None and opinion.conclusion != "agree"):
        return []
    now = documents.frozen(submission.case, kind)
    if now is None:
        return ["决定书草稿"]
    if now.digest == submission.digest:
        return []
    found = [row["label"] for row in changes(submission.content, now.content)]
    return found or ["决定书草稿或者证据"]


def _explained(row: RunningPeriod) -> Explained[Any]:
    """The period with its reckoning, its last day as it stands now."""
    stored = row.explanation
    return Explained(
        row.due_on.isoformat(),
        stored["rule"],
        stored["article"],
        {},
        tuple(stored["steps"]),
        bool(stored.get("provisional")),
    )
