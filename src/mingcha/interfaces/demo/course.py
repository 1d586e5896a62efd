"""What the courses of acts other than penalties have in common: moves, approvals, signed papers, publication."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mingcha.accounts.actors import Actor
from mingcha.accounts.queries import actor_named
from mingcha.archives import actions as archives
from mingcha.cases import actions as cases
from mingcha.cases import queries as case_queries
from mingcha.cases.models import Case
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.errors import Refused
from mingcha.deadlines import queries as deadlines
from mingcha.disclosure.models import Publication
from mingcha.documents import actions as documents
from mingcha.documents.approving import actions as approving
from mingcha.documents.models import Document
from mingcha.interfaces.demo import publishing, signing

# Before the first step there is no case.
_NOT_YET = uuid.UUID(int=0)
UNIT_HEAD, HEAD = "luming", "chengyuan"
Steps = list[tuple[str, Callable[[], Any]]]


@dataclass
class Course:
    """Plays one case on a frozen clock; `party` and the rest are made up, `uscc` has a right check digit."""

    day: dt.date
    party: str
    uscc: str
    person: str
    place: str
    item: str = ""
    handlers: tuple[str, str] = ("lince", "handu")
    case_id: uuid.UUID = _NOT_YET

    def run(self, until: str = "archive") -> Case:
        """Play up to and including the step named `until`."""
        for name, step in self.steps():
            with clock.frozen(clock.at(self.day, 9, 30)):
                step()
            if name == until:
                break
        return self.case

    def steps(self) -> Steps:
        """Name and doing of each step, in order."""
        raise NotImplementedError

    @property
    def case(self) -> Case:
        return Case.objects.select_related("organisation", "profile", "items").get(id=self.case_id)

    @property
    def first(self) -> Actor:
        return actor_named(self.handlers[0])

    def later(self, days: int) -> None:
        """Let natural days pass, then go on at the next working day."""
        self.day += dt.timedelta(days=days)
        calendar = deadlines.calendar()
        while not calendar.is_workday(self.day):
            self.day += dt.timedelta(days=1)

    def register(self, procedure: str, source: str, cause: str, facts: str) -> None:
        case = cases.register_lead(
            actor=self.first,
            procedure=procedure,
            source=source,
            cause=cause,
            facts=facts,
            item_code=self.item,
            conduct_ended_on=self.day,
            discovered_on=self.day,
            party_kind="organisation",
            party_name=self.party,
            uscc=self.uscc,
            legal_representative=self.person,
            address=self.place,
            second_officer_id=actor_named(self.handlers[1]).officer_id,
        )
        self.case_id = case.id
        for who in self.handlers:
            cases.declare_avoidance(case.id, actor=actor_named(who), conflict=False)

    def go(self, to: str, who: str = "", branch: uuid.UUID | None = None) -> None:
        """One move; what an officer has to establish for it is established in the same act, with its grounds."""
        actor = actor_named(who) if who else self.first
        try:
            advance(self.case_id, to, actor=actor, branch=branch, reason="按程序办理。")
        except Refused as refused:
            names = [str(reason.data.get("guard", "")) for reason in refused.reasons]
            if not all(name.startswith("finding-") for name in names):
                raise
            found = [{"guard": name, "met": True, "grounds": "经逐项核对，符合条件，材料在卷。"} for name in names]
            advance(self.case_id, to, actor=actor, branch=branch, reason="按程序办理。", found=found)

    def approved(self, kind: str, fields: Mapping[str, Any]) -> None:
        """A form that the unit head and the head approve."""
        opinion = {"handler_opinion": "建议按上述内容办理。"}
        asked = approving.ask(self.case_id, kind, actor=self.first, fields={**opinion, **fields})
        for who, step in ((UNIT_HEAD, "unit_head"), (HEAD, "head")):
            approving.answer(
                asked.id, actor=actor_named(who), step=step, choice="agree", text="同意。", digest_seen=asked.digest
            )

    def issued(self, kind: str, fields: Mapping[str, Any] | None = None) -> Document:
        return documents.issue(self.case_id, kind, actor=self.first, fields=fields)

    def signed(self, kind: str, fields: Mapping[str, Any]) -> Document:
        """A paper that all whom it names sign on the pad."""
        letter = self.issued(kind, fields)
        officers = [actor_named(who).name for who in self.handlers]
        signing.all_sign(letter, self.first, party=self.person, officers=officers)
        return letter

    def handed(self, letter: Document, place: str = "") -> None:
        """A letter served directly, two hours on."""
        with clock.frozen(clock.now() + dt.timedelta(hours=2)):
            documents.serve(
                letter.id,
                actor=self.first,
                mode="direct",
                receiver=self.person,
                relation="legal_rep",
                served_at=clock.now(),
                place=place or self.place,
            )

    def publish(self) -> None:
        """Sign off and publish what waits, on the second day; the publication runs beside the course or in it."""
        self.later(2)
        clerk = "sutang"
        with clock.frozen(clock.at(self.day, 10)):
            for waiting in Publication.objects.filter(letter__case_id=self.case_id, release=None):
                publishing.publish(waiting, by=actor_named(clerk))
            for to in ("published", "close"):
                for branch in case_queries.open_branches(self.case):
                    self.go(to, clerk, branch.id)
                if case_queries.stage(self.case).id in ("publish-check", "published"):
                    self.go(to, clerk)

    def close(self, goods: str) -> None:
        self.later(1)
        with clock.frozen(clock.at(self.day, 10)):
            self.approved("closure-approval", {"way": "done", "goods": goods, "measures": "none"})
            self.go("archive", UNIT_HEAD)
        self.later(1)

    def archive(self) -> None:
        archives.accept(self.case_id, actor=actor_named("jiangmu"))
