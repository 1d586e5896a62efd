"""Operator's commands: working days and periods with their reckoning (工作日、期限)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import click
from django.db import OperationalError, ProgrammingError

from mingcha.common import clock
from mingcha.common.canonical import plain
from mingcha.common.errors import MingchaError
from mingcha.common.explained import Explained
from mingcha.deadlines import periods, queries, rulebook, shipped
from mingcha.deadlines.calendar import Calendar, written


class Day(click.ParamType):
    """A date like 2026-10-10."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        try:
            return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}”不是日期，请写成2026-10-10的样子。", param, ctx)


class Moment(click.ParamType):
    """A date, or date and time like 2026-10-10T09:30 (Shanghai)."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date | dt.datetime:
        try:
            if len(value) <= 10:
                return dt.date.fromisoformat(value)
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}”不是日期，请写成2026-10-10或者2026-10-10T09:30的样子。", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=clock.SHANGHAI)


class Span(click.ParamType):
    """A stop-clock like 2026-04-11..2026-05-31, both days included."""

    name = "A..B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> periods.Pause:
        first, _, last = value.partition("..")
        try:
            return periods.Pause(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
        except (ValueError, MingchaError):
            self.fail(f"“{value}”不是起止日期，请写成2026-04-11..2026-05-31的样子，且前者不晚于后者。", param, ctx)


def _calendar(jurisdiction: str) -> Calendar:
    """The table of the database; where none is set up yet, the shipped one."""
    try:
        table = queries.calendar(jurisdiction)
    except (OperationalError, ProgrammingError):
        return shipped.calendar()
    return table if table.announced else shipped.calendar()


def _fail(error: MingchaError) -> click.ClickException:
    return click.ClickException(f"{error.message}（{error.code}）")


@click.command("workdays")
@click.argument("date", type=Day())
@click.argument("count", type=click.IntRange(0, 2000))
@click.option("--jurisdiction", default="", help="行政区划代码，用于民族节日等地方放假。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def workdays(date: dt.date, count: int, jurisdiction: str, as_json: bool) -> None:
    """DATE之后（当日不计）第COUNT个工作日。"""
    table = _calendar(jurisdiction)
    day = table.nth_workday(date, count)
    provisional = count > 0 and table.provisional(date + dt.timedelta(days=1), day)
    if as_json:
        click.echo(json.dumps({"date": day.isoformat(), "provisional": provisional}))
        return
    click.echo(written(day) + ("  暂定：所涉年度放假安排尚未公布。" if provisional else ""))


@click.command("deadline")
@click.argument("rule", required=False)
@click.option("--from", "start", type=Moment(), help="起算事件的日期（当日不计）；按小时计算的带时间。")
@click.option("--event", type=Day(), help="“提前若干工作日”的规则：活动日期，倒算最迟通知日。")
@click.option("--pause", "pauses", type=Span(), multiple=True, help="停止计算的起止日期，可以多次。")
@click.option("--days", type=click.IntRange(0, 4000), help="由本地配置决定长度的规则：期限长度。")
@click.option("--lenient", is_flag=True, help="“提前若干工作日”按宽松算法，末日即可进行。")
@click.option("--jurisdiction", default="", help="行政区划代码，用于民族节日等地方放假。")
@click.option("--list", "listing", is_flag=True, help="列出全部期限规则。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def deadline(
    *,
    rule: str | None,
    start: dt.date | dt.datetime | None,
    event: dt.date | None,
    pauses: tuple[periods.Pause, ...],
    days: int | None,
    lenient: bool,
    jurisdiction: str,
    listing: bool,
    as_json: bool,
) -> None:
    """期限规则RULE自某日起算的最后一日，并逐日说明。"""
    if listing:
        _list(as_json)
        return
    if rule is None or (start is None) == (event is None):
        raise click.UsageError("请写明规则编号和--from（或者--event）日期；--list列出全部规则。")
    try:
        result = _result(
            rule_id=rule,
            start=start,
            event=event,
            pauses=pauses,
            days=days,
            lenient=lenient,
            jurisdiction=jurisdiction,
        )
    except MingchaError as error:
        raise _fail(error) from error
    if as_json:
        fields = plain({**result.as_dict(), "date": result.value})
        click.echo(json.dumps(fields, ensure_ascii=False, indent=2))
        return
    click.echo(f"{result.rule}  {result.article}")
    for step in result.steps:
        click.echo(f"  {step}")


def _result(
    *,
    rule_id: str,
    start: dt.date | dt.datetime | None,
    event: dt.date | None,
    pauses: tuple[periods.Pause, ...],
    days: int | None,
    lenient: bool,
    jurisdiction: str,
) -> Explained[Any]:
    table = _calendar(jurisdiction)
    if event is not None:
        return periods.latest_notice(rulebook.rule(rule_id, event), event, table, lenient=lenient)
    if isinstance(start, dt.datetime):
        chosen = rulebook.rule(rule_id, clock.legal_day(start))
        if chosen.unit == "H":
            return periods.compute_hours(chosen, start, length=days)
        start = clock.legal_day(start)
    if start is None:
        raise click.UsageError("请写明--from日期。")
    chosen = rulebook.rule(rule_id, start)
    return periods.compute(chosen, start, table, pauses=pauses, length=days, lenient=lenient)


def _list(as_json: bool) -> None:
    rows = rulebook.rules(clock.today())
    if as_json:
        fields = (
            "id",
            "label",
            "trigger",
            "kind",
            "length",
            "unit",
            "roll",
            "article",
            "source",
            "verified",
            "profile",
        )
        click.echo(json.dumps([{name: getattr(row, name) for name in fields} for row in rows], ensure_ascii=False))
        return
    for row in rows:
        mark = "" if row.verified else "（未核实，可配置）"
        click.echo(f"{row.id:<10}{row.length_text:<8}{row.trigger} → {row.label}  {row.article}{mark}")
