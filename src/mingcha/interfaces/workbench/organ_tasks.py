"""What waits for an organ, not for a case: re-examination after an amendment, plans, yearly figures, too few reviewers.

Derived like the tasks of cases, never stored; what each role sees is what it can do something about.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives import queries as archives
from mingcha.catalogues import access as lists
from mingcha.catalogues import overview, profiles
from mingcha.catalogues.queries import in_force
from mingcha.common import clock
from mingcha.common.explained import Explained
from mingcha.disclosure import yearly
from mingcha.statutes import queries as statutes
from mingcha.statutes.actions.amending import KEEPERS

# Who answers for having enough reviewers.
STAFFING = (Role.HEAD, Role.ADMIN)
# A duty of the organ is shown so many days before its last day.
AHEAD = 60


@dataclass(frozen=True)
class Duty:
    """One duty of the organ: what, on what, why this person, where, by when."""

    group: str
    key: uuid.UUID
    what: str
    about: str
    why: str
    url: str
    due_on: dt.date | None
    rule: str


def duties(actor: Actor) -> list[Duty]:
    """What the organ owes today and this person can do, soonest first."""
    today = clock.today()
    found = [
        *_reexaminations(actor),
        *_lists(actor, today),
        *_figures(actor, today),
        *_staffing(actor, today),
        *_faulty_packages(actor),
    ]
    return sorted(found, key=lambda duty: (duty.due_on or dt.date.max, duty.group, duty.what))


def _faulty_packages(actor: Actor) -> list[Duty]:
    """Sealed packages whose newest check of the four properties found a fault: for archivist and supervisor at once."""
    if not actor.has(Role.ARCHIVIST, Role.SUPERVISOR):
        return []
    return [
        Duty(
            "archive",
            row.id,
            f"处理四性检测未通过的封存包（{row.failed}项）",
            str(row.package.case),
            "您是档案员" if actor.has(Role.ARCHIVIST) else "您是监督人员",
            reverse("archive-check", args=[row.id]),
            clock.legal_day(row.at),
            "",
        )
        for row in archives.failing(actor.jurisdiction)[:20]
    ]


def _reexaminations(actor: Actor) -> list[Duty]:
    """One line for each amendment of which something still waits to be looked at again (R011)."""
    if not actor.has(*KEEPERS):
        return []
    return [
        Duty(
            "law",
            amendment.id,
            f"复核受法律变动影响的{count}项",
            f"《{amendment.law_name}》{amendment.get_kind_display()}",
            "清单、程序和制度引用了变动的条文，由您复核",
            reverse("amendment", args=[amendment.id]) + "?state=open",
            amendment.effective_from,
            "新规定施行",
        )
        for amendment, count in statutes.waiting_amendments(actor.jurisdiction)
    ]


def _lists(actor: Actor, today: dt.date) -> list[Duty]:
    """Inspection plans that the policy profile wants published."""
    if not actor.has(*lists.WRITERS):
        return []
    until = today + dt.timedelta(days=AHEAD)
    begin = reverse("list-begin", args=["inspection-plan"])
    found = []
    for plan in overview.plans_due(actor.organ_id, today.replace(month=1, day=1), until, today):
        if plan.edition is None:
            why = "政策参数要求按期公布检查计划（国办发〔2024〕54号）"
            url = f"{begin}?key={plan.term.key}"
            found.append(_duty(actor, "公布检查计划", plan.term.label, why, url, plan.term.due_on, "检查计划"))
    return found


def _figures(actor: Actor, today: dt.date) -> list[Duty]:
    """The annual figures that the system has counted, until somebody has checked and signed them (R045)."""
    if not actor.has(Role.CLERK, Role.HEAD):
        return []
    what = "核对签发年度数据" if actor.has(Role.HEAD) else "核对年度数据，送负责人签发"
    why = "系统已从案件汇总，由人核对签发后公布（国办发〔2018〕118号）"
    sending = "已经签发，还没有登记报本级政府、上级主管部门（国办发〔2018〕118号）"
    return [
        _duty(
            actor, "上报年度数据", f"{release.draft.year}年度", sending,
            reverse("yearbook-one", args=[release.draft_id]), last, "年度数据",
        )
        for release, last in yearly.unsent(actor.jurisdiction, actor.organ_id)
    ] + [
        _duty(
            actor, what, f"{row.year}年度", why,
            reverse("yearbook-one", args=[row.draft]) if row.draft else reverse("yearbook"), row.due_on, "年度数据",
        )
        for row in yearly.owed(actor.jurisdiction, today, actor.organ_id)
    ]  # fmt: skip


def _staffing(actor: Actor, today: dt.date) -> list[Duty]:
    if not actor.has(*STAFFING):
        return []
    enough = reviewers(actor.organ_id, today)
    if enough is None or enough.value:
        return []
    where = reverse("administration") if actor.has(Role.ADMIN) else reverse("policy")
    return [_duty(actor, "配足法制审核人员", actor.organ, "".join(enough.steps), where, None, "")]


def reviewers(organ_id: uuid.UUID, day: dt.date) -> Explained[bool] | None:
    """Whether the organ has the reviewers that its profile asks for (R080); None without a profile."""
    profile = in_force(organ_id, "policy-profile", day)
    if profile is None:
        return None
    present = accounts.officers_with_role(organ_id, Role.REVIEWER).count()
    return profiles.ratio(profile.content, present, accounts.enforcing(organ_id, day))


def _duty(actor: Actor, what: str, about: str, why: str, url: str, due_on: dt.date | None, rule: str) -> Duty:
    return Duty("policy", actor.organ_id, what, about, why, url, due_on, rule)
