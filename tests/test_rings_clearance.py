"""Papers that decide acts other than penalties (许可等) rest on an approval of exactly their text: attacked in three rings.

Beside tests/test_rings_review.py, which plays a penalty: here a licence that the published list sends to review.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from mingcha.accounts.queries import actor_named
from mingcha.cases.findings import record_finding
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.catalogues.models import Edition
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.documents import actions as documents
from mingcha.documents import queries as document_queries
from mingcha.documents.tests.test_from_case_g import made, typed
from mingcha.review import actions as review
from mingcha.review import queries
from mingcha.review.guards import approval_of
from mingcha.review.tests.test_act_types import DAY, LAST, begun, opine, walk
from tests.test_rings import attack_sql, codes, refused_codes
from tests.test_rings_review import Statement, row

pytestmark = pytest.mark.django_db
KIND = "licence-grant"


@pytest.fixture
def licence(district: None) -> Case:
    """A licence before its decision, all papers before it made, the decision drafted; the list demands a review."""
    handler = actor_named("lince")
    with clock.frozen(clock.at(DAY, 8)):
        put("review-list", {"entries": [{"code": "1", "condition": {"procedure": ["P-XK"]}, "plain": "许可决定"}]})
    case = begun("P-XK")
    with clock.frozen(clock.at(DAY, 10)):
        walk(case, "intake", met=("gl-11",))
        walk(case, "accept", met=("gl-02",))
        walk(case, "examine")
    for earlier in ("licence-application", "acceptance-notice", "licence-approval", "materials-receipt"):
        made(case, earlier, handler)
    with clock.frozen(clock.at(LAST, 10)):
        drafted(case, "人行道100平方米")
    return case


def drafted(case: Case, scope: str) -> None:
    fields = typed(KIND) | {"hearing_basis": None, "scope": scope}
    documents.save_draft(case.id, KIND, fields, actor=actor_named("lince"))


def make(case: Case) -> list[str]:
    draft = document_queries.draft(case, KIND)
    assert draft is not None
    by = actor_named("lince").snapshot("handler")
    return refused_codes(lambda: documents.make(lock(case.id), KIND, draft.fields, by=by))


def why(case: Case) -> list[str]:
    """What the rule says of the draft as it stands."""
    frozen = document_queries.frozen(case)
    assert frozen is not None
    return codes(approval_of(case, frozen.digest)[1])


def letter(case: Case) -> Statement:
    return row(
        "documents_document", "letter-without-review", id=uuid.uuid4(), case_id=case.id, kind=KIND, template_version=1,
        title="伪造", number="", fields="{}", digest="0" * 64, issued_by="甲", issued_at=clock.now(),
    )  # fmt: skip


def clearance(case: Case, **on: Any) -> Statement:
    """A clearance of a paper yet to be stored; `on` names on what it rests."""
    frozen = document_queries.frozen(case)
    assert frozen is not None
    values = {
        "case_id": case.id,
        "opinion_id": None,
        "edition_id": None,
        "condition": "",
        "content_digest": frozen.digest,
    } | on
    return row(
        "review_clearance", "clearance-unsound", id=uuid.uuid4(), kind=KIND, document_id=uuid.uuid4(),
        at=clock.now(), **values,
    )  # fmt: skip


def attack(case: Case, expected: str, statements: Callable[[], list[Statement]]) -> None:
    """Rule, action and database refuse the same thing."""
    with transaction.atomic():
        assert expected in why(case)
        assert expected in make(case)
        for text, values, code in statements():
            told = attack_sql(text, values)
            assert told == code, (values, told, code)
        transaction.set_rollback(True)


def other_list(case: Case) -> uuid.UUID:
    """The review list of the street office, which is another organ."""
    return Edition.objects.filter(kind="review-list").exclude(organisation=case.organisation).latest("number").id


def test_a_licence_rests_on_an_approval_of_its_own_text(licence: Case) -> None:
    with clock.frozen(clock.at(LAST, 10)):
        attack(licence, "review-missing", lambda: [letter(licence), clearance(licence, opinion_id=uuid.uuid4())])
        review.submit(licence.id, actor=actor_named("lince"), attested=True)
        found = queries.latest(licence)
        assert found is not None
        attack(licence, "review-not-approved", lambda: [letter(licence), clearance(licence, opinion_id=found.pk)])
        opine(licence, problem="facts")
        attack(licence, "review-not-approved", lambda: [letter(licence), clearance(licence, opinion_id=found.pk)])
        answers = [{"code": "facts", "text": "已经补充。"}]
        drafted(licence, "人行道90平方米")
        review.submit(licence.id, actor=actor_named("lince"), attested=True, answers=answers)
        for name in ("gl-04", "gl-05", "gl-07", "gl-12"):
            reviewer = actor_named("zhouheng")
            record_finding(licence.id, f"finding-{name}@1", actor=reviewer, met=True, grounds="符合")
        opine(Case.objects.get(id=licence.id))
        passed = queries.latest(licence)
        assert passed is not None
        assert why(licence) == []
        # The digest that was approved, borrowed by another text; another round; another case.
        drafted(licence, "人行道900平方米")
        attack(
            licence,
            "text-changed-since-review",
            lambda: [
                letter(licence),
                clearance(licence, opinion_id=passed.pk),
                clearance(licence, opinion_id=passed.pk, content_digest=passed.digest),
                clearance(licence, opinion_id=found.pk, content_digest=found.digest),
            ],
        )
        stranger = begun("P-XK")
        for text, values, code in (
            clearance(licence, case_id=stranger.id, opinion_id=passed.pk, content_digest=passed.digest),
            letter(stranger),
        ):
            assert attack_sql(text, values) == code


def test_a_list_that_does_not_ask_is_that_of_the_organ_in_force_when_the_case_began(licence: Case) -> None:
    with clock.frozen(clock.at(LAST, 10)):
        later = put("review-list", {"entries": [{"code": "1", "condition": {"procedure": ["P-CS"]}, "plain": "强制"}]})
        for edition in (later.id, other_list(licence), licence.items_id):
            text, values, code = clearance(licence, edition_id=edition, condition="不在清单")
            assert attack_sql(text, values) == code, edition
        # What the program would store passes: the trigger refuses no more than it should.
        sound = clearance(licence, edition_id=queries.list_in_force(licence).id, condition="不在清单")
        with transaction.atomic():
            assert attack_sql(sound[0], sound[1]) is None
            transaction.set_rollback(True)
