"""Files into drafts in the background: progress, cancel, kill, nothing half taken over, nothing reopened."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.db import DatabaseError

from mingcha.accounts.queries import actor_named
from mingcha.catalogues import actions, queries, sheets
from mingcha.catalogues.actions import importing
from mingcha.catalogues.choices import ImportState
from mingcha.catalogues.models import Draft, ListImport
from mingcha.catalogues.schemas import schema
from mingcha.common import clock
from mingcha.common.errors import Conflict
from mingcha.files.actions import receive_bytes

pytestmark = pytest.mark.django_db
FOUND = schema("items")


def csv_of(count: int, wrong: int = 0) -> bytes:
    """`count` rows of which `wrong` lack their basis."""
    rows = [{"code": f"R{n}", "name": f"事项{n}", "plain": "说明", "basis": "依据"} for n in range(count)]
    for row in rows[:: count // wrong] if wrong else []:
        row["basis"] = ""
    return sheets.export_csv(FOUND.columns, rows).encode()


def begun() -> Draft:
    return actions.begin("items", "all", title="事项", actor=actor_named("admin"), content={"entries": []})


def sent(draft: Draft, data: bytes, name: str = "事项.csv") -> ListImport:
    return actions.begin_import(draft.id, file=receive_bytes(data), filename=name, actor=actor_named("admin"))


def test_5000_rows_of_which_40_are_wrong_are_read_apart_and_taken_over_when_chosen(district: object) -> None:
    draft = begun()
    job = sent(draft, csv_of(5000, 40))
    begin = time.perf_counter()
    assert actions.work_imports() == 1
    job.refresh_from_db()
    assert (job.state, job.total, job.looked, job.good, job.refused) == (ImportState.READ, 5000, 5000, 4960, 40)
    assert {(row[1], row[3]) for row in job.problems} == {("依据", "cell-missing")} and len(job.problems) == 40
    assert queries.draft_entries(draft).count() == 0
    actions.take_import(draft.id, job.id, replace=False, actor=actor_named("sutang"))
    actions.work_imports()
    job.refresh_from_db()
    assert (job.state, job.imported) == (ImportState.DONE, 4960) == (job.state, queries.draft_entries(draft).count())
    # Who chose is who wrote.
    assert queries.draft_entries(draft)[0].changed_by.name == actor_named("sutang").name
    assert time.perf_counter() - begin < 20
    with pytest.raises(Conflict, match="list-import-not-read"):
        actions.take_import(draft.id, job.id, replace=False, actor=actor_named("admin"))


def test_progress_is_stored_and_a_cancel_ends_the_reading(district: object) -> None:
    draft = begun()
    job = sent(draft, csv_of(2000))
    seen: list[tuple[int, int]] = []

    def watch() -> bool:
        """Asked after each step, as the background process asks whether it is to stop."""
        row = ListImport.objects.get(id=job.id)
        seen.append((row.looked, row.percent))
        if row.looked == 1000:
            actions.cancel_import(draft.id, job.id, actor=actor_named("admin"))
        return False

    actions.work_imports(stop=watch)
    assert seen[2:] == [(200, 10), (400, 20), (600, 30), (800, 40), (1000, 50)]
    job.refresh_from_db()
    assert job.state == ImportState.CANCELLED and job.finished_at and queries.draft_entries(draft).count() == 0
    with pytest.raises(Conflict, match="list-import-finished"):
        actions.cancel_import(draft.id, job.id, actor=actor_named("admin"))


def test_a_killed_process_loses_nothing_and_a_stopped_one_leaves_at_once(district: object) -> None:
    draft = begun()
    job = sent(draft, csv_of(500))
    assert actions.work_imports(stop=lambda: queries.list_imports(draft).exclude(beat_at=None).exists()) == 1
    job.refresh_from_db()
    assert (job.state, job.beat_at) == (ImportState.READING, None)
    # Killed: the mark of the dead process stands, nobody takes the job from it before it has stood still.
    ListImport.objects.filter(id=job.id).update(beat_at=clock.now())
    assert actions.work_imports() == 0
    ListImport.objects.filter(id=job.id).update(beat_at=clock.now() - importing.STILL - dt.timedelta(seconds=1))
    assert actions.work_imports() == 1
    job.refresh_from_db()
    assert (job.state, job.good) == (ImportState.READ, 500)


def test_a_draft_that_was_submitted_meanwhile_is_not_written(district: object) -> None:
    draft = begun()
    first = sent(draft, csv_of(3))
    actions.work_imports()
    job = sent(draft, csv_of(4))
    first.refresh_from_db()
    assert first.state == ImportState.CANCELLED
    actions.work_imports()
    actions.take_import(draft.id, job.id, replace=True, actor=actor_named("admin"))
    actions.discard(draft.id, actor=actor_named("admin"), reason="不再修订")
    actions.work_imports()
    job.refresh_from_db()
    assert job.state == ImportState.FAILED and "draft-closed" in job.failure
    assert queries.draft_entries(draft).count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"state": ImportState.DONE},
        {"state": ImportState.TAKING},
        {"file": "0" * 64},
        {"started_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
    ],
)
def test_the_database_refuses_to_skip_reading_and_choosing(district: object, change: dict[str, object]) -> None:
    job = sent(begun(), csv_of(2))
    with pytest.raises(DatabaseError, match="list-import-closed"):
        ListImport.objects.filter(id=job.id).update(**change)
