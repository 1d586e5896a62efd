"""Signatures of issued documents in the database: seals, officers, the pad, refusals, and who may do what."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
from click.testing import CliRunner
from django.conf import settings as configured
from django.db import DatabaseError, transaction

from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotPermitted, Refused
from mingcha.documents import queries as documents
from mingcha.documents.actions import ensure_rendered
from mingcha.documents.commands import signatures
from mingcha.documents.models import Document, HandSignature, SignedCopy, SigningRefusal
from mingcha.documents.rendering.errors import Unprintable
from mingcha.documents.sealing import actions, queries, tasks
from mingcha.documents.sealing.rules import missing
from mingcha.documents.signing import sm2
from mingcha.documents.signing.errors import SigningUnavailable
from mingcha.documents.signing.verifying import INVALID, VALID
from mingcha.files import queries as files
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.ledger import queries as ledger

pytestmark = pytest.mark.django_db
STROKES = [[[100 + 10 * n, 200 + 7 * (n % 5), n * 16, 500] for n in range(40)]]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One demonstration authority for all tests here: keys take a while to make."""
    return tmp_path_factory.mktemp("copies") / "signing"


@pytest.fixture
def certified(settings: Any, home: Path) -> Path:
    settings.SIGNING_ROOT = home
    actions.adopt_demo()
    return home


@pytest.fixture
def played(play: Callable[..., Journey]) -> Journey:
    return play(until="notice")


@pytest.fixture
def held(played: Journey) -> Iterator[Journey]:
    with clock.frozen(clock.at(played.day, 18)):
        yield played


@pytest.fixture
def bare(play: Callable[..., Journey]) -> Iterator[Journey]:
    """Played up to a record that nobody has signed."""
    journey = play(until="inquiry-record", scenario=Scenario(signs=False))
    with clock.frozen(clock.at(journey.day, 18)):
        yield journey


def newest(journey: Journey, kind: str) -> Document:
    found = documents.latest(journey.case, kind)
    assert found is not None
    return found


def by_hand(document: Document, actor: Any, **more: Any) -> HandSignature:
    given = {"who": "person", "name": "许山河", "capacity": "法定代表人", "strokes": STROKES, "digest": document.digest}
    return actions.sign_by_hand(document.id, actor=actor, **{**given, **more})


def refuse(document: Document, actor: Any, **more: Any) -> SigningRefusal:
    given = {"who": "person", "name": "许山河", "reason": "看过笔录后表示不签名。", "witness": "郑明"}
    return actions.refuse(document.id, actor=actor, **{**given, **more})


def test_without_a_provider_nothing_is_signed(held: Journey, settings: Any, tmp_path: Path, actor: Any) -> None:
    settings.SIGNING_ROOT = tmp_path / "none"
    document = newest(held, "penalty-notice")
    assert actions.provider() is None
    assert actions.ensure_signed(document.id) is None
    assert tasks.sign_waiting(threading.Event(), {}) == 0
    with pytest.raises(SigningUnavailable):
        actions.sign_electronically(document.id, actor=actor("lince"), digest=document.digest)
    assert missing(queries.standing(document))[0].code == "signature-missing"


def test_a_letter_is_sealed_once_and_its_copy_is_valid(held: Journey, certified: Path) -> None:
    document = newest(held, "penalty-notice")
    copy = actions.ensure_signed(document.id)
    assert copy is not None
    assert copy.sealed
    assert copy.source_id == ensure_rendered(document.id).file_id
    assert actions.ensure_signed(document.id) == copy
    found = queries.report(copy)
    assert found.state == VALID
    assert [row.who for row in found.signatures] == [held.case.organisation.name]
    assert missing(queries.standing(document)) == []
    entry = next(row for row in ledger.entries_of_case(held.case.id) if row.kind == "document-sealed")
    assert entry.subject_id == str(document.id)
    assert queries.of_file(copy.file_id) == copy


