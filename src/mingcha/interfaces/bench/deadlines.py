"""`mingcha bench deadlines`: periods a second against plain date arithmetic, and 100,000 open periods reckoned anew."""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import click

from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.common.memory import settle

MODULE = "mingcha.interfaces.commands.main"
RECOMPUTE_SECONDS = 30.0
_RULES = ("PEN-02", "PEN-06", "PEN-01", "LIT-01", "PUB-02")
_DAYS = 1000
_ROUNDS = 5
# Open periods of one case, all reaching into the year that is announced during the measurement.
_PER_CASE = ("PEN-14", "PUB-01", "REV-04", "LIC-02")


@click.command("deadlines")
@click.option(
    "--periods", default=100_000, show_default=True, type=click.IntRange(100, 1_000_000), help="重新计算的期限数。"
)
@click.option("--inside", is_flag=True, hidden=True, help="在已经准备好的目录里测量。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def bench(*, periods: int, inside: bool, as_json: bool) -> None:
    """期限：每秒计算数与同次单纯日期加法之比；日历变更后重新计算，每项变更的期限各写一条过程记录和一条提醒。"""
    if inside:
        # As the worker does, which recalculates in the product.
        settle()
        click.echo(json.dumps(_recomputation(periods)))
        return
    result = {"reckoning": _reckoning(), "recomputation": _apart(periods)}
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
        return
    reckoning, again = result["reckoning"], result["recomputation"]
    click.echo(
        f"每秒计算期限 {reckoning['periods_per_second']}（含逐日说明），单纯日期加法 {reckoning['plain_per_second']}，"
        f"比值 {reckoning['ratio']}；只数工作日每秒 {reckoning['workdays_per_second']}"
    )
    click.echo(
        f"{'达到' if again['met'] else '未达到'}　{again['periods']}项期限重新计算 {again['seconds']} 秒，"
        f"其中处理器 {again['processor_seconds']} 秒（要求 {RECOMPUTE_SECONDS} 秒）"
    )
    click.echo(f"  变更 {again['changed']} 项，过程记录 {again['entries']} 条，提醒 {again['notices']} 条")


def _reckoning() -> dict[str, Any]:
    """The same starts by rule with explanation, by counting working days only, and by adding a timedelta."""
    from mingcha.deadlines import periods, rulebook, shipped

    calendar, first = shipped.calendar(), dt.date(2023, 1, 1)
    starts = [first + dt.timedelta(days=n) for n in range(_DAYS)]
    rules = [rulebook.rule(name, first) for name in _RULES]

    def explained() -> None:
        for rule in rules:
            for start in starts:
                periods.compute(rule, start, calendar)

    def counted() -> None:
        for rule in rules:
            for start in starts:
                calendar.nth_workday(start, 7 if rule.unit == "W" else 5)

    def plain() -> None:
        for rule in rules:
            gone = dt.timedelta(days=rule.length or 0)
            for start in starts:
                _ = start + gone

    count = len(starts) * len(rules)
    full, workdays, simple = (_rate(work, count) for work in (explained, counted, plain))
    return {
        "periods_per_second": round(full),
        "workdays_per_second": round(workdays),
        "plain_per_second": round(simple),
        "ratio": round(full / simple, 5),
    }


def _rate(work: Callable[[], None], count: int) -> float:
    times = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return count / statistics.median(times)


def _apart(periods: int) -> dict[str, Any]:
    """The recomputation in a process and on a data directory of its own."""
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-") as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINGCHA_", "DJANGO_"))}
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", MODULE, "bench", "deadlines", "--inside", "--periods", str(periods)],
            env={**kept, "MINGCHA_DATA": folder, "MINGCHA_DATABASE_URL": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise MingchaError("bench-failed", f"测量失败：{done.stderr.strip()[-500:]}")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def _recomputation(count: int) -> dict[str, Any]:
    """Open periods over the turn of the year, then the arrangement of that year, then the background work."""
    from django.db import connection

    from mingcha.accounts.queries import actor_named
    from mingcha.deadlines.actions import announce_year, recompute
    from mingcha.deadlines.calendar import CalendarDay
    from mingcha.deadlines.models import Notice, RunningPeriod
    from mingcha.deadlines.queries import recalculations
    from mingcha.interfaces.commands.setting_up import run_migrations
    from mingcha.interfaces.demo import district
    from mingcha.ledger.models import JournalEntry

    run_migrations()
    district.create()
    made = _fill(count)
    actor = actor_named("admin")
    days = [
        *(CalendarDay(dt.date(2027, 1, 1) + dt.timedelta(days=n), True, "元旦") for n in range(12)),
        CalendarDay(dt.date(2027, 1, 17), False, "元旦"),
    ]
    entries = JournalEntry.objects.count()
    begun, worked = time.perf_counter(), time.process_time()
    announce_year(2027, days, source="测量用安排", actor=actor.snapshot("admin"), log=actor.jurisdiction)
    announced = time.perf_counter() - begun
    recompute()
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    job = recalculations(1)[0]
    changed_entries = JournalEntry.objects.filter(kind="period-recomputed").count()
    whole = job.looked == made == RunningPeriod.objects.filter(ended_on=None).count() and job.changed == changed_entries
    return {
        "database": connection.vendor,
        "periods": made,
        "seconds": round(seconds, 2),
        "processor_seconds": round(worked, 2),
        "announced_after_seconds": round(announced, 2),
        "per_second": round(made / seconds),
        "changed": job.changed,
        "entries": changed_entries,
        "all_entries": JournalEntry.objects.count() - entries,
        "notices": Notice.objects.filter(kind="changed").count(),
        "met": whole and seconds < RECOMPUTE_SECONDS and job.finished_at is not None,
    }


def _fill(count: int) -> int:
    """Cases with two handlers each and their open periods, written in one go; returns how many periods."""
    from mingcha.accounts.queries import actor_named
    from mingcha.cases.models import Case, Duty
    from mingcha.deadlines import periods, queries, rulebook
    from mingcha.deadlines.models import RunningPeriod
    from mingcha.interfaces.bench.rows import fill

    known = set(Case.objects.values_list("id", flat=True))
    fill(-(-count // len(_PER_CASE)))
    cases = [row for row in Case.objects.values_list("id", "jurisdiction") if row[0] not in known]
    officers = [actor_named(name).officer_id for name in ("lince", "handu")]
    now = clock.now()
    Duty.objects.bulk_create(
        (
            Duty(case_id=case_id, officer_id=officer, duty="handler", since=now)
            for case_id, _ in cases
            for officer in officers
        ),
        batch_size=500,
    )
    calendar = queries.calendar(cases[0][1])

    def rows() -> Any:
        number = 0
        for case_id, jurisdiction in cases:
            for name in _PER_CASE:
                if number == count:
                    return
                # Starts over six weeks and lengths of five to 24 days: every period reaches into January.
                start = dt.date(2026, 12, 28) - dt.timedelta(days=number // len(_PER_CASE) % 3)
                length = 5 + number % 20
                rule = rulebook.rule(name, start)
                result = periods.compute(rule, start, calendar, length=length)
                number += 1
                yield RunningPeriod(
                    case_id=case_id,
                    jurisdiction=jurisdiction,
                    rule=name,
                    label=rule.label,
                    kind=rule.kind,
                    article=rule.article,
                    length=length,
                    starts_on=start,
                    due_on=result.value,
                    amber_on=periods.amber_on(rule, start, result.value, calendar),
                    provisional=result.provisional,
                    explanation={**result.as_dict(), "lenient": False},
                )

    RunningPeriod.objects.bulk_create(rows(), batch_size=500)
    return count
