"""`mingcha demo`: the district 明水区 with cases at every stage, played through the real actions; all made up."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass

import click
from stdnum.cn import uscc

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.triggers import require
from mingcha.deadlines import queries as deadlines
from mingcha.decisions import actions as decisions
from mingcha.decisions import queries as decision_queries
from mingcha.disclosure import actions as disclosure
from mingcha.disclosure.demonstration import writing as made_up
from mingcha.disclosure.models import Publication
from mingcha.interfaces.demo import discussion, district, equipment, hearing, own_rules
from mingcha.interfaces.demo.coercion import Seizure
from mingcha.interfaces.demo.course import Course
from mingcha.interfaces.demo.inspection import Inspection
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.demo.licence import Licence
from mingcha.review import actions as review


@dataclass(frozen=True)
class Play:
    """One case: how far it goes, and how many working days ago it began, so that nothing lies in the future."""

    until: str
    workdays: int
    party: str
    person: str
    place: str
    fine: int
    handlers: tuple[str, str] = ("lince", "handu")
    revoked: str = ""
    procedure: str = "P-PT"
    more: str = ""


# Each role finds something to do; the working days leave room for the longest way to each step.
PLAYS = (
    Play("archive", 45, "清和建筑工程有限公司", "许山河", "清源街18号地块工地", 2_000_000),
    Play("publish", 38, "远岫土石方工程有限公司", "秦远岫", "望江路北段道路工程", 3_500_000, ("weiqing", "handu"),
         "复核发现当事人主体认定有误，决定撤销。"),
    Play("close", 36, "云栖园林绿化有限公司", "云知秋", "滨河绿道工程", 1_000_000, ("lince", "weiqing")),
    Play("settle", 33, "松石景观工程有限公司", "石松年", "松石路绿化工程", 1_000_000, ("handu", "weiqing")),
    Play("publish", 30, "明水安居建设有限公司", "安在渊", "安居二期工地", 1_500_000),
    Play("serve-decision", 27, "拓界市政工程有限公司", "石拓", "明水大桥引桥工程", 2_800_000, ("weiqing", "handu")),
    Play("serve-decision", 20, "青川装饰工程有限公司", "沈青川", "青川广场改造工程", 1_200_000, more="publication"),
    Play("submit", 20, "磐石爆破工程有限公司", "石磐", "北山采石场", 4_500_000, ("lince", "weiqing"), more="discussion"),
    Play("approve", 19, "北辰混凝土有限公司", "温北辰", "北辰搅拌站料场", 4_000_000, ("lince", "weiqing")),
    Play("problems", 17, "和畅拆除工程有限公司", "何畅", "老粮库拆除现场", 2_200_000, ("weiqing", "handu")),
    Play("submit", 16, "广厦地基基础有限公司", "夏广", "科创园基坑工程", 2_600_000, more="review"),
    Play("serve-notice", 13, "金鼎混凝土有限公司", "金鼎新", "金鼎搅拌站", 6_000_000, procedure="P-TZ", more="hearing"),
    Play("serve-notice", 10, "恒岳岩土工程有限公司", "岳恒", "南山路边坡工程", 1_800_000, ("lince", "weiqing")),
    Play("to-head", 9, "锦程渣土运输有限公司", "程锦", "锦程弃土场", 3_000_000, ("handu", "weiqing")),
    Play("evidence", 3, "立方钢构有限公司", "方立", "会展中心钢构工地", 1_000_000),
    Play("request-filing", 1, "晨曦道桥工程有限公司", "罗晨曦", "东环路改造工程", 1_000_000, ("weiqing", "lince")),
    Play("request-filing", 1, "小满建材经营部有限公司", "田满仓", "清源街建材堆场", 1_000_000, ("luochuan", "yuanye")),
)  # fmt: skip

# Acts other than penalties: which, how far, how many working days ago, of whom.
COURSES: tuple[tuple[type[Course], str, int, str, str, str], ...] = (
    (Inspection, "archive", 24, "启明混凝土有限公司", "梁启明", "启明搅拌站料场"),
    (Seizure, "archive", 22, "通衢清运有限公司", "曲通", "城北空地"),
    (Licence, "publish", 18, "平远土石方工程有限公司", "平远行", "文昌路地块"),
    (Seizure, "seize", 8, "顺达渣土运输有限公司", "达明顺", "东环路绿化带"),
    (Inspection, "publish-check", 6, "长汀沥青拌和有限公司", "汀长河", "长汀拌和站料场"),
    (Licence, "submit", 4, "远岸建设有限公司", "岸远舟", "滨江路地块"),
)


@click.group()
def demo() -> None:
    """演示区县明水区，机构、人员和案情均为虚构。"""


@demo.command("load")
def load_command() -> None:
    """建立演示区县并装入各环节的案件。已经装入的不再重复。"""
    require()
    load(click.echo)


@demo.command("people")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def people(as_json: bool) -> None:
    """列出演示账号和密码。"""
    rows = district.sign_ins()
    if as_json:
        fields = [
            {"username": user, "name": name, "title": title, "password": district.PASSWORD}
            for user, name, title in rows
        ]
        click.echo(json.dumps(fields, ensure_ascii=False))
        return
    for user, name, title in rows:
        click.echo(f"{user:<10}{name}　{title}")
    click.echo(f"密码：{district.PASSWORD}" if rows else "还没有装入演示区县，请运行 mingcha demo load。")


@demo.command("decisions")
@click.option("-n", "count", required=True, type=click.IntRange(1, 5_000_000), help="公示登记册中演示决定的总数。")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(1), help="同一个数生成同样的决定。")
def decisions_command(count: int, seed: int) -> None:
    """把虚构的处罚决定直接装入公示登记册，文号以“演示”开头，用来试大量数据下的检索；不经过办案，也不写入账本。"""
    require()
    place = district.JURISDICTION if district.sign_ins() else ""

    def said(done: int) -> None:
        if not done % 10_000:
            click.echo(f"  {done}/{count}", err=True)

    added = made_up.write(count, jurisdiction=place, seed=seed, said=said)
    click.echo(f"新装入{added}件演示决定。检索索引由后台进程跟上，也可以运行 mingcha search rebuild。")


def load(say: Callable[[str], None]) -> None:
    """The district and its cases; does nothing where cases exist."""
    district.create()
    if Case.objects.filter(jurisdiction=district.JURISDICTION).exists():
        say("演示案件已经装入。")
        return
    own_rules.issue(district.FOUNDED)
    equipment.issue(district.FOUNDED)
    for mark, play in enumerate(PLAYS, 1):
        case = _play(play, mark)
        say(f"演示案件 {case.number or '（待立案）'}　{case.party_name}　{case.stage}")
    for mark, (course, until, workdays, party, person, place) in enumerate(COURSES, len(PLAYS) + 1):
        case = course(begin(clock.today(), workdays), party, _code(mark), person, f"明水区{place}").run(until)
        say(f"演示案件 {case.number}　{case.party_name}　{case.stage}")


def _play(play: Play, mark: int) -> Case:
    scenario = Scenario(
        party=play.party,
        uscc=_code(mark),
        representative=play.person,
        fine=play.fine,
        place=f"明水区{play.place}",
        handlers=play.handlers,
        facts=(
            f"当事人在{play.place}进行土方作业，未采取湿法作业、覆盖等防尘降尘措施，"
            f"裸露土方约{300 + mark * 40}平方米未遮盖，现场扬尘明显。"
        ),
        mark=mark,
        procedure=play.procedure,
    )
    played = Journey(begin(clock.today(), play.workdays), scenario)
    case = played.run(until=play.until)
    if play.more:
        _MORE[play.more](played)
        case = played.case
    found = decision_queries.of_case(case) if play.revoked else None
    if found is not None:
        played.later(3)
        with clock.frozen(clock.at(played.day, 10)):
            decisions.revoke(found.id, actor=actor_named("shenyi"), reason=play.revoked)
    return case


def _reviewing(played: Journey) -> None:
    """The open review in the middle of the work: notes on the draft, counsel asked and answered."""
    reviewer, lawyer = actor_named("zhouheng"), actor_named("yuanye")
    with clock.frozen(clock.at(played.day, 15)):
        review.add_note(
            played.id, actor=reviewer, key="draft", page=1, place="裸露土方", text="请核对面积与现场笔录是否一致。"
        )
        review.add_note(played.id, actor=reviewer, key="draft", page=2, text="裁量因素写得较简单，请补充整改情况。")
        member = review.admit_counsel(lawyer.officer_id, actor=reviewer, kind="lawyer", field="生态环境、城市管理处罚")
        called = review.call_counsel(
            played.id,
            member.id,
            actor=reviewer,
            question="裸露土方分两处，能否按一个违法行为处理？",
            materials=["draft"],
            until=played.day + dt.timedelta(days=10),
        )
        review.answer_consultation(
            called.id, actor=lawyer, text="两处同属一个工地、同一期间、同一违法状态，按一个违法行为处理为宜。"
        )


def _discussing(played: Journey) -> None:
    """A grave case whose review has passed: the heads are in the middle of their discussion."""
    with clock.frozen(clock.at(played.day, 10)):
        cases.state_facts(played.id, actor=actor_named(played.scenario.handlers[0]), said={"grave": True})
        played.opine(actor_named("zhouheng"), None)
    played.later(1)
    with clock.frozen(clock.at(played.day, 9)):
        discussion.convene(played)
        discussion.speak(played, ("agree",))


def _hearing(played: Journey) -> None:
    """A hearing whose day is fixed and announced."""
    with clock.frozen(clock.at(played.day, 14)):
        hearing.demand(played)
        hearing.appoint(played)
    played.later(1)
    with clock.frozen(clock.at(played.day, 9)):
        hearing.fix(played)
        hearing.attend(played)


def _submitting(played: Journey) -> None:
    """A publication that the clerk has signed and another person has still to approve (R024)."""
    played.later(1)
    row = Publication.objects.get(decision__case_id=played.id)
    with clock.frozen(clock.at(played.day, 10)):
        disclosure.publish(row.id, actor=actor_named("sutang"), attested=True)


_MORE = {"review": _reviewing, "discussion": _discussing, "hearing": _hearing, "publication": _submitting}


def begin(today: dt.date, workdays: int) -> dt.date:
    """The working day that lies `workdays` working days before today, not before the founding of the district."""
    calendar = deadlines.calendar(district.JURISDICTION)
    day = today
    while workdays and day > district.FOUNDED:
        day -= dt.timedelta(days=1)
        workdays -= calendar.is_workday(day)
    return day


def _code(mark: int) -> str:
    """A made-up unified social credit code with a right check digit; region 990100 does not exist."""
    body = f"91990100MA1QH{mark:04d}"
    return body + uscc.calc_check_digit(body)
