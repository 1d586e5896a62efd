"""Operator's commands: working days and periods with their reckoning (工作日、期限)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click
from django.db import OperationalError, ProgrammingError

from mingcha.accounts.models import Organisation
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock, triggers
from mingcha.common.canonical import plain
from mingcha.common.errors import InvalidInput, MingchaError, NotFound
from mingcha.common.explained import Explained
from mingcha.deadlines import periods, queries, rulebook, shipped
from mingcha.deadlines.calendar import Calendar, written
from mingcha.deadlines.errors import NotExtensible
from mingcha.deadlines.remedies import Remedy, court_window
from mingcha.deadlines.tasks import work_through


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
@click.option("--event", type=Day(), help="“至少提前若干日”的规则：活动或者届满日期，倒算最迟的一日。")
@click.option("--pause", "pauses", type=Span(), multiple=True, help="停止计算的起止日期，可以多次。")
@click.option("--extend", "extra", type=click.IntRange(0, 4000), default=0, help="经批准延长的长度，单位同该规则。")
@click.option("--days", type=click.IntRange(0, 4000), help="由本地配置或者文书决定长度的规则：期限长度。")
@click.option("--lenient", is_flag=True, help="“至少提前若干日”按宽松算法，末日即可进行。")
@click.option("--organisation", default="", help="机构名称：取它的政策参数（期限长度、听证通知的算法）。")
@click.option("--remedy", type=click.Choice([item.value for item in Remedy]), help="COE-09：当事人实际享有的救济。")
@click.option("--suit-days", type=click.IntRange(1, 400), help="COE-09且--remedy special：法律规定的起诉期限（日）。")
@click.option("--jurisdiction", default="", help="行政区划代码，用于民族节日等地方放假。")
@click.option("--work", is_flag=True, help="办理等候的后台工作：重新计算、提醒（后台进程之外补做时使用）。")
@click.option("--list", "listing", is_flag=True, help="列出全部期限规则。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def deadline(*, rule: str | None, listing: bool, work: bool, as_json: bool, **asked: Any) -> None:
    """期限规则RULE自某日起算的最后一日，并逐日说明。

    COE-09从最后一项救济届满之日起算；带--remedy时从送达之日（reviewed为收到复议决定之日，deferred为延期结束之日）算出救济届满之日再起算。
    """
    if listing:
        _list(as_json)
        return
    if work:
        triggers.require()
        batches, reminders = work_through()
        click.echo(f"重新计算{batches}批，发出提醒{reminders}条。")
        return
    if rule is None or (asked["start"] is None) == (asked["event"] is None):
        raise click.UsageError("请写明规则编号和--from（或者--event）日期；--list列出全部规则。")
    try:
        answer = _answer(rule, **asked)
    except MingchaError as error:
        raise _fail(error) from error
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    click.echo(f"{answer['rule']}  {answer['article']}")
    for step in answer["steps"]:
        click.echo(f"  {step}")


def _answer(rule_id: str, *, remedy: str | None, suit_days: int | None, **asked: Any) -> dict[str, Any]:
    if remedy is not None:
        return _window(rule_id, Remedy(remedy), suit_days, asked["start"], asked["jurisdiction"])
    result = _result(rule_id=rule_id, **asked)
    fields: dict[str, Any] = plain(result.as_dict())
    # Hours end at an instant; people read it in Shanghai time.
    fields["date"] = (
        result.value.astimezone(clock.SHANGHAI).isoformat()
        if isinstance(result.value, dt.datetime)
        else fields["value"]
    )
    return fields


def _window(
    rule_id: str, remedy: Remedy, suit_days: int | None, start: dt.date | dt.datetime | None, jurisdiction: str
) -> dict[str, Any]:
    """The filing window for the court: opens, closes, the earliest candidate; nothing where only a person can tell."""
    if rule_id.upper() != "COE-09" or start is None:
        raise click.UsageError("--remedy只用于COE-09，并须写明--from日期。")
    day = clock.legal_day(start) if isinstance(start, dt.datetime) else start
    chosen = rulebook.rule("COE-09", day)
    window = court_window(remedy, day, _calendar(jurisdiction), suit_days=suit_days)
    if window is None:
        return {
            "rule": chosen.id,
            "article": chosen.article,
            "date": None,
            "unknown": True,
            "provisional": False,
            "steps": [
                "没有告知救济途径和期限：复议申请期最长可至一年（行政复议法第二十条第三款），由承办人员核实后判断。"
            ],
        }
    fields: dict[str, Any] = plain(window.last_day.as_dict())
    fields |= {
        "date": window.last_day.value.isoformat(),
        "opens_after": window.opens_after.value.isoformat(),
        "alert_on": window.alert_on.isoformat(),
        "provisional": window.opens_after.provisional or window.last_day.provisional,
        "steps": [
            *window.opens_after.steps,
            *window.last_day.steps,
            f"预警按最早的可能日期：{written(window.alert_on)}。",
        ],
    }
    return fields


def _result(
    *,
    rule_id: str,
    start: dt.date | dt.datetime | None,
    event: dt.date | None,
    pauses: tuple[periods.Pause, ...],
    extra: int,
    days: int | None,
    lenient: bool,
    organisation: str,
    jurisdiction: str,
) -> Explained[Any]:
    table, values = _calendar(jurisdiction), _profile(organisation)
    if event is not None:
        chosen = rulebook.rule(rule_id, event)
        return periods.latest_notice(chosen, event, table, lenient=lenient or _lenient(chosen, values))
    if start is None:
        raise click.UsageError("请写明--from日期。")
    day = clock.legal_day(start) if isinstance(start, dt.datetime) else start
    chosen = rulebook.rule(rule_id, day)
    length = days if days is not None else periods.length_by(chosen, values)
    if chosen.unit == "H":
        if not isinstance(start, dt.datetime):
            raise InvalidInput({"start": [f"规则{chosen.id}按小时计算，--from须带时间，如2026-10-10T09:30。"]})
        if pauses or extra:
            raise InvalidInput({"pause": ["按小时计算的期限不停止计算，也不延长。"]})
        return periods.compute_hours(chosen, start, length=length)
    if extra and (chosen.extension is None or extra > chosen.extension.length):
        most = f"最长{chosen.extension.length}{rulebook.UNITS[chosen.unit]}" if chosen.extension else "法律没有规定延长"
        raise NotExtensible(message=f"{chosen.label}：{most}。")
    return periods.compute(
        chosen, day, table, pauses=pauses, extra=extra, length=length, lenient=lenient or _lenient(chosen, values)
    )


def _profile(organisation: str) -> Mapping[str, Any]:
    """The policy values of an organisation, nothing where none is named."""
    if not organisation:
        return {}
    found = Organisation.objects.filter(name=organisation).first()
    if found is None:
        raise NotFound(f"没有名为“{organisation}”的机构。")
    values: Mapping[str, Any] = catalogues.profile(found.id, clock.today()).content
    return values


def _lenient(chosen: rulebook.Rule, values: Mapping[str, Any]) -> bool:
    return chosen.kind == "wait" and values.get(chosen.profile_key) is True


def _list(as_json: bool) -> None:
    rows = rulebook.rules(clock.today())
    if as_json:
        click.echo(
            json.dumps([{**plain(asdict(row)), "length_text": row.length_text} for row in rows], ensure_ascii=False)
        )
        return
    for row in rows:
        mark = "" if row.verified else "（未核实，可配置）"
        click.echo(f"{row.id:<10}{row.length_text:<8}{row.trigger} → {row.label}  {row.article}{mark}")
