"""Figures of a run: rates, percentiles, and whether a reach is met."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from mingcha.interfaces.bench.traffic import Sample

# What issue 2 asks for; printed beside what was measured.
REACH = {
    "one_client_writes_per_second": 150.0,
    "four_clients_writes_per_second": 180.0,
    "p99_ms": 200.0,
    "ratio_to_bare_insert": 0.2,
    "listing_p95_ms": 35.0,
}


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def of_samples(samples: Sequence[Sample], seconds: float) -> dict[str, Any]:
    """Rate of writes, median and p99 in milliseconds, errors; reads are left out of the rate."""
    writes = [sample for sample in samples if sample.name != "read"]
    times = [sample.seconds * 1000 for sample in writes]
    names = sorted({sample.name for sample in writes})
    return {
        "writes": len(writes),
        "writes_per_second": round(len(writes) / seconds, 1),
        "median_ms": round(statistics.median(times), 2),
        "p99_ms": round(percentile(times, 0.99), 2),
        "errors": sum(sample.status >= 400 for sample in samples),
        "median_ms_by_kind": {
            name: round(statistics.median(s.seconds * 1000 for s in writes if s.name == name), 2) for name in names
        },
    }


def of_times(seconds: Sequence[float]) -> dict[str, float]:
    times = [value * 1000 for value in seconds]
    return {
        "median_ms": round(statistics.median(times), 2),
        "p95_ms": round(percentile(times, 0.95), 2),
        "p99_ms": round(percentile(times, 0.99), 2),
        "count": len(times),
    }
