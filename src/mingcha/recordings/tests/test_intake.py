"""Taking in: once per organ, on the journal, never changed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.common.errors import InvalidInput, code_of_database_error
from mingcha.files.actions import receive_bytes
from mingcha.ledger.models import JournalEntry
from mingcha.recordings.intake.actions import take_in
from mingcha.recordings.models import Intake

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(64)


def test_the_same_bytes_are_taken_in_once_and_the_row_stays(actor: Callable[[str], Actor]) -> None:
    lince = actor("lince")
    organ = Organisation.objects.get(id=lince.organ_id)
    incoming = receive_bytes(WAV, allowed=("audio/",))
    first = take_in(
        incoming, actor=lince, organisation=organ, name="7000001_100001_20260914093000_0001.wav", origin="browser",
        device_no="7000001", started_at=dt.datetime(2026, 9, 14, 1, 30, tzinfo=dt.UTC), details={"started_at": "pattern"},
    )  # fmt: skip
    again = take_in(incoming, actor=lince, organisation=organ, name="另一个名字.wav", origin="folder")
    assert (again.id, again.duplicate, first.duplicate) == (first.id, True, False)
    assert Intake.objects.count() == 1
    entry = JournalEntry.objects.get(kind="recording-received")
    assert (entry.subject_id, entry.log) == (str(first.id), organ.jurisdiction)

    for change in (
        lambda: Intake.objects.filter(id=first.id).update(device_no="7000002"),
        lambda: Intake.objects.filter(id=first.id).delete(),
    ):
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            change()
        assert code_of_database_error(refused.value) == "record-immutable"
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        Intake.objects.create(
            jurisdiction="999999", organisation=organ, file=first.file, name="x", origin="folder",
            received_name="某人", received_at=first.received_at,
        )  # fmt: skip
    assert code_of_database_error(refused.value) == "intake-elsewhere"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\x00b.wav"}, "name"),
        ({"name": "长" * 201}, "name"),
        ({"origin": "post"}, "origin"),
        ({"started_at": dt.datetime(2026, 9, 14)}, "started_at"),
        ({"duration_ms": -1}, "duration_ms"),
        ({"device_no": "7" * 61}, "device_no"),
        ({"incoming": b"%PDF-1.7\n%%EOF"}, "file"),
        ({"organisation": "other"}, "organisation"),
    ],
)
def test_bad_values_are_refused_by_field(actor: Callable[[str], Actor], change: dict[str, object], field: str) -> None:
    lince = actor("lince")
    organ = Organisation.objects.get(id=lince.organ_id)
    if change.get("organisation"):
        change = {"organisation": Organisation.objects.exclude(organ=organ).exclude(id=organ.id).first()}
    if "incoming" in change:
        change = {"incoming": receive_bytes(change["incoming"])}  # type: ignore[arg-type]
    known = {
        "incoming": receive_bytes(WAV + uuid.uuid4().bytes),
        "organisation": organ,
        "name": "a.wav",
        "origin": "dock",
    }
    with pytest.raises(InvalidInput) as refused:
        take_in(**{**known, **change}, actor=lince)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]
    assert not Intake.objects.exists()
