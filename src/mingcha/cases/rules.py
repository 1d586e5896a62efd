"""Pure rules of the case: incompatible duties, qualified handlers, limitation."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import combinations
from typing import Any

from mingcha.accounts.choices import Role, StaffKind
from mingcha.accounts.models import Officer
from mingcha.accounts.rules import may_enforce
from mingcha.cases.choices import DutyKind
from mingcha.common.errors import Reason


@cache
def pairs() -> list[dict[str, str]]:
    """Which duties of one case different people hold (职责分离), with the article and whether the law says so itself."""
    text = resources.files("mingcha.cases").joinpath("data", "separation.json").read_text("utf-8")
    rows: list[dict[str, str]] = json.loads(text)["pairs"]
    return rows


@cache
def _grounds() -> dict[str, dict[str, str]]:
    text = resources.files("mingcha.cases").joinpath("data", "grounds.json").read_text("utf-8")
    rows: dict[str, dict[str, str]] = json.loads(text)["grounds"]
    return rows


def ground(article: str, act_type: str) -> str:
    """Where a rule for acts of all types rests in an act of this type: the law on penalties binds penalties only."""
    rows = {} if act_type == "penalty" else _grounds().get(article, {})
    return rows.get(act_type, rows.get("*", article))


def grounded(reasons: Iterable[Reason], act_type: str) -> list[Reason]:
    """The same reasons with the articles that bind an act of this type."""
    if act_type == "penalty":
        return list(reasons)
    return [
        replace(row, articles=tuple(dict.fromkeys(ground(name, act_type) for name in row.articles))) for row in reasons
    ]


def apart(duty: str, other: str) -> dict[str, str] | None:
    """The row that keeps two duties apart, or None."""
    return next((row for row in pairs() if {row["one"], row["other"]} == {duty, other}), None)


def may_take_duty(
    officer: Officer,
    duty: str,
    held: Iterable[str],
    day: dt.date,
    namesakes: Iterable[str] = (),
    acted: Iterable[str] = (),
) -> list[Reason]:
    """Reasons why `officer`, who already holds `held` on the case, may not take `duty`; empty when allowed.

    `namesakes`: duties of others of the same name: one person entered twice, in two organisations, is still one person.
    `acted`: roles in which the officer has approved in this case, or drawn what it inspects.
    """
    reasons = [reason for role in sorted(acted) for reason in may_approve(officer.name, role, [duty])][:1]
    kept = ((DutyKind(item), apart(duty, item)) for item in held if item != duty)
    for other, row in kept:
        if row is not None:
            reasons.append(_apart(officer.name, DutyKind(duty), other, row))
            break
    reasons += [_namesake(officer.name, DutyKind(item)) for item in list(namesakes)[:1]]
    if duty == DutyKind.HANDLER:
        reasons += may_enforce(officer, day)
    if duty == DutyKind.REVIEWER and not officer.qualifications.all():
        reasons.append(
            Reason(
                "reviewer-unqualified",
                f"{officer.name}没有登记法律职业资格，不能从事法制审核。",
                ("行政处罚法第五十八条第二款",),
                "请管理员登记资格证书，或者由有资格的人员审核。",
            )
        )
    return reasons


def _apart(name: str, duty: DutyKind, other: DutyKind, row: dict[str, str]) -> Reason:
    return Reason(
        "duty-incompatible",
        f"{name}在本案中已担任{other.label}，不能再担任{duty.label}：{row['text']}。",
        (row["article"],),
        "请由没有参与本案的人员办理。",
        {"held": other.value, "duty": duty.value},
    )


def _namesake(name: str, other: DutyKind) -> Reason:
    return Reason(
        "duty-same-name",
        f"本案的{other.label}人员也叫{name}：同一人在两个机构登记的，仍是同一人，不能在本案中再担任职责。",
        ("行政处罚法第四十二条", "行政处罚法第五十八条"),
        "请由其他人员办理；确是同名的另一人的，请管理员以加注区别的姓名登记。",
        {"held": other.value},
    )


def may_approve(name: str, role: str, held: Iterable[str]) -> list[Reason]:
    """Why who handles or reviews a case may not approve in it as head (批准与实施分开), or draw what it inspects.

    行政处罚法 art. 57, 58; 行政强制法 art. 18, 19, 25; 优化营商环境条例 art. 54.
    """
    if role == Role.SUPERVISOR and DutyKind.HANDLER in held:
        text = f"{name}不能既抽取检查对象，又承办这次检查。"
        return [
            Reason(
                "drawer-handles", text, ("优化营商环境条例第五十四条",), "请由其他监督人员抽取，或者由其他人员检查。"
            )
        ]
    if role not in APPROVING:
        return []
    return [_approves(name, duty) for duty in _NOT_APPROVING if duty in held]


# Roles in which a person approves what others propose, and the duties that do not go with it.
APPROVING = (Role.HEAD, Role.UNIT_HEAD, Role.CHIEF)
_NOT_APPROVING = (DutyKind.HANDLER, DutyKind.REVIEWER)


def _approves(name: str, duty: str) -> Reason:
    if duty == DutyKind.HANDLER:
        text = f"{name}不能既承办本案，又以负责人身份批准本案的事项。"
        articles = ("行政处罚法第五十七条第一款", "行政强制法第十八条第一项")
        return Reason("approver-handles", text, articles, "请由其他负责人批准，或者由其他人员承办。")
    text = f"{name}不能既审核本案，又以负责人身份批准本案的事项。"
    return Reason("approver-reviews", text, ("行政处罚法第五十八条",), "请由其他负责人批准，或者由其他人员审核。")


def may_decide_avoidance(officer_id: Any, decider_id: Any) -> list[Reason]:
    """Reasons why a head may not decide on an avoidance (回避): nobody decides on himself — 行政处罚法 art. 43 ¶3."""
    if officer_id != decider_id:
        return []
    text = "不能决定本人的回避。"
    return [Reason("avoidance-own", text, ("行政处罚法第四十三条第三款",), "请由其他负责人决定。")]


def advice(officer: Officer, duty: str, handlers: Iterable[Officer], separation: str) -> list[str]:
    """What is allowed and yet advised against, in words: a reviewer of the handlers' own unit, by `review.separation` — R081."""
    if duty != DutyKind.REVIEWER or separation == "none":
        return []
    same = [row.name for row in handlers if row.organisation_id == officer.organisation_id]
    should = "应当分开" if separation == "required" else "有条件的应当分开"
    return (
        [f"{officer.name}与承办人员{'、'.join(same)}在同一机构，政策参数要求审核机构与承办机构{should}。"]
        if same
        else []
    )


