"""Letters as lines: headings found, changes between two drafts marked."""

from __future__ import annotations

from collections.abc import Callable

from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.workbench import letters
from mingcha.review.models import Submission


def test_changes_between_rounds_are_marked_and_headings_stay(play: Callable[..., Journey]) -> None:
    journey = play(until="resubmit")
    first, second = Submission.objects.filter(case_id=journey.id).order_by("round")
    lines = letters.draft(journey.case, second.content, first.content).lines
    changed = {line.change: line.text for line in lines if line.change != "same"}
    assert "裸露面积不足1000平方米" in changed["new"]
    assert "裸露面积不足1000平方米" not in changed["gone"]
    heads = [line.text for line in lines if line.kind == "head"]
    assert heads[0].startswith("一、")
    assert heads[-1].startswith("八、")
    assert [line.text for line in lines if line.kind == "title"] == ["行政处罚决定书"]
    assert lines[0].kind == "organ"


def test_a_draft_that_cannot_be_set_names_its_gaps(play: Callable[..., Journey]) -> None:
    journey = play(until="submit")
    content = Submission.objects.get(case_id=journey.id).content
    fields = {name: value for name, value in content["fields"].items() if name != "penalties"}
    letter = letters.draft(journey.case, {**content, "fields": fields})
    assert letter.gaps
    assert not letter.lines
