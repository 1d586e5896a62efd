"""A paper with a named circle (知悉范围): no door tells anybody outside it what it says, nor its number or key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from mingcha.accounts.actions import create_token
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import User
from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import NotFound, NotPermitted
from mingcha.documents import actions as documents
from mingcha.documents.actions import ensure_rendered
from mingcha.documents.circles.actions import admit
from mingcha.documents.models import Admission, Document
from mingcha.documents.sealing.actions import note_paper
from mingcha.documents.serving.actions import hand_over
from mingcha.documents.serving.receipts import Told
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.demo.paper import paper_decision
from mingcha.interfaces.tests.test_access_routes import Route, routes

pytestmark = pytest.mark.django_db
KIND, PERSON = "supervision-clue-letter", "贺云开"
INSIDE, OUTSIDE = ("lince", "shenyi"), ("handu", "luming", "fangzhi", "jiangmu")


def fields(day: dt.date) -> dict[str, Any]:
    return {
        "to_organ": "明水区监察委员会", "person": PERSON, "post": "某镇工作人员", "clue": "收受礼品后提前透露检查时间。",
        "source": "询问中反映", "found_on": day, "reported_to": "沈一", "restricted": True,
        "materials": [{"name": "询问笔录复印件", "quantity": "1份"}], "contact_person": "林策", "contact_phone": "0571-55501234",
        "contact_address": "明水区望江路1号", "issue_date": day,
    }  # fmt: skip


@pytest.fixture
def letter(play: Callable[..., Journey]) -> Document:
    """A clue letter made by one handler, signed by the head in ink and handed over, all under the case."""
    journey = play(until="inquiry-record", scenario=Scenario(signs=False))
    maker = actor_named("lince")
    with clock.frozen(clock.at(journey.day, 15)):
        made = documents.issue(journey.id, KIND, actor=maker, fields=fields(journey.day))
        ensure_rendered(made.id)
        scan = receive_bytes(paper_decision("函件签名原件", journey.day))
        note_paper(made.id, actor=maker, signed=[{"who": "head", "name": "沈一"}], scan=scan)
        told = Told("direct", clock.now(), "明水区监察委员会", "周某", "mail_room", addressee="明水区监察委员会")
        hand_over([made.id], actor=maker, told=told)
    return Document.objects.get(id=made.id)


def address(route: Route, found: dict[str, str]) -> str | None:
    """A route of the inside with keys put in; None where it wants another key."""
    if not set(route.converters) <= set(found):
        return None
    text = route.text
    for name in route.converters:
        for before in (f"<{name}>", *(f"<{kind}:{name}>" for kind in ("uuid", "str", "slug", "path", "int", "sha"))):
            text = text.replace(before, found[name])
    return None if "<" in text or "\\" in text or "(" in text else f"/{text}"


def test_no_door_tells_of_it_outside_its_circle(letter: Document, login: Callable[[str], Client]) -> None:
    case = letter.case
    print_ = letter.rendering.file_id
    ink = letter.paper_signatures.get().scan_id
    keys = {"case_id": str(case.id), "document_id": str(letter.id), "kind": KIND, "sha256": print_}
    places = {place for route in routes() if "sign-out" not in route.text and (place := address(route, keys))}
    places |= {f"/in/files/{ink}/", f"/in/cases/?q={letter.number}", f"/in/register/?q={letter.number}"}
    assert sum(str(letter.id) in place for place in places) >= 8
    secrets = [PERSON, str(letter.id), letter.number]
    told: list[tuple[str, str]] = []
    seen = 0
    with clock.frozen(clock.at(letter.issued_at.date(), 16)):
        for name in OUTSIDE:
            client = login(name)
            user = User.objects.get(username=name)
            token = create_token(user.officer, label="试", by=SYSTEM) if user.officer_id else ""
            for place in places:
                head = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if "/api/" in place and token else {}
                answer = client.get(place, **head)
                body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
                seen += answer.status_code == 200
                if answer.status_code == 200 and str(letter.id) in place:
                    told.append((name, place))
                asked = {letter.number} if "?q=" in place else set()
                text = body.decode("utf-8", "replace")
                told += [(name, f"{place}: {word}") for word in secrets if word in text and word not in asked]
    assert told == []
    assert seen > 50, "the walk reaches pages that exist"


def test_the_circle_reads_and_a_head_widens_it(letter: Document, login: Callable[[str], Client]) -> None:
    case, day = letter.case, letter.issued_at.date()
    with clock.frozen(clock.at(day, 16)):
        for name in INSIDE:
            client = login(name)
            assert client.get(f"/in/documents/{letter.id}/pdf/?plain=1").status_code == 200, name
            assert letter.number in client.get(f"/in/cases/{case.id}/documents/").content.decode()
        second = actor_named("handu")
        with pytest.raises(NotFound):
            documents.save_draft(case.id, KIND, {"clue": "另写"}, actor=second)
        with pytest.raises(NotPermitted):
            admit(case.id, KIND, officer_id=second.officer_id, reason="协助", actor=actor_named("lince"))
        place = f"/in/cases/{case.id}/circles/{KIND}/"
        assert login("handu").get(place).status_code == 404
        assert "准许阅看" not in login("lince").get(place).content.decode()
        head = login("shenyi")
        assert place in head.get(f"/in/cases/{case.id}/paper/{letter.id}/").content.decode()
        assert "起草本件" in head.get(place).content.decode()
        assert head.post(place, {"officer_id": str(second.officer_id), "reason": ""}).status_code == 422
        sent = head.post(place, {"officer_id": str(second.officer_id), "reason": "协助办理移送"}, follow=True)
        assert "协助办理移送" in sent.content.decode()
        assert login("handu").get(f"/in/documents/{letter.id}/pdf/?plain=1").status_code == 200


@pytest.mark.parametrize("typed", ["沈毅", "沈 毅", " 沈\u3000毅 "])
def test_a_head_who_is_reported_on_is_outside(
    play: Callable[..., Journey], login: Callable[[str], Client], typed: str
) -> None:
    """However his name was spaced, neither list nor page nor circle opens to him; the other head reads."""
    journey = play(until="inquiry-record")
    with clock.frozen(clock.at(journey.day, 15)):
        told = {**fields(journey.day), "person": typed, "reported_to": "程远"}
        made = documents.issue(journey.id, KIND, actor=actor_named("lince"), fields=told)
        ensure_rendered(made.id)
        reported, other = login("shenyi"), login("chengyuan")
        for place in (f"/in/documents/{made.id}/pdf/?plain=1", f"/in/cases/{journey.id}/circles/{KIND}/"):
            assert reported.get(place).status_code == 404
            assert other.get(place).status_code == 200
        assert made.number not in reported.get(f"/in/cases/{journey.id}/documents/").content.decode()
        assert made.number in other.get(f"/in/cases/{journey.id}/documents/").content.decode()
        with pytest.raises(IntegrityError, match="reported-in-chain"), transaction.atomic():
            Admission.objects.create(
                case_id=journey.id, kind=KIND, officer_id=actor_named("shenyi").officer_id, reason="x",
                admitted_by_id=actor_named("chengyuan").officer_id, at=clock.now(),
            )  # fmt: skip
