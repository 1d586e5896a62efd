"""The public portal: what is shown, what is proved, and that a withdrawn decision is gone from everywhere at once."""

import datetime as dt
import json
import re
import shutil
import tempfile
import uuid
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client, TestCase, override_settings
from django.urls import get_resolver

from mingcha.accounts.actions import suspend_certificate
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import Certificate
from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.disclosure import actions, queries
from mingcha.disclosure.models import Publication, PublicEntry
from mingcha.interfaces.demo import district
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.portal import checking, excerpts
from mingcha.interfaces.portal.letter import Mark, compose
from mingcha.ledger import queries as ledger
from mingcha.ledger import sequencer
from mingcha.ledger.core import bundle
from mingcha.ledger.keys import trusted

LOG = district.JURISDICTION


class Portal(TestCase):
    """One published and sequenced decision, one that is decided but not public."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp())
        roots = {name: cls.folder / name for name in ("LOG_ROOT", "KEYS_ROOT", "FILES_ROOT", "SEARCH_ROOT")}
        cls.enterClassContext(override_settings(**roots, BASE_URL="https://portal.example"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        district.create(approval="self")
        journey = Journey(dt.date(2026, 9, 1))
        case = journey.run("publish")
        cls.publication_id = Publication.objects.get(decision__case=case).id
        cls.document_id = Publication.objects.get(decision__case=case).decision.document_id
        other = Scenario(party="恒远运输有限公司", uscc="91990100MA1QH00026", mark=2)
        hidden = Journey(dt.date(2026, 9, 2), other).run("serve-decision")
        cls.hidden = Publication.objects.get(decision__case=hidden)
        sequencer.sequence(LOG)

    def setUp(self) -> None:
        self.client = Client()
        self.url = f"/p/decisions/{self.publication_id}/"

    def page(self, url: str, status: int = 200, **query: str) -> str:
        answer = self.client.get(url, query)
        self.assertEqual(answer.status_code, status, url)
        return answer.content.decode()

    def withdraw(self) -> None:
        actions.withdraw(self.publication_id, actor=actor_named("sutang"), reason="当事人名称有误")

    def test_home_leads_to_the_decision(self) -> None:
        page = self.page("/p/")
        assert f'href="{self.url}"' in page
        assert "谁在执法" in page and "明水区行政执法公示" in page

    def test_search_counts_and_highlights(self) -> None:
        page = self.page("/p/decisions/", q="清和 覆盖")
        assert '找到 <span class="num">1</span> 件' in page
        assert "<mark>清和</mark>" in page and "<mark>覆盖</mark>" in page
        assert "没有找到符合条件的决定" in self.page("/p/decisions/", q="清和 不存在的词")

    def test_number_is_found_whatever_its_brackets(self) -> None:
        number = PublicEntry.objects.get().number
        for text in (
            number,
            number.replace("〔", "[").replace("〕", "]"),
            number.replace("〔", "(").replace("〕", " ）"),
        ):
            assert self.url in self.page("/p/decisions/", q=text), text
            assert "现在有效" in self.page("/p/verify/", number=text), text

    def test_filters_narrow_exactly(self) -> None:
        decided = PublicEntry.objects.get().decided_on
        after = (decided + dt.timedelta(days=1)).isoformat()
        for query, count in (
            ({"kind": "罚款"}, 1),
            ({"kind": "警告"}, 0),
            ({"authority": "明水区综合行政执法局"}, 1),
            ({"authority": "另一个机关"}, 0),
            ({"since": decided.isoformat(), "until": decided.isoformat()}, 1),
            ({"since": after}, 0),
            ({"state": "withdrawn"}, 0),
            ({"state": "valid"}, 1),
        ):
            assert f'<span class="num">{count}</span> 件' in self.page("/p/decisions/", **query), query

    def test_a_wrong_date_is_explained(self) -> None:
        assert "日期应写成" in self.page("/p/decisions/", since="去年")
        self.page("/p/decisions/", status=422, cursor="!!")

    def test_decision_shows_letter_proof_and_reckoning(self) -> None:
        page = self.page(self.url)
        assert "✔ 已核验" in page and "按期" in page and "行政处罚决定书" in page
        assert "许山河" not in page and "林策" not in page
        assert page.count('class="withheld"') == sum(
            row["count"] for row in PublicEntry.objects.get().content["hidden"]
        )
        assert re.search(r'<span class="withheld" title="[^"]*依据：[^"]+">许某某', page)
        assert re.search(r"（负责人）：<span class=\"withheld\"", page)  # no space comes into the letter
        assert "不计入" in page  # the reckoning of the last day
        assert 'class="why cite"' in page  # an article that opens in place

    def test_pending_until_a_checkpoint_covers_it(self) -> None:
        with clock.frozen(clock.at(dt.date(2026, 11, 2), 10)):
            actions.publish(self.hidden.id, actor=actor_named("sutang"), attested=True)
        url = f"/p/decisions/{self.hidden.id}/"
        page = self.page(url)
        assert "正在写入公开日志" in page and "已核验" not in page
        self.page(f"{url}proof.json", status=404)
        sequencer.sequence(LOG)
        assert "已核验" in self.page(url)

    def test_a_text_that_differs_is_never_called_checked(self) -> None:
        # The database refuses such a row; the page looks itself, for whoever gets around the database.
        row = PublicEntry.objects.get()
        assert checking.check(row).state == checking.GENUINE
        row.content["text"] = row.content["text"].replace("贰万元", "贰佰元")
        found = checking.check(row)
        assert found.state == checking.ALTERED and "不一致" in found.problem
        page = render_to_string("portal/_proof.html", {"checked": found, "row": row})
        assert "核验没有通过" in page and "已核验" not in page

    def test_late_publication_says_how_late(self) -> None:
        with clock.frozen(clock.at(self.hidden.due_on + dt.timedelta(days=14), 10)):
            actions.publish(self.hidden.id, actor=actor_named("sutang"), attested=True)
            page = self.page("/p/timeliness/")
        shown = self.page(f"/p/decisions/{self.hidden.id}/")
        late = queries.publicity(PublicEntry.objects.get(id=self.hidden.id)).late
        assert 7 <= late <= 10
        assert f"晚 {late} 个工作日" in shown
        assert '<td class="num" data-label="逾期">1</td>' in page

    def test_the_offered_bundle_verifies_with_the_offered_key(self) -> None:
        key = self.client.get(f"/p/log/{LOG}/key.txt").content.decode()
        data = self.client.get(f"{self.url}proof.json").content
        assert bundle.verify(data, trusted(key)).outcome == bundle.Outcome.GENUINE
        assert bundle.parse(data).content == PublicEntry.objects.get().content

    def upload(self, data: bytes) -> str:
        answer = self.client.post("/p/verify/bundle/", {"bundle": SimpleUploadedFile("proof.json", data)})
        assert answer.status_code == 200
        assert not answer.cookies
        return answer.content.decode()

    def test_upload_names_the_step_that_failed(self) -> None:
        data = self.client.get(f"{self.url}proof.json").content
        assert "一个字也没有改动" in self.upload(data)
        changed = json.loads(data)
        changed["content"]["fine_fen"] = 1
        page = self.upload(json.dumps(changed, ensure_ascii=False).encode())
        assert "没有通过" in page and "内容被改动过" in page
        assert "读不出这个文件" in self.upload(b"{}")
        assert "请选择要核验的证明包文件" in self.client.post("/p/verify/bundle/").content.decode()

    def test_a_genuine_bundle_of_a_withdrawn_decision_says_so(self) -> None:
        data = self.client.get(f"{self.url}proof.json").content
        self.withdraw()
        page = self.upload(data)
        assert "已经撤下" in page and "当事人名称有误" in page and "现在有效" not in page

    def test_the_code_on_the_letter(self) -> None:
        assert "现在有效" in self.page(f"/p/verify/{self.document_id}/")
        unpublished = self.page(f"/p/verify/{self.hidden.decision.document_id}/", status=404)
        assert unpublished == self.page(f"/p/verify/{uuid.uuid4()}/", status=404)
        assert self.client.get(f"{self.url}code.svg").content.startswith(b"<svg")

    def test_log_files_are_those_of_the_log(self) -> None:
        answer = self.client.get(f"/p/log/files/{LOG}/checkpoint")
        assert answer.content.decode() == ledger.latest_checkpoint(LOG).note
        assert answer.headers["Cache-Control"] == "no-cache"
        size = ledger.covered_size(LOG)
        tile = self.client.get(f"/p/log/files/{LOG}/tile/0/000.p/{size}")
        assert len(tile.content) == 32 * size and "immutable" in tile.headers["Cache-Control"]
        for path in ("../../keys/x", "tile/0/../../../secret", "tile/0/999", "nothing"):
            assert self.client.get(f"/p/log/files/{LOG}/{path}").status_code == 404, path
        self.page("/p/log/files/nolog/checkpoint", status=404)
        self.page("/p/log/nolog/key.txt", status=404)

    def test_gone_from_search_feed_data_text_and_bundle(self) -> None:
        number = PublicEntry.objects.get().number
        for url in (f"{self.url}text.txt", f"{self.url}proof.json", f"{self.url}code.svg"):
            assert self.client.get(url).status_code == 200
        assert len(self.jsonl()) == 1 and str(self.publication_id) in self.feed()
        self.withdraw()
        for url in (f"{self.url}text.txt", f"{self.url}proof.json", f"{self.url}code.svg"):
            answer = self.client.get(url)
            assert answer.status_code == 410 and answer.headers["Cache-Control"] == "no-store"
            assert "清和" not in answer.content.decode()
        assert self.jsonl() == [] and str(self.publication_id) not in self.feed()
        page = self.page(self.url, status=410)
        assert "当事人名称有误" in page and "清和" not in page and "已核验" not in page
        assert self.client.get(self.url).headers["Cache-Control"] == "no-store"
        assert 'class="num">0</span> 件' in self.page("/p/decisions/", q="清和")
        found = self.page("/p/decisions/", q=number)
        assert "已撤下" in found and "清和" not in found
        assert "已经撤下" in self.page("/p/verify/", number=number)
        assert "已经撤下" in self.page(f"/p/verify/{self.document_id}/")
        assert "清和" not in self.page("/p/")

    def jsonl(self) -> list[dict]:
        answer = self.client.get("/p/data/decisions.jsonl")
        return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]

    def feed(self) -> str:
        return self.client.get("/p/data/decisions.atom").content.decode()

    def test_nothing_unpublished_is_reached(self) -> None:
        for name in ("", "proof.json", "text.txt", "code.svg"):
            for entry in (self.hidden.id, self.hidden.decision_id, uuid.uuid4()):
                answer = self.client.get(f"/p/decisions/{entry}/{name}")
                assert answer.status_code == 404, (name, entry)
                assert "恒远" not in answer.content.decode()
        for url in ("/p/", "/p/decisions/", "/p/data/decisions.atom", "/p/decisions/?q=恒远"):
            page = self.client.get(url).content.decode().replace('value="恒远"', "").replace("恒远 · ", "")
            assert "恒远" not in page, url
        number = self.hidden.decision.number
        assert "没有公开的决定使用" in self.page("/p/verify/", number=number)

    def test_people_show_nothing_but_their_certificate(self) -> None:
        page = self.page("/p/who/officers/", q="990100-0231")
        assert "林策" in page and "今日有效" in page and "一级执法员" not in page
        assert "林策" in self.page("/p/who/officers/", q="林策")
        page = self.page("/p/who/officers/")
        assert "周衡" not in page and "齐小满" not in page  # no certificate
        suspend_certificate(
            Certificate.objects.get(number="990100-0231"), since=clock.today(), reason="调离执法岗位", by=SYSTEM
        )
        assert "起停用" in self.page("/p/who/officers/", q="990100-0231")
        with clock.frozen(clock.at(dt.date(2040, 1, 1))):
            assert "已过期" in self.page("/p/who/officers/", q="990100-0232")

    def test_every_edition_has_a_readable_page_and_its_data(self) -> None:
        rows = list(queries.editions(LOG))
        assert {"items", "procedure", "officers", "policy-profile"} <= {row.kind for row in rows}
        for row in rows:
            page = self.page(f"/p/how/{row.id}/")
            assert row.title in page
            assert json.loads(self.page(f"/p/how/{row.id}.json"))["digest"] == row.digest
        procedure = next(row for row in rows if row.kind == "procedure")
        page = self.page(f"/p/how/{procedure.id}/")
        for stage in queries.edition(procedure.id).content["stages"]:
            assert stage["name"] in page and stage["article"] in page
        assert "PEN-" not in page and "@1" not in page and "site-record" not in page

    def test_all_routes_are_public_and_answer_calmly(self) -> None:
        routes = list(get_resolver("mingcha.interfaces.portal.urls").url_patterns)
        assert len(routes) >= 20
        for route in routes:
            assert route.callback.access_rule.audience == "public", route.name
            if not route.pattern.converters:
                # The code of a certificate is that of no certificate in particular here.
                wanted = 404 if route.name == "card-code" else 200
                assert self.client.get(f"/p/{route.pattern}").status_code == wanted, route.name

    def test_markup_in_a_search_stays_text(self) -> None:
        for url, name in (("/p/decisions/", "q"), ("/p/verify/", "number"), ("/p/who/officers/", "q")):
            page = self.page(url, **{name: '\0"><script>alert(1)</script>'})
            assert "<script>alert" not in page, url

    def test_no_style_or_script_inside_pages(self) -> None:
        for url in ("/p/", self.url, "/p/decisions/", "/p/verify/", "/p/log/"):
            page = self.page(url)
            assert not re.search(r'<[^>]+\sstyle=|<style|<script(?![^>]+src=)|\son\w+="', page), url


def test_letter_marks_do_not_move_the_text() -> None:
    text = "某局\n决定书\n某〔2026〕1号\n当事人：甲公司\n一、事实\n某某说明。\n某局\n2026年1月2日"
    place = text.index("某某")
    marks = [Mark(place, place + 2, "withheld", "姓名", "依据"), Mark(0, 5, "withheld"), Mark(1, 2, "cited")]
    lines = compose(text, marks, authority="某局", title="决定书", number="某〔2026〕1号")
    assert [line.kind for line in lines] == ["head", "title", "no", "plain", "heading", "p", "end", "end"]
    assert "\n".join("".join(part.text for part in line.parts) for line in lines) == text
    # Over the end of a line a mark goes on; of two marks on one place the first one stands.
    assert [part.text for line in lines for part in line.parts if part.mark] == ["某局", "决定", "某某"]


def test_letter_of_a_broken_text_is_joined_to_paragraphs() -> None:
    text = (
        "        某 局\n      行政处罚决定书\n\n    当事人：甲公司\n    经查，当事人在某地某处销售过期食品，\n"
        "货值金额共计一百元，本机关依法立案并调\n查终结。\n    以上事实有笔录证明。\n      某局\n      2026 年 1 月 2 日"
    )
    lines = compose(text, [], authority="某局", title="行政处罚决定书", number="", wrapped=True)
    shown = [(line.kind, "".join(part.text for part in line.parts)) for line in lines]
    assert shown == [
        ("head", "某 局"),
        ("title", "行政处罚决定书"),
        ("plain", "当事人：甲公司"),
        ("p", "经查，当事人在某地某处销售过期食品，货值金额共计一百元，本机关依法立案并调查终结。"),
        ("p", "以上事实有笔录证明。"),
        ("end", "某局"),
        ("end", "2026 年 1 月 2 日"),
    ]


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("甲<b>乙", ["乙"], "甲&lt;b&gt;<mark>乙</mark>"),
        ("Abc", ["abc", "b"], "<mark>Abc</mark>"),
        ("甲", [], "甲"),
    ],
)
def test_highlight_escapes(text: str, words: list[str], wanted: str) -> None:
    assert excerpts.highlight(text, words) == wanted


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page", ["", "decisions/", "timeliness/", "who/", "who/officers/", "how/", "log/", "data/", "contact/"]
)
def test_a_portal_without_any_data_answers(page: str) -> None:
    answer = Client().get(f"/p/{page}")
    assert answer.status_code == 200
    assert "行政执法公示" in answer.content.decode()
