"""What comes next in a case: the moves with the answers of their guards, each unmet one with the way to its remedy."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import queries as cases
from mingcha.cases.choices import STATEMENTS, AvoidanceState, DutyKind
from mingcha.cases.findings import role_to_record
from mingcha.cases.models import Case, Statement
from mingcha.cases.moves import Option, options
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError, Reason, Refused
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.calendar import Calendar
from mingcha.documents import access as papers
from mingcha.interfaces.workbench.base import link
from mingcha.procedures.definition import Definition
from mingcha.procedures.queries import role_label

_ACTION_PAGES = {
    "review-submit": "review-submit", "review-opinion": "review-case", "decision-issue": "decision-case",
    "outcome-none": "no-penalty",
}  # fmt: skip


class CaseView:
    """A case as this person sees it, each part read once. `failed`, `typed` and `error` bring back a move that was refused."""

    def __init__(
        self,
        case: Case,
        actor: Actor,
        *,
        show: str = "",
        failed: str = "",
        typed: str = "",
        error: MingchaError | None = None,
    ) -> None:
        self.case, self.actor, self.show = case, actor, show
        self.failed, self.typed, self.error = failed, typed, error
        self.today = clock.today()
        self.flow = cases.procedure(case)
        self.stage = self.flow.stage(case.stage)

    @staticmethod
    def flow_of(case: Case) -> Definition:
        return cases.procedure(case)

    def url(self, route: str, *more: Any) -> str:
        return link(route, self.case.id, *more)

    @cached_property
    def duties(self) -> list[Any]:
        return cases.duty_rows(self.case)

    @cached_property
    def out(self) -> set[Any]:
        return {row.officer_id for row in self.last_avoidances.values() if row.state == AvoidanceState.GRANTED}

    @cached_property
    def last_avoidances(self) -> dict[Any, Any]:
        return {row.officer_id: row for row in cases.avoidance_rows(self.case)}

    @cached_property
    def handles(self) -> bool:
        """Whether this person handles the case and may write in it: not under avoidance, the case not closed."""
        mine = any(row.officer_id == self.actor.officer_id and row.duty == DutyKind.HANDLER for row in self.duties)
        return mine and self.actor.officer_id not in self.out and self.case.closed_on is None

    @cached_property
    def finds(self) -> bool:
        """Whether this person may establish conditions where the case stands."""
        return bool(role_to_record(self.case, self.actor))

    @cached_property
    def papers(self) -> list[Any]:
        return list(papers.of_case(self.actor, self.case))

    @cached_property
    def statements(self) -> list[Statement]:
        return list(cases.statements(self.case))

    @cached_property
    def calendar(self) -> Calendar:
        return deadlines.calendar(self.case.jurisdiction)

    @cached_property
    def periods(self) -> list[deadlines.PeriodView]:
        known = {self.case.jurisdiction: self.calendar}
        return deadlines.open_periods(case_ids=[self.case.id], on=self.today, known=known)


# What a person answers on the way, in the form of the move itself.
_ANSWERED = ("finding-missing", "finding-negative")
_FACTS = "circumstances-missing"


def asked_findings(option: Option) -> list[str]:
    """The conditions of a move that still want a finding."""
    return list(dict.fromkeys(row.data["guard"] for row in option.reasons if row.code in _ANSWERED))


def asks_facts(option: Option) -> bool:
    return any(row.code == _FACTS for row in option.reasons)


def _by_form(option: Option) -> bool:
    """Whether nothing but judgments stands between this person and the move."""
    codes = {row.code for row in option.reasons}
    plain = not option.move.action and not option.move.procedure
    return plain and option.permitted and bool(codes) and codes <= {*_ANSWERED, _FACTS}


def acts(view: CaseView) -> list[dict[str, Any]]:
    """The moves from the present stage: what is met, what is not and where to put it right."""
    shown = [_act(view, option) for option in options(view.case, view.actor)]
    # What this person does next stands first; side ways, ways back and what others do are one press away.
    main = [act for act in shown if not act["aside"]] or shown[:1]
    return [{**act, "aside": act not in main} for act in sorted(shown, key=lambda act: act not in main)]


def _act(view: CaseView, option: Option) -> dict[str, Any]:
    move = option.move
    met = [
        {
            "message": check.label,
            "articles": [check.article] if check.article else [],
            "why": check.inputs.get("known", ""),
        }
        for check in option.checks
        if check.met
    ]
    told: dict[str, Reason] = {}
    for check in option.checks:
        for reason in check.reasons:
            # Two guards may want the same missing thing: it is said once.
            told.setdefault(reason.message, _with_fix(view, check.name, reason))
    unmet = list(told.values())
    by_form = _by_form(option)
    if by_form:
        # Asked in the form of the move; a list of what is missing would say it twice.
        unmet = [reason for reason in unmet if reason.code == "finding-negative"]
    page_ = view.url(_ACTION_PAGES[move.action]) if move.action in _ACTION_PAGES else ""
    failed = view.failed == move.to and isinstance(view.error, InvalidInput)
    return {
        "to": move.to,
        "label": move.label,
        "target": "" if move.procedure else view.flow.stage(move.to).name,
        "line": view.flow.stage(move.source).name if option.branch else "",
        "branch": str(option.branch or ""),
        "post_url": view.url("case-link", move.procedure, move.to)
        if move.procedure
        else view.url("case-move", move.to),
        "when": move.when,
        "parallel": move.parallel,
        "elsewhere": bool(move.procedure),
        "permitted": option.permitted,
        "who": "、".join(role_label(role) for role in move.roles),
        "open": option.open,
        "unmet": unmet,
        "met": met,
        "page": page_,
        "step_url": _step_url(view, option) if by_form else "",
        "judgments": len({row.data.get("guard", row.code) for row in option.reasons}) if by_form else 0,
        "aside": not failed and _aside(option),
        "own_page": bool(move.action),
        "needs_reason": move.needs_reason,
        "irreversible": move.irreversible,
        "errors": view.error.fields.get("reason", []) if failed and isinstance(view.error, InvalidInput) else [],
        "typed": view.typed if failed else "",
        "back": move.needs_reason,
    }


def _aside(option: Option) -> bool:
    """Whether a move is a way round: beside the main line, back, out, or somebody else's on a branch."""
    move = option.move
    if move.expiry and "system" not in move.roles and not option.open:
        return True
    return bool(
        move.parallel or move.procedure or move.needs_reason or (option.branch and not option.permitted)
        or (move.irreversible and not move.action)
    )  # fmt: skip


