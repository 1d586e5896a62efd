"""One inspection (行政检查) of the published plan, played through the real actions to the archive — 国办发〔2024〕54号."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mingcha.common import clock
from mingcha.interfaces.demo.course import HEAD, Course, Steps

_TOLD = ("检查的事由、依据和范围", "申请回避、陈述和申辩的权利", "如实回答、配合检查的义务", "正在录音录像")


@dataclass
class Inspection(Course):
    """Plays one inspection from its source; all names are made up."""

    party: str = "启明混凝土有限公司"
    uscc: str = ""
    person: str = "梁启"
    place: str = "明水区启明搅拌站料场"
    item: str = "3.14"

    def steps(self) -> Steps:
        return [
            ("source", self._source),
            ("freq-check", lambda: self.go("freq-check", HEAD)),
            ("approve", self._approve),
            ("notify", self._notify),
            ("scan-in", lambda: self.go("scan-in")),
            ("inspect", lambda: self.go("inspect")),
            ("record", self._record),
            ("result", lambda: self.go("result")),
            ("feedback", self._feedback),
            ("publish-check", lambda: self.go("publish-check")),
            ("publish", self.publish),
            ("close", lambda: self.close("本案没有涉案财物。")),
            ("archive", self.archive),
        ]

    def _source(self) -> None:
        facts = f"按照行政执法检查计划，检查{self.place}的扬尘防治措施。"
        self.register("P-JC", "inspection", "料场扬尘防治情况检查", facts)

    def _approve(self) -> None:
        self.go("approve")
        self.later(1)
        with clock.frozen(clock.at(self.day, 9)):
            last = self.day + dt.timedelta(days=10)
            self.approved(
                "inspection-approval",
                {
                    "task_source": "plan",
                    "plan_ref": "行政执法检查计划第1项",
                    "mode": "on-site",
                    "period_from": self.day,
                    "period_to": last,
                },
            )
            self.go("notify", HEAD)

    def _notify(self) -> None:
        self.signed(
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
        self.go("record")
        at = clock.now() + dt.timedelta(hours=3)
        with clock.frozen(at):
            self.signed(
                "inspection-record",
                {
                    "start": at - dt.timedelta(hours=2),
                    "end": at - dt.timedelta(minutes=20),
                    "place": self.place,
                    "weather": "晴",
                    "recorder": self.first.name,
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
        self.go("feedback")
        letter = self.signed(
            "inspection-result-notice", {"issue_date": self.day, "outcome": "none", "next_visit_planned": False}
        )
        self.handed(letter)
