"""The inspection of the demonstration: from the plan to the archive, with its letters, through the real actions."""

from __future__ import annotations

import datetime as dt

import pytest

from mingcha.archives import queries as archives
from mingcha.disclosure.models import PublicEntry
from mingcha.documents.models import Document
from mingcha.interfaces.demo.inspection import Inspection

pytestmark = pytest.mark.django_db


def test_an_inspection_runs_to_the_archive_with_its_letters(district: None) -> None:
    played = Inspection(dt.date(2026, 9, 14), uscc="91990100MA1QH00018")
    case = played.run()
    assert (case.act_type, case.stage) == ("inspection", "archive") and archives.acceptance(case)
    made = {row.kind: row for row in Document.objects.filter(case=case)}
    assert set(made) >= {
        "inspection-approval", "inspection-notice", "inspection-record", "inspection-result-notice", "closure-approval",
    }  # fmt: skip
    assert made["inspection-result-notice"].fields["outcome"] == "none"
    public = PublicEntry.objects.get(party=case.party_name)
    assert public.act == "inspection" and "".join(public.kinds)
