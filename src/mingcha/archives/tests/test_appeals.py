"""An appeal holds the dossier from its registration to its end: rule, action and database."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.queries import actor_named
from mingcha.archives import actions as dossiers
from mingcha.archives import queries as archives
from mingcha.archives import sealing
from mingcha.archives.keeping import actions, queries, rules
from mingcha.archives.models import Disposal, DisposalItem, Hold, HoldLift
from mingcha.archives.packing import checking
from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.paper import paper_decision
from mingcha.ledger import checks, keys
from mingcha.ledger.actions import erase
from mingcha.ledger.core.bundle import Outcome
from mingcha.ledger.models import JournalEntry
from mingcha.performance import appealing

pytestmark = pytest.mark.django_db
GIVEN: dict[str, Any] = {"kind": "reconsideration", "authority": "明水区人民政府", "number": "明政复〔2026〕9号"}


def codes(call: Callable[[], object]) -> set[str]:
    with pytest.raises(MingchaError) as refused:
        call()
    return {refused.value.code, *(reason.code for reason in getattr(refused.value, "reasons", []))}


def database(row: Any) -> str:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        type(row).objects.bulk_create([row])
    return str(refused.value)


def test_an_appeal_holds_the_dossier_until_it_ends(play: Callable[..., Journey]) -> None:
    journey = play("archive")
    case, day = journey.case, journey.day
    handler, head, archivist = actor_named("lince"), actor_named("shenyi"), actor_named("jiangmu")
    paper = receive_bytes(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n")
    with clock.frozen(clock.at(day, 15)):
        assert codes(lambda: appealing.record(case.id, actor=actor_named("qiman"), received_on=day, **GIVEN)) & {
            "not-permitted", "not-found"
        }  # fmt: skip
        appeal = appealing.record(case.id, actor=handler, received_on=day, file=paper, **GIVEN)
        assert codes(lambda: appealing.record(case.id, actor=head, received_on=day, **GIVEN)) == {"appeal-exists"}
        hold = Hold.objects.get(case=case)
        # First ring: the reckoning of the term says why nothing goes.
        blocks = rules.may_dispose(queries.retention(case), dt.date(2099, 1, 1))
        assert "disposal-held" in {reason.code for reason in blocks} and "明政复〔2026〕9号" in blocks[0].message
        assert [reason.code for reason in rules.may_lift(queries.pending_appeal(hold))] == ["hold-of-appeal"]
        # Second ring: nobody lifts it by hand, and the handler does not end the appeal.
        assert codes(lambda: actions.lift(hold.id, actor=head, reason="试")) >= {"hold-of-appeal"}
        given = {"outcome": "upheld", "number": "明政复决〔2026〕9号", "ended_on": day}
        assert codes(lambda: appealing.end(appeal.id, actor=handler, **given)) == {"not-permitted"}
        early = {**given, "ended_on": day - dt.timedelta(days=1)}
        assert codes(lambda: appealing.end(appeal.id, actor=head, **early)) == {"invalid-input"}
        # Third ring: the lift, the list, the destruction of contents.
        now = clock.now()
        assert "hold-of-appeal" in database(HoldLift(hold=hold, reason="试", by_id=head.officer_id, at=now))
        disposal = Disposal.objects.create(
            organisation_id=case.organisation_id, year=2060, seq=1, reason="试", waits_days=30,
            made_by_id=archivist.officer_id, made_at=now,
        )  # fmt: skip
        item = DisposalItem(
            disposal=disposal, case=case, kept_until=day, reckoning={}, digest="0" * 64, papers=1, id=uuid.uuid4()
        )
        assert "disposal-appealed" in database(item) or "disposal-held" in database(item)
        entry = JournalEntry.objects.filter(case_id=case.id).earliest("id")
        with pytest.raises(IntegrityError, match=r"disposal-(appealed|held)"), transaction.atomic():
            erase(entry, actor=head.snapshot("head"), ground="试")
        # Without its hold, as whoever owns the database could leave it, the appeal itself stands in the way.
        with transaction.atomic():
            _without_hold(hold)
            assert "disposal-appealed" in database(item)
            with pytest.raises(IntegrityError, match="disposal-appealed"), transaction.atomic():
                erase(entry, actor=head.snapshot("head"), ground="试")
            transaction.set_rollback(True)
        appealing.end(appeal.id, actor=head, **given)
        assert not queries.open_holds(case) and "维持或者驳回" in HoldLift.objects.get(hold=hold).reason
        assert codes(lambda: appealing.end(appeal.id, actor=head, **given)) == {"appeal-ended"}
        kinds = list(JournalEntry.objects.filter(case_id=case.id).order_by("-case_seq").values_list("kind", flat=True))
        assert set(kinds[:4]) == {"appeal-recorded", "dossier-held", "appeal-ended", "dossier-hold-lifted"}
    assert [item.code for item in checks.check(first_only=False).findings if item.code.startswith("row")] == []


def test_papers_of_an_appeal_are_bound_and_open_their_own_volume(
    play: Callable[..., Journey], settings: Any, tmp_path: Path
) -> None:
    settings.LOG_ROOT, settings.KEYS_ROOT = tmp_path / "log", tmp_path / "keys"
    settings.ARCHIVES_ROOT = tmp_path / "archives"
    journey = play("archive")
    case, day, head = journey.case, journey.day, actor_named("shenyi")
    with clock.frozen(clock.at(day, 15)):
        early = appealing.record(
            case.id, actor=head, received_on=day, file=receive_bytes(paper_decision("明水区人民政府", day)), **GIVEN
        )
        first = sealing.seal(case.id, sequence=True)
        assert not archives.supplements(case), "what comes before the sealing belongs to the first volume"
        appealing.end(
            early.id, actor=head, outcome="upheld", number="明政复决〔2026〕9号", ended_on=day,
            file=receive_bytes(paper_decision("明水区复议机构", day)),
        )  # fmt: skip
        opened = archives.supplements(case).get()
        assert (opened.volume_no, opened.opened_by.name) == (2, head.name) and "明政复决〔2026〕9号" in opened.reason
        # A suit meanwhile, without a file: the same volume.
        suit = {"kind": "litigation", "authority": "明水区人民法院", "number": "（2026）明行初3号"}
        appealing.record(case.id, actor=head, received_on=day, **suit)
        assert archives.supplements(case).count() == 1
        dossiers.close_supplement(case.id, actor=actor_named("jiangmu"))
        second = sealing.seal(case.id, sequence=True)
    key = keys.verifier(case.jurisdiction)
    bound = []
    for row in (first, second):
        report = checking.check(sealing.folder(row.name), [key])
        assert report.outcome == Outcome.GENUINE, report.message
        items = [item for part in report.dossier["volumes"] for item in part["items"]]
        bound.append([(item["kind"], bool(item["file"]), item["slot"]) for item in items if "appeal" in item["kind"]])
    slot = "补正、变更、撤销、复议诉讼"
    assert bound == [[("appeal", True, slot)], [("appeal-end", True, slot), ("appeal", False, slot)]]


def _without_hold(hold: Hold) -> None:
    name = "mc_archives_holdlift_insert_hold_of_appeal"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute(f'DROP TRIGGER {name} ON "archives_holdlift"')
    HoldLift.objects.create(hold=hold, reason="试", by_id=hold.by_id, at=clock.now())
