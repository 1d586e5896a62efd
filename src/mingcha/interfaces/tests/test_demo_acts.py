"""Licence and seizure of the demonstration: with their letters, review and publication, through the real actions."""

from __future__ import annotations

import datetime as dt

import pytest

from mingcha.archives import queries as archives
from mingcha.disclosure.models import PublicEntry
from mingcha.documents.models import Document
from mingcha.interfaces.demo.coercion import Seizure
from mingcha.interfaces.demo.licence import Licence
from mingcha.interfaces.workbench import letters
from mingcha.recordings.models import Recording
from mingcha.review.file import gather
from mingcha.review.findings import DIFFERS, findings
from mingcha.review.models import Clearance
from mingcha.review.queries import open_submission
from mingcha.review.rules import checklist

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 14)
WHO = ("远岫土石方工程有限公司", "91990100MA1QH00018", "秦远岫", "明水区望江路北段道路工程")


def test_a_licence_is_reviewed_granted_and_published(district: None) -> None:
    case = Licence(DAY, *WHO).run()
    assert (case.act_type, case.stage) == ("licence", "in-force")
    made = {row.kind for row in Document.objects.filter(case=case)}
    assert made >= {
        "licence-application", "materials-receipt", "acceptance-notice", "verification-record", "licence-approval",
        "licence-grant", "licence-certificate",
    }  # fmt: skip
    assert Clearance.objects.get(case=case, kind="licence-grant").opinion is not None
    assert PublicEntry.objects.get(party=case.party_name).act == "licence"


def test_a_reviewer_reads_the_licence_and_the_machine_invents_nothing(district: None) -> None:
    """The draft is set whole, with what is reckoned at its making; no point is measured by the law on penalties."""
    case = Licence(DAY, *WHO).run("submit")
    submission = open_submission(case)
    assert submission is not None and submission.content["kind"] == "licence-grant"
    letter = letters.draft(case, submission.content)
    said = "".join(line.text for line in letter.lines)
    assert not letter.gaps and "准予行政许可决定书" in said and "行政复议" in said and case.organisation.name in said
    found = [row for rows in findings(gather(submission)).values() for row in rows]
    # The seal on the receipt of materials is set by the worker, which does not run here.
    assert [row.code for row in found if row.state == DIFFERS] == ["unsigned"]
    assert not [row.text for row in found if row.article.startswith("行政处罚法")]
    asked = checklist(case.act_type)
    assert not [row for row in asked if "行政处罚法" in row["article"] or "违法事实" in row["ask"]]


def test_a_seizure_runs_to_the_return_and_the_archive(district: None) -> None:
    case = Seizure(DAY, *WHO).run()
    assert (case.act_type, case.stage) == ("coercion", "archive") and archives.acceptance(case)
    made = [row.kind for row in Document.objects.filter(case=case).order_by("issued_at")]
    assert [row.stage for row in Recording.objects.filter(case=case)] == ["on-site"]
    assert made.count("item-list") == 2 and {"coercive-approval", "seizure-decision", "seizure-release"} <= set(made)
    assert PublicEntry.objects.get(party=case.party_name).act == "coercion"
