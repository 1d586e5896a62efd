"""Service (送达): each mode with what it needs, attempts before public notice, one receipt for several papers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.queries import actor_named
from mingcha.cases.locks import lock
from mingcha.catalogues.models import Edition
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, Refused, code_of_database_error
from mingcha.deadlines import queries as deadlines
from mingcha.documents import actions as documents
from mingcha.documents import queries as document_queries
from mingcha.documents.choices import ServiceMode
from mingcha.documents.making import make
from mingcha.documents.models import Document, HandOver, Service
from mingcha.documents.serving import actions as serving
from mingcha.documents.serving import queries as served
from mingcha.documents.serving import rules
from mingcha.files.actions import Incoming, receive_bytes
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.paper import paper_decision
from mingcha.procedures.guards import ask

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]


def scan(mark: str = "回执") -> Incoming:
    return receive_bytes(paper_decision(mark, dt.date(2026, 9, 1)))


@pytest.fixture
def notice(play: Play) -> Iterator[Document]:
    """A notice that was issued an hour ago and not yet served; the clock stands."""
    journey = play("notice")
    with clock.frozen(clock.at(journey.day, 15)):
        found = document_queries.latest(journey.case, "penalty-notice")
        assert found is not None
        yield found


def told(mode: str, **more: Any) -> dict[str, Any]:
    given = {
        "mode": mode,
        "served_at": clock.now() - dt.timedelta(hours=1),
        "place": "明水区望江路66号",
        "receiver": "许山河",
        "relation": "legal_rep",
    }
    return {**given, **more}


def serve(document: Document, mode: str, **more: Any) -> Service:
    return documents.serve(document.id, actor=actor_named("lince"), **told(mode, **more))


def missing(call: Callable[[], object]) -> set[str]:
    with pytest.raises(InvalidInput) as caught:
        call()
    return set(caught.value.fields)


def refused(call: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as caught:
        call()
    return [reason.code for reason in caught.value.reasons]


def attempt(document: Document, mode: str = "direct", **more: Any) -> None:
    given = {
        "outcome": "absent",
        "tried_at": clock.now() - dt.timedelta(hours=1),
        "place": "住所",
        "account": "无人应门",
    }
    serving.record_attempt([document.id], actor=actor_named("lince"), mode=mode, **{**given, **more})


def consent(document: Document, **more: Any) -> None:
    given = {
        "receiver": "许山河", "phone": "0000-1", "address": "望江路66号", "electronic": True, "channel": "mail",
        "account": "a@example.org", "signed": scan("确认书"),
    }  # fmt: skip
    serving.record_consent(document.case_id, actor=actor_named("lince"), **{**given, **more})


def approve(document: Document) -> None:
    """The approval of public notice, as the organ signs it."""
    fields = {"matter": "announcement", "facts": "下落不明，直接送达、邮寄送达均未成", "proposal": "公告送达"}
    with transaction.atomic():
        case = lock(document.case_id)
        row = Document(
            case=case, kind="matter-approval", template_version=1, title="有关事项审批表", fields=fields, digest="0" * 64,
            issued_by="沈毅", issued_at=clock.now() - dt.timedelta(hours=2),
        )  # fmt: skip
        row.save(force_insert=True)


def test_every_mode_has_its_law() -> None:
    assert set(rules.law()["modes"]) == set(ServiceMode.values)


def test_direct_service_counts_from_the_signature(notice: Document) -> None:
    row = serve(notice, "direct")
    assert row.effective_on == clock.today()
    assert row.handover is not None
    assert row.handover.reckoning["article"].startswith("民事诉讼法")
    assert row.receipt.kind == "service-receipt"
    with pytest.raises(Conflict):
        serve(notice, "direct")


@pytest.mark.parametrize(
    ("mode", "lacks"),
    [
        ("direct", {"receiver"}),
        ("left", {"refusal", "evidence"}),
        ("electronic", {"receiver", "evidence"}),
        ("post", {"receiver", "evidence", "tracking", "sent_at"}),
        ("entrusted", {"receiver", "evidence", "agency", "letter"}),
        ("forwarded", {"receiver", "evidence", "agency"}),
        ("announcement", {"evidence", "media"}),
        ("pigeon", {"mode"}),
    ],
)
def test_a_mode_is_refused_without_what_it_needs(notice: Document, mode: str, lacks: set[str]) -> None:
    assert missing(lambda: serve(notice, mode, receiver="")) == lacks
    assert not HandOver.objects.exists()


def test_left_in_place_with_a_witness_or_a_picture(notice: Document) -> None:
    row = serve(notice, "left", receiver="", refusal="拒绝签收", witnesses=[{"name": "安闻", "unit": "望江社区居委会"}])
    assert row.receipt.fields["witnesses"] == [{"name": "安闻", "unit": "望江社区居委会"}]
    assert row.relation == ""


def test_a_witness_without_unit_is_none(notice: Document) -> None:
    lacking = [{"name": "安闻", "unit": ""}]
    assert "witnesses" in missing(lambda: serve(notice, "left", refusal="拒收", witnesses=lacking))


def test_post_counts_from_the_receipt_never_from_posting(notice: Document) -> None:
    posted = clock.now() - dt.timedelta(hours=1)
    lacks = missing(lambda: serve(notice, "post", evidence=scan(), tracking="EX1", sent_at=posted, served_at=posted))
    assert lacks == {"served_at"}
    with clock.frozen(clock.now() + dt.timedelta(days=4)):
        row = serve(notice, "post", evidence=scan(), tracking="EX1", sent_at=posted)
    assert row.effective_on == clock.legal_day(posted) + dt.timedelta(days=4)


def test_electronic_service_wants_the_signed_consent_first(notice: Document) -> None:
    assert refused(lambda: serve(notice, "electronic", evidence=scan())) == ["electronic-without-consent"]
    assert missing(lambda: consent(notice, signed=None)) == {"signed"}
    with clock.frozen(clock.now() - dt.timedelta(minutes=90)):
        consent(notice)
    with clock.frozen(clock.now() - dt.timedelta(minutes=80)):
        consent(notice, electronic=False)
    assert refused(lambda: serve(notice, "electronic", evidence=scan())) == ["electronic-without-consent"]
    with clock.frozen(clock.now() - dt.timedelta(minutes=70)):
        consent(notice)
    row = serve(notice, "electronic", evidence=scan())
    assert "a@example.org" in row.receipt.fields["electronic"]


def test_another_organ_serves_on_a_letter_of_ours_only(notice: Document) -> None:
    asked = {"agency": "临江区综合行政执法局", "evidence": scan()}
    assert refused(lambda: serve(notice, "entrusted", letter="明综执委送〔2026〕1号", **asked)) == [
        "entrusted-letter-not-made"
    ]
    with clock.frozen(clock.now() - dt.timedelta(minutes=70)):
        fields = {"variant": "entrust", "to_organ": asked["agency"], "return_by": clock.today() + dt.timedelta(days=10)}
        letter = documents.issue(notice.case_id, "entrusted-service", actor=actor_named("lince"), fields=fields)
    row = serve(notice, "entrusted", letter=letter.number, **asked)
    assert letter.number in row.receipt.fields["entrusted"]


def test_public_notice_only_after_attempts_and_approval(notice: Document) -> None:
    def announce() -> Service:
        return serve(notice, "announcement", receiver="", relation="", media="机关网站、住所地公告栏", evidence=scan())

    unmade = ["announcement-not-made"]
    assert refused(announce) == ["announcement-too-early", "announcement-without-approval", *unmade]
    attempt(notice)
    assert refused(announce) == ["announcement-without-approval", *unmade]
    approve(notice)
    assert refused(announce) == unmade
    with clock.frozen(clock.now() - dt.timedelta(minutes=70)):
        gist = {
            "gist": "拟处罚内容和陈述申辩的权利",
            "reason": "missing",
            "course": "上门一次，无人。",
            "media": ["机关网站"],
        }
        made = documents.issue(notice.case_id, "service-announcement", actor=actor_named("lince"), fields=gist)
    assert made.fields["doc_number"] == notice.number
    row = announce()
    assert row.effective_on == clock.today() + dt.timedelta(days=30)
    assert row.handover is not None
    assert row.handover.reckoning["rule"] == "PEN-12"
    results = [line["result"] for line in row.receipt.fields["attempts"]]
    assert results[0].startswith("直接送达：无人在场")
    case = row.document.case
    answer = ask("notice-served@1", case, actor_named("lince"))
    assert [reason.code for reason in answer.reasons] == ["penalty-notice-service-not-effective"]
    with clock.frozen(clock.at(row.effective_on, 9)):
        assert ask("notice-served@1", case, actor_named("lince")).reasons == ()


def test_returned_mail_is_an_attempt_with_its_proof(notice: Document) -> None:
    assert missing(lambda: attempt(notice, "post", outcome="returned")) == {"evidence"}
    attempt(notice, "post", outcome="returned", evidence=scan("退信"))
    rows = served.attempts([notice], notice.case.party_name)
    assert [row.outcome for row in rows] == ["returned"]
    assert missing(lambda: attempt(notice, "announcement")) == {"mode"}


def test_who_is_not_on_the_list_of_the_law_cannot_sign(notice: Document) -> None:
    assert refused(lambda: serve(notice, "direct", relation="family")) == ["receiver-not-entitled"]
    assert rules.may_sign("person", "family") == []
    assert [row.code for row in rules.may_sign("person", "mail_room")] == ["receiver-not-entitled"]


def test_one_receipt_for_several_papers_of_one_hand_over(notice: Document) -> None:
    with transaction.atomic():
        other = make(
            lock(notice.case_id), "penalty-notice", notice.fields | {"doc_no": ""},
            by=actor_named("lince").snapshot("handler"),
        )  # fmt: skip
    row = serve(notice, "direct", served_at=clock.now(), also=[other.id])
    assert [line["number"] for line in row.receipt.fields["documents"]] == [notice.number, other.number]
    assert Service.objects.filter(receipt=row.receipt).count() == 2
    assert HandOver.objects.count() == 1


def test_each_addressee_has_a_receipt_of_his_own(notice: Document) -> None:
    actor = actor_named("lince")
    told_other = serving.Told(**told("direct", addressee="清河社区居委会", receiver="安闻", relation="mail_room"))
    serving.hand_over([notice.id], actor=actor, told=told_other)
    assert not Service.objects.filter(document=notice).exists(), "the party itself is not served by this"
    row = serve(notice, "direct")
    assert {handed.addressee for handed in HandOver.objects.all()} == {"清河社区居委会", notice.case.party_name}
    assert row.receipt_id != HandOver.objects.get(addressee="清河社区居委会").receipt_id
    with pytest.raises(Conflict):
        serving.hand_over([notice.id], actor=actor, told=told_other)
    told_third = serving.Told(**told("direct", addressee="望江社区居委会", receiver="安然", relation="mail_room"))
    assert serving.hand_over([notice.id], actor=actor, told=told_third).addressee == "望江社区居委会"


def test_the_list_of_what_waits_knows_the_last_day(play: Play) -> None:
    journey = play("decide")
    with clock.frozen(clock.at(journey.day, 15)):
        rows = list(served.waiting(actor_named("lince")))
        assert [row.kind for row in rows] == ["penalty-decision"]
        last = served.due(rows[0])
        assert last is not None
        wanted = deadlines.calendar().nth_workday(clock.legal_day(rows[0].issued_at), 7)
        assert (last.value, last.rule) == (wanted, "PEN-03")
        assert list(served.waiting(actor_named("luochuan"))) == []
        assert [row.id for row in served.matching(served.waiting(actor_named("lince")), words="罚决")] == [rows[0].id]
        assert not served.matching(served.waiting(actor_named("lince")), tried=True).exists()
        serve(rows[0], "direct", served_at=clock.now())
        assert not served.waiting(actor_named("lince")).exists()


@pytest.mark.parametrize("channel", ["", "政务服务网行政复议专栏"])
def test_a_decision_goes_over_the_internet_only_with_online_review(play: Play, channel: str) -> None:
    with clock.frozen(clock.at(dt.date(2026, 9, 4), 10)):
        content = Edition.objects.get(kind="policy-profile", organisation__name="明水区综合行政执法局").content
        put("policy-profile", {**content, "organ": {**content["organ"], "recon_online": channel}})
    journey = play("decide")
    with clock.frozen(clock.at(journey.day, 15)):
        decision = document_queries.latest(journey.case, "penalty-decision")
        assert decision is not None
        consent(decision)
    with clock.frozen(clock.at(journey.day, 18)):
        if not channel:
            codes = refused(lambda: serve(decision, "electronic", evidence=scan()))
            assert codes == ["electronic-without-online-review"]
        else:
            assert serve(decision, "electronic", evidence=scan()).effective_on == journey.day


def database_code(statement: str, values: list[object]) -> str | None:
    plain: list[Any] = [
        value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value for value in values
    ]
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, plain)
    return code_of_database_error(caught.value)


def test_the_database_holds_each_rule_of_service(notice: Document) -> None:
    made = make_receipt(notice)
    insert = (
        "INSERT INTO documents_handover (id, case_id, addressee, mode, receiver, relation, sent_at, served_at, "
        "effective_on, reckoning, consent_id, approval_id, evidence_id, witnesses, details, receipt_id, recorded_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '{}', NULL, %s, NULL, '[]', '{}', %s, %s)"
    )

    def attack(mode: str, *, relation: str = "legal_rep", sent: object = None, approval: object = None) -> str | None:
        now, case = clock.now(), notice.case
        values = [uuid.uuid4(), case.id, case.party_name, mode, "某某", relation, sent, now, clock.today(), approval]
        return database_code(insert, [*values, made.id, now])

    assert attack("electronic") == "electronic-without-consent"
    assert attack("announcement") in ("announcement-without-approval", "announcement-too-early")
    approve(notice)
    approved = served.approval(notice.case, clock.now())
    assert approved is not None
    assert attack("announcement", approval=approved.id) == "announcement-too-early"
    assert attack("post", sent=clock.now() - dt.timedelta(days=1)) == "post-without-receipt"
    assert attack("left") == "left-without-proof"
    assert attack("direct", relation="family") == "receiver-not-entitled"
    assert attack("direct", relation="") == "receiver-not-entitled"
    row = serve(notice, "direct")
    service = (
        "INSERT INTO documents_service (id, document_id, mode, receiver, relation, served_at, effective_on, evidence_id, "
        "receipt_id, note, handover_id) VALUES (%s, %s, 'direct', 'x', 'self', %s, %s, NULL, %s, '', %s)"
    )
    values: list[object] = [uuid.uuid4(), made.id, clock.now(), clock.today(), made.id, row.handover_id]
    assert database_code(service, values) == "service-without-hand-over"
    paper = "INSERT INTO documents_handedpaper (id, handover_id, document_id, addressee) VALUES (%s, %s, %s, '别人')"
    assert database_code(paper, [uuid.uuid4(), row.handover_id, made.id]) == "paper-of-another-case"
    attempt_ = "UPDATE documents_handover SET effective_on = '2026-01-01'"
    assert database_code(attempt_, []) == "record-immutable"
    for table in ("documents_handover", "documents_handedpaper", "documents_consent", "documents_serviceattempt"):
        if table in ("documents_consent", "documents_serviceattempt"):
            continue
        assert database_code(f"DELETE FROM {table}", []) == "record-immutable"


def make_receipt(document: Document) -> Document:
    """A document of the same case that nobody handed over."""
    fields = {
        "organ_name": "明水区综合行政执法局", "cause": "扬尘", "documents": [{"name": "甲", "quantity": 1}],
        "addressee": "某某", "address": "某处", "mode": "direct", "served_at": clock.now(), "receiver": "某某",
        "receiver_relation": "self",
        "servers": [{"name": "林策", "cert_no": "990100-0231", "unit": "大队"}],
    }  # fmt: skip
    with transaction.atomic():
        by = actor_named("lince").snapshot("handler")
        return make(lock(document.case_id), "service-receipt", fields, by=by)
