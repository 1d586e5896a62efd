"""Review of acts other than penalties (许可、确认、强制): what the list demands is not decided unreviewed, in three rings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.queries import actor_named
from mingcha.cases import access, moves
from mingcha.cases import actions as cases
from mingcha.cases.findings import record_finding
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.catalogues import conditions
from mingcha.catalogues.models import Edition
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.documents import actions as documents
from mingcha.documents.actions import make
from mingcha.documents.approving import actions as approving
from mingcha.documents.approving.queries import approval
from mingcha.documents.models import Document
from mingcha.documents.queries import decisive
from mingcha.documents.tests.test_from_case_g import made, typed
from mingcha.ledger import queries as ledger
from mingcha.procedures.shipped import codes, definition_file
from mingcha.recordings.queries import entries_of
from mingcha.review import actions, queries, rules
from mingcha.review.models import Clearance, Voiding
from mingcha.review.rules import checklist

pytestmark = pytest.mark.django_db
DAY, LAST = dt.date(2026, 9, 14), dt.date(2026, 10, 28)


@pytest.fixture
def handler() -> Actor:
    return actor_named("lince")


@pytest.fixture(autouse=True)
def listed(district: None) -> None:
    with clock.frozen(clock.at(DAY, 8)):
        demand = {
            "code": "1",
            "condition": {"act_type": ["permit", "confirmation", "coercion"]},
            "plain": "许可、确认、强制决定",
        }
        put("review-list", {"entries": [demand]})


def begun(procedure: str) -> Case:
    """A case of the procedure at its entry, on a site whose list sends these acts to review."""
    with clock.frozen(clock.at(DAY, 9)):
        case = cases.register_lead(
            actor=actor_named("lince"), procedure=procedure, source="report", cause="试办一件", facts="按程序试办。",
            item_code="3.14", conduct_ended_on=DAY, discovered_on=DAY, party_kind="organisation",
            party_name="清和建筑工程有限公司", uscc="91990100MA1QH00018", legal_representative="许山河",
            address="明水区望江路66号", second_officer_id=actor_named("handu").officer_id,
        )  # fmt: skip
        for name in ("lince", "handu"):
            cases.declare_avoidance(case.id, actor=actor_named(name), conflict=False)
        cases.record_evidence(
            case.id, actor=actor_named("lince"), kind="documentary", name="申请材料", origin="当事人提供",
            proves="申请人的条件", collected_at=clock.now(),
        )  # fmt: skip
    return case


def walk(case: Case, *stages: str, by: str = "lince", met: tuple[str, ...] = ()) -> None:
    for to in stages:
        found = [{"guard": f"finding-{name}@1", "met": True, "grounds": "材料齐全"} for name in met]
        moves.advance(case.id, to, actor=actor_named(by), found=found)


def opine(case: Case, problem: str = "", by: str = "zhouheng") -> None:
    submission = queries.open_submission(case)
    assert submission is not None
    key = submission.materials[0]["key"]
    points = [
        {"code": row["code"], "result": "problem", "note": "理由不足。", "link": ""}
        if row["code"] == problem
        else {"code": row["code"], "result": "met", "link": key, "note": ""}
        for row in checklist()
    ]
    actions.give_opinion(
        case.id, actor=actor_named(by), conclusion="problems" if problem else "agree", points=points, text="审核意见。"
    )


def refused(act: Callable[[], Any]) -> set[str]:
    with pytest.raises(Refused) as error, transaction.atomic():
        act()
    return {row.code for row in error.value.reasons}


def forged(case: Case, kind: str) -> None:
    """The paper written past the actions, as only somebody with the database could."""
    like = Document.objects.filter(case=case).first()
    assert like is not None
    row = Document(
        case=case, kind=kind, template_version=1, title="伪造", fields={}, digest="0" * 64, issued_by="甲",
        issued_at=clock.now(),
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="letter-without-review"), transaction.atomic():
        row.save(force_insert=True)


def test_a_licence_is_not_granted_unreviewed(handler: Actor) -> None:
    case, kind = begun("P-XK"), "licence-grant"
    with clock.frozen(clock.at(DAY, 10)):
        walk(case, "intake", met=("gl-11",))
        walk(case, "accept", met=("gl-02",))
        walk(case, "examine")
    for earlier in ("licence-application", "acceptance-notice", "licence-approval"):
        made(case, earlier, handler)
    with clock.frozen(clock.at(LAST, 10)):
        # A stage that was passed without its paper holds the decision back, reviewed or not.
        bare = typed(kind) | {"hearing_basis": None}
        assert refused(lambda: made_now(lock(case.id), kind, bare, handler)) == {"stage-without-paper"}
    made(case, "materials-receipt", handler)
    with clock.frozen(clock.at(LAST, 10)):
        assert refused(lambda: actions.submit(case.id, actor=handler, attested=True)) == {"decision-draft-missing"}
        fields = typed(kind) | {"hearing_basis": None}
        documents.save_draft(case.id, kind, fields, actor=handler)
        # Past the review there is no way on, whoever tries.
        findings = [
            {"guard": f"finding-{n}@1", "met": True, "grounds": "符合"} for n in ("gl-04", "gl-05", "gl-07", "gl-12")
        ]
        way = {"review-missing"}
        assert refused(lambda: moves.advance(case.id, "decide-grant", actor=handler, found=findings)) >= way
        assert "review-missing" in refused(lambda: made_now(case, kind, fields, handler))
        forged(case, kind)
        actions.submit(case.id, actor=handler, attested=True)
        case.refresh_from_db()
        assert (case.stage, case.step) == ("legal-review", "legal-review")
        with pytest.raises(Conflict):
            actions.submit(case.id, actor=handler, attested=True)
        opine(case, problem="facts")
        case.refresh_from_db()
        assert case.stage == "examine"
        documents.save_draft(case.id, kind, {**fields, "scope": "人行道100平方米"}, actor=handler)
        answers = [{"code": "facts", "text": "已经核减面积。"}]
        actions.submit(case.id, actor=handler, attested=True, answers=answers)
        for row in findings:
            record_finding(case.id, row["guard"], actor=actor_named("zhouheng"), met=True, grounds="符合")
        opine(Case.objects.get(id=case.id))
        case.refresh_from_db()
        assert case.stage == "decide-grant"
        documents.save_draft(case.id, kind, {**fields, "scope": "人行道200平方米"}, actor=handler)
        # The change is on record at once and names itself; taking it back does not bring the approval back.
        assert [row["label"] for row in Voiding.objects.get().changes] == ["许可范围"]
        assert "review-voided" in [entry.kind for entry in ledger.entries_of_case(case.id)]
        documents.save_draft(case.id, kind, {**fields, "scope": "人行道100平方米"}, actor=handler)
        assert "text-changed-since-review" in refused(lambda: documents.issue(case.id, kind, actor=handler))
        moves.advance(case.id, "examine", actor=actor_named("shenyi"), reason="审核以后又有改动。")
        actions.submit(case.id, actor=handler, attested=True, answers=answers)
        opine(Case.objects.get(id=case.id))
    with clock.frozen(clock.at(LAST + dt.timedelta(days=1), 9)):
        letter = documents.issue(case.id, kind, actor=handler)
        clearance = Clearance.objects.get(document=letter)
        assert clearance.opinion is not None and clearance.opinion.submission.round == 3
        forged(case, kind)
        _unsound(clearance)
        walk(case, "issue", by="shenyi")
        case.refresh_from_db()
        assert case.stage == "issue"
        kinds = [entry.kind for entry in ledger.entries_of_case(case.id)]
        assert kinds.index("review-cleared") < kinds.index("document-issued", kinds.index("review-cleared"))


def made_now(case: Case, kind: str, fields: dict[str, Any], by: Actor) -> Document:
    return make(case, kind, fields, by=by.snapshot("handler"))


def _unsound(clearance: Clearance) -> None:
    """Neither another text nor a void nor a foreign approval carries a clearance; what stands is not changed."""
    for change in (
        {"content_digest": "1" * 64},
        {"edition_id": clearance.case.items_id, "opinion": None, "condition": "x"},
    ):
        row = Clearance(
            case=clearance.case, kind=clearance.kind, document=clearance.document, opinion=clearance.opinion,
            content_digest=clearance.content_digest, at=clearance.at,
        )  # fmt: skip
        for name, value in change.items():
            setattr(row, name, value)
        with pytest.raises(IntegrityError, match="clearance-unsound"), transaction.atomic():
            row.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE review_clearance SET condition = 'x'")


def test_a_confirmation_is_reviewed_beside_its_course(handler: Actor, login: Callable[[str], Client]) -> None:
    case, kind = begun("P-QR"), "confirmation-decision"
    for earlier in ("confirmation-application", "confirmation-acceptance"):
        made(case, earlier, handler)
    other = actor_named("guyan")
    with clock.frozen(clock.at(LAST, 10)):
        walk(case, "accept")
        walk(case, "investigate", met=("gq-02", "gq-03"))
        documents.save_draft(case.id, kind, typed(kind), actor=handler)
        with pytest.raises(NotFound):
            access.case(other, case.id)
        assert "review-missing" in refused(lambda: made_now(case, kind, typed(kind), handler))
        screen, url = login("lince"), reverse("review-submit", args=[case.id])
        assert "送法制审核" in screen.get(reverse("case", args=[case.id])).content.decode()
        shown = screen.get(url).content.decode()
        assert "行政确认决定书" in shown and "上面的条件满足后" not in shown
        assert screen.post(url, {"attested": "on", "form_token": "a"}).status_code == 302
        submission = queries.open_submission(case)
        assert submission is not None
        case.refresh_from_db()
        assert case.stage == "investigate"
        given = queries.allocated(submission)
        assert given is not None
        by = "zhouheng" if given.reviewer_id == actor_named("zhouheng").officer_id else "guyan"
        # The next file goes to whoever has nothing on the desk: what waits beside a course counts.
        load = {row.id: row.load for row in queries.candidates(begun("P-QR"))}
        assert load[given.reviewer_id] == 1 and set(load.values()) == {0, 1}
        free = actor_named("guyan" if by == "zhouheng" else "zhouheng")
        access.case(actor_named(by), case.id)
        assert str(case) in login(by).get(reverse("review")).content.decode()
        assert "行政确认决定书" in login(by).get(reverse("review-case", args=[case.id])).content.decode()
        with pytest.raises(NotFound):
            access.case(free, case.id)
        opine(case, by=by)
        assert queries.standing(case) is not None
        cases.record_evidence(
            case.id, actor=handler, kind="documentary", name="补交的材料", origin="当事人提供", proves="另一事实",
            collected_at=clock.now(),
        )  # fmt: skip
        # New evidence voids the approval, and it stays void.
        assert queries.standing(case) is None
        for page in (reverse("review-case", args=[case.id]), reverse("home")):
            shown = screen.get(page).content.decode()
            assert "国办发〔2018〕118号第四部分" in shown and "处罚法第五十八条" not in shown
        # All concerned are told, and nobody else: both handlers, who reviewed, the heads.
        other_reviewer = "guyan" if by == "zhouheng" else "zhouheng"
        for name in ("lince", "handu", by, "shenyi", other_reviewer, "sutang"):
            told = "审核意见已经失效" in login(name).get(reverse("home")).content.decode()
            assert told == (name not in (other_reviewer, "sutang")), name
        assert "text-changed-since-review" in refused(lambda: made_now(case, kind, typed(kind), handler))
        actions.submit(case.id, actor=handler, attested=True)
        opine(case, by=by)
        letter = made_now(case, kind, typed(kind), handler)
        assert Clearance.objects.get(document=letter).opinion is not None


def test_a_coercive_measure_is_approved_after_its_review_unless_urgent(handler: Actor) -> None:
    case, kind = begun("P-CS"), "coercive-approval"
    with clock.frozen(clock.at(DAY, 10)):
        fields = typed(kind) | {"start": clock.at(DAY, 12).isoformat()}
        walk(case, "approve", met=("gc-01", "gc-04"))
        asked = approving.ask(case.id, kind, actor=handler, fields=fields)

        def consent() -> Any:
            shown = approval(actor_named("shenyi"), asked.id)
            return approving.answer(
                shown.id, actor=actor_named("shenyi"), step="head", choice="agree", digest_seen=shown.digest
            )

        assert "review-missing" in refused(consent)
        documents.save_draft(case.id, kind, fields, actor=handler)
        submission = actions.submit(case.id, actor=handler, attested=True)
        given = queries.allocated(submission)
        assert given is not None
        opine(case, by="zhouheng" if given.reviewer_id == actor_named("zhouheng").officer_id else "guyan")
        paper = consent()
        assert Clearance.objects.get(document=paper).opinion is not None
    again = begun("P-CS")
    with clock.frozen(clock.at(DAY, 11)):
        walk(again, "emergency-act", met=("gc-01", "gc-03", "gc-04", "gc-05"))
        urgent = fields | {"urgent": True, "urgent_ground": "正在转移", "done_at": clock.at(DAY, 10).isoformat()}
        paper = made_now(again, kind, urgent, handler)
        row = Clearance.objects.get(document=paper)
        assert row.opinion is None and "紧急" in row.condition


def test_the_public_reads_per_act_what_is_reviewed_and_where(client: Client) -> None:
    body = client.get(reverse("portal:procedure-review")).content.decode()
    table = body[body.index("各类执法行为怎样审核") :]
    for said in ("行政许可程序", "《准予行政许可决定书》", "行政确认程序", "文书制作以前送审", "行政强制法第十九条"):
        assert said in table
    assert table.count("国办发〔2018〕118号") == sum(bool(decisive(code)) for code in codes()) - table.count(
        "处罚法第五十八条"
    )
    assert 0 < table.count("处罚法第五十八条") < 5
    assert table.count("<tr") == 1 + sum(bool(decisive(code)) for code in codes())


def test_the_law_on_penalties_is_no_ground_of_other_reviews(handler: Actor) -> None:
    """What a reviewer of a licence is refused rests on the policy that demands the review, of a penalty on the law."""
    officer = accounts.officers([handler.officer_id])[handler.officer_id]
    changed = [{"label": "证据", "before": "", "after": "新增"}]
    for act_type, ground in (("penalty", "行政处罚法第五十八条"), ("licence", "国办发〔2018〕118号第四部分")):
        reasons = [
            *rules.may_review(officer, ["handler"], act_type),
            *rules.may_opine("agree", True, changed, act_type),
            *rules.may_allocate("甲", ["承办本案"], act_type),
            *rules.may_settle("甲", ["handler"], "head", 0, act_type),
            *rules.may_study("after_pass", False, act_type),
        ]
        assert len(reasons) >= 6
        assert all(article.startswith(ground) for reason in reasons for article in reason.articles)


def test_lists_and_procedures_mean_the_same_acts() -> None:
    """A list that says 行政许可 reaches the procedure of licences: for review as for recordings, of every act type."""
    words = conditions.keys()["act_type"].choices
    assert {conditions.listed_as(definition_file(code)["act_type"]) for code in codes()} <= set(words)
    for act, word in (("licence", "permit"), ("execution", "coercion"), ("penalty", "penalty")):
        for said in ("permit", "coercion", "penalty"):
            row = {"code": "1", "act_types": [said]}
            assert entries_of(Edition(content={"entries": [row]}), act) == ([row] if said == word else [])
