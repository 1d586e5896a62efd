"""The order of dates (日期先后): every edge has papers that keep it and papers that break it."""

from __future__ import annotations

import datetime as dt

import pytest

from mingcha.common.clock import SHANGHAI
from mingcha.deadlines import shipped
from mingcha.documents.checking import Past
from mingcha.documents.checking.lattice import Edge, edges, order

FIRST = dt.date(2026, 3, 2)
LONG = 400


def paper(kind: str, on: dt.date, served: dt.date | None = None, hour: int = 9) -> Past:
    return Past(kind, kind, on, dt.datetime(on.year, on.month, on.day, hour, tzinfo=SHANGHAI), served_on=served)


def broken(*papers: Past) -> set[str]:
    return {mark.reason.code for mark, _ in order(papers, shipped.calendar())}


@pytest.mark.parametrize("edge", edges(), ids=lambda edge: edge.id)
def test_an_edge_is_kept_and_broken(edge: Edge) -> None:
    before = paper(edge.before[-1], FIRST, FIRST)
    later = FIRST + dt.timedelta(days=1 if not edge.gap else LONG)
    assert edge.id not in broken(before, paper(edge.after[0], later))
    wrong = FIRST + dt.timedelta(days=LONG) if edge.within else FIRST - dt.timedelta(days=1)
    for kind in edge.after:
        assert edge.id in broken(before, paper(kind, wrong))
    assert edge.article
    assert edge.text.endswith("。")
    if edge.gap:
        assert edge.id in broken(before, paper(edge.after[0], FIRST + dt.timedelta(days=1)))
    if edge.unless:
        assert edge.id not in broken(before, paper(edge.after[0], wrong), paper(edge.unless[0], FIRST))


def test_service_counts_not_the_making() -> None:
    notice = paper("penalty-notice", FIRST)
    assert "L-08" in broken(notice, paper("penalty-decision", FIRST + dt.timedelta(days=20)))


def test_the_minute_counts_where_one_day_holds_both() -> None:
    approval, notice = paper("inspection-approval", FIRST, hour=10), paper("inspection-notice", FIRST, hour=9)
    assert "L-01" in broken(approval, notice)


def test_a_round_made_anew_is_history() -> None:
    early = paper("investigation-report", FIRST)
    record = paper("site-record", FIRST + dt.timedelta(days=3))
    anew = paper("investigation-report", FIRST + dt.timedelta(days=5))
    assert "L-06" in broken(early, record)
    assert "L-06" not in broken(early, record, anew)


def test_the_gap_before_a_hearing_counts_working_days() -> None:
    served = dt.date(2026, 9, 24)
    notice = paper("hearing-notice", served, served)
    # 25 September is the Mid-Autumn Festival, 1 to 7 October are off; seven whole working days lie between.
    assert "L-09" in broken(notice, paper("hearing-record", dt.date(2026, 10, 12)))
    assert "L-09" not in broken(notice, paper("hearing-record", dt.date(2026, 10, 16)))
