"""Acts of every type are made public (各类执法决定的公示): the duty with its period, the fields of R042, taking down."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.findings import told
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.canonical import digest, plain
from mingcha.common.errors import Refused
from mingcha.common.ids import uuid7
from mingcha.deadlines import queries as deadlines
from mingcha.disclosure import access, actions, approving, controls, counting, letters, queries
from mingcha.disclosure.commitments import making, tasks
from mingcha.disclosure.models import Commitment, Publication, PublicEntry, Release
from mingcha.disclosure.searching.asking import Wanted, search
from mingcha.documents import clearing
from mingcha.documents.making import make
from mingcha.documents.models import Document
from mingcha.documents.numbering import make_void
from mingcha.documents.rendering import template
from mingcha.documents.tests.governing import CLERK, HANDLERS, government
from mingcha.documents.tests.test_from_case_g import SET, day_of, typed
from mingcha.ledger.actions import append
from mingcha.ledger.core import committed
from mingcha.ledger.core.sdjwt import CommitmentBroken
from mingcha.procedures.shipped import codes

pytestmark = pytest.mark.django_db
ALL = [(code, kind) for code in codes() for kind in letters.of_procedure(code)]
PARTY = "清和建筑工程有限公司"


def begun(procedure: str) -> Case:
    day = dt.date(2026, 9, 14)
    first, second = government(day) if procedure in ("P-ZF", "P-ZT") else ("lince", "handu")
    with clock.frozen(clock.at(day, 9)):
        case = cases.register_lead(
            actor=actor_named(first), procedure=procedure, source="report", cause="占道施工", facts="按程序试办。",
            item_code="3.14", conduct_ended_on=day, discovered_on=day, party_kind="organisation", party_name=PARTY,
            uscc="91990100MA1QH00018", legal_representative="许山河", address="明水区望江路66号",
            second_officer_id=actor_named(second).officer_id,
        )  # fmt: skip
        cases.state_facts(case.id, actor=actor_named(first), said={"public_interest": False})
    return case


def issued(case: Case, kind: str, by: Actor) -> Document:
    """The sample of a kind as issued in this case: what its making checks is tried in the room of documents."""
    form, fields = template(kind), SET[kind]["fields"] | {"organ_name": case.organisation.name}
    with clock.frozen(day_of(kind)), transaction.atomic():
        key = uuid7()
        clearing.clear(lock(case.id), kind, fields, key, by.snapshot("handler"))
        row = Document(
            id=key,
            case=case, kind=kind, template_version=form.version, title=form.title_of(fields), number="",
            fields=plain(fields), digest=digest({"kind": kind, "fields": plain(fields)}), issued_by=by.name,
            issued_at=clock.now(),
        )  # fmt: skip
        row.save(force_insert=True)
        append(
            "document-issued", log=case.jurisdiction, subject=("document", str(row.id)), case_id=case.id,
            actor=by.snapshot("handler"), payload={"kind": kind, "title": row.title, "number": ""},
        )  # fmt: skip
    return row


def made(case: Case, kind: str, by: Actor) -> Document:
    """The same by the real making, where nothing has to stand before it."""
    with clock.frozen(day_of(kind)), transaction.atomic():
        return make(lock(case.id), kind, typed(kind), by=by.snapshot("handler"))


@pytest.mark.parametrize(("procedure", "kind"), ALL)
def test_every_deciding_letter_is_published(district: None, client: Client, procedure: str, kind: str) -> None:
    case, public = begun(procedure), letters.of_procedure(procedure)[kind]
    governed = case.organisation.kind == "government"
    letter = issued(case, kind, actor_named(HANDLERS[0] if governed else "lince"))
    row = Publication.objects.get(letter=letter)
    clerk = actor_named(CLERK if governed else "sutang")
    period = deadlines.open_period(case.id, public.rule, str(row.id))
    assert period is not None and row.due_on == period.due_on and row.rule == public.rule
    known = told(case, "finding-gx-01@1")
    assert known is not None and not known.met
    assert row in queries.waiting(access.visible(clerk))
    # What is signed is committed when it is issued, and what is public later is checked against it by anybody.
    with clock.frozen(day_of(kind) + dt.timedelta(minutes=1)):
        assert tasks.commit_waiting(threading.Event(), {}) == 1 and tasks.commit_waiting(threading.Event(), {}) == 0
    promise = Commitment.objects.get(document=letter)
    with clock.frozen(day_of(kind) + dt.timedelta(hours=1)):
        release = actions.publish(row.id, actor=clerk, attested=True)
    assert isinstance(release, Release) and release.content["commitment"]["token"] == promise.token_digest
    _, presentation, key = making.presented(row.id) or (0, "", {})
    shown = committed.check(release.content, presentation, key, making.recorded(promise))
    assert shown.disclosed > 3 and shown.withheld >= len(release.content["commitment"]["withheld"])
    forged = release.content | {"text": release.content["text"] + "附言"}
    with pytest.raises(CommitmentBroken):
        committed.check(forged, presentation, key, making.recorded(promise))
    entry = PublicEntry.objects.get(id=row.id)
    # At least authority, party, act type and conclusion.
    assert entry.act == case.act_type and entry.authority and entry.party == PARTY and "".join(entry.kinds)
    assert "{" not in "".join(entry.kinds) and entry.decided_on
    page = client.get(reverse("portal:decision", args=[row.id])).content.decode()
    for said in (letters.acts()[case.act_type], *entry.kinds, PARTY):
        assert said in page
    assert "许山河" not in page
    found, count = search(Wanted(PARTY, act=case.act_type))
    assert count == 1 and found.rows[0].id == row.id
    other = next(act for act in letters.acts() if act != case.act_type)
    assert search(Wanted(PARTY, act=other))[1] == 0
    listed = client.get(f"{reverse('portal:results')}?act={case.act_type}").content.decode()
    assert letters.acts()[case.act_type] in listed and entry.number in listed
    known = told(case, "finding-gx-01@1")
    assert known is not None and known.met and deadlines.open_period(case.id, public.rule, str(row.id)) is None


def test_what_is_revoked_or_void_is_not_public(district: None, client: Client) -> None:
    handler, clerk = actor_named("lince"), actor_named("sutang")
    case = begun("P-XK")
    grant = Publication.objects.get(letter=issued(case, "licence-grant", handler))
    waiting = Publication.objects.get(letter=issued(case, "licence-change-renewal", handler))
    at = max(day_of("licence-grant"), day_of("licence-change-renewal"), day_of("licence-revocation"))
    with clock.frozen(at):
        actions.publish(grant.id, actor=clerk, attested=True)
        issued(case, "licence-revocation", handler)
    gone = client.get(reverse("portal:decision", args=[grant.id]))
    assert gone.status_code == 410 and "许可已被" in gone.content.decode()
    assert search(Wanted(PARTY))[1] == 0
    assert waiting not in queries.waiting(access.visible(clerk))
    with pytest.raises(Refused, match="不得公示"):
        actions.publish(waiting.id, actor=clerk, attested=True)
    signed = grant.signoffs.get()
    forged = Release(
        publication=waiting, signoff=signed, content={}, content_digest="0", entry_id=1, released_at=clock.now()
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        forged.save(force_insert=True)
    fee = begun("P-SF")
    letter = made(fee, "fee-notice", handler)
    row = Publication.objects.get(letter=letter)
    with clock.frozen(day_of("fee-notice") + dt.timedelta(hours=1)):
        make_void(letter.id, actor=handler, reason="数额填写有误")
    assert row not in queries.waiting(access.visible(clerk))
    assert deadlines.open_period(fee.id, "PUB-02", str(row.id)) is None
    with pytest.raises(IntegrityError, match="publication-of-no-act"), transaction.atomic():
        like = Document.objects.filter(case=case).exclude(kind__in=letters.kinds()).first() or _note(case)
        Publication(
            id=uuid7(), jurisdiction=row.jurisdiction, organisation=row.organisation, source="act", letter=like,
            created_at=clock.now(),
        ).save(force_insert=True)  # fmt: skip


def test_an_act_is_withheld_by_another_with_a_ground(district: None) -> None:
    clerk, head = actor_named("sutang"), actor_named("shenyi")
    case = begun("P-SF")
    row = Publication.objects.get(letter=made(case, "fee-notice", actor_named("lince")))
    at = day_of("fee-notice") + dt.timedelta(hours=1)
    with clock.frozen(at):
        before = counting.not_published(row.organisation_id, at.date(), at.date())
        ground = next(iter(controls.grounds_for(row)))
        asked = controls.withhold(row.id, actor=clerk, ground=ground, reason="涉及商业秘密。")
        assert row in queries.waiting(access.visible(clerk))
        with pytest.raises(Refused):
            approving.answer(asked.id, actor=clerk, approved=True)
        approving.answer(asked.id, actor=head, approved=True)
        assert row not in queries.waiting(access.visible(clerk))
        assert deadlines.open_period(case.id, "PUB-02", str(row.id)) is None
        assert counting.not_published(row.organisation_id, at.date(), at.date()) == before + 1


def _note(case: Case) -> Document:
    row = Document(
        case=case, kind="closure-approval", template_version=1, title="结案审批表", fields={}, digest="0" * 64,
        issued_by="甲", issued_at=clock.now(),
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def test_the_clerk_sees_the_kind_of_act(district: None, login: Callable[[str], Client]) -> None:
    case = begun("P-JC")
    letter = issued(case, "inspection-result-notice", actor_named("lince"))
    screen = login("sutang")
    shown = screen.get(reverse("disclosure")).content.decode()
    assert "行政检查" in shown and (letter.number or letter.title) in shown
    item = screen.get(reverse("disclosure-item", args=[Publication.objects.get(letter=letter).id]))
    assert item.status_code == 200 and "脱敏" in item.content.decode() and "申请不公示" in item.content.decode()
