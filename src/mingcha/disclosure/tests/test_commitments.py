"""Commitments (逐项承诺): what is public is what was signed, by our check and by a stock SD-JWT library; attacks fail."""

from __future__ import annotations

import base64
import copy
import json
import threading
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.canonical import digest
from mingcha.common.errors import code_of_database_error
from mingcha.disclosure import actions, preparing, queries
from mingcha.disclosure.commitments import cutting, making, tasks
from mingcha.disclosure.models import Commitment, Opening, Presentation, Publication, PublicEntry, Release, Uncommitted
from mingcha.disclosure.rules import apply_spans
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger import queries as ledger
from mingcha.ledger.actions import erase
from mingcha.ledger.core import bundle, committed, sdjwt
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.core.sdjwt import CommitmentBroken
from mingcha.ledger.models import JournalEntry
from mingcha.ledger.sequencer import sequence
from mingcha.ledger.soundness import Tally, registered
from mingcha.redaction import Span

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]


def publication(journey: Journey) -> Publication:
    return Publication.objects.get(decision__case_id=journey.id)


def publish(journey: Journey, **options: Any) -> Release:
    with clock.frozen(clock.at(journey.day, 17)):
        return actions.publish(publication(journey).id, actor=actor_named("sutang"), attested=True, **options)


@pytest.mark.usefixtures("own_log")
def test_what_is_public_is_what_was_signed(play: Play) -> None:
    journey = play("publish")
    row = publication(journey)
    release = Release.objects.get(publication=row)
    found = Commitment.objects.get(document=row.document)
    # Signed, in the log before the publication, and without a word of the letter in it.
    assert found.entry_id < release.entry_id
    said = ledger.payload(ledger.entry(found.entry_id))
    assert said == making.recorded(found) and found.opening.text == preparing.original(row)
    _, presentation, key = making.presented(row.id) or (0, "", {})
    secret = next(item.text for item in preparing.known(row) if item.role == "legal_representative")
    decoded = [part + "=" * (-len(part) % 4) for part in presentation.replace("~", ".").split(".") if part]
    words = b"".join(map(base64.urlsafe_b64decode, decoded)).decode("utf-8", "replace")
    assert secret in found.opening.text and secret not in words and found.opening.seed not in words
    # The stock library reads the same: the text less what is withheld, and the fields.
    peer = SDJWTVerifier(presentation, lambda *_: JWK(**key), None, None).get_verified_payload()
    content, shown, at = release.content, [], 0
    for place in content["commitment"]["withheld"]:
        shown.append(content["text"][at : place["start"]])
        at = place["end"]
    assert "".join(peer["text"]) == "".join([*shown, content["text"][at:]])
    assert len(content["commitment"]["withheld"]) == sum(item["count"] for item in content["hidden"]) >= 3
    assert {name: peer[name] for name in committed.CLAIMS} == {name: content[name] for name in committed.CLAIMS}
    # The bundle proves it offline, and says so.
    sequence(row.jurisdiction)
    keys = [VerifierKey.parse(ledger.verifier_key(row.jurisdiction).strip())]
    data = queries.bundle(row.id)
    assert data is not None
    report = bundle.verify(data, keys)
    assert report.outcome == bundle.Outcome.GENUINE and "逐项承诺" in [step.name for step in report.steps]
    assert report.facts["committed"]["withheld"] >= len(content["commitment"]["withheld"])

    def attacked(change: Callable[[dict[str, Any]], None]) -> bundle.Report:
        value = json.loads(data)
        change(value)
        return bundle.verify(json.dumps(value, ensure_ascii=False).encode(), keys)

    commit = value_at("commitment")
    for name, change in {
        "left out": lambda value: value.update(format=bundle.FORMAT) or value.pop("commitment"),
        "token": lambda value: commit(value).update(presentation=_flip(commit(value)["presentation"])),
        "key": lambda value: commit(value)["key"].update(x=sdjwt.b64(b"\1" * 32)),
        "payload": lambda value: commit(value)["payload"].update(kid="x"),
        "later": lambda value: commit(value).update(index=value["index"] + 1),
        "place": lambda value: commit(value).update(index=commit(value)["index"] - 1),
        "disclosure gone": lambda value: commit(value).update(
            presentation=_without(commit(value)["presentation"], len(committed.CLAIMS) + 2)
        ),
    }.items():
        report = attacked(change)
        assert report.outcome == bundle.Outcome.ALTERED, name
        assert [step.name for step in report.steps if not step.passed] == ["逐项承诺"], name


