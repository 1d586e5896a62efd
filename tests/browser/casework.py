"""One case, as its people take it from hand to hand in the browser."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from mingcha.common.clock import SHANGHAI
from tests.browser.driving import Visitor
from tests.browser.server import Server

PARTY = "澄江园林工程有限公司"
PERSON = "江澄波"
PLACE = "明水区澄江路5号地块工地"
USCC = "91990100MA1QH0999D"
Enter = Callable[..., Visitor]


def minutes_ago(minutes: int) -> str:
    return (dt.datetime.now(SHANGHAI) - dt.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


def today() -> str:
    return dt.datetime.now(SHANGHAI).date().isoformat()


class Casework:
    """The case as its people take it from hand to hand; each has a browser of their own."""

    def __init__(self, visit: Enter, server: Server, papers: Path) -> None:
        self.server, self.papers, self.visit = server, papers, visit
        self.path = ""
        self._people: dict[str, Visitor] = {}

    def person(self, username: str) -> Visitor:
        if username not in self._people:
            self._people[username] = self.visit(username)
        return self._people[username]

    def at_case(self, username: str) -> Visitor:
        visitor = self.person(username)
        visitor.go(self.path)
        return visitor

    def move(self, username: str, label: str, *, confirm: str = "") -> None:
        visitor = self.at_case(username)
        visitor.press(label, confirm=confirm)
        assert "案件转入" in visitor.text(), visitor.text()

    def judge(self, username: str, label: str, grounds: str, *, facts: tuple[str, ...] = ()) -> None:
        """A move that asks judgments first: each condition answered, none preset, then taken."""
        visitor = self.at_case(username)
        visitor.page.locator("main .acts a.btn", has_text=label).first.click()
        visitor.page.wait_for_url("**/step/*/")
        names = visitor.page.locator('main input[type=radio][name^="met-"]').evaluate_all(
            "rows => [...new Set(rows.map(row => row.name))]"
        )
        assert names and visitor.page.locator("main input[type=radio]:checked").count() == 0
        visitor.fill(**dict.fromkeys(names, "yes"), **{f"fact-{name}": "no" for name in facts}, grounds=grounds)
        assert visitor.check() == []
        visitor.press(label)
        assert "案件转入" in visitor.text(), visitor.text()

    # --- lead and filing ---

    def register(self) -> None:
        officer = self.person("lince")
        officer.go("/in/cases/new/")
        facts = "群众反映澄江路5号地块施工扬尘严重，傍晚最为明显。"
        officer.fill(cause="涉嫌施工工地未采取有效防尘降尘措施", facts=facts, party_name=PARTY)
        officer.press("登记，进入核查")
        # Nothing typed is lost, and every gap is named beside its field.
        officer.sees("请选择线索来源。", "请选择执法事项。", "请填写住所。", "请填写发现之日。")
        assert (officer.value("facts"), officer.value("party_name")) == (facts, PARTY)
        assert officer.check() == []
        # Auxiliary staff stand there with the reason and cannot be chosen.
        auxiliary = officer.page.locator("main .off", has_text="齐小满")
        assert "没有行政执法资格" in auxiliary.inner_text()
        assert auxiliary.locator("input").count() == 0
        officer.fill(source="report", item_code="3.14", discovered_on=today(), conduct_ended_on=today())
        officer.fill(party_kind="organisation", uscc=USCC, legal_representative=PERSON, address="明水区澄江路5号")
        officer.page.locator("main .pick label", has_text="韩渡").locator("input").check()
        officer.press("登记，进入核查")
        self.path = officer.page.url.removeprefix(self.server.url)
        assert self.path.startswith("/in/cases/")
        officer.sees(PARTY, "作回避声明")

    def file(self) -> None:
        for username in ("lince", "handu"):
            officer = self.at_case(username)
            officer.follow("作回避声明")
            officer.fill(conflict="no")
            officer.press("提交声明")
            officer.sees("已声明不存在应当回避的情形。")
        self.move("lince", "开展核查，提请立案")
        self.judge("luming", "批准立案", "有违法事实的初步证据，属于本机关管辖，符合立案标准。")

    # --- investigation ---

    def investigate(self) -> None:
        officer = self.at_case("lince")
        officer.follow("登记证据")
        officer.fill(
            kind="documentary", name="现场照片打印件", proves="工地土方裸露、未遮盖", origin="现场检查提取",
            collected_at=minutes_ago(1), file=self.papers / "paper.pdf",
        )  # fmt: skip
        # A hurried hand presses twice; the paper is registered once.
        officer.button("登记").dblclick()
        officer.page.wait_for_url(f"**{self.path}")
        officer.sees("已登记证据1。", "现场照片打印件")
        officer.follow("登记证据")
        officer.fill(
            kind="party_statement", name="当事人的陈述", proves="当事人承认未采取防尘措施", origin="询问当事人",
            collected_at=minutes_ago(1),
        )  # fmt: skip
        officer.press("登记")
        officer.sees("已登记证据2。")
        assert self.server.value("select count(*) from cases_evidence where case_id = ?", [self.case_id]) == 2

        officer.follow("写现场笔录")
        officer.fill(
            start=minutes_ago(60), end=minutes_ago(40), cert_shown_at=minutes_ago(60), place=PLACE, weather="晴"
        )
        officer.fill(party_present="yes", observations__0__fact="裸露土方约600平方米，未覆盖防尘网。", read_by="self")
        officer.fill(observations__0__place="工地北侧", party_statement="雾炮故障，尚未修好。")
        officer.press("制作文书", confirm="制作")
        officer.sees("已制作现场笔录")

        second = self.at_case("handu")
        second.follow("写询问笔录")
        second.fill(start=minutes_ago(30), end=minutes_ago(10), place="工地办公室", read_by="self")
        second.fill(
            questions__0__question="作业时采取了哪些防尘措施？", questions__0__answer="有两台雾炮，一台坏了没有修。"
        )
        second.press("制作文书", confirm="制作")
        second.sees("已制作询问笔录")

        # What is no recording is refused in words; then the recording itself.
        second.go(f"{self.path}recording/?matter=1")
        second.fill(title="现场检查和询问全程", started_at=minutes_ago(60), file=self.papers / "paper.pdf")
        second.button("上传").click()
        second.page.locator("main .errorlist").first.wait_for()
        assert second.value("title") == "现场检查和询问全程"
        second.fill(file=self.papers / "recording.wav")
        second.press("上传")
        second.sees("音像已上传并计算摘要值")
        self.sign_in_ink("lince", "site-record", recorder="林策")
        self.sign_in_ink("handu", "inquiry-record", recorder="韩渡")
        self.move("lince", "调查终结")

    def sign_in_ink(self, username: str, kind: str, *, recorder: str) -> None:
        """The print was signed on paper by all; the scan is put on record."""
        key = self.server.value(
            "select id from documents_document where case_id = ? and kind = ?", [self.case_id, kind]
        )
        officer = self.person(username)
        officer.go(f"/in/documents/{uuid.UUID(str(key))}/signatures/paper/")
        names = {"officers": "林策、韩渡", "recorder": recorder, "witness": "", "interpreter": "", "other": ""}
        fields = officer.page.locator("main form input[type=text]").evaluate_all("rows => rows.map(row => row.name)")
        officer.fill(**{name: names.get(name, PERSON) for name in fields}, scan=self.papers / "paper.pdf")
        officer.press("登记")
        officer.sees("已登记纸质原件上的签名。")

    def propose(self) -> None:
        officer = self.at_case("lince")
        officer.follow("写案件调查终结报告")
        officer.fill(
            facts__0__text="当事人在澄江路5号地块进行土方开挖作业，未采取湿法作业、覆盖等防尘降尘措施，裸露土方约600平方米。",
            nature="当事人的行为属于施工工地未采取有效防尘降尘措施的违法行为，事实清楚，证据充分。",
            discretion__factors="当事人系初次违法，案发后及时修复设备、完成覆盖。",
            discretion__grade="一般",
            discretion__standard="《明水区扬尘污染防治行政处罚裁量基准》第7项",
            discretion__effect="ordinary",
            penalties__0__kind="fine",
            penalties__0__amount="两万",
            correction="责令立即采取覆盖、洒水等防尘降尘措施。",
        )  # fmt: skip
        officer.press("制作文书", confirm="制作")
        officer.sees("请填写金额，单位元，最多两位小数")
        assert officer.value("penalties-0-amount") == "两万"
        officer.fill(penalties__0__amount="20,000")
        officer.press("制作文书", confirm="制作")
        officer.sees("已制作案件调查终结报告")
        facts = ("grave", "public_interest", "social_risk", "vital_interest", "complex")
        self.judge("lince", "报送审查", "已逐项核对，有案卷材料为证。", facts=facts)
        self.move("chengyuan", "同意拟处罚意见")

    # --- notice and defence ---

    def notify(self) -> None:
        officer = self.at_case("lince")
        officer.follow("写行政处罚事先告知书")
        assert officer.value("penalties-0-amount") == "20000"
        officer.press("制作文书", confirm="制作")
        self.serve("penalty-notice")

    def defend(self) -> None:
        officer = self.at_case("lince")
        officer.follow("登记意见")
        # A waiver without the party's signed paper is none.
        officer.fill(kind="hearing_waived", speaker=PERSON, text="不申请听证。", received_at=minutes_ago(0))
        officer.press("登记")
        assert officer.page.locator("main .errorlist, main .error-summary").count()
        assert officer.value("text") == "不申请听证。"
        officer.fill(file=self.papers / "paper.pdf")
        officer.press("登记")
        officer.sees("已登记当事人的意见。")
        officer.follow("登记意见")
        officer.fill(kind="written", speaker=PERSON, text="设备已经修复，请求减轻处罚。", received_at=minutes_ago(0))
        officer.press("登记")
        self.move("lince", "复核陈述申辩")
        officer = self.at_case("lince")
        officer.page.locator("main").get_by_role("link", name="复核", exact=True).first.click()
        officer.fill(adopted="no", reasons="案发后整改已在裁量中作为一般情节考虑，不具备法定减轻处罚情形。")
        officer.press("提交复核意见")
        officer.sees("复核意见已记录。")
        self.move("lince", "复核完毕")

    def serve(self, kind: str) -> None:
        second = self.at_case("handu")
        second.follow("送达")
        second.fill(mode="direct", receiver=PERSON, served_at=minutes_ago(0), place="明水区澄江路5号")
        second.press("登记送达")
        if "不能早于文书制作时间" in second.text():
            # Typed times carry no seconds: within the minute of its making a document cannot be served yet.
            time.sleep(61 - dt.datetime.now(SHANGHAI).second)
            second.fill(served_at=minutes_ago(0))
            second.press("登记送达")
        second.sees("已送达")
        served = self.server.value(
            "select count(*) from documents_service s join documents_document d on d.id = s.document_id"
            " where d.case_id = ? and d.kind = ?",
            [self.case_id, kind],
        )
        assert served == 1

    # --- review and decision ---

    def review(self) -> None:
        officer = self.at_case("lince")
        officer.follow("写行政处罚决定书")
        officer.press("保存草稿")
        officer.sees("草稿已保存")
        officer.go(f"{self.path}submit/")
        officer.press("送审", confirm="送审")
        assert officer.check() == []
        officer.sees("负责")
        officer.fill(attested="on")
        officer.press("送审", confirm="送审")

        self.opine("discretion", "problems", "没有写明认定一般情节的理由。")
        officer = self.at_case("lince")
        officer.follow("继续写行政处罚决定书")
        officer.fill(discretion__factors="当事人系初次违法，裸露面积不足1000平方米，案发后两日内完成覆盖。")
        officer.press("保存草稿")
        officer.go(f"{self.path}submit/")
        officer.sees("没有写明认定一般情节的理由。")
        officer.fill(**{"answer-discretion": "已补充面积、整改时间等裁量因素。", "attested": "on"})
        officer.press("送审", confirm="送审")

        reviewer = self.person("zhouheng")
        reviewer.go(self.review_path)
        reviewer.sees("比上一轮改动", "裸露面积不足1000平方米", "已补充面积、整改时间等裁量因素。")
        self.opine("", "agree", "主体合法，事实清楚，证据充分，程序合法，裁量适当，同意。")

    def opine(self, problem: str, conclusion: str, text: str) -> None:
        """Mark every point, one of them as a problem if named, and give the opinion."""
        reviewer = self.person("zhouheng")
        reviewer.go("/in/review/")
        reviewer.page.locator(f'main a[href="{self.review_path}"]').first.click()
        page = reviewer.page
        page.wait_for_url(f"**{self.review_path}")
        for point in page.locator("[data-point]").all():
            code = str(point.get_attribute("id")).removeprefix("point-")
            if code == problem:
                reviewer.fill(**{f"mark-{code}": "problem", f"note-{code}": text})
                continue
            reviewer.fill(**{f"mark-{code}": "met"})
            keys = page.locator(f'[name="link-{code}"] option').evaluate_all("rows => rows.map(row => row.value)")
            wanted = {"facts": "site-record", "evidence": "evidence", "procedure": "penalty-notice"}.get(
                code, "investigation-report"
            )
            names = page.locator(f'[name="link-{code}"] option').all_inner_texts()
            label = {"site-record": "现场笔录", "evidence": "证据", "penalty-notice": "告知书"}.get(wanted, "终结报告")
            at = next(n for n, name in enumerate(names) if label in name)
            reviewer.fill(**{f"link-{code}": keys[at]})
        reviewer.fill(conclusion=conclusion)
        page.locator('#opinion [name="text"]').fill(text)
        reviewer.press("出具审核意见", confirm="出具意见")
        reviewer.sees(text)

    def decide(self) -> None:
        head = self.person("shenyi")
        head.go("/in/decisions/")
        head.page.locator(f'main a[href="{self.decision_path}"]').first.click()
        head.page.wait_for_url(f"**{self.decision_path}")
        head.sees("20,000")
        head.fill(opinion="同意审核意见和承办意见，依法作出处罚。")
        # Whoever says no in the dialog has decided nothing.
        head.button("作出决定").click()
        head.page.locator("dialog[open]").get_by_role("button", name="取消", exact=True).click()
        assert self.decisions() == 0
        head.press("作出决定", confirm="作出决定")
        assert self.decisions() == 1
        self.serve("penalty-decision")

    def decisions(self) -> int:
        return int(self.server.value("select count(*) from decisions_decision where case_id = ?", [self.case_id]))

    # --- disclosure ---

    def publish(self) -> str:
        clerk = self.person("sutang")
        clerk.go("/in/publications/")
        publication = self.server.value(
            "select p.id from disclosure_publication p join decisions_decision d on d.id = p.decision_id"
            " where d.case_id = ?",
            [self.case_id],
        )
        path = f"/in/publications/{dashed(publication)}/"
        clerk.page.locator(f'main a[href="{path}"]').first.click()
        clerk.page.wait_for_url(f"**{path}")
        clerk.press("签发并送审", confirm="送审")
        assert clerk.page.locator("main .errorlist, main .error-summary").count()
        clerk.fill(attested="on")
        clerk.press("签发并送审", confirm="送审")
        # Who entered it does not approve it; what the other approves is public at once.
        clerk.sees("等待另一人审核", "送审的人不能审核自己送审的内容")
        head = self.person("chengyuan")
        head.go(path)
        head.follow("审核")
        head.fill(approved="yes")
        head.press("提交")
        head.sees("公示中")
        return dashed(publication)

    def finish(self) -> None:
        officer = self.at_case("lince")
        officer.follow("登记缴款")
        officer.fill(amount_fen="20000", paid_on=today(), voucher="P00000999")
        officer.press("登记缴款")
        officer.sees("已登记缴款")
        self.move("lince", "履行完毕，提请结案")
        self.move("luming", "批准结案，移交归档")
        archivist = self.person("jiangmu")
        archivist.go(f"/in/archives/{self.id}/")
        archivist.sees("正卷", "副卷")
        archivist.press("接收案卷", confirm="接收")

    @property
    def id(self) -> str:
        return self.path.removeprefix("/in/cases/").strip("/")

    @property
    def case_id(self) -> str:
        return self.id.replace("-", "")

    @property
    def review_path(self) -> str:
        return f"/in/review/{self.id}/"

    @property
    def decision_path(self) -> str:
        return f"/in/decisions/{self.id}/"


def dashed(key: str) -> str:
    return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}" if "-" not in key else key
