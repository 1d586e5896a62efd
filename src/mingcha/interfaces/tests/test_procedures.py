"""Procedures on the portal and in the workbench: what people see is what the engine permits."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from mingcha.accounts.queries import actor_named
from mingcha.cases import moves
from mingcha.catalogues import actions
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.models import Draft, Edition
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.common.errors import Refused
from mingcha.deadlines.queries import periods_of
from mingcha.procedures import queries
from mingcha.procedures.definition import parse
from mingcha.procedures.faces.tests.reading import edges_of_bpmn, edges_of_svg
from mingcha.procedures.models import Edge

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)
Login = Callable[[str], Client]


def adopt(code: str, content: dict[str, Any] | None = None, day: dt.date = DAY) -> Edition:
    """Publish a shipped procedure for the bureau on its proper way: drafted, reviewed by somebody else, put in force."""
    content = content or queries.definition_file(code)
    with clock.frozen(clock.at(day, 9)):
        draft = actions.begin("procedure", code, title=content["name"], actor=actor_named("admin"), content=content)
        proposal = actions.submit(draft.id, actor=actor_named("admin"), basis="办公会议纪要第3号")
        actions.review(proposal.id, actor=actor_named("zhouheng"), conclusion="agree", opinion="同意。")
        return actions.put_in_force(draft.id, actor=actor_named("admin"), effective_from=day + dt.timedelta(days=1))


@pytest.mark.parametrize("code", queries.codes())
def test_the_chart_of_the_portal_is_what_the_engine_permits(district: None, code: str) -> None:
    edition = adopt(code)
    definition = queries.definition(edition.id)
    whole = sorted(Edge.objects.filter(edition=edition).values_list("source", "target"))
    laid = [edge for edge in whole if edge not in definition.ways_out()]
    assert len(whole) == len(laid) + len(definition.ways_out())
    assert {("", door) for door in definition.doors} <= set(laid)
    with clock.frozen(clock.at(DAY + dt.timedelta(days=3), 10)):
        page = Client().get(f"/p/procedures/{edition.id}/")
        shown = page.content.decode()
        assert page.status_code == 200
        assert sorted(edges_of_svg([shown])) == laid
        drawn = Client().get(f"/p/procedures/{edition.id}.svg").content.decode()
        assert sorted(edges_of_svg([drawn])) == laid
        written = Client().get(f"/p/procedures/{edition.id}.bpmn").content.decode()
        assert sorted(edges_of_bpmn(written)) == [edge for edge in laid if edge[0]]
    for stage in definition.stages.values():
        assert f'id="stage-{stage.id}"' in shown
        assert stage.name in shown


def test_the_chart_of_a_case_is_what_its_moves_offer(play: Callable[..., Any]) -> None:
    """Every edge of the pinned edition: chart, laid edges and the moves that a case at each stage is offered."""
    journey = play("file")
    case, person = journey.case, actor_named("lince")
    shown = set(edges_of_svg([Client().get(f"/p/procedures/{case.procedure_id}/").content.decode()]))
    offered = {("", queries.definition(case.procedure_id).entry)}
    with clock.frozen(clock.at(journey.day, 10)):
        for stage in queries.definition(case.procedure_id).stages:
            case.stage = stage
            found = moves.options(case, person)
            offered |= {(stage, option.move.to) for option in found if not option.move.procedure}
    laid = set(Edge.objects.filter(edition_id=case.procedure_id).values_list("source", "target"))
    assert shown == laid - set(queries.definition(case.procedure_id).ways_out())
    assert shown == offered


def test_the_portal_lists_finds_and_gives_files(district: None) -> None:
    edition = catalogues.published("990100").filter(kind="procedure").first()
    assert edition
    client = Client()
    listing = client.get("/p/procedures/").content.decode()
    assert f"/p/procedures/{edition.id}/" in listing
    assert str(edition.id) not in client.get("/p/procedures/?q=征收").content.decode()
    for ending, kind in ((".svg", "image/svg+xml"), (".bpmn", "application/xml"), (".json", "application/json")):
        answer = client.get(f"/p/procedures/{edition.id}{ending}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith(kind)
    assert client.get(f"/p/procedures/{edition.id}.json").json()["digest"] == edition.digest
    ET.fromstring(client.get(f"/p/procedures/{edition.id}.svg").content)
    checklist = client.get(f"/p/procedures/{edition.id}/checklist/").content.decode()
    assert "音像记录" in checklist
    other = catalogues.published("990100").exclude(kind="procedure").first()
    assert other
    for wrong in (uuid.uuid4(), other.id):
        assert client.get(f"/p/procedures/{wrong}/").status_code == 404


def test_a_hostile_name_stays_text(district: None) -> None:
    content = queries.definition_file("P-JW")
    content["stages"][0]["name"] = '<script>alert("1")</script>'
    edition = adopt("P-JW", content)
    page = Client().get(f"/p/procedures/{edition.id}/").content.decode()
    assert '<script>alert("1")' not in page
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)


def test_every_shipped_procedure_has_its_page(login: Login) -> None:
    client = login("lince")
    listing = client.get("/in/procedures/").content.decode()
    for code in queries.codes():
        assert f"/in/procedures/shipped/{code}/" in listing
        page = client.get(f"/in/procedures/shipped/{code}/")
        assert page.status_code == 200
        assert sorted(edges_of_svg([page.content.decode()]))[-1] in parse(queries.definition_file(code)).edges()
        assert client.get(f"/in/procedures/shipped/{code}/checklist/").status_code == 200
        for form in ("svg", "bpmn", "json"):
            assert client.get(f"/in/procedures/shipped/{code}/file/{form}/").status_code == 200
    assert client.get("/in/procedures/shipped/P-NONE/").status_code == 404
    assert client.get("/in/procedures/shipped/P-PT/file/exe/").status_code == 404
    assert "采用并修改" not in client.get("/in/procedures/shipped/P-CS/").content.decode()
    assert client.get("/in/procedures/export.csv").content.decode("utf-8-sig").count("\r\n") == 16


def test_the_questions_end_in_a_procedure_with_its_ground(login: Login) -> None:
    client = login("lince")
    first = client.get("/in/procedures/which/").content.decode()
    assert "您要办什么" in first
    spot = client.get("/in/procedures/which/?at=0.1.0").content.decode()
    assert "行政处罚简易程序" in spot
    assert "行政处罚法第五十一条" in spot
    assert "接下来先做什么" in spot
    ordinary = client.get("/in/procedures/which/?at=0.1.1.1").content.decode()
    assert "登记线索，开始办理" in ordinary
    assert client.get("/in/procedures/which/?at=99.x").status_code == 200


class Editor:
    """An administrator at the editor, without scripts."""

    def __init__(self, client: Client, code: str = "P-CS") -> None:
        self.client = client
        answer = client.post("/in/procedures/drafts/new/", {"code": code})
        assert answer.status_code == 302
        self.address = answer.headers["Location"]
        self.id = uuid.UUID(self.address.split("/")[-2])

    @property
    def draft(self) -> Draft:
        return Draft.objects.get(id=self.id)

    def do(self, op: str, **fields: Any) -> Any:
        version = fields.pop("version", self.draft.version)
        return self.client.post(self.address, {"op": op, "version": version, **fields})

    def page(self, query: str = "") -> str:
        return self.client.get(self.address + query).content.decode()


ADDED = {"stage": "approve", "name": "集体会商", "article": "本机关办案规则第八条", "roles": ["head"], "has_roles": "1"}


def test_first_refused_in_words_then_published(login: Login) -> None:
    editor = Editor(login("admin"))
    assert editor.do("stage-add", **ADDED).status_code == 302
    verdict = editor.page("?check=1")
    assert "核验没有通过" in verdict
    assert "集体会商" in verdict
    with pytest.raises(Refused):
        actions.submit(editor.id, actor=actor_named("admin"), basis="会议纪要")
    refused = editor.client.post(f"{editor.address}submit/", {"basis": "会议纪要"})
    assert refused.status_code == 422
    assert "集体会商" in refused.content.decode()
    assert editor.client.post(f"{editor.address}undo/", {"version": editor.draft.version}).status_code == 302
    assert editor.draft.content == queries.definition_file("P-CS")
    assert editor.do("stage-add", **ADDED, on="0").status_code == 302
    assert editor.do("part-add", stage="local-1", part="documents", value="会商记录").status_code == 302
    assert "核验通过" in editor.page("?check=1")
    assert "会商记录" in editor.client.get(f"{editor.address}changes/").content.decode()
    assert editor.client.post(f"{editor.address}submit/", {"basis": "会议纪要"}).status_code == 302
    assert editor.do("rename", stage="", name="别的名称").status_code == 403, "what is under review is not changed"
    own = editor.client.post(f"{editor.address}review/", {"conclusion": "agree", "opinion": "同意"})
    assert own.status_code == 403, "the drafter is no reviewer"
    reviewer = login("zhouheng")
    assert "审核" in reviewer.get(editor.address).content.decode()
    agreed = reviewer.post(f"{editor.address}review/", {"conclusion": "agree", "opinion": "同意"})
    assert agreed.status_code == 302
    day = clock.today() + dt.timedelta(days=1)
    done = editor.client.post(f"{editor.address}publish/", {"effective_from": day.isoformat()})
    assert done.status_code == 302, done.content.decode()
    own = Edition.objects.filter(kind="procedure", key="P-CS", organisation=editor.draft.organisation)
    edition = own.latest("number")
    assert edition.effective_from == day
    assert ("approve", "local-1") in Edge.objects.filter(edition=edition).values_list("source", "target")
    assert "集体会商" in Client().get(f"/p/procedures/{edition.id}/").content.decode()


def test_two_people_at_one_draft(login: Login) -> None:
    editor = Editor(login("admin"))
    seen = editor.draft.version
    assert editor.do("rename", stage="", name="甲改的名称").status_code == 302
    late = editor.do("part-add", stage="approve", part="documents", value="乙的文书", version=seen)
    assert late.status_code == 409
    assert "已经在" in late.content.decode()
    assert "乙的文书" not in str(editor.draft.content)
    again = editor.client.post("/in/procedures/drafts/new/", {"code": "P-CS"})
    assert again.headers["Location"] == editor.address, "an unfinished draft is opened, not doubled"


def test_mistakes_stand_beside_their_field_and_keep_what_was_typed(login: Login) -> None:
    editor = Editor(login("admin"))
    bad = editor.do("stage-add", **{**ADDED, "article": ""})
    text = bad.content.decode()
    assert bad.status_code == 422
    assert "请填写依据的条款" in text
    assert 'value="集体会商"' in text
    assert editor.do("burn", stage="").status_code == 422
    assert editor.do("stage-change", stage="nowhere").status_code == 422
    assert editor.do("rename", stage="", name="x", version="x").status_code == 409


def test_parts_for_scripts(login: Login) -> None:
    """The answer to a script is the editor alone, with the new version in it."""
    editor = Editor(login("admin"))
    answer = editor.client.post(
        editor.address,
        {"op": "rename", "name": "新名", "stage": "", "version": editor.draft.version},
        headers={"HX-Request": "true"},
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.lstrip().startswith('<div id="pc-editor"')
    assert f'name="version" value="{editor.draft.version}"' in text


def test_others_read_and_do_not_write(login: Login) -> None:
    editor = Editor(login("admin"))
    assert login("shenyi").get(editor.address).status_code == 200
    assert login("shenyi").post(editor.address, {"op": "rename", "name": "x"}).status_code == 403
    assert login("lince").get(editor.address).status_code == 403
    assert login("lince").post("/in/procedures/drafts/new/", {"code": "P-JY"}).status_code == 403
    other = actions.begin("items", "other", title="别的清单", actor=actor_named("admin"), content={"entries": []})
    assert editor.client.get(f"/in/procedures/drafts/{other.id}/").status_code == 404
    for wrong in ({}, {"code": "P-NONE"}, {"edition": "x"}, {"edition": str(uuid.uuid4())}):
        assert editor.client.post("/in/procedures/drafts/new/", wrong).status_code == 404


def test_editions_are_compared(login: Login) -> None:
    first = catalogues.in_force(actor_named("admin").organ_id, "procedure", DAY, "P-PT")
    more = queries.definition_file("P-PT")
    more["stages"][0]["documents"].append("线索核对清单")
    second = adopt("P-PT", more)
    client = login("lince")
    assert first
    page = client.get(f"/in/procedures/editions/{second.id}/compare/").content.decode()
    assert "第 2 版与第 1 版相比" in page
    assert "新增" in page
    back = client.get(f"/in/procedures/editions/{first.id}/compare/?with={second.id}").content.decode()
    assert "删除" in back
    assert client.get(f"/in/procedures/editions/{first.id}/compare/").status_code == 200


def test_saving_what_is_shown_changes_nothing(login: Login) -> None:
    """Every form of a stage, sent back as it stands: the content stays as it was."""
    editor = Editor(login("admin"))
    before = editor.draft.content
    for stage in ("need-check", "ratify", "in-force", "in-force-ext"):
        page = editor.page(f"?stage={stage}")
        for form in re.findall(r'<form class="form".*?</form>', page, re.S):
            if not re.search(r'name="op" value="(stage-change|move-change)"', form):
                continue
            assert editor.client.post(editor.address, shown_values(form)).status_code == 302
    after = editor.draft.content
    assert [row["id"] for row in after["stages"]] == [row["id"] for row in before["stages"]]
    for was, now in zip(before["stages"], after["stages"], strict=True):
        assert {**was, "party": was.get("party", [])} == {**now, "party": now.get("party", [])}


def shown_values(form: str) -> dict[str, Any]:
    """What a browser would send of a form: inputs, ticked boxes, chosen options."""
    values: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        named, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if named is None or (' type="checkbox"' in tag and " checked" not in tag):
            continue
        values.setdefault(named[1], []).append(html.unescape(value[1] if value else ""))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected>', options)
        values[name] = [html.unescape(chosen[1] if chosen else "")]
    # Each answer has a version of its own: the one that the page shows now.
    draft = re.search(r'action="[^"]*drafts/([^/]+)/"', form)
    assert draft
    values["version"] = [str(Draft.objects.get(id=draft[1]).version)]
    return values


def test_the_public_page_folds_stages_and_opens_with_contents(district: None, client: Client) -> None:
    edition = Edition.objects.filter(kind="procedure", key="P-PT").latest("effective_from")
    page = client.get(f"/p/procedures/{edition.id}/").content.decode()
    flow = parse(edition.content)
    assert page.count('<details class="fold">') == len(flow.stages)
    assert "mc/js/fold" in page and "data-fold-all" in page
    top = page[page.index('class="panel no-print pc-contents"') :]
    top = top[: top.index("</nav>")]
    # Each address of the contents and of the chart has its place.
    for place in set(re.findall(r'href="#([\w-]+)"', top)) | {f"stage-{name}" for name in flow.stages}:
        assert f'id="{place}"' in page, place
    steps = re.findall(r'href="#pc-step-\d+">([^（]+)（(\d+)）', top)
    assert sum(int(count) for _, count in steps) == len(flow.stages)


def test_the_timeline_of_a_case_folds_what_has_passed(play: Callable[..., Any], login: Login) -> None:
    case = play("serve-decision").case
    page = login("lince").get(f"/in/cases/{case.id}/").content.decode()
    folded = re.findall(r'<details class="fold chapter"( open)?><summary>([^<]+)<', page)
    assert [bool(state) for state, _ in folded[:3]] == [True, True, False] and not any(state for state, _ in folded[2:])
    assert len(folded) > 4 and folded[-1][1].endswith("线索")
    assert page.count('<ol class="timeline">') == len(folded)
    filtered = login("lince").get(f"/in/cases/{case.id}/?show=moves").content.decode()
    assert "fold chapter" not in filtered and filtered.count('<ol class="timeline">') == 1


def test_the_shipped_version_is_compared_and_adopted_in_one_click(play: Callable[..., Any], login: Login) -> None:
    """A site whose own edition is older sees what differs; running cases keep theirs."""
    case = play("file").case
    shipped = queries.definition_file("P-PT")
    older = {
        **shipped,
        "stages": [{**row, "name": "旧称"} if row["id"] == "conclude" else row for row in shipped["stages"]],
    }
    put("procedure", older, key="P-PT", day=clock.today())
    admin = login("admin")
    assert "与本机关版本不同" in admin.get("/in/procedures/").content.decode()
    page = admin.get("/in/procedures/shipped/P-PT/").content.decode()
    assert "有 1 处不同" in page and "旧称" in page and "采用随附版本并送审" in page
    assert login("lince").post("/in/procedures/shipped/P-PT/adopt/").status_code == 403
    answer = admin.post("/in/procedures/shipped/P-PT/adopt/")
    assert answer.status_code == 302
    draft = Draft.objects.get(kind="procedure", key="P-PT", state="submitted")
    proposal = draft.proposals.get()
    actions.review(proposal.id, actor=actor_named("zhouheng"), conclusion="agree", opinion="同意。")
    adopted = actions.put_in_force(
        draft.id, actor=actor_named("shenyi"), effective_from=clock.today() + dt.timedelta(days=1)
    )
    assert adopted.content["stages"] == shipped["stages"]
    case.refresh_from_db()
    assert case.procedure_id != adopted.id


def test_the_case_page_says_what_is_not_verified_and_opens_the_text_of_the_day(
    play: Callable[..., Any], login: Login
) -> None:
    case = play("lead").case
    page = login("lince").get(f"/in/cases/{case.id}/").content.decode()
    flow = queries.definition(case.procedure_id)
    assert flow.unverified and html.escape(flow.unverified[0]) in page
    # Procedure opens as on today, substance as on the day of the conduct, also in the reasons of moves.
    reasons = "".join(re.findall(r'<ul class="reasons">.*?</ul>', page, re.S))
    linked = re.findall(r'href="/in/statutes/article/\?([^"]+)"', reasons)
    assert linked and all("clock=" in query and "on=" in query for query in linked)
    marked = re.findall(r"规则未核实", page)
    doubtful = [row for row in periods_of(case.id) if row.explanation["facts"].get("verified") is False]
    assert len(marked) == len([row for row in doubtful if row.ended_on is None])
