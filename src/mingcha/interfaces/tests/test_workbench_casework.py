"""An officer's case through the pages: every step is a form posted as a browser would post it."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mingcha.accounts.actors import Actor
from mingcha.accounts.queries import actor_named
from mingcha.cases.facts import questions
from mingcha.cases.models import Case, Duty, Evidence, Party, Statement
from mingcha.common import clock
from mingcha.documents.models import Document, Draft
from mingcha.files.actions import path_of
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.demo.paper import paper_decision, recording
from mingcha.interfaces.demo.signing import all_sign
from mingcha.ledger import queries as ledger
from mingcha.recordings.models import Recording

Login = Callable[[str], Client]
Play = Callable[..., Journey]
DAY = dt.date(2026, 9, 14)


def _lead(actor: Callable[[str], Actor], **changes: str) -> dict[str, str]:
    return {
        "procedure": "P-PT",
        "source": "report",
        "cause": "涉嫌施工工地未采取有效防尘降尘措施",
        "facts": "群众反映清源街18号地块扬尘严重。",
        "item_code": "3.14",
        "discovered_on": DAY.isoformat(),
        "conduct_ended_on": DAY.isoformat(),
        "party_kind": "organisation",
        "party_name": "清和建筑工程有限公司",
        "uscc": "91990100MA1QH00018",
        "legal_representative": "许山河",
        "address": "明水区望江路66号",
        "second_officer_id": str(actor("handu").officer_id),
        "form_token": uuid.uuid4().hex,
        **changes,
    }


def _url(case: Journey, *parts: str) -> str:
    return "/".join(["/in/cases", str(case.id), *parts]) + "/"


def _moment(hour: int, minute: int = 0) -> str:
    return f"{DAY.isoformat()}T{hour:02d}:{minute:02d}"


def test_a_lead_submitted_twice_is_one_case(login: Login, actor: Callable[[str], Actor], on_day: Any) -> None:
    client, form = login("lince"), _lead(actor)
    with on_day(DAY):
        first, second = client.post("/in/cases/new/", form), client.post("/in/cases/new/", form)
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    case = Case.objects.get()
    assert Duty.objects.filter(case=case, duty="handler").count() == 2


def test_nothing_typed_is_lost_when_a_lead_is_refused(login: Login, actor: Callable[[str], Actor], on_day: Any) -> None:
    client = login("lince")
    with on_day(DAY):
        answer = client.post("/in/cases/new/", _lead(actor, uscc="", discovered_on="2027-01-01"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请填写单位的统一社会信用代码。" in page and "不能晚于2026-09-14" in page
    assert "群众反映清源街18号地块扬尘严重。" in page and 'value="清和建筑工程有限公司"' in page
    assert not Case.objects.exists()


def test_a_wrong_check_digit_is_said_and_kept(login: Login, actor: Callable[[str], Actor], on_day: Any) -> None:
    client = login("lince")
    with on_day(DAY):
        looked = client.post("/in/cases/new/", _lead(actor, uscc="91990100MA1QH00019", look="1")).content.decode()
        assert "校验位不符" in looked and not Case.objects.exists()
        answer = client.post("/in/cases/new/", _lead(actor, uscc="91990100MA1QH00019"))
        assert Party.objects.get().identifier_flagged
        assert "校验位不符" in client.get(answer.headers["Location"]).content.decode()


def test_auxiliary_staff_cannot_be_second_officer(login: Login, actor: Callable[[str], Actor], on_day: Any) -> None:
    client = login("lince")
    with on_day(DAY):
        shown = client.get("/in/cases/new/").content.decode()
        answer = client.post("/in/cases/new/", _lead(actor, second_officer_id=str(actor("qiman").officer_id)))
    page = answer.content.decode()
    assert str(actor("qiman").officer_id) not in shown and "齐小满是辅助人员" in shown
    assert answer.status_code == 422 and "不能办理，原因如下" in page and "行政处罚法第四十二条" in page
    assert not Case.objects.exists()


def test_from_lead_to_service_of_the_notice(login: Login, actor: Callable[[str], Actor], on_day: Any) -> None:
    """Lead, declarations, filing, evidence, recording, records, report, agreement, notice, service — all by pages."""
    officer, second, head = login("lince"), login("handu"), login("luming")
    with on_day(DAY):
        case_url = officer.post("/in/cases/new/", _lead(actor)).headers["Location"]
        page = officer.get(case_url).content.decode()
        assert "还没有作回避声明" in page and 'aria-disabled="true"' in page
        for client in (officer, second):
            assert client.post(f"{case_url}avoidance/declare/", {"conflict": "no"}).status_code == 302
        assert officer.post(f"{case_url}move/verify-lead/").status_code == 302
        assert "审查是否立案" in head.get("/in/").content.decode()
        asked = head.get(case_url).content.decode()
        assert f"{case_url}step/file/" in asked
        form = head.get(f"{case_url}step/file/").content.decode()
        assert "已对照立案标准" in form and not re.search(r'name="met-[^>]*checked', form)
        assert head.post(f"{case_url}step/file/", {}).status_code == 422
        filed = {"met-finding-gp-02@1": "yes", "grounds": "有初步证据，符合立案标准。"}
        assert head.post(f"{case_url}step/file/", filed).status_code == 302
        case = Case.objects.get()
        assert case.number and case.stage == "investigate"
        blocked = officer.post(f"{case_url}move/conclude/")
        assert blocked.status_code == 409 and "还没有登记可以作为定案根据的证据" in blocked.content.decode()

        photo = SimpleUploadedFile("现场照片.pdf", paper_decision("现场照片", DAY))
        evidence = {"kind": "documentary", "name": "现场照片", "proves": "土方裸露", "origin": "现场提取"}
        added = officer.post(f"{case_url}evidence/", {**evidence, "collected_at": _moment(9, 30), "file": photo})
        assert added.status_code == 302 and Evidence.objects.get().file_id

        media = {"stage": "investigate", "matter": "1", "title": "现场检查全程", "started_at": _moment(9)}
        empty = officer.post(f"{case_url}recording/", {**media, "file": SimpleUploadedFile("a.mp4", b"")})
        assert empty.status_code == 422 and "文件是空的（0 字节）" in empty.content.decode()
        text = officer.post(f"{case_url}recording/", {**media, "file": SimpleUploadedFile("a.mp4", b"not a video")})
        assert text.status_code == 422 and "这里只接受视频、音频" in text.content.decode()
        sound = SimpleUploadedFile("a.wav", recording())
        assert officer.post(f"{case_url}recording/", {**media, "file": sound}).status_code == 302
        assert Recording.objects.get().title == "现场检查全程"

        site = {
            "start": _moment(9), "end": _moment(9, 40), "place": "清源街18号地块", "recorder": "林策",
            "cert_shown_at": _moment(8, 59), "party_present": "yes", "told-0-item": "已出示执法证件", "told-0-done": "yes",
            "observations-0-fact": "裸露土方未覆盖。", "observations-3-fact": "雾炮一台未开启。", "read_by": "self",
        }  # fmt: skip
        lacking = {**site, "place": "", "do": "issue"}
        refused = officer.post(f"{case_url}draft/site-record/", lacking)
        assert refused.status_code == 409 and "缺少：地点" in refused.content.decode()
        again = {**site, "do": "issue", "overwrite": str(Draft.objects.get().version)}
        assert officer.post(f"{case_url}draft/site-record/", again).status_code == 302
        record = Document.objects.get(kind="site-record")
        assert [row["fact"] for row in record.fields["observations"]] == ["裸露土方未覆盖。", "雾炮一台未开启。"]

        unsigned = officer.post(f"{case_url}move/conclude/")
        assert unsigned.status_code == 409 and "签" in unsigned.content.decode()
        all_sign(record, actor_named("lince"), party="许山河", officers=["林策", "韩渡"])
        assert officer.post(f"{case_url}move/conclude/").status_code == 302
        report = {
            "facts-0-text": "裸露土方约600平方米未遮盖。", "nature": "施工工地未采取有效防尘降尘措施。",
            "broken_articles-0-citation": "《中华人民共和国大气污染防治法》第六十九条第三款",
            "penalty_articles-0-citation": "《中华人民共和国大气污染防治法》第一百一十五条第一款第一项",
            "discretion-factors": "初次违法，及时整改。", "discretion-grade": "一般", "discretion-standard": "裁量基准第7项",
            "discretion-effect": "ordinary", "penalties-0-kind": "fine", "penalties-0-amount": "20,000.00",
            "correction": "责令立即覆盖。",
        }  # fmt: skip
        bad = officer.post(f"{case_url}draft/investigation-report/", {**report, "penalties-0-amount": "二万"})
        assert bad.status_code == 422 and 'value="二万"' in bad.content.decode() and "单位元" in bad.content.decode()
        issued = officer.post(f"{case_url}draft/investigation-report/", {**report, "do": "issue"})
        assert issued.status_code == 302
        assert Draft.objects.get(kind="investigation-report").fields["penalties"] == [
            {"kind": "fine", "amount": 2_000_000}
        ]
        judged = officer.get(f"{case_url}step/head-examine/").content.decode()
        assert judged.count("<fieldset") == 8 and "《一般》" not in judged
        yes = {f"met-finding-{name}@1": "yes" for name in ("gp-10", "g-13", "gp-19")}
        facts = dict.fromkeys((f"fact-{question.name}" for question in questions() if question.required), "no")
        one_no = {**yes, **facts, "met-finding-g-13@1": "no", "grounds": "同一行为已被罚款。"}
        assert officer.post(f"{case_url}step/head-examine/", one_no).status_code == 302
        assert Case.objects.get().stage == "conclude"
        again = officer.get(case_url).content.decode()
        assert "没有办理“报送审查”" in again and "已认定不符合" in again
        right = {**yes, **facts, "grounds": "已逐项核对，有证据为证。"}
        assert officer.post(f"{case_url}step/head-examine/", right).status_code == 302
        shown = officer.get(case_url).content.decode()
        assert "属于重大违法行为" in shown and "说明案件情况" in shown
        assert head.post(f"{case_url}move/notify/").status_code == 403
        assert login("shenyi").post(f"{case_url}move/notify/").status_code == 302

        page = officer.get(f"{case_url}draft/penalty-notice/").content.decode()
        assert "裸露土方约600平方米未遮盖。" in page and 'value="20000"' in page
        assert officer.post(f"{case_url}draft/penalty-notice/", {**report, "do": "preview"}).status_code == 302
        sheet = officer.get(f"{case_url}draft/penalty-notice/preview/").content.decode()
        assert "行政处罚事先告知书" in sheet and "贰万元整" in sheet
        version = str(Draft.objects.get(kind="penalty-notice").version)
        issued = officer.post(f"{case_url}draft/penalty-notice/", {**report, "do": "issue", "version": version})
        assert issued.status_code == 302
        notice = Document.objects.get(kind="penalty-notice")
        assert notice.number in officer.get(case_url).content.decode()

    with clock.frozen(clock.at(DAY, 15)):
        service = {"mode": "left", "served_at": _moment(14), "place": "明水区望江路66号", "relation": "legal_rep"}
        no_proof = second.post(f"{case_url}serve/{notice.id}/", {**service, "refusal": "拒绝签收"})
        assert no_proof.status_code == 422 and "留置送达须有见证人，或者上传" in no_proof.content.decode()
        proof = SimpleUploadedFile("proof.pdf", paper_decision("留置送达", DAY))
        served = second.post(f"{case_url}serve/{notice.id}/", {**service, "refusal": "拒绝签收", "evidence": proof})
        assert served.status_code == 302
        assert Case.objects.get().stage == "hear-statement"
        said = {"kind": "written", "speaker": "许山河", "text": "已整改，请求减轻。", "received_at": _moment(14, 30)}
        assert officer.post(f"{case_url}statement/", said).status_code == 302
        assert officer.post(f"{case_url}move/recheck/").status_code == 302
        answer_url = f"{case_url}statement/{Statement.objects.get().id}/answer/"
        answer = {"adopted": "no", "reasons": "已作为一般情节考虑。"}
        assert officer.post(answer_url, answer).status_code == 302
        shown = officer.get(case_url).content.decode()
        assert "已作为一般情节考虑。" in shown
        pdf = officer.get(f"/in/documents/{notice.id}/pdf/")
        assert pdf["Content-Type"] == "application/pdf" and pdf.getvalue().startswith(b"%PDF-")
    kinds = list(ledger.entries_of_case(case.id).values_list("kind", flat=True))
    assert kinds.count("case-moved") == 8 and len(re.findall("<h3>", shown)) > len(kinds) / 2


def test_a_move_with_reason_keeps_what_was_typed(login: Login, play: Play) -> None:
    journey = play("request-filing")
    head = login("luming")
    with clock.frozen(clock.at(journey.day, 10)):
        page = head.post(_url(journey, "move", "close"), {"reason": ""})
        assert page.status_code == 422 and "请填写理由" in page.content.decode()
        done = head.post(_url(journey, "move", "close"), {"reason": "没有违法事实。"})
    assert done.status_code == 302 and Case.objects.get().stage == "archive"


def test_what_somebody_else_saved_is_not_overwritten(login: Login, play: Play) -> None:
    """Two writers on one report: the slower one sees the conflict with all of the own text, and may overwrite knowingly."""
    journey = play("conclude")
    one, two = login("lince"), login("handu")
    url = _url(journey, "draft", "investigation-report")
    with clock.frozen(clock.at(journey.day, 10)):
        assert one.post(f"{url}save/", {"sitting": "a", "version": "", "nature": "第一稿"}).json() == {"version": 1}
        # The page's own later autosaves still carry the version with which it was opened.
        assert one.post(f"{url}save/", {"sitting": "a", "version": "", "nature": "第二稿"}).json() == {"version": 2}
        late = two.post(f"{url}save/", {"sitting": "b", "version": "1", "nature": "另一稿"})
        assert (late.status_code, late.json()["code"]) == (409, "draft-changed")
        page = two.post(url, {"sitting": "b", "version": "1", "nature": "另一稿", "do": "save"})
        text = page.content.decode()
        assert page.status_code == 409 and "另一稿" in text and "林策在" in text
        assert Draft.objects.get().fields["nature"] == "第二稿"
        forced = two.post(url, {"sitting": "b", "version": "1", "nature": "另一稿", "overwrite": "2"})
    assert forced.status_code == 200 and Draft.objects.get().fields["nature"] == "另一稿"


def test_the_decision_is_only_drafted_by_its_handler(login: Login, play: Play) -> None:
    journey = play("scope")
    client = login("lince")
    url = _url(journey, "draft", "penalty-decision")
    with clock.frozen(clock.at(journey.day, 10)):
        page = client.get(url).content.decode()
        assert 'value="issue"' not in page and "由机关负责人作出决定时编号、制作" in page
        client.post(f"{url}save/", {"sitting": "a", "nature": "定性。"})
        refused = client.post(url, {"nature": "定性。", "do": "issue", "sitting": "a"})
    assert refused.status_code == 409 and "承办人员只能拟稿" in refused.content.decode()
    assert not Document.objects.filter(kind="penalty-decision").exists()


def test_payment_with_its_reckoning(login: Login, play: Play) -> None:
    journey = play("serve-decision")
    client = login("lince")
    with clock.frozen(clock.at(journey.day + dt.timedelta(days=40), 10)):
        day = clock.today()
        page = client.get(_url(journey, "payment")).content.decode()
        assert "加处罚款" in page and "怎么算的" in page
        over = client.post(_url(journey, "payment"), {"amount_fen": "99999999", "paid_on": day, "voucher": "P1"})
        assert over.status_code == 422 and "超过应缴余额" in over.content.decode()
        paid = client.post(_url(journey, "payment"), {"amount_fen": "20000", "paid_on": day, "voucher": "P1"})
        assert paid.status_code == 302
        assert "¥20,000.00" in client.get(_url(journey)).content.decode()


def test_avoidance_is_requested_and_decided(login: Login, play: Play, actor: Callable[[str], Actor]) -> None:
    journey = play("file")
    officer, head = login("lince"), login("luming")
    about = actor("handu").officer_id
    with clock.frozen(clock.at(journey.day, 10)):
        request = {"officer_id": str(about), "applicant": "许山河", "ground": "与举报人有亲属关系"}
        assert officer.post(_url(journey, "avoidance", "request"), request).status_code == 302
        assert "决定韩渡是否回避" in head.get("/in/").content.decode()
        decided = head.post(_url(journey, "avoidance", str(about)), {"granted": "yes", "ground": "情况属实。"})
        assert decided.status_code == 302
        shown = officer.get(_url(journey)).content.decode()
        assert "已回避" in shown and "执法人员不得少于两人" in shown
        add = {"officer_id": str(actor("weiqing").officer_id)}
        assert head.post(_url(journey, "handler"), add).status_code == 302
        assert "卫青禾" in officer.get(_url(journey)).content.decode()


def test_files_and_letters_only_through_a_visible_case(login: Login, play: Play) -> None:
    journey = play("recording")
    sha = Recording.objects.get().file_id
    document = Document.objects.filter(kind="site-record").get()
    own, stranger, supervisor = login("lince"), login("luochuan"), login("fangzhi")
    # Recordings open in the player, which asks what for; other originals come as they are.
    player = f"/in/recordings/{Recording.objects.get().id}/"
    whole = path_of(sha).read_bytes()
    for person in (own, supervisor):
        assert person.get(f"/in/files/{sha}/")["Location"] == player
        assert person.get(f"{player}stream/", HTTP_RANGE="bytes=4-9").status_code == 403, "no byte without a purpose"
        assert person.post(player, {"purpose": "handling"}).status_code == 302
        piece = person.get(f"{player}stream/", HTTP_RANGE="bytes=4-9")
        assert (piece.status_code, piece["Content-Range"]) == (206, f"bytes 4-9/{len(whole)}")
        assert b"".join(piece.streaming_content) == whole[4:10]
    assert stranger.post(player, {"purpose": "handling"}).status_code == 404
    for path in (f"/in/files/{sha}/", f"/in/files/{'0' * 64}/", f"/in/documents/{document.id}/pdf/", _url(journey),
                 player, f"{player}stream/"):  # fmt: skip
        assert stranger.get(path, HTTP_RANGE="bytes=4-9").status_code == 404, path


@pytest.mark.parametrize("path", ["evidence", "recording", "statement", "party", "payment", "draft/site-record"])
def test_only_handlers_of_the_case_write_in_it(login: Login, play: Play, path: str) -> None:
    journey = play("file")
    assert login("weiqing").get(_url(journey, path)).status_code == 404
    assert login("luming").get(_url(journey, path)).status_code == 403


def test_another_case_cannot_lend_its_documents(login: Login, play: Play) -> None:
    """Ids in the address belong together: a document of one case is not served through another."""
    one = play("notice")
    two = play("lead", scenario=Scenario(mark=2))
    document = Document.objects.get(kind="penalty-notice")
    assert document.case_id == one.id
    assert login("lince").get(_url(two, "serve", str(document.id))).status_code == 404
