"""One licence (行政许可: 城市建筑垃圾处置核准) from the application to the certificate and the publication."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases import facts
from mingcha.cases.findings import record_finding
from mingcha.common import clock
from mingcha.documents import actions as documents
from mingcha.interfaces.demo.course import HEAD, Course, Steps
from mingcha.review import actions as review
from mingcha.review import queries as review_queries
from mingcha.review.rules import checklist

_TOLD = ("出示证件，说明来意", "有权申请回避、陈述和申辩", "应当如实反映情况，提供有关材料")
_DECISION = "licence-grant"
_NOT_HERE = "经核对，本件不属于这种情形：不直接关系他人重大利益，不需要听证，没有数量限制。"


@dataclass
class Licence(Course):
    """Plays one application; the list sends it to review because weighty public interests are touched."""

    item: str = "5.01"
    load: str = "渣土约2.4万立方米"

    def steps(self) -> Steps:
        return [
            ("apply", self._apply),
            ("accept", self._accept),
            ("check", self._check),
            ("submit", self._submit),
            ("approve", self._opine),
            ("grant", self._grant),
            ("certificate", self._certificate),
            ("publish", self.publish),
        ]

    def _content(self) -> str:
        return f"{self.place}土方工程产生的{self.load}，由核准的运输企业运至明水区建筑垃圾消纳场处置"

    def _apply(self) -> None:
        self.register("P-XK", "application", "申请城市建筑垃圾处置核准", f"{self.party}申请核准{self._content()}。")
        papers = (
            ("城市建筑垃圾处置申请表", "original", 3),
            ("运输合同", "copy", 6),
            ("处置场所同意接收的证明", "original", 1),
        )
        self.signed(
            "licence-application",
            {
                "kind": "first",
                "content": f"申请核准{self._content()}。",
                "materials": [{"name": name, "form": form, "pages": pages} for name, form, pages in papers],
                "truth": True,
                "channel": "window",
                "e_service": False,
                "received_at": clock.now() - dt.timedelta(minutes=20),
            },
        )
        self.go("intake")
        self.signed("materials-receipt", {"issue_date": self.day, "receiver": self.first.name})

    def _accept(self) -> None:
        self.later(1)
        with clock.frozen(clock.at(self.day, 10)):
            self.go("accept")
            self.handed(self.signed("acceptance-notice", {"issue_date": self.day, "promised_days": 5}))
            self.go("examine")

    def _check(self) -> None:
        self.go("site-check")
        at = clock.now()
        with clock.frozen(at + dt.timedelta(hours=6)):
            self.signed(
                "verification-record",
                {
                    "start": at + dt.timedelta(hours=4),
                    "end": at + dt.timedelta(hours=5),
                    "place": self.place,
                    "weather": "多云",
                    "recorder": self.first.name,
                    "cert_shown_at": at + dt.timedelta(minutes=238),
                    "on_site_person": f"{self.person}（法定代表人）",
                    "party_present": True,
                    "told": [{"item": item, "done": "yes"} for item in _TOLD],
                    "points": [
                        {"condition": "出入口硬化并设置车辆冲洗设施", "result": "met", "evidence": "现场查看，照片2张"},
                        {"condition": "运输车辆密闭并能定位", "result": "met", "evidence": "查验车辆6台，名册1份"},
                    ],
                    "opinion": "现场与申请材料一致。",
                    "party_statement": "没有意见。",
                    "read_by": "self",
                },
            )
            self.go("examine")
        self.later(1)

    def _submit(self) -> None:
        said: dict[str, Any] = dict.fromkeys((row.name for row in facts.questions() if row.required), False)
        cases.state_facts(self.case_id, actor=self.first, said={**said, "public_interest": True})
        self.approved(
            "licence-approval",
            {
                "checks": "两名工作人员现场核查，冲洗设施和运输车辆符合条件。",
                "proposal": "grant",
                "reason": "符合《城市建筑垃圾管理规定》第七条规定的条件。",
                "conditions": ["按照核准的路线和时间运输", "车辆密闭，出场冲洗"],
            },
        )
        start = self.day + dt.timedelta(days=7)
        fields = {
            "content": f"准予{self._content()}。",
            "scope": self.load,
            "place": self.place,
            "conditions": ["按照核准的路线和时间运输", "车辆密闭，出场冲洗"],
            "quota": False,
            "valid_from": start,
            "valid_to": start + dt.timedelta(days=180),
            "licence_name": "城市建筑垃圾处置核准证",
            "duties": ["按照核准的数量、路线和地点处置", "内容有变化的，先申请变更"],
            "supervision": "本机关依法对许可事项进行监督检查，请予配合并如实提供情况。",
        }
        documents.save_draft(self.case_id, _DECISION, fields, actor=self.first)
        review.submit(self.case_id, actor=self.first, attested=True)

    def _opine(self) -> None:
        self.later(1)
        reviewer = actor_named("zhouheng")
        with clock.frozen(clock.at(self.day, 10)):
            submission = review_queries.open_submission(self.case)
            if submission is None:
                raise RuntimeError("nothing to review")
            link = submission.materials[0]["key"]
            for name in ("gl-04", "gl-05", "gl-07", "gl-12"):
                record_finding(self.case_id, f"finding-{name}@1", actor=reviewer, met=True, grounds=_NOT_HERE)
            review.give_opinion(
                self.case_id,
                actor=reviewer,
                conclusion="agree",
                points=[{"code": row["code"], "result": "met", "link": link} for row in checklist()],
                text="申请属于本机关职权，材料齐全，已经两人现场核查，程序合法，同意。",
            )

    def _grant(self) -> None:
        self.later(1)
        with clock.frozen(clock.at(self.day, 10)):
            letter = self.issued(_DECISION)
            self.go("publish-check", HEAD)
            self.go("issue", HEAD)
            self.handed(letter)

    def _certificate(self) -> None:
        self.later(1)
        with clock.frozen(clock.at(self.day, 10)):
            self.handed(self.signed("licence-certificate", {"issue_date": self.day, "copy": "original"}))
            self.go("in-force")
