"""What is done to a decision after the archive sealed its dossier: a volume of its own, the sealed one untouched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.archives import actions as dossiers
from mingcha.archives import queries as archives
from mingcha.archives import sealing
from mingcha.archives.errors import NotReady
from mingcha.archives.packing import checking
from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.decisions import actions, queries
from mingcha.decisions.models import Decision
from mingcha.disclosure.models import Publication
from mingcha.documents import correcting, serving
from mingcha.documents.models import Document
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger import keys
from mingcha.ledger.core.bundle import Outcome

pytestmark = pytest.mark.django_db
CHANGE: dict[str, Any] = {
    "variant": "change", "reason": "复核发现裁量过重。", "content": "罚款变更为人民币一万元。", "effects": "退还多缴的罚款。",
    "articles": [{"citation": "《中华人民共和国行政处罚法》第七十五条第二款"}], "fine_fen": 1_000_000,
}  # fmt: skip


def handed(letter: Document, actor: Any) -> None:
    serving.actions.serve(
        letter.id, actor=actor, mode="direct", receiver="许山河", relation="legal_rep", served_at=clock.now(),
        place="明水区望江路66号",
    )  # fmt: skip


def test_later_acts_open_their_own_volume(
    play: Callable[..., Journey], login: Callable[[str], Client], own_log: None, settings: Any, tmp_path: Path
) -> None:
    settings.ARCHIVES_ROOT = tmp_path / "archives"
    journey = play("archive")
    case, head, handler, archivist = journey.case, *map(actor_named, ("shenyi", "lince", "jiangmu"))
    old = Decision.objects.get(case=case)
    with clock.frozen(clock.at(journey.day, 15)):
        # Between the hand-over and the sealing nothing can be added; the act says so and leaves nothing behind.
        with pytest.raises(NotReady, match="正在封存"), transaction.atomic():
            actions.change(old.id, actor=head, **CHANGE)
        first = sealing.seal(case.id, sequence=True)
        sealed = {path: path.read_bytes() for path in sealing.folder(first.name).rglob("*") if path.is_file()}
        with pytest.raises(IntegrityError, match="dossier-sealed"), transaction.atomic():
            Document.objects.bulk_create([_forged(old.document)])
        page = login("shenyi").post(
            reverse("decision-change", args=[case.id]),
            {"variant": "change", "ordered_by": "self", "reason": CHANGE["reason"], "content": CHANGE["content"],
             "effects": CHANGE["effects"], "article": CHANGE["articles"][0]["citation"], "fine": "10000", "form_token": "a"},
        )  # fmt: skip
        assert page.status_code == 302
        changed = queries.changes(old)[0]
        opened = archives.supplements(case).get()
        assert (opened.volume_no, opened.opened_by.name, opened.reason) == (
            2,
            "沈毅",
            f"归档后制作《{changed.document.title}》",
        )
        assert changed.document.fields["original_gist"] == "罚款20,000.00元。"
        handed(changed.document, handler)
        slip = next(
            place
            for place in correcting.places(old.document)
            if place.path == "discretion.factors" or "address" in place.path
        )
        corrected = correcting.correct(
            old.document_id, [correcting.Slip(slip.path, slip.text, f"{slip.text}。")], reason="多印漏印。", actor=head
        )
        handed(corrected.letter, handler)
        assert archives.supplements(case).count() == 1
        shown = login("jiangmu").get(reverse("archive-case", args=[case.id])).content.decode()
        assert "补充卷" in shown and opened.reason in shown
        # The old text came down with the change, the new one waits for its own sign-off.
        assert (
            Publication.objects.get(decision=old).withdrawal
            and Publication.objects.filter(letter=changed.document).exists()
        )
        dossiers.close_supplement(case.id, actor=archivist)
        with pytest.raises(NotReady), transaction.atomic():
            actions.revoke(old.id, actor=head, reason="认定有误。")
        second = sealing.seal(case.id, sequence=True)
        revoked = actions.revoke(old.id, actor=head, reason="认定有误。")
        assert [row.volume_no for row in archives.supplements(case)] == [2, 3]
        # The letter names what was decided, and that it was changed before it was revoked.
        assert revoked.document.fields["original_gist"].startswith(
            "罚款20,000.00元。对该决定已作出《变更行政处罚决定书》"
        )
        handed(revoked.document, handler)
        dossiers.close_supplement(case.id, actor=archivist)
        third = sealing.seal(case.id, sequence=True)
    assert {path: path.read_bytes() for path in sealed} == sealed
    held = []
    for row in (first, second, third):
        report = checking.check(sealing.folder(row.name), [keys.verifier(case.jurisdiction)])
        assert report.outcome == Outcome.GENUINE, report.message
        items = [item for part in report.dossier["volumes"] for item in part["items"]]
        held.append({item["kind"] for item in items})
    assert "penalty-decision" in held[0]
    assert held[1] == {"decision-change", "decision-correction", "penalty-decision", "service-receipt"}
    assert held[2] == {"revocation-decision", "service-receipt"}
    # Both stay readable, by screen and by REST.
    shown = login("lince").get(reverse("decision-case", args=[case.id])).content.decode()
    for number in (old.number, changed.document.number, revoked.document.number):
        assert number in shown


def _forged(letter: Document) -> Document:
    copy = Document.objects.get(id=letter.id)
    copy.id, copy.kind, copy.number = uuid7(), "decision-change", ""
    return copy
