"""The journey of one penalty case, played through the real actions, a line per step with the acting person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mingcha.accounts.actors import Actor
from mingcha.accounts.queries import actor_named
from mingcha.archives import actions as archives
from mingcha.cases import actions as cases
from mingcha.cases import facts
from mingcha.cases import queries as case_queries
from mingcha.cases.models import Case
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.deadlines import queries as deadlines
from mingcha.decisions import actions as decisions
from mingcha.disclosure.models import Publication
from mingcha.documents import actions as documents
from mingcha.documents import queries as document_queries
from mingcha.documents.models import Document
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo import publishing, signing
from mingcha.interfaces.demo.paper import paper_decision, recording
from mingcha.performance import actions as performance
from mingcha.recordings import actions as recordings
from mingcha.review import actions as review
from mingcha.review import queries as review_queries
from mingcha.review.rules import checklist

LENGTH = 46  # natural days from the lead to the closing, so that a journey can end today


@dataclass
class Scenario:
    """What the journey is about; all names and figures are made up."""

    party: str = "清和建筑工程有限公司"
    uscc: str = "91990100MA1QH00018"
    representative: str = "许山河"
    cause: str = "涉嫌施工工地未采取有效防尘降尘措施"
    item: str = "3.14"
    fine: int = 2_000_000
    place: str = "明水区清源街18号地块工地"
    handlers: tuple[str, str] = ("lince", "handu")
    facts: str = (
        "当事人承建的清源街18号地块工地进行土方开挖作业，未采取湿法作业、覆盖等防尘降尘措施，"
        "裸露土方约600平方米未遮盖，现场扬尘明显。"
    )
    mark: int = 1
    procedure: str = "P-PT"
    signs: bool = True


@dataclass
class Journey:
    """Plays the steps in order on a frozen clock; `case_id` is known after the first."""

    start: dt.date
    scenario: Scenario = field(default_factory=Scenario)
    say: Callable[[str], None] = lambda line: None
    case_id: uuid.UUID | None = None
    day: dt.date = dt.date.min

    def run(self, until: str = "archive") -> Case:
        """Play up to and including the step named `until`."""
        self.day = self.start
        known = False
        for name, who, what, step in self.steps():
            actor = actor_named(who)
            with clock.frozen(clock.at(self.day, 9, 30)):
                step(actor)
            self.say(f"{self.day.isoformat()}　{actor.name}（{actor.organ}·{actor.unit}）　{what}")
            if name == until:
                known = True
                break
        if not known:
            raise LookupError(f"the journey has no step {until}")
        return self.case

    @property
    def case(self) -> Case:
        rows = Case.objects.select_related("organisation", "profile", "items")
        return rows.get(id=self.id)

    def later(self, days: int) -> None:
        """Let natural days pass, then go on at the next working day."""
        self.day += dt.timedelta(days=days)
        calendar = deadlines.calendar()
        while not calendar.is_workday(self.day):
            self.day += dt.timedelta(days=1)

    def wait_over(self, rule: str) -> None:
        """Let the clock pass the last day of a period."""
        period = deadlines.periods_of(self.case.id).filter(rule=rule).last()
        if period is not None and self.day <= period.due_on:
            self.day = period.due_on
            self.later(1)

    def steps(self) -> Iterator[tuple[str, str, str, Callable[[Actor], Any]]]:
        """Name, user, what is done, and the doing. The clock moves between steps."""
        first, second = self.scenario.handlers
        yield "lead", first, "登记线索，录入当事人，指定两名承办人员", self.register
        for who in self.scenario.handlers:
            yield (
                f"avoid-{who}",
                who,
                "声明不存在应当回避的情形",
                lambda actor: cases.declare_avoidance(self.id, actor=actor, conflict=False),
            )
        yield "request-filing", first, "核查完毕，提请立案", lambda actor: self.go("verify-lead", actor)
        self.later(1)
        yield "file", "luming", "批准立案，案号连续编制，90日办案期限起算，进入调查", self.file
        yield "evidence", first, "登记证据三份（现场照片、作业日志、当事人陈述）", self.evidence
        yield "site-record", first, "制作现场笔录，已出示执法证件", self.site_record
        yield "inquiry-record", second, "制作询问笔录", self.inquiry_record
        yield "recording", second, "上传现场音像，计算摘要值并对应到调查取证环节", self.recording
        self.later(6)
        yield "conclude", first, "调查终结", lambda actor: self.go("conclude", actor)
        yield "report", first, "制作调查终结报告，写明拟处罚意见和责令改正", self.report
        yield "facts", first, "说明案件情况：是否重大、复杂、涉及公共利益", self.state_facts
        yield "to-head", first, "逐项认定责任、从旧兼从轻、一事不二罚，报送审查", self.to_head
        yield "agree", "chengyuan", "机关负责人审查，同意拟处罚意见", lambda actor: self.go("notify", actor)
        self.later(1)
        yield "notice", first, "制作行政处罚事先告知书", self.notice
        yield (
            "serve-notice",
            second,
            "直接送达告知书，当事人签收，进入陈述申辩期",
            lambda actor: self.serve("penalty-notice", actor),
        )
        self.later(2)
        yield "statement", first, "记录当事人书面陈述申辩", self.statement
        yield "recheck", first, "转入复核", lambda actor: self.go("recheck", actor)
        yield "answer", first, "逐项复核陈述申辩，不因申辩加重", self.answer
        self.wait_over("PEN-14")
        self.wait_over("PEN-04")
        yield "scope", first, "复核完毕，判断审核范围", lambda actor: self.go("review-scope", actor)
        yield "draft", first, "拟写行政处罚决定书", self.draft
        yield "submit", first, "提交法制审核", lambda actor: review.submit(self.id, actor=actor, attested=True)
        self.later(1)
        yield "problems", "zhouheng", "审核：裁量说明有问题，退回承办", lambda actor: self.opine(actor, "discretion")
        self.later(1)
        yield "mend", first, "补充裁量理由", self.mend
        yield "resubmit", first, "逐项答复，再次送审", self.resubmit
        self.later(1)
        yield "approve", "zhouheng", "审核同意（看到本轮改动）", lambda actor: self.opine(actor, None)
        self.later(1)
        yield (
            "decide",
            "shenyi",
            "作出行政处罚决定，文号连续，审核文本与决定文本一致",
            lambda actor: decisions.issue(self.id, actor=actor, opinion="同意审核意见和承办意见，依法作出处罚。"),
        )
        yield (
            "serve-decision",
            second,
            "直接送达决定书，缴款、复议、诉讼期限起算，公示判断并行开始",
            lambda actor: self.serve("penalty-decision", actor),
        )
        self.later(2)
        yield "publish", "sutang", "核对脱敏结果，签发送审，机关负责人审核后公示", self.publish
        self.later(5)
        yield (
            "pay",
            first,
            "登记缴款",
            lambda actor: performance.record_payment(
                self.id,
                actor=actor,
                amount_fen=self.scenario.fine,
                paid_on=self.day,
                voucher=f"P{self.scenario.mark:08d}",
            ),
        )
        yield "settle", first, "履行完毕，提请结案", lambda actor: self.go("close", actor)
        yield "close", "luming", "批准结案，移交归档", lambda actor: self.go("archive", actor)
        self.later(1)
        yield (
            "archive",
            "jiangmu",
            "接收案卷，编制目录，全卷摘要值入账",
            lambda actor: archives.accept(self.id, actor=actor),
        )

    @property
    def id(self) -> uuid.UUID:
        if self.case_id is None:
            raise RuntimeError("the lead is not registered yet")
        return self.case_id

    def go(self, to: str, actor: Actor, **found: str) -> Case:
        """Take a move; `found`: conditions that the actor finds to be met, by the end of their names, with the grounds."""
        rows = [
            {"guard": f"finding-{name.replace('_', '-')}@1", "met": True, "grounds": grounds}
            for name, grounds in found.items()
        ]
        return advance(self.id, to, actor=actor, found=rows)

    def file(self, actor: Actor) -> None:
        self.go("file", actor, gp_02="有违法事实的初步证据，属于本机关管辖，未超过处罚时效，符合立案标准，同意立案。")

    def state_facts(self, actor: Actor) -> None:
        names = [question.name for question in facts.questions() if question.required]
        cases.state_facts(self.id, actor=actor, said=dict.fromkeys(names, False))

    def to_head(self, actor: Actor) -> None:
        self.go(
            "head-examine",
            actor,
            gp_10="行为终了至今，所适用的法律没有修改。",
            g_13="经查询，当事人没有因同一违法行为受到罚款。",
            gp_19="当事人是单位，有主观过错，不属于初次轻微违法并及时改正的情形。",
        )

    def register(self, actor: Actor) -> None:
        case = cases.register_lead(
            actor=actor,
            procedure=self.scenario.procedure,
            source="report",
            cause=self.scenario.cause,
            facts=f"群众反映{self.scenario.place}施工扬尘严重。",
            item_code=self.scenario.item,
            conduct_ended_on=self.day,
            discovered_on=self.day,
            party_kind="organisation",
            party_name=self.scenario.party,
            uscc=self.scenario.uscc,
            legal_representative=self.scenario.representative,
            address="明水区望江路66号",
            second_officer_id=actor_named(self.scenario.handlers[1]).officer_id,
        )
        self.case_id = case.id

    def evidence(self, actor: Actor) -> None:
        photo = receive_bytes(paper_decision(f"{self.scenario.place}现场照片", self.day))
        at = clock.now() - dt.timedelta(minutes=30)
        for kind, name, proves, file in (
            ("documentary", "现场照片打印件", "工地土方裸露、未遮盖", photo),
            ("documentary", "土方作业日志复印件", "作业时间和作业面积", None),
            ("party_statement", "当事人的陈述", "当事人承认未采取防尘措施", None),
        ):
            cases.record_evidence(
                self.id,
                actor=actor,
                kind=kind,
                name=name,
                proves=proves,
                origin="现场检查提取",
                collected_at=at,
                file=file,
            )

    def site_record(self, actor: Actor) -> None:
        at = clock.now()
        document = documents.issue(
            self.id,
            "site-record",
            actor=actor,
            fields={
                "start": at - dt.timedelta(hours=2),
                "end": at - dt.timedelta(minutes=80),
                "place": self.scenario.place,
                "weather": "晴",
                "recorder": actor.name,
                "cert_shown_at": at - dt.timedelta(minutes=121),
                "on_site_person": f"{self.scenario.representative}（法定代表人）",
                "party_present": True,
                "observations": [
                    {"fact": "工地土方开挖作业正在进行，两台雾炮一台未开启。", "place": "工地东侧"},
                    {"fact": "裸露土方约600平方米，未覆盖防尘网。", "place": "工地北侧"},
                ],
                "party_statement": "雾炮故障，尚未修好。",
                "read_by": "self",
            },
        )
        self.sign(document, actor)

    def sign(self, document: Document, actor: Actor) -> None:
        """All whom a record demands sign on the pad, the party by its representative."""
        if not self.scenario.signs:
            return
        officers = [actor_named(who).name for who in self.scenario.handlers]
        signing.all_sign(document, actor, party=self.scenario.representative, officers=officers)

    def inquiry_record(self, actor: Actor) -> None:
        # Officers question one person at a time: the sittings of a day stand one before the other.
        today = Document.objects.filter(kind="inquiry-record", issued_at__gte=clock.at(self.day, 0))
        at = clock.now() - dt.timedelta(minutes=16 * today.filter(issued_at__lte=clock.now()).count())
        document = documents.issue(
            self.id,
            "inquiry-record",
            actor=actor,
            fields={
                "start": at - dt.timedelta(minutes=15),
                "end": at - dt.timedelta(minutes=1),
                "place": "工地办公室",
                "recorder": actor.name,
                "person": {"name": self.scenario.representative, "relation": "legal_rep", "job": "总经理"},
                "questions": [
                    {"question": "你单位在该工地从事什么作业？", "answer": "土方开挖和外运。"},
                    {"question": "作业时采取了哪些防尘措施？", "answer": "有两台雾炮，一台坏了没有修。"},
                    {"question": "裸露土方为什么没有覆盖？", "answer": "赶工期，没有来得及。"},
                ],
                "read_by": "self",
            },
        )
        self.sign(document, actor)

    def recording(self, actor: Actor) -> None:
        recordings.add(
            self.id,
            actor=actor,
            stage="investigate",
            matter="1",
            title="现场检查和询问全程音像",
            file=receive_bytes(recording(mark=self.scenario.mark)),
            started_at=clock.now() - dt.timedelta(hours=1),
            device="A1027",
        )

    def proposal(self) -> dict[str, Any]:
        item = next(row for row in self.case.items.content["entries"] if row["code"] == self.scenario.item)
        return {
            "facts": [{"text": self.scenario.facts}],
            "nature": "当事人的行为属于施工工地未采取有效防尘降尘措施的违法行为，事实清楚，证据充分。",
            "broken_articles": [{"citation": text} for text in item["broken"]],
            "penalty_articles": [{"citation": text} for text in item["penalty"]],
            "discretion": {
                "factors": "当事人系初次违法，案发后及时修复设备、完成覆盖。",
                "grade": "一般",
                "standard": "《明水区扬尘污染防治行政处罚裁量基准》第7项",
                "effect": "ordinary",
            },
            "penalties": [{"kind": "fine", "amount": self.scenario.fine}],
            "correction": "责令立即采取覆盖、洒水等防尘降尘措施。",
        }

    def report(self, actor: Actor) -> None:
        documents.save_draft(self.id, "investigation-report", self.proposal(), actor=actor)
        documents.issue(self.id, "investigation-report", actor=actor)

    def notice(self, actor: Actor) -> None:
        typed = document_queries.typed(self.case, "penalty-notice")
        documents.save_draft(self.id, "penalty-notice", typed, actor=actor)
        documents.issue(self.id, "penalty-notice", actor=actor)

    def serve(self, kind: str, actor: Actor) -> None:
        document = document_queries.latest(self.case, kind)
        if document is None:
            raise RuntimeError(kind)
        with clock.frozen(clock.now() + dt.timedelta(hours=2)):
            documents.serve(
                document.id,
                actor=actor,
                mode="direct",
                receiver=self.scenario.representative,
                relation="legal_rep",
                served_at=clock.now(),
                place="明水区望江路66号",
            )

    def statement(self, actor: Actor) -> None:
        cases.record_statement(
            self.id,
            actor=actor,
            kind="written",
            speaker=self.scenario.representative,
            text="设备故障后已经修复，土方已全部覆盖，请求减轻处罚。",
            received_at=clock.now(),
        )

    def answer(self, actor: Actor) -> None:
        for row in case_queries.statements(self.case):
            cases.answer_statement(
                row.id,
                actor=actor,
                adopted=False,
                reasons="案发后整改已在裁量中作为一般情节考虑，不具备法定减轻处罚情形。",
            )

    def draft(self, actor: Actor) -> None:
        documents.save_draft(
            self.id, "penalty-decision", document_queries.typed(self.case, "penalty-decision"), actor=actor
        )

    def opine(self, actor: Actor, problem: str | None) -> None:
        submission = review_queries.open_submission(self.case)
        if submission is None:
            raise RuntimeError("nothing to review")
        link = {row["kind"]: row["key"] for row in submission.materials}
        evidence = {"facts": "site-record", "evidence": "evidence", "procedure": "penalty-notice"}
        points = [
            {"code": row["code"], "result": "problem", "note": "没有写明认定一般情节的理由。"}
            if row["code"] == problem
            else {"code": row["code"], "result": "met", "link": link[evidence.get(row["code"], "investigation-report")]}
            for row in checklist()
        ]
        review.give_opinion(
            self.id,
            actor=actor,
            conclusion="problems" if problem else "agree",
            points=points,
            text="裁量理由不足，请补充。" if problem else "主体合法，事实清楚，证据充分，程序合法，裁量适当，同意。",
        )

    def mend(self, actor: Actor) -> None:
        draft = document_queries.draft(self.case, "penalty-decision")
        if draft is None:
            raise RuntimeError("no draft")
        fields = {**draft.fields, "discretion": {**draft.fields["discretion"]}}
        fields["discretion"]["factors"] = "当事人系初次违法，裸露面积不足1000平方米，案发后两日内修复设备、完成覆盖。"
        documents.save_draft(self.id, "penalty-decision", fields, actor=actor, version=draft.version)

    def resubmit(self, actor: Actor) -> None:
        review.submit(
            self.id,
            actor=actor,
            attested=True,
            answers=[{"code": "discretion", "text": "已补充面积、整改时间等裁量因素。"}],
        )

    def publish(self, actor: Actor) -> None:
        publication = Publication.objects.get(decision__case_id=self.id)
        publishing.publish(publication, by=actor)
