"""One seizure (行政强制措施: 扣押) from the approval over the site to the return of the goods — 行政强制法 art. 18–28."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from mingcha.cases import actions as cases
from mingcha.common import clock
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.course import HEAD, Course, Steps
from mingcha.interfaces.demo.paper import recording
from mingcha.recordings import actions as recordings

_TOLD = ("检查的事由、依据和范围", "申请回避、陈述和申辩的权利", "如实回答、配合检查的义务", "正在录音录像")
_STORE = "明水区综合行政执法局涉案财物保管场所"
_POWER = [{"citation": "《中华人民共和国固体废物污染环境防治法》第二十七条"}]


@dataclass
class Seizure(Course):
    """Plays one seizure of the tools with which building waste is dumped; it is lifted when the site is cleared."""

    item: str = "6.01"

    def steps(self) -> Steps:
        return [
            ("lead", self._lead),
            ("approve", self._approve),
            ("seize", self._seize),
            ("publish", self.publish),
            ("release", self._release),
            ("close", lambda: self.close("扣押的财物已经全部退还。")),
            ("archive", self.archive),
        ]

    @property
    def _goods(self) -> list[dict[str, Any]]:
        feature = {"spec": "ZL-30", "feature": "车架号末四位0817", "state": "使用过，完好", "place": "停车区1号位"}
        return [{"name": "轮式装载机", "unit": "台", "quantity": 1, **feature}]

    def _lead(self) -> None:
        found = f"巡查发现{self.party}在{self.place}倾倒建筑垃圾，装载机仍在作业，经制止不停止。"
        self.register("P-CS", "inspection", "涉嫌擅自倾倒建筑垃圾", found)
        cases.record_evidence(
            self.case_id,
            actor=self.first,
            kind="documentary",
            name="现场照片打印件",
            proves="正在倾倒建筑垃圾",
            origin="巡查时拍摄",
            collected_at=clock.now() - dt.timedelta(minutes=30),
        )
        self.go("approve")

    def _approve(self) -> None:
        with clock.frozen(clock.at(self.day, 11)):
            self.approved(
                "coercive-approval",
                {
                    "measure": "seize",
                    "power": _POWER,
                    "power_level": "law",
                    "necessity": "经制止仍继续倾倒，不扣押装载机不能制止，证据也可能转移。",
                    "related": True,
                    "necessities": False,
                    "sealed_before": False,
                    "by_entrusted": False,
                    "items": self._goods,
                    "start": clock.at(self.day, 14),
                    "urgent": False,
                },
            )
            self.go("on-site", HEAD)

    def _seize(self) -> None:
        start = clock.at(self.day, 14)
        shown = start - dt.timedelta(minutes=10)
        with clock.frozen(start + dt.timedelta(minutes=10)):
            letter = self.signed(
                "seizure-decision",
                {
                    "issue_date": self.day,
                    "measure": "seize",
                    "facts": f"你（单位）在{self.place}擅自倾倒建筑垃圾，经制止仍不停止，有关证据可能转移。",
                    "power": _POWER,
                    "urgent": False,
                    "start": start,
                    "place": self.place,
                    "items": self._goods,
                    "keeper": "本机关涉案财物保管员",
                    "keep_place": _STORE,
                    "cert_shown_at": shown,
                    "party_present": True,
                },
            )
            self._listed("seizure", letter.number, clock.now())
        with clock.frozen(start + dt.timedelta(hours=1)):
            self.signed(
                "coercive-site-record",
                {
                    "start": shown - dt.timedelta(minutes=-2),
                    "end": start + dt.timedelta(minutes=40),
                    "place": self.place,
                    "weather": "晴",
                    "recorder": self.first.name,
                    "cert_shown_at": shown,
                    "on_site_person": f"{self.person}（法定代表人）",
                    "party_present": True,
                    "told": [{"item": item, "done": "yes"} for item in _TOLD],
                    "called": "当场口头通知",
                    "reason_told": True,
                    "basis_told": True,
                    "rights_told": True,
                    "remedies_told": True,
                    "defence": "称渣土是暂时堆放，请求不扣押装载机。",
                    "answer": "已听取。当事人没有处置核准，经制止仍在倾倒，意见不予采纳。",
                    "steps": [
                        {"at": start, "text": "当场宣读并交付扣押决定书。", "evidence_ref": "照片1"},
                        {
                            "at": start + dt.timedelta(minutes=20),
                            "text": "清点装载机，拍照，贴封条后运离现场。",
                            "evidence_ref": "照片2、照片3",
                        },
                    ],
                    "read_by": "self",
                },
            )
            self.signed(
                "seal-label",
                {
                    "from_on": self.day,
                    "labels": [{"label_no": "0001", "place": "驾驶室门", "item": "轮式装载机1台", "photo": "照片3"}],
                    "listed": True,
                },
            )
            recordings.add(
                self.case_id,
                actor=self.first,
                stage="on-site",
                matter="4",
                title="扣押现场全程音像",
                file=receive_bytes(recording(mark=int(self.uscc[13:17]))),
                started_at=shown,
                device="A1027",
            )
            self.handed(letter)
            self.go("in-force")
            self.go("publish-check")

    def _listed(self, parent: str, ref: str, at: dt.datetime) -> None:
        self.signed(
            "item-list",
            {
                "parent": parent,
                "parent_ref": ref,
                "items": self._goods,
                "photos": "照片2、照片3，共2张",
                "keeper": "本机关涉案财物保管员",
                "made_at": at,
                "place": self.place if parent == "seizure" else _STORE,
                "party_present": True,
            },
        )

    def _release(self) -> None:
        self.later(6)
        with clock.frozen(clock.at(self.day, 10)):
            self.go("release", HEAD)
            goods = [{"name": "轮式装载机", "feature": "ZL-30", "unit": "台", "quantity": 1, "result": "returned"}]
            letter = self.signed(
                "seizure-release",
                {
                    "issue_date": self.day,
                    "ground": "other",
                    "ground_note": "倾倒的建筑垃圾已经全部清运，证据已经固定，不再需要扣押。",
                    "partial": False,
                    "items": goods,
                    "return_at": clock.now() + dt.timedelta(hours=4),
                    "return_place": _STORE,
                },
            )
            self.go("returned", HEAD)
        with clock.frozen(clock.at(self.day, 14, 30)):
            self._listed("release", letter.number, clock.now())
            self.handed(letter, _STORE)
            self.go("close")
