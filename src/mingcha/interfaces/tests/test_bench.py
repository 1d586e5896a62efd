"""The bench measures what it says: every write of the journey counts, errors are not hidden, reaches are compared."""

from __future__ import annotations

import pytest

from mingcha.interfaces.bench import caseflow
from mingcha.interfaces.bench.figures import REACH, of_samples, percentile
from mingcha.interfaces.bench.traffic import Sample, site_record


def test_reads_are_no_writes_and_errors_are_counted() -> None:
    samples = [
        Sample("move", 0.010, 200),
        Sample("move", 0.030, 201),
        Sample("read", 9.0, 200),
        Sample("draft", 0.5, 500),
    ]
    figures = of_samples(samples, seconds=2.0)
    assert (figures["writes"], figures["writes_per_second"], figures["errors"]) == (3, 1.5, 1)
    assert figures["median_ms"] == 30.0 and figures["p99_ms"] == 500.0
    assert figures["median_ms_by_kind"] == {"draft": 500.0, "move": 20.0}


def test_percentiles_take_the_upper_value() -> None:
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0
    assert percentile([1.0], 0.99) == 1.0


def test_the_long_record_has_ten_kilobytes() -> None:
    assert len(site_record()["observations"][0]["fact"].encode()) > 9_000


def test_each_reach_is_compared_in_its_own_direction() -> None:
    def figures(rate: float, slow: float) -> dict[str, object]:
        row = {"writes_per_second": rate, "p99_ms": slow}
        ratios = {"one_client": rate / 1000, "four_clients": rate / 1000}
        return {"one_client": row, "four_clients": row, "ratio_to_bare_insert": ratios, "listing": {"p95_ms": slow}}

    assert all(row["met"] for row in caseflow.against_reach(figures(300.0, 20.0)))
    assert not any(row["met"] for row in caseflow.against_reach(figures(100.0, 250.0)))
    assert {row["name"] for row in caseflow.against_reach(figures(1.0, 1.0))} == set(REACH)


@pytest.mark.slow
def test_a_short_run_over_http_has_no_error() -> None:
    figures = caseflow.run(cases=1, listing=200)
    assert figures["one_client"]["errors"] == figures["four_clients"]["errors"] == 0
    assert figures["one_client"]["writes"] == 35 and figures["four_clients"]["writes"] == 4 * 35
    assert figures["pdf_rendering"]["count"] > 0
    assert figures["bare_insert_over_http"]["one_client"]["writes_per_second"] > 0