def may_be_rechecker(officer: Officer, roles: Iterable[str], statements: int) -> list[Reason]:
    """Reasons why this person may not be named to look at the statements again — 行政处罚法 art. 42, 45 ¶1.

    Auxiliary staff and who only runs the system judge no statements; without a statement there is nothing to judge.
    """
    reasons = []
    if officer.staff_kind == StaffKind.AUXILIARY:
        text = f"{officer.name}是辅助人员，不能复核陈述申辩。"
        reasons.append(Reason("rechecker-unsuitable", text, ("行政处罚法第四十二条",), "请指定执法人员或者审核人员。"))
    elif not {*roles} & _RECHECKING:
        text = f"{officer.name}在本机关没有执法、审核或者负责人的角色，不能复核陈述申辩。"
        reasons.append(Reason("rechecker-unsuitable", text, ("行政处罚法第四十五条",), "请指定执法人员或者审核人员。"))
    if not statements:
        text = "当事人还没有提出陈述、申辩，没有需要复核的意见。"
        reasons.append(Reason("statement-missing", text, ("行政处罚法第四十五条第一款",), "请先登记当事人的意见。"))
    return reasons


_RECHECKING = {Role.HANDLER, Role.REVIEWER, Role.UNIT_HEAD, Role.HEAD, Role.CHIEF}


