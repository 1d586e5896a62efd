"""One inspection (行政检查) of the published plan, played through the real actions to the archive — 国办发〔2024〕54号."""

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
from mingcha.disclosure import actions as disclosure
from mingcha.disclosure.models import Publication
from mingcha.documents import actions as documents
from mingcha.documents.approving import actions as approving
from mingcha.documents.models import Document
from mingcha.interfaces.demo import signing

# Before the first step there is no case.
_NOT_YET = uuid.UUID(int=0)
_UNIT_HEAD, _HEAD = "luming", "chengyuan"
_TOLD = ("检查的事由、依据和范围", "申请回避、陈述和申辩的权利", "如实回答、配合检查的义务", "正在录音录像")


@dataclass
class Inspection:
    """Plays one inspection from its source; all names are made up."""

    day: dt.date
    party: str = "启明混凝土有限公司"
    uscc: str = ""
    person: str = "梁启"
    place: str = "明水区启明搅拌站料场"
    handlers: tuple[str, str] = ("lince", "handu")
    item: str = "3.14"
    case_id: uuid.UUID = _NOT_YET

    def run(self, until: str = "archive") -> Case:
        """Play up to and including the step named `until`."""
        for name, step in self.steps():
            with clock.frozen(clock.at(self.day, 9, 30)):
                step()
            if name == until:
                break
        return self.case

    @property
    def case(self) -> Case:
        return Case.objects.select_related("organisation", "profile", "items").get(id=self.case_id)

    def steps(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            ("source", self._source),
            ("freq-check", lambda: self._go("freq-check", _HEAD)),
            ("approve", self._approve),
            ("notify", self._notify),
            ("scan-in", lambda: self._go("scan-in")),
            ("inspect", lambda: self._go("inspect")),
            ("record", self._record),
            ("result", lambda: self._go("result")),
            ("feedback", self._feedback),
            ("publish-check", lambda: self._go("publish-check")),
            ("publish", self._publish),
            ("close", self._close),
            ("archive", lambda: archives.accept(self.case_id, actor=actor_named("jiangmu"))),
        ]

    def later(self, days: int) -> None:
        self.day += dt.timedelta(days=days)
        calendar = deadlines.calendar()
        while not calendar.is_workday(self.day):
            self.day += dt.timedelta(days=1)

    @property
    def _first(self) -> Actor:
        return actor_named(self.handlers[0])

    def _go(self, to: str, who: str = "") -> None:
        """One move; what an officer has to establish for it is established in the same act, with its grounds."""
        actor = actor_named(who) if who else self._first
        try:
            advance(self.case_id, to, actor=actor, reason="按程序办理。")
        except Refused as refused:
            names = [str(reason.data.get("guard", "")) for reason in refused.reasons]
            if not all(name.startswith("finding-") for name in names):
                raise
            found = [{"guard": name, "met": True, "grounds": "经逐项核对，符合条件，材料在卷。"} for name in names]
            advance(self.case_id, to, actor=actor, reason="按程序办理。", found=found)

    def _approved(self, kind: str, fields: Mapping[str, Any]) -> None:
        opinion = {"handler_opinion": "建议按上述内容办理。"}
        asked = approving.ask(self.case_id, kind, actor=self._first, fields={**opinion, **fields})
        for who, step in ((_UNIT_HEAD, "unit_head"), (_HEAD, "head")):
            approving.answer(
                asked.id, actor=actor_named(who), step=step, choice="agree", text="同意。", digest_seen=asked.digest
            )

    def _signed(self, kind: str, fields: Mapping[str, Any]) -> Document:
        letter = documents.issue(self.case_id, kind, actor=self._first, fields=fields)
        officers = [actor_named(who).name for who in self.handlers]
        signing.all_sign(letter, self._first, party=self.person, officers=officers)
        return letter

    def _source(self) -> None:
        case = cases.register_lead(
            actor=self._first,
            procedure="P-JC",
            source="inspection",
            cause="料场扬尘防治情况检查",
            facts=f"按照行政执法检查计划，检查{self.place}的扬尘防治措施。",
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

    def _approve(self) -> None:
        self._go("approve")
        self.later(1)
        with clock.frozen(clock.at(self.day, 9)):
            last = self.day + dt.timedelta(days=10)
            self._approved(
                "inspection-approval",
                {
                    "task_source": "plan",
                    "plan_ref": "行政执法检查计划第1项",
                    "mode": "on-site",
                    "period_from": self.day,
                    "period_to": last,
                },
            )
            self._go("notify", _HEAD)

    def _notify(self) -> None:
        self._signed(
            "inspection-notice",
            {
                "issue_date": self.day,
                "urgent": False,
                "visit_at": clock.now() + dt.timedelta(minutes=20),
                "place": self.place,
                "to_prepare": ["料场喷淋设施运行记录"],
            },
        )

    def _record(self) -> None:
        self._go("record")
        at = clock.now() + dt.timedelta(hours=3)
        with clock.frozen(at):
            self._signed(
                "inspection-record",
                {
                    "start": at - dt.timedelta(hours=2),
                    "end": at - dt.timedelta(minutes=20),
                    "place": self.place,
                    "weather": "晴",
                    "recorder": self._first.name,
                    "cert_shown_at": at - dt.timedelta(minutes=122),
                    "on_site_person": f"{self.person}（法定代表人）",
                    "party_present": True,
                    "told": [{"item": item, "done": "yes"} for item in _TOLD],
                    "results": [{"name": self._item(), "result": "ok", "finding": "喷淋正常，堆料全部覆盖。"}],
                    "observations": [{"fact": "料仓三面封闭，喷淋开启，堆料覆盖完好。", "place": "料场东侧"}],
                    "party_statement": "对记录没有异议。",
                    "read_by": "self",
                },
            )
        self.later(1)

    def _item(self) -> str:
        return next(str(row["name"]) for row in self.case.items.content["entries"] if row["code"] == self.item)

    def _feedback(self) -> None:
        self._go("feedback")
        letter = self._signed(
            "inspection-result-notice", {"issue_date": self.day, "outcome": "none", "next_visit_planned": False}
        )
        with clock.frozen(clock.now() + dt.timedelta(hours=2)):
            documents.serve(
                letter.id,
                actor=self._first,
                mode="direct",
                receiver=self.person,
                relation="legal_rep",
                served_at=clock.now(),
                place=self.place,
            )

    def _publish(self) -> None:
        self.later(2)
        clerk = actor_named("sutang")
        with clock.frozen(clock.at(self.day, 10)):
            for row in Publication.objects.filter(letter__case_id=self.case_id, release=None):
                disclosure.publish(row.id, actor=clerk, attested=True)
            for to in ("published", "close"):
                if case_queries.stage(self.case).id != "close":
                    self._go(to, "sutang")

    def _close(self) -> None:
        self.later(1)
        with clock.frozen(clock.at(self.day, 10)):
            self._approved("closure-approval", {"way": "done", "goods": "本案没有涉案财物。", "measures": "none"})
            self._go("archive", _UNIT_HEAD)
        self.later(1)
