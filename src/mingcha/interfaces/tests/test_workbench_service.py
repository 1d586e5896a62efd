"""Screens of service, void papers, pads and the register, driven as a browser without scripts would."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from mingcha.accounts.queries import actor_named
from mingcha.cases import pads
from mingcha.cases.actions import correct_party
from mingcha.cases.models import IssuedNumber, Pad
from mingcha.common import clock
from mingcha.documents import queries as documents
from mingcha.documents.models import Consent, Document, HandOver, ServiceAttempt
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.paper import paper_decision
from mingcha.interfaces.workbench.register_rows import Asked, lines, selected

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
Login = Callable[[str], Client]


@pytest.fixture
def notice(play: Play) -> Iterator[Document]:
    journey = play("notice")
    with clock.frozen(clock.at(journey.day, 15)):
        found = documents.latest(journey.case, "penalty-notice")
        assert found is not None
        yield found


def upload(name: str = "回执") -> io.BytesIO:
    file = io.BytesIO(paper_decision(name, dt.date(2026, 9, 1)))
    file.name = "a.pdf"
    return file


def moment(hours: int = 0) -> str:
    return (clock.now() - dt.timedelta(hours=hours)).astimezone(clock.SHANGHAI).strftime("%Y-%m-%dT%H:%M")


def test_the_form_shows_only_what_the_mode_needs(notice: Document, login: Login) -> None:
    client, url = login("lince"), f"/in/cases/{notice.case_id}/serve/{notice.id}/"
    shown = {
        mode: {name for name in FIELDS if f'name="{name}"' in client.get(f"{url}?mode={mode}").content.decode()}
        for mode in ("direct", "left", "post", "electronic", "announcement", "entrusted")
    }
    assert shown == {
        "direct": {"receiver", "relation"},
        "left": {"refusal", "witness"},
        "post": {"receiver", "relation", "tracking", "sent_at"},
        "electronic": {"receiver", "relation"},
        "announcement": {"outlet"},
        "entrusted": {"receiver", "relation", "agency", "letter"},
    }


FIELDS = ("receiver", "relation", "refusal", "witness", "tracking", "sent_at", "outlet", "agency", "letter")


def test_from_an_attempt_to_electronic_service(notice: Document, login: Login) -> None:
    client, case = login("lince"), f"/in/cases/{notice.case_id}"
    tried = {"mode": "direct", "outcome": "absent", "tried_at": moment(), "place": "住所", "account": "无人应门"}
    assert client.post(f"{case}/attempt/{notice.id}/", tried).status_code == 302
    assert ServiceAttempt.objects.get().outcome == "absent"
    sent = {"mode": "electronic", "served_at": moment(), "place": "邮箱", "receiver": "许山河", "relation": "legal_rep"}
    refused = client.post(f"{case}/serve/{notice.id}/", {**sent, "evidence": upload()})
    assert refused.status_code == 422
    assert "没有签订同意电子送达的确认书" in refused.content.decode()
    agreed = {
        "receiver": "许山河", "phone": "1", "address": "望江路66号", "electronic": "yes", "channel": "mail",
        "account": "a@example.org", "scope": "本案", "signed": upload("确认书"),
    }  # fmt: skip
    assert client.post(f"{case}/address/", agreed).status_code == 302
    assert Consent.objects.get().electronic
    page = client.get(f"{case}/serve/{notice.id}/?mode=electronic").content.decode()
    assert "a@example.org" in page and "无人应门" in page
    assert client.post(f"{case}/serve/{notice.id}/", {**sent, "evidence": upload()}).status_code == 302
    assert HandOver.objects.get().mode == "electronic"
    proof = HandOver.objects.get().evidence_id
    assert client.get(f"/in/files/{proof}/").status_code == 200
    assert client.get(f"/in/files/{Consent.objects.get().signed_id}/").status_code == 200
    assert login("luochuan").get(f"/in/files/{Consent.objects.get().signed_id}/").status_code == 404


def test_the_list_of_what_waits(notice: Document, login: Login) -> None:
    page = login("lince").get("/in/service/").content.decode()
    assert notice.number in page and f"/serve/{notice.id}/" in page
    assert notice.number not in login("lince").get("/in/service/?q=没有这个").content.decode()
    assert notice.number not in login("lince").get("/in/service/?tried=yes").content.decode()
    assert notice.number not in login("heshan").get("/in/service/").content.decode()
    rows: Any = load_workbook(io.BytesIO(login("lince").get("/in/service/export.xlsx").content)).active
    assert rows is not None and rows["B2"].value == notice.number
    text = b"".join(login("lince").get("/in/service/export.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert notice.number in text
    assert login("lince").get("/in/service/export.doc").status_code == 404


def test_a_void_notice_keeps_its_number_and_makes_room_for_another(notice: Document, login: Login) -> None:
    client, case = login("lince"), f"/in/cases/{notice.case_id}"
    assert client.post(f"{case}/void/{notice.id}/", {"reason": ""}).status_code == 422
    assert client.post(f"{case}/void/{notice.id}/", {"reason": "金额写错"}).status_code == 302
    assert IssuedNumber.objects.get(text=notice.number).void.reason == "金额写错"
    assert documents.latest(notice.case, "penalty-notice") is None
    refused = client.post(f"{case}/serve/{notice.id}/", {
        "mode": "direct", "served_at": moment(), "place": "x", "receiver": "许山河", "relation": "legal_rep",
    })  # fmt: skip
    assert refused.status_code == 422 and "已经作废" in refused.content.decode()
    assert notice.number in login("luming").get("/in/numbers/void/").content.decode()
    assert notice.number not in login("heshan").get("/in/numbers/void/").content.decode()


def test_a_pad_from_issue_to_return(district: None, login: Login) -> None:
    keeper, officer = login("luming"), login("lince")
    given = {"kind": "onsite-penalty-decision", "count": 2, "holder_id": str(actor_named("lince").officer_id)}
    assert officer.post("/in/pads/new/", given).status_code == 403
    assert keeper.post("/in/pads/new/", {**given, "count": 0}).status_code == 422
    assert keeper.post("/in/pads/new/", given).status_code == 302
    pad = Pad.objects.get()
    page = officer.get(f"/in/pads/{pad.id}/").content.decode()
    assert "2号" in page and "交回</button>" not in page
    assert login("handu").get(f"/in/pads/{pad.id}/").status_code == 404
    keeper.post(f"/in/pads/{pad.id}/close/")
    assert "2 个已发放的号码" in keeper.get("/in/pads/").content.decode()
    for n in (1, 2):
        assert officer.post(f"/in/pads/{pad.id}/void/{n}/", {"reason": "损毁"}).status_code == 302
    keeper.post(f"/in/pads/{pad.id}/close/")
    assert hasattr(pads.of_organ(actor_named("luming")).get(), "closing")
    assert "没有预编号码" in keeper.get("/in/pads/").content.decode()
    assert "已交回" in keeper.get("/in/pads/?all=1").content.decode()


def test_the_register_follows_the_case(play: Play, login: Login) -> None:
    journey = play("publish")
    case = journey.case
    with clock.frozen(clock.at(journey.day, 16)):
        page = login("luming").get("/in/register/").content.decode()
        assert case.number in page and "罚款" in page
        for query, seen in (
            ("q=没有", False),
            (f"q={case.number}", True),
            ("kind=licence", False),
            (f"officer={actor_named('lince').officer_id}", True),
            (f"officer={actor_named('zhouheng').officer_id}", False),
            ("by=decided&first=2026-01-01&last=2026-12-31", True),
            ("by=decided&first=2027-01-01", False),
            ("by=closed&last=2026-01-01", False),
            (f"by=created&first={case.created_at:%Y-%m-%d}&last={case.created_at:%Y-%m-%d}", True),
            ("by=x&first=junk&unit=junk", True),
        ):
            assert (
                f"/in/cases/{case.id}/" in login("luming").get(f"/in/register/?{query}").content.decode()
            ) == seen, query
        assert case.number not in login("heshan").get("/in/register/").content.decode()
        sheet: Any = load_workbook(io.BytesIO(login("luming").get("/in/register/export.xlsx").content)).active
        assert sheet is not None
        head, row = [[cell.value for cell in line] for line in sheet.iter_rows(max_row=2)]
        line = dict(zip(head, row, strict=True))
        assert line["案号"] == case.number and line["决定书文号"].endswith("号")
        assert "行政处罚事先告知书明综执罚告" in line["文书和文号"]
        assert line["送达方式"] == "直接送达" and line["承办人员"] == "林策、韩渡"


def test_the_register_asks_a_constant_number_of_times(play: Play, login: Login) -> None:
    client = login("luming")

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get("/in/register/")
        return len(seen)

    play("serve-decision")
    client.get("/in/register/")
    one = count()
    play("serve-decision")
    assert count() == one


def test_who_has_no_need_reads_no_names_of_people(play: Play) -> None:
    """The supervisor reads the case of a person without the name, and does not find it by the name either."""
    journey = play("lead")
    given = {"party_kind": "person", "party_name": "许小川", "id_number": "990100199001010019", "address": "望江路1号"}
    with clock.frozen(clock.at(journey.day, 16)):
        correct_party(journey.id, actor=actor_named("lince"), **given)
        for username, shown in (("luming", "许小川"), ("fangzhi", "许某某")):
            actor = actor_named(username)
            (line,) = lines(actor, list(selected(actor, Asked())))
            assert line.cells[2] == shown
            assert selected(actor, Asked(words="许小川")).exists() is (shown == "许小川")


def test_each_version_names_the_other(play: Play, login: Login) -> None:
    journey = play("serve-notice")
    with clock.frozen(clock.at(journey.day, 17)):
        notice = documents.latest(journey.case, "penalty-notice")
        assert notice is not None
        client, place = login("lince"), f"/in/cases/{notice.case_id}"
        page = client.get(f"{place}/paper/{notice.id}/").content.decode()
        assert f"{place}/correct/{notice.id}/" in page and "/void/" not in page and "怎么算的" in page
        sent = {"path": "contact_address", "before": "18号", "after": "18号院", "reason": "漏字"}
        assert client.get(f"{place}/correct/{notice.id}/").status_code == 200
        lost = client.post(f"{place}/correct/{notice.id}/", {**sent, "before": "没有这段文字"})
        assert lost.status_code == 422 and "不一致" in lost.content.decode()
        assert client.post(f"{place}/correct/{notice.id}/", sent).status_code == 302
        new = notice.corrected_by.successor
        assert f"/paper/{new.id}/" in client.get(f"{place}/paper/{notice.id}/").content.decode()
        assert f"/paper/{notice.id}/" in client.get(f"{place}/paper/{new.id}/").content.decode()
        assert login("heshan").get(f"{place}/paper/{new.id}/").status_code == 404