def may_recheck(name: str, held: Iterable[str], named: bool, avoiding: bool = False) -> list[Reason]:
    """Reasons why this person may not look at a statement again (申辩复核) — 行政处罚法 art. 45 ¶1.

    The law does not say who; where a head `named` somebody, it is nobody else, and otherwise a handler.
    """
    article = ("行政处罚法第四十五条第一款",)
    duties = set(held)
    if avoiding:
        text = f"{name}已被决定回避，不能复核陈述申辩。"
        return [Reason("officer-avoiding", text, ("行政处罚法第四十三条",), "请由其他人员复核。")]
    if named and DutyKind.RECHECKER not in duties:
        text = f"本案已经指定申辩复核人员，{name}不能复核陈述申辩。"
        return [Reason("recheck-not-named", text, article, "请由被指定的人员复核。")]
    if not named and DutyKind.HANDLER not in duties:
        text = f"{name}不是本案的承办人员，也没有被指定复核陈述申辩。"
        return [Reason("recheck-not-named", text, article, "请由承办人员复核，或者由负责人另行指定。")]
    return []


def same_name(one: str, other: str) -> bool:
    """Whether two entries name one person, however it was spaced."""
    return one.replace(" ", "").replace("\u3000", "") == other.replace(" ", "").replace("\u3000", "")


def doubled(duties: Iterable[tuple[Any, str, str]]) -> list[Reason]:
    """Of all duties of a case (officer, name, duty): what one person must not hold together."""
    found = []
    for (key, name, duty), (other_key, other_name, other) in combinations(list(duties), 2):
        row = apart(other, duty)
        if key == other_key and row is not None:
            found.append(_apart(name, DutyKind(other), DutyKind(duty), row))
        elif key != other_key and same_name(name, other_name):
            found.append(_namesake(name, DutyKind(duty)))
    return found


def enough_handlers(handlers: Iterable[Officer], day: dt.date, avoiding: Iterable[Any] = ()) -> list[Reason]:
    """G-01: at least two officers, each with a certificate valid on `day`, none of them under avoidance — art. 42."""
    out = set(avoiding)
    active = [officer for officer in handlers if officer.id not in out]
    reasons = [reason for officer in active for reason in may_enforce(officer, day)]
    valid = [officer for officer in active if not may_enforce(officer, day)]
    if len(valid) < 2:
        reasons.append(
            Reason(
                "second-officer-missing",
                f"执法人员不得少于两人，现有{len(valid)}名符合条件的承办人员。",
                ("行政处罚法第四十二条",),
                "请增加一名持有有效行政执法证的承办人员。",
            )
        )
    return reasons


def limitation(ended_on: dt.date, discovered_on: dt.date, years: int = 2) -> list[Reason]:
    """Limitation (时效): discovered later than `years` after the conduct ended — art. 36."""
    try:
        last = ended_on.replace(year=ended_on.year + years)
    except ValueError:
        last = ended_on.replace(year=ended_on.year + years, day=28)
    if discovered_on <= last:
        return []
    return [
        Reason(
            "limitation-passed",
            f"违法行为终了之日为{ended_on.isoformat()}，至{discovered_on.isoformat()}被发现已超过{years}年，不再给予行政处罚。",
            ("行政处罚法第三十六条",),
            "请核对发现之日；涉及公民生命健康安全、金融安全且有危害后果的为五年。",
        )
    ]


# From the service of a decision on, what was decided stands on the file as it was.
_DECIDED = ("serve", "perform-wait", "publish", "close")


def may_join(case: Any, other: Any) -> list[Reason]:
    """Reasons why two cases may not be joined (并案): another organ or another type of act, decided or closed already."""
    reasons = []
    if case.organisation_id != other.organisation_id or case.id == other.id:
        text = "只能把本机关的两个案件并案办理。"
        reasons.append(Reason("joint-other-organ", text, ("行政处罚法第二十二条",), "管辖不同的，请先移送。"))
    if case.act_type != other.act_type:
        text = "不同种类的执法行为不能并案，例如处罚和许可。"
        reasons.append(Reason("joint-other-act", text, fix="请作为关联案件办理。"))
    return reasons + may_part(case, other)


def may_part(case: Any, other: Any) -> list[Reason]:
    """Reasons why joined cases may not be parted (分案): decided or closed already."""
    reasons = []
    for row in (case, other):
        if row.step in _DECIDED or row.closed_on is not None:
            text = f"{row.number or row.party_name}已经作出决定或者结案，不能再并案、分案。"
            reasons.append(Reason("joint-case-decided", text, ("行政处罚法第五十七条",), "请作为关联案件办理。"))
    return reasons