def value_at(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda value: value[name]


def _flip(text: str) -> str:
    at = text.index(".") + 50
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def _without(presentation: str, number: int) -> str:
    parts = presentation.split("~")
    return "~".join(parts[: 1 + number] + parts[2 + number :])


def test_attacks_on_what_is_shown(play: Play) -> None:
    """Whoever can sign the log anew for another content still cannot show another letter than the committed one."""
    journey = play("publish")
    row = publication(journey)
    content, commitment = Release.objects.get(publication=row).content, Commitment.objects.get(document=row.document)
    _, presentation, key = making.presented(row.id) or (0, "", {})
    recorded = making.recorded(commitment)
    committed.check(content, presentation, key, recorded)
    token, *disclosed, _ = presentation.split("~")
    first = content["commitment"]["withheld"][0]

    def texted(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        changed = copy.deepcopy(content)
        change(changed)
        return changed

    def swap(text: str) -> str:
        one, two = text.split("\n")[:2]
        return text.replace(f"{one}\n{two}", f"{two}\n{one}", 1)

    forged = sdjwt.disclosure("x" * 22, "罚款一元。")
    seed = bytes.fromhex(commitment.opening.seed or "")
    hidden = making._elements(seed, cutting.pieces(commitment.opening.text or "", commitment.opening.cuts))[
        first["first"]
    ]
    contents = {
        "a clause changed": texted(lambda value: value.update(text=value["text"].replace("罚款", "奖励", 1))),
        "clauses in another order": texted(lambda value: value.update(text=swap(value["text"]))),
        "a clause left out unmarked": texted(lambda value: value.update(text=value["text"].replace("\n", "", 1))),
        "a mark left out": texted(lambda value: value["commitment"]["withheld"].pop(0)),
        "a mark that swallows a shown clause": texted(
            lambda value: value["commitment"]["withheld"][0].update(last=first["last"] + 1)
        ),
        "words added": texted(lambda value: value.update(text=value["text"] + "附言")),
        "another fine": texted(lambda value: value.update(fine_fen=1)),
        "a field hidden unsaid": texted(lambda value: value.pop("number")),
        "a field called hidden": texted(lambda value: value["commitment"].update(fields_withheld=["fine_fen"])),
        "another letter": texted(lambda value: value.update(document_digest="0" * 64)),
        "another token": texted(lambda value: value["commitment"].update(token="0" * 64)),
        "no mark": texted(lambda value: value.pop("commitment")),
    }
    for name, changed in contents.items():
        with pytest.raises(CommitmentBroken):
            committed.check(changed, presentation, key, recorded)
            pytest.fail(name)
    presentations = {
        "a swapped clause": sdjwt.present(token, [*disclosed[:12], forged, *disclosed[13:]]),
        "a disclosure twice": sdjwt.present(token, [*disclosed, disclosed[0]]),
        "a disclosure of another decision": sdjwt.present(token, [*disclosed, sdjwt.disclosure("y" * 22, "甲")]),
        "a withheld clause disclosed": sdjwt.present(token, [*disclosed, hidden]),
        "a clause not disclosed": sdjwt.present(token, disclosed[:-1]),
        "an open end": presentation + "x",
        "padding": presentation.replace("~", "=~", 1),
    }
    for name, changed in presentations.items():
        with pytest.raises(CommitmentBroken):
            committed.check(content, changed, key, recorded)
            pytest.fail(name)
    # One salt for two places would let a reader test guesses: such a token is refused even when it is well signed.
    private = sdjwt.Ed25519PrivateKey.generate()
    public = sdjwt.jwk(private.public_key())
    twins = [sdjwt.disclosure("z" * 22, "甲"), sdjwt.disclosure("z" * 22, "乙")]
    with pytest.raises(CommitmentBroken, match="同一个盐值"):
        sdjwt.opened(sdjwt.present(sdjwt.sign(private, {}, [], {"text": twins}), twins), public)
    twins = [twins[0], twins[0]]
    with pytest.raises(CommitmentBroken, match="同一个摘要"):
        sdjwt.opened(sdjwt.present(sdjwt.sign(private, {}, [], {"text": twins}), twins[:1]), public)


def test_found_by_absence_bound_in_the_database_and_erasable(play: Play) -> None:
    journey = play(until="serve-decision")
    row = publication(journey)
    decision = row.decision
    assert decision is not None
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Uncommitted.objects.create(document=decision.document)
    assert code_of_database_error(refused.value) == "uncommitted-closed"
    assert tasks.commit_waiting(threading.Event(), {}) == 1 and tasks.commit_waiting(threading.Event(), {}) == 0
    found = Commitment.objects.get(document=decision.document)
    # A wider mask later withholds whole clauses, and the rest still proves.
    text = preparing.original(row)
    at = text.index("罚款")
    release = publish(journey, added=[{"start": at, "end": at + 1}])
    assert release.content["commitment"]["token"] == found.token_digest
    assert "罚款" not in release.content["text"][: at + 40] or text[at - 1] in "，。；\n"
    shown = Presentation.objects.get(publication=row)
    assert Commitment.objects.count() == 1
    # What is handed out is derived: without it, or with another, the whole check says so; and so for one too many.
    look = registered()["presentations"][1]
    assert list(look(Tally())) == []
    everyone = Presentation.objects.filter(pk=shown.pk)
    for spoil in (
        everyone.delete,
        lambda: everyone.update(text=zlib.compress(b"x")),
        lambda: everyone.update(text=b"x"),
    ):
        with transaction.atomic():
            spoil()
            assert [item.code for item in look(Tally())] == ["presentation-differs"]
            transaction.set_rollback(True)
    with transaction.atomic():
        PublicEntry.objects.update(state="withdrawn")
        assert [item.data["key"] for item in look(Tally())] == [str(row.id)]
        transaction.set_rollback(True)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Opening.objects.filter(pk=found.pk).update(text="别的")
    assert code_of_database_error(refused.value) == "opening-changed"
    # What the law makes go takes the openings along; the public proof stays.
    with transaction.atomic():
        entry = JournalEntry.objects.filter(case_id=journey.id, kind="case-filed").get()
        erase(entry, actor=actor_named("shenyi").snapshot("head"), ground="个人信息保护法第四十七条")
    opening = Opening.objects.get(pk=found.pk)
    assert (opening.text, opening.seed, opening.claims) == (None, None, None) and opening.erased_at is not None
    committed.check(release.content, (making.presented(row.id) or (0, "", {}))[1], found.key, making.recorded(found))
    # A commitment put in the place of the logged one is found by the whole check.
    assert list(registered()["commitments"][1](Tally())) == []
    disarmed("disclosure_commitment")
    for change in ({"token_digest": "0" * 64}, {"token": b"x"}, {"document_digest": "0" * 64}):
        with transaction.atomic():
            Commitment.objects.filter(pk=found.pk).update(**change)
            assert [item.code for item in registered()["commitments"][1](Tally())] == ["commitment-differs"], change
            transaction.set_rollback(True)
    # With the withdrawal the disclosures leave.
    actions.withdraw(row.id, actor=actor_named("sutang"), reason="内容有误")
    assert not Presentation.objects.filter(pk=shown.pk).exists() and making.presented(row.id) is None


def test_without_commitment_nothing_is_released(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = play(until="serve-decision")
    monkeypatch.setattr(actions, "_commitment", lambda *_: None)
    with pytest.raises(IntegrityError) as refused:
        publish(journey)
    assert code_of_database_error(refused.value) == "release-uncommitted"
    # A letter from before the commitments is published all the same, and its bundle says that it has none.
    letter = publication(journey).decision.document  # type: ignore[union-attr]
    disarmed("disclosure_uncommitted")
    Uncommitted.objects.create(document=letter)
    release = publish(journey)
    assert "commitment" not in release.content and making.presented(release.publication_id) is None
    assert digest(release.content) == release.content_digest


def disarmed(table: str) -> None:
    """As whoever owns the file of the database could."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What the transaction has deferred would hold the table.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name=%s", [table])
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')


WORDS = st.lists(st.sampled_from(["罚款", "，", "。", "\n", "张三", " ", "；", "甲"]), max_size=30).map("".join)


@given(WORDS, st.data())
@settings(max_examples=200, deadline=None)
def test_cuts_join_again_and_masks_grow_to_whole_elements(text: str, data: st.DataObject) -> None:
    def places(most: int) -> list[tuple[int, int]]:
        edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=most)))
        return list(zip(edges[::2], edges[1::2], strict=False))

    marked = [Span(start, end, "person", "person-by-role", "某") for start, end in places(6)]
    cuts = cutting.cuts(text, marked)
    pieces = cutting.pieces(text, cuts)
    assert "".join(pieces) == text and (all(pieces) or text == "")
    spans = [{"start": a, "end": b, "rule": "manual", "replacement": "某"} for a, b in places(6)]
    exact = [{"start": s.start, "end": s.end, "rule": s.rule, "replacement": "某"} for s in marked]
    assert cutting.fitted(exact, cuts) == exact
    grown = cutting.fitted([*spans, *exact], cuts)
    hidden = {at for row in (*spans, *exact) for at in range(row["start"], row["end"])}
    assert hidden <= {at for row in grown for at in range(row["start"], row["end"])}
    public, at, piece = apply_spans(text, grown), 0, 0
    for place in cutting.withheld(grown, cuts):
        assert public[at : place["start"]] == "".join(pieces[piece : place["first"]])
        at, piece = place["end"], place["last"]
    assert public[at:] == "".join(pieces[piece:])
