"""Complete signatures are demanded: a case does not go on, and no paper leaves the house, while one is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, Refused
from mingcha.documents import actions as documents
from mingcha.documents import queries
from mingcha.documents.models import Document, HandedPaper, HandOver, PaperSignature
from mingcha.documents.numbering import make_void
from mingcha.documents.sealing import actions
from mingcha.documents.sealing import queries as sealing
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.demo.paper import paper_decision
from mingcha.interfaces.demo.signing import all_sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def unsigned(play: Callable[..., Journey]) -> Iterator[Journey]:
    journey = play(until="recording", scenario=Scenario(signs=False))
    journey.later(1)
    with clock.frozen(clock.at(journey.day, 10)):
        yield journey


def record(journey: Journey, kind: str) -> Document:
    found = queries.latest(journey.case, kind)
    assert found is not None
    return found


def lacking(caught: Any) -> set[tuple[str, str]]:
    return {(row.message[1:5], row.data["who"]) for row in caught.value.reasons if row.code == "signature-missing"}


def test_the_investigation_does_not_end_while_a_record_is_unsigned(unsigned: Journey, actor: Any) -> None:
    officer = actor("lince")
    site, inquiry = record(unsigned, "site-record"), record(unsigned, "inquiry-record")
    with pytest.raises(Refused) as caught:
        unsigned.go("conclude", officer)
    wanted = {("现场笔录", "party"), ("现场笔录", "officers"), ("现场笔录", "recorder")}
    assert lacking(caught) == wanted | {("询问笔录", "person"), ("询问笔录", "officers"), ("询问笔录", "recorder")}
    assert "证据若干问题的规定" in caught.value.reasons[0].articles[0]
    # The record of the scene in ink, with the scan; one of two officers is not two.
    scan = receive_bytes(paper_decision("现场笔录签名原件", unsigned.day))
    with pytest.raises(InvalidInput):
        actions.note_paper(site.id, actor=officer, signed=[], scan=scan)
    ink = [{"who": "party", "name": "许山河"}, {"who": "officers", "name": "林策"}, {"who": "recorder", "name": "林策"}]
    actions.note_paper(site.id, actor=officer, signed=ink, scan=scan)
    with pytest.raises(Conflict):
        actions.note_paper(site.id, actor=officer, signed=ink[:1], scan=scan)
    with pytest.raises(Refused) as caught:
        unsigned.go("conclude", officer)
    assert ("现场笔录", "officers") in lacking(caught)
    assert ("现场笔录", "party") not in lacking(caught)
    assert any("须2人，已签1人" in row.message for row in caught.value.reasons)
    actions.note_paper(site.id, actor=officer, signed=[{"who": "officers", "name": "韩渡"}], scan=scan)
    # The questioned person refuses: noted with a witness, that is enough; the others sign on the pad.
    actions.refuse(inquiry.id, actor=officer, who="person", name="许山河", reason="核对后不签名。", witness="郑明")
    all_sign(inquiry, officer, party="许山河", officers=["林策", "韩渡"])
    assert sealing.unsigned_on_the_spot(unsigned.case) == []
    assert unsigned.go("conclude", officer).stage == "conclude"
    row = PaperSignature.objects.first()
    assert row is not None
    for attempt in (lambda: PaperSignature.objects.update(name="别人"), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_a_void_record_wants_no_signature_and_takes_none(unsigned: Journey, actor: Any) -> None:
    inquiry = record(unsigned, "inquiry-record")
    make_void(inquiry.id, actor=actor("lince"), reason="写错了被询问人的姓名，重做。")
    assert "inquiry-record" not in {paper.kind for paper, _ in sealing.unsigned_on_the_spot(unsigned.case)}
    scan = receive_bytes(paper_decision("作废的笔录", unsigned.day))
    with pytest.raises(Refused):
        actions.note_paper(inquiry.id, actor=actor("lince"), signed=[{"who": "person", "name": "许山河"}], scan=scan)


def test_an_unsigned_paper_does_not_leave_the_house(unsigned: Journey, actor: Any) -> None:
    site, officer = record(unsigned, "site-record"), actor("lince")
    told = {"mode": "direct", "receiver": "许山河", "relation": "legal_rep", "place": "明水区望江路66号"}
    with pytest.raises(Refused) as caught:
        documents.serve(site.id, actor=officer, served_at=clock.now(), **told)
    assert lacking(caught) == {("现场笔录", "officers"), ("现场笔录", "recorder")}, "the party signs on receipt"
    all_sign(site, officer, party="许山河", officers=["林策", "韩渡"])
    served = documents.serve(site.id, actor=officer, served_at=clock.now(), **told)
    # The third ring: what no action may do, no statement may either.
    other = record(unsigned, "inquiry-record")
    with pytest.raises(DatabaseError, match="unsigned-not-served"), transaction.atomic():
        given = HandOver.objects.get()
        HandedPaper.objects.create(handover=given, document=other, addressee=given.addressee)
    assert served.effective_on == unsigned.day
