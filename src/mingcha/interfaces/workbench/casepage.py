"""What the case page shows, put together from the rooms in a constant number of statements."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import cached_property
from typing import Any

from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.cases import findings
from mingcha.cases import queries as cases
from mingcha.cases.choices import STATEMENTS, AvoidanceState, DutyKind, StatementKind
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.choices import Colour, Outcome, PeriodKind
from mingcha.decisions import queries as decisions
from mingcha.documents import access as paper_access
from mingcha.documents import queries as documents
from mingcha.documents.models import Document
from mingcha.documents.rendering import kinds, template
from mingcha.documents.serving.queries import served_kinds
from mingcha.interfaces.workbench import storyline
from mingcha.interfaces.workbench.base import plainly
from mingcha.interfaces.workbench.cases import STEPS
from mingcha.interfaces.workbench.chapters import chapters
from mingcha.interfaces.workbench.nextsteps import CaseView, acts, failed_message
from mingcha.interfaces.workbench.recording_terms import handed_in
from mingcha.interfaces.workbench.steps import stated_rows
from mingcha.interfaces.workbench.terms import explained
from mingcha.interfaces.workbench.watching import moments_of
from mingcha.ledger import queries as ledger
from mingcha.performance import queries as performance
from mingcha.procedures.faces.words import Words
from mingcha.procedures.guards import catalogue
from mingcha.recordings import access as recording_access
from mingcha.recordings import queries as recordings
from mingcha.recordings.models import Marker
from mingcha.recordings.watching import queries as watching

# Where the decision is made or made out: nobody drafts it there any more.
_DECIDED = ("decide", "decision-doc")
_PAYING = ("perform-wait", "overdue")


def _set_aside(row: Document) -> str:
    """What is said of a paper that no longer counts by itself."""
    return "已作废" if hasattr(row, "void") else "补正后的版本" if hasattr(row, "corrects") else ""


def written(kind: str) -> bool:
    """Whether a kind of document is written by a handler; the others are made by the act that they record."""
    return kind in kinds() and template(kind).about.made != "act"


def may_draft(stage_id: str, documents_due: tuple[str, ...]) -> list[str]:
    """Kinds that a handler may write in a stage; the decision itself is made by the head, so not in its stage."""
    found = [
        kind for kind in documents_due if written(kind) and not (kind == "penalty-decision" and stage_id in _DECIDED)
    ]
    return [*found, "penalty-decision"] if stage_id == "review-return" else found


class CasePage(CaseView):
    """All that the case page shows."""

    def context(self) -> dict[str, Any]:
        entries = list(ledger.entries_of_case(self.case.id))[::-1]
        item = catalogues.entry(self.case.items, self.case.item_code)
        party = cases.party(self.case)
        present = {
            "case": self.case,
            "stage": self.stage,
            "item": item,
            "party": party,
            "party_facts": self._party_facts(party),
            "handles": self.handles,
            "handlers": [
                row.officer for row in self.duties if row.duty == DutyKind.HANDLER and row.officer_id not in self.out
            ],
            "clock": self._clock(),
            "steps": self._steps(),
            **self._acts(),
            "failed_message": failed_message(self),
            **self._beside(),
            "deadlines": self._deadlines(),
            "open_questions": cases.procedure(self.case).unverified,
            **self._documents(),
            "evidence": cases.evidence_rows(self.case),
            "moments": {key: moments_of(rows) for key, rows in self.moments["evidence"].items()},
            "matters": self._matters(),
            **self._recordings(),
            "gaps": self._gaps(),
            "apart_url": self.url("case-recordings-apart") if self.actor.has(Role.HEAD) else "",
            "people": self._people(),
            "may_assign": self.case.closed_on is None and (self.handles or self.actor.has(Role.UNIT_HEAD, Role.HEAD)),
            "may_name_rechecker": self.case.closed_on is None
            and any(row.kind in cases.SPOKEN for row in self.statements)
            and not self._recheckers()
            and self.actor.has(Role.UNIT_HEAD, Role.HEAD),
            "stated": stated_rows(self.case),
            "avoidance_open": any(row.state == AvoidanceState.OPEN for row in self.last_avoidances.values()),
            **self._statements(),
            **self._performance(),
            "entries": storyline.lines(storyline.of_kind(entries, self.show), reverse("case", args=[self.case.id])),
            "kinds": [
                {
                    "label": "全部",
                    "url": "?#timeline",
                    "count": len(storyline.of_kind(entries, "")),
                    "current": self.show not in storyline.KINDS,
                }
            ]
            + [
                {
                    "label": label,
                    "url": f"?show={name}#timeline",
                    "count": len(storyline.of_kind(entries, name)),
                    "current": self.show == name,
                }
                for name, (label, _) in storyline.KINDS.items()
                if storyline.of_kind(entries, name)
            ],
        }
        if self.show not in storyline.KINDS:
            present["chapters"] = chapters(self.case, storyline.of_kind(entries, ""), present["entries"])
        return present

    def _acts(self) -> dict[str, Any]:
        found = [] if self.case.closed_on else acts(self)
        return {
            "acts": found,
            "others": sum(act["aside"] for act in found),
            # A browser without scripts, and who has nothing else to do here, finds them open.
            "others_open": not any(act["permitted"] and not act["aside"] for act in found),
        }

    def _beside(self) -> dict[str, Any]:
        """What belongs to procedures with branches, ways into others and findings."""
        linked: list[Any] = [*cases.links(self.case), *decisions.redo_links(self.case)]
        return {
            "branches": [
                {"name": self.flow.stage(row.stage).name, "article": self.flow.stage(row.stage).article, "row": row}
                for row in cases.open_branches(self.case)
            ],
            "joint": cases.joinings(self.case),
            "links": [
                {"case": row.other if row.case_id == self.case.id else row.case, "onward": row.case_id == self.case.id}
                for row in linked
            ],
            "findings": [
                {"label": entry.label, "article": entry.article, "row": row}
                for row in findings.of_case(self.case)
                if (entry := catalogue().get(row.guard))
            ],
        }

    def _party_facts(self, party: Any) -> list[dict[str, Any]]:
        flag = {"tag": "校验位不符，照录", "tag_kind": "warn"} if party.identifier_flagged else {}
        rows: list[dict[str, Any]] = [{"label": "类型", "value": party.get_kind_display()}]
        if party.uscc:
            rows.append({"label": "信用代码", "value": party.uscc, "mono": True, **flag})
        if party.id_number:
            rows.append({"label": "证件号码", "value": party.id_number, "mono": True, **({} if party.uscc else flag)})
        for label, value in (
            ("法定代表人", party.legal_representative),
            ("住所", party.address),
            ("电话", party.phone),
        ):
            if value:
                rows.append({"label": label, "value": value})
        if party.version > 1:
            rows.append({"label": "更正", "value": f"第{party.version}版，以前的内容留存在记录中"})
        return rows

    def _clock(self) -> dict[str, Any] | None:
        """The ninety days of the case, running or ended."""
        row = next((view.period for view in self.periods if view.period.rule == "PEN-01"), None)
        running = row is not None
        if row is None:
            row = deadlines.periods_of(self.case.id).filter(rule="PEN-01").last()
        if row is None:
            return None
        until = self.today if running else row.ended_on or self.today
        whole = max((row.due_on - row.starts_on).days, 1)
        used = max((until - row.starts_on).days, 0)
        colour = deadlines.colour(row, until)
        return {
            "label": row.label,
            "days": whole,
            "used": used,
            "left": (row.due_on - until).days,
            "due_on": row.due_on,
            "percent": min(round(used * 100 / whole), 100),
            "kind": {"amber": "warn", "red": "late"}.get(str(colour), ""),
            "running": running,
            "ended_on": row.ended_on,
            "explanation": plainly(row.explanation),
        }

    def _steps(self) -> list[dict[str, Any]]:
        """Steps of the pinned procedure with the day on which the case first reached each."""
        reached: dict[str, dt.date] = {self.flow.stage(self.flow.entry).step: clock.legal_day(self.case.created_at)}
        for change in cases.changes(self.case):
            reached.setdefault(self.flow.stage(change.target).step, clock.legal_day(change.at))
        beside = {}
        for branch in cases.branches(self.case):
            step = self.flow.stage(branch.door).step
            reached.setdefault(step, clock.legal_day(branch.opened_at))
            beside[step] = branch.closed_at is None
        here = self.flow.steps.index(self.stage.step) if self.stage.step in self.flow.steps else 0
        rows = []
        words = Words()
        for n, step in enumerate(self.flow.steps):
            day = reached.get(step)
            state = "now" if n == here else "done" if day and (n < here or beside.get(step) is False) else "todo"
            if n == here and self.case.closed_on:
                state = "done"
            note = day.strftime("%m-%d") if day and (n <= here or step in beside) else "未经过" if n < here else ""
            if beside.get(step) and n != here:
                note = f"{note} 并行"
            rows.append({"label": STEPS.get(step) or words.step(self.flow, step), "state": state, "note": note})
        return rows

    # --- the parts of the right column ---

    def _deadlines(self) -> list[dict[str, Any]]:
        units = {PeriodKind.WAIT: "期满后方可进行下一步", PeriodKind.RIGHT: "当事人的权利期限"}
        rows = []
        for view in self.periods:
            row = view.period
            rows.append(
                {
                    "label": row.label,
                    "left": view.workdays_left,
                    "colour": "green" if row.kind != PeriodKind.WITHIN else str(view.colour),
                    "due_on": row.due_on,
                    "done": "已届满"
                    if view.colour == Colour.OVER
                    else "停止计算"
                    if view.colour == Colour.PAUSED
                    else "",
                    "provisional": row.provisional,
                    "explained": (told := explained(row)),
                    "unverified": told["doubt"],
                    "note": units.get(PeriodKind(row.kind), ""),
                }
            )
        return rows

    @cached_property
    def moments(self) -> dict[str, dict[uuid.UUID, list[Marker]]]:
        """Moments of recordings that lead to a document or a piece of evidence."""
        return watching.pointing(self.actor, self.case)

    def _documents(self) -> dict[str, Any]:
        due = may_draft(self.stage.id, self.stage.documents) if self.handles else []
        seen = [row for row in documents.drafts(self.case) if paper_access.reads(self.actor, self.case, row.kind)]
        drafts = {row.kind: row for row in seen}
        issued: dict[str, int] = {}
        papers = []
        for row in self.papers:
            issued[row.kind] = issued.get(row.kind, 0) + 1
            service = getattr(row, "service", None)
            note = f"{clock.legal_day(row.issued_at).isoformat()}，{row.issued_by}"
            if service is not None:
                note += f"；{service.effective_on.isoformat()}{service.get_mode_display()}"
            papers.append(
                {
                    "name": str(row),
                    "url": reverse("document-pdf", args=[row.id]),
                    "note": note,
                    "serve": self.url("case-serve", row.id)
                    if self.handles and row.kind in served_kinds() and service is None and not _set_aside(row)
                    else "",
                    "page": self.url("case-paper", row.id),
                    "moments": moments_of(self.moments["documents"].get(row.id, [])),
                    "aside": _set_aside(row),
                }
            )
        to_write = [
            {
                "title": template(kind).title,
                "url": self.url("draft", kind),
                "saved": drafts.get(kind),
                "count": issued.get(kind, 0),
            }
            for kind in due
        ]
        return {"to_write": to_write, "papers": papers[::-1]}

    def _recordings(self) -> dict[str, Any]:
        found = list(recording_access.of_case(self.actor, self.case))
        return {
            "recordings": [{"row": row, "term": handed_in(self.case, row, self.calendar)} for row in found],
            # How many are kept apart from this person: the number, nothing else.
            "secret_recordings": len(recordings.rows(self.case)) - len(found),
        }

    def _matters(self) -> list[dict[str, Any]]:
        """Entries of the published list against what is there: present, excused, missing, not reached."""
        edition = recordings.list_in_force(self.case)
        present = {row.matter for row in recordings.rows(self.case)}
        excused = {row.matter: row for row in recordings.excuses(self.case)}
        passed = {change.source for change in cases.changes(self.case)} | {self.case.stage}
        rows = []
        for item in edition.content["entries"] if edition else []:
            if self.case.act_type not in item.get("act_types", [self.case.act_type]):
                continue
            code = item["code"]
            full = item["mode"] == "full"
            kind, state = (
                ("ok", "已上传")
                if code in present
                else ("warn", "已说明")
                if code in excused
                else ("late", "缺少")
                if full and item["stage"] in passed
                else ("", "尚未到" if item["stage"] not in passed else "视情况")
            )
            rows.append(
                {
                    "code": code,
                    "plain": item["plain"],
                    "kind": kind,
                    "state": state,
                    "excuse": excused.get(code),
                    "upload": self.url("case-recording") + f"?matter={code}" if self.handles else "",
                    "explain": self.url("case-excuse", code) if self.handles and kind == "late" else "",
                }
            )
        return rows

    def _gaps(self) -> list[dict[str, Any]]:
        """Interruptions of recordings, explained or to be explained."""
        broken = recordings.broken(self.case)
        told = {(row.after_id, row.before_id): row for row in recordings.interruptions(self.case)} if broken else {}
        return [
            {
                "text": gap.text,
                "told": told.get((gap.after.key, gap.before.key)),
                "url": self.url("case-recording-gap", gap.after.key, gap.before.key) if self.handles else "",
            }
            for found, _ in broken.values()
            for gap in found
        ]

    def _people(self) -> list[dict[str, Any]]:
        rows = []
        for duty in self.duties:
            last = self.last_avoidances.get(duty.officer_id)
            handler = duty.duty == DutyKind.HANDLER
            tag, kind = ("", "")
            if last is not None and last.state == AvoidanceState.GRANTED:
                tag, kind = "已回避", "warn"
            elif last is not None and last.state == AvoidanceState.OPEN:
                tag, kind = "回避待决定", "warn"
            elif handler and last is None:
                tag, kind = "未作回避声明", "late"
            certificate = next((row for row in duty.officer.certificates.all() if row.valid_on(self.today)), None)
            rows.append(
                {
                    "name": duty.officer.name,
                    "duty": duty.get_duty_display(),
                    "note": f"执法证 {certificate.number}"
                    if handler and certificate
                    else "执法证无效"
                    if handler
                    else "",
                    "tag": tag,
                    "kind": kind,
                    "declare": self.url("case-declare")
                    if handler and last is None and duty.officer_id == self.actor.officer_id
                    else "",
                }
            )
        return rows

    def _recheckers(self) -> set[Any]:
        """Who was named to look at the statements again."""
        return {row.officer_id for row in self.duties if row.duty == DutyKind.RECHECKER}

    def _statements(self) -> dict[str, Any]:
        named = self._recheckers()
        answers = self.actor.officer_id in named if named else self.handles
        rows = [
            {
                "row": row,
                "kind": StatementKind(row.kind).label,
                "answer": getattr(row, "answer", None),
                "answer_url": self.url("case-answer", row.id)
                if answers and row.kind in STATEMENTS and not hasattr(row, "answer")
                else "",
            }
            for row in self.statements
        ]
        due = self.stage.step == "notify" and self.stage.id != "notify" and bool(cases.notice_round(self.case))
        return {"said": rows, "may_state": self.handles and due, "statements_shown": bool(rows) or due}

    def _performance(self) -> dict[str, Any]:
        decision = decisions.of_case(self.case)
        if decision is None:
            return {"decision": None}
        standing = performance.standing(decision, self.today)
        return {
            "decision": decision,
            "standing": standing,
            "surcharge": plainly(standing.surcharge) if standing.surcharge else None,
            "payments": list(performance.payments(decision)),
            "may_pay": self.handles and self.case.stage in _PAYING and standing.left > 0,
            "late_outcome": Outcome.LATE,
        }