def _step_url(view: CaseView, option: Option) -> str:
    return view.url("case-step", option.move.to) + (f"?branch={option.branch}" if option.branch else "")


# What a room of its own answers, and where it is put right.
_OWN_PAGES = {"finding-g-08": "hearing", "finding-g-10": "discussion"}


def _with_fix(view: CaseView, guard: str, reason: Reason) -> Reason:
    """The reason with the address where it can be put right, for handlers."""
    if reason.code == "hearing-host-missing" and view.actor.has(Role.HEAD):
        return replace(reason, data={**reason.data, "url": view.url("case-host")})
    if reason.code == "transfer-undecided" and view.actor.has(Role.CHIEF):
        return replace(reason, data={**reason.data, "url": view.url("transfer-crime")})
    page_ = _OWN_PAGES.get(guard.partition("@")[0]) if reason.code == "finding-contradicted" else None
    if page_ is None and reason.code == "hearing-requested" and "guard" not in reason.data:
        page_ = "hearing"
    if page_:
        return replace(reason, data={**reason.data, "url": view.url(page_)})
    finding = reason.code in (*_ANSWERED, "hearing-requested")
    if reason.data.get("url") or not (view.finds if finding else view.handles):
        return reason
    url = _fix(view, guard.partition("@")[0], reason)
    return replace(reason, data={**reason.data, "url": url}) if url else reason


def _fix(view: CaseView, guard: str, reason: Reason) -> str:
    if reason.code in (*_ANSWERED, "hearing-requested"):
        return view.url("case-finding", reason.data.get("guard", ""))
    if reason.code == "submission-withdrawn":
        return view.url("review-submit")
    match guard:
        case "handlers-qualified":
            return view.url("case-handler")
        case "avoidance-declared":
            return view.url("case-declare") if _undeclared(view) else ""
        case "no-open-avoidance":
            return view.url("case-avoidance")
        case "evidence-sufficient":
            return view.url("case-evidence")
        case "records-made":
            return view.url("draft", "site-record")
        case "recordings-unbroken" | "recordings-listed" if "after" in reason.data:
            return view.url("case-recording-gap", reason.data.get("after"), reason.data.get("before"))
        case "recordings-complete" | "recordings-listed":
            return view.url("case-recording") + f"?matter={reason.data.get('matter', '')}"
        case "report-issued" | "correction-noted":
            return view.url("draft", "investigation-report")
        case "notice-served":
            return _serve_url(view, "penalty-notice") or view.url("draft", "penalty-notice")
        case "decision-served" | "outcome-served":
            return _serve_url(view, "penalty-decision") or _serve_url(view, "no-penalty-decision")
        case "statement-received":
            return view.url("case-statement")
        case "statement-answered" | "no-statement-pending":
            waiting = next(
                (row for row in view.statements if row.kind in STATEMENTS and not hasattr(row, "answer")), None
            )
            return view.url("case-answer", waiting.id) if waiting else ""
        case "file-complete" | "as-notified" | "not-heavier":
            return view.url("draft", "penalty-decision")
        case "performed":
            return view.url("case-payment")
        case "circumstances-stated":
            return view.url("case-facts")
        case "hearing-asked":
            return view.url("case-statement")
        case "party-recorded":
            return view.url("case-party")
    return ""


def _serve_url(view: CaseView, kind: str) -> str:
    found = next(
        (
            row
            for row in reversed(view.papers)
            if row.kind == kind and not any(hasattr(row, name) for name in ("service", "void", "corrects"))
        ),
        None,
    )
    return view.url("case-serve", found.id) if found else ""


def _undeclared(view: CaseView) -> bool:
    return view.handles and view.actor.officer_id not in view.last_avoidances


def failed_message(view: CaseView) -> dict[str, Any] | None:
    if view.error is None or isinstance(view.error, InvalidInput):
        return None
    return {"reasons": view.error.reasons if isinstance(view.error, Refused) else [], "message": view.error.message}
