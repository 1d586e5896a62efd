"""The measurement of documents renders every kind anew, never a page that the type-setter remembers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mingcha.documents.rendering import kinds, render
from mingcha.documents.tests.golden import ALL
from mingcha.interfaces.bench import documents


def test_every_round_is_another_page() -> None:
    fields = ALL["penalty-decision"]
    first, second = (documents._varied(fields, n) for n in range(2))
    assert render("penalty-decision", first).pdf != render("penalty-decision", second).pdf
    assert fields["doc_no"] == ALL["penalty-decision"]["doc_no"]


def test_the_peer_sets_the_line_that_it_is_given(tmp_path: Path) -> None:
    bare = documents._bare(tmp_path)
    one, other = bare("one"), bare("other")
    assert isinstance(one, bytes) and one.startswith(b"%PDF") and one != other


@pytest.mark.slow
def test_a_short_run_measures_all_kinds_and_says_whether_the_limit_is_met() -> None:
    done = CliRunner().invoke(documents.bench, ["--rounds", "1", "--json"])
    result = json.loads(done.output)
    assert {row["kind"] for row in result["by_kind"]} == set(kinds())
    assert result["met"] == (result["median_ms"] <= documents.MEDIAN_MS) == (done.exit_code == 0)
    assert result["signing"]["signatures"] == 2