def test_the_worker_finds_what_is_not_sealed(held: Journey, certified: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = newest(held, "penalty-notice")
    assert document not in queries.unsigned(), "not rendered yet"
    ensure_rendered(document.id)
    assert document in queries.unsigned()
    monkeypatch.setenv("MINGCHA_SIGNING_SINCE", "2099-01-01")
    assert tasks.sign_waiting(threading.Event(), {}) == 0
    monkeypatch.delenv("MINGCHA_SIGNING_SINCE")
    assert tasks.sign_waiting(threading.Event(), {}) >= 1
    assert document not in queries.unsigned()


def test_strokes_and_officers_come_into_a_further_copy(bare: Journey, certified: Path, actor: Any) -> None:
    document = newest(bare, "inquiry-record")
    assert actions.ensure_signed(document.id) is None, "nobody has signed yet"
    row = by_hand(document, actor("lince"))
    assert queries.still_bound(row)
    first = actions.ensure_signed(document.id)
    assert first is not None
    assert not first.sealed, "a record carries no seal; the organ only closes the file"
    actions.sign_electronically(document.id, actor=actor("lince"), digest=document.digest)
    actions.sign_electronically(document.id, actor=actor("handu"), digest=document.digest)
    by_hand(document, actor("lince"), who="recorder", name="韩渡", capacity="")
    second = actions.ensure_signed(document.id)
    assert second is not None
    assert second.seq == 2
    assert missing(queries.standing(document)) == []
    found = queries.report(second)
    assert found.state == VALID, found
    assert [sign.who for sign in found.signatures] == ["林策", "韩渡", bare.case.organisation.name]
    shown = pypdf.PdfReader(files.content_path(second.file_id))
    printed = len(pypdf.PdfReader(files.content_path(second.source_id)).pages)
    for page in shown.pages[:printed]:
        assert "被询问人　许山河" in page.extract_text(), "signed page by page"
        assert "记录人　韩渡" not in page.extract_text(), "who need not sign each page signs on the sheet"
    kinds = [entry.kind for entry in ledger.entries_of_case(bare.case.id)]
    assert kinds.count("document-signed") == 2
    assert kinds.count("document-hand-signed") == 2
    assert list(queries.copies(document)) == [second, first], "the earlier copy stays"


def test_another_text_is_not_signed(bare: Journey, certified: Path, actor: Any) -> None:
    document = newest(bare, "inquiry-record")
    for attempt in (
        lambda: by_hand(document, actor("lince"), digest="0" * 64),
        lambda: actions.sign_electronically(document.id, actor=actor("lince"), digest="0" * 64),
    ):
        with pytest.raises(Refused) as caught:
            attempt()
        assert caught.value.reasons[0].code == "signed-other-text"
    row = by_hand(document, actor("lince"))
    with pytest.raises(DatabaseError, match="signed-other-text"), transaction.atomic():
        HandSignature.objects.create(
            document=document, who="party", name="别人", document_digest="0" * 64, strokes=[], strokes_digest="",
            device="pen", at=row.at, taken_by_id=row.taken_by_id,
        )  # fmt: skip


def test_signatures_and_copies_are_never_changed(bare: Journey, certified: Path, actor: Any) -> None:
    document = newest(bare, "inquiry-record")
    row = by_hand(document, actor("lince"))
    copy = actions.ensure_signed(document.id)
    assert copy is not None
    for change in (
        lambda: HandSignature.objects.filter(pk=row.pk).update(name="别人"),
        lambda: HandSignature.objects.filter(pk=row.pk).delete(),
        lambda: SignedCopy.objects.filter(pk=copy.pk).update(sealed=True),
        lambda: SignedCopy.objects.filter(pk=copy.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="record-immutable"), transaction.atomic():
            change()
    with pytest.raises(DatabaseError, match="copy-out-of-order"), transaction.atomic():
        SignedCopy.objects.create(
            document=document, seq=7, file_id=copy.file_id, source_id=copy.source_id, basis="", provider="",
            sealed=False, at=copy.at,
        )  # fmt: skip
    assert not queries.still_bound(HandSignature(**{**_values(row), "name": "别人"}))


def _values(row: HandSignature) -> dict[str, Any]:
    found = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {**found, "document": row.document}


def test_a_refusal_needs_proof_and_ends_the_want(bare: Journey, certified: Path, actor: Any) -> None:
    document = newest(bare, "inquiry-record")
    with pytest.raises(InvalidInput):
        refuse(document, actor("lince"), witness="")
    with pytest.raises(InvalidInput):
        refuse(document, actor("lince"), reason="")
    with pytest.raises(InvalidInput):
        refuse(document, actor("lince"), who="officers")
    with pytest.raises(InvalidInput):
        refuse(document, actor("lince"), witness="", recording="0192f3c4-0000-7000-8000-000000000000")
    before = {row.who for row in queries.standing(document) if not row.met}
    refuse(document, actor("lince"))
    assert before - {row.who for row in queries.standing(document) if not row.met} == {"person"}
    with pytest.raises(Conflict):
        refuse(document, actor("lince"))
    copy = actions.ensure_signed(document.id)
    assert copy is not None
    assert queries.report(copy).state == VALID
    by_hand(document, actor("lince"), name="另一人")
    with pytest.raises(Conflict):
        refuse(document, actor("lince"), name="另一人")
    row = document.signing_refusals.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        SigningRefusal.objects.create(
            document=document, who="witness", name="某", reason="不签", at=row.at, noted_by_id=row.noted_by_id
        )


def test_who_may_sign_what(held: Journey, certified: Path, actor: Any) -> None:
    record, notice = newest(held, "inquiry-record"), newest(held, "penalty-notice")
    for name in ("zhouheng", "weiqing"):
        with pytest.raises((NotPermitted, LookupError, Exception)) as caught:
            actions.sign_electronically(record.id, actor=actor(name), digest=record.digest)
        assert getattr(caught.value, "code", "") in ("not-permitted", "not-found")
        with pytest.raises(Exception) as caught:
            by_hand(record, actor(name))
        assert getattr(caught.value, "code", "") in ("not-permitted", "not-found")
    assert actions.may_sign_as(notice, actor("zhouheng")) is None
    with pytest.raises(Conflict):
        by_hand(record, actor("handu"))
    with pytest.raises(Unprintable):
        by_hand(record, actor("lince"), name="许\U000e0041")
    with pytest.raises(InvalidInput):
        by_hand(record, actor("lince"), name="许二", strokes=[])


def test_a_copy_changed_in_the_store_is_said_so(held: Journey, certified: Path) -> None:
    copy = actions.ensure_signed(newest(held, "penalty-notice").id)
    assert copy is not None
    path = files.content_path(copy.file_id)
    data = path.read_bytes()
    path.chmod(0o600)
    try:
        path.write_bytes(data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
        assert queries.report(copy).state == INVALID
    finally:
        path.write_bytes(data)
        path.chmod(0o440)
    assert queries.report(copy).state == VALID


def test_sm2_stands_beside_the_copy(held: Journey, certified: Path) -> None:
    copy = actions.ensure_signed(newest(held, "penalty-notice").id)
    assert copy is not None
    assert sm2.holds(sm2.Detached(**copy.sm2), copy.file_id)


def test_the_command_says_valid_broken_and_revoked(held: Journey, certified: Path, tmp_path: Path) -> None:
    copy = actions.ensure_signed(newest(held, "penalty-notice").id)
    assert copy is not None
    data = files.content_path(copy.file_id).read_bytes()
    path = tmp_path / "letter.pdf"
    path.write_bytes(data)
    run = CliRunner()
    said = run.invoke(signatures, ["check", str(path)])
    assert said.exit_code == 0, said.output
    assert "有效" in said.output
    assert held.case.organisation.name in said.output
    said = run.invoke(signatures, ["check", str(path), "--json"])
    assert '"state": "valid"' in said.output
    path.write_bytes(data.replace(b"/Reason", b"/Reasoh", 1))
    said = run.invoke(signatures, ["check", str(path)])
    assert said.exit_code == 1
    assert "无效" in said.output
    assert run.invoke(signatures, ["revoke", "zz"]).exit_code == 1
    assert run.invoke(signatures, ["demo"]).exit_code == 0
    assert str(configured.SIGNING_ROOT) == str(certified)
