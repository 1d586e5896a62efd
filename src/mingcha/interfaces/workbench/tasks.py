"""What waits for a person (今天要办): derived from the state of cases, never stored. A constant number of statements."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Count as Count_
from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.queries import awaiting
from mingcha.cases.choices import AvoidanceState, DutyKind
from mingcha.cases.models import Avoidance, Case, Duty
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.prepared import prepared
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.choices import Colour, PeriodKind
from mingcha.deadlines.models import RunningPeriod
from mingcha.disclosure import access as publications
from mingcha.disclosure import controls, replacing
from mingcha.disclosure.choices import SourceKind
from mingcha.disclosure.models import Submission
from mingcha.disclosure.queries import waiting
from mingcha.documents.approving import queries as papers
from mingcha.documents.rendering import template
from mingcha.interfaces.workbench import archive_tasks, organ_tasks, recording_tasks, review_tasks
from mingcha.procedures.queries import account_role, definition

# What the acting person does in a stage, in one line, and who acts on it in which list of the workbench.
_WHAT = {
    "lead": "核查线索，提请立案",
    "verify-lead": "审查是否立案",
    "file": "立案，开始调查",
    "investigate": "调查取证",
    "conclude": "制作调查终结报告，报送审查",
    "head-examine": "审查拟处罚意见",
    "collective": "负责人集体讨论",
    "notify": "制作并送达事先告知书",
    "hearing-appoint": "指定听证主持人",
    "hearing-notice": "组织听证：定时间、通知、举行",
    "hearing-held": "举行听证，制作笔录",
    "hearing-record": "提交听证报告",
    "hear-statement": "听取陈述申辩，等候期满",
    "recheck": "复核陈述申辩",
    "review-scope": "拟写决定书，提交法制审核",
    "legal-review": "法制审核",
    "review-return": "答复审核意见",
    "decide": "作出处罚决定",
    "decision-doc": "送达决定书",
    "announce": "宣告并交付决定书",
    "serve": "送达决定书",
    "perform-wait": "督促履行，登记缴款",
    "overdue": "处理逾期未履行",
    "close": "审批结案，移交归档",
}
# Of one kind no more are listed or counted: whoever has a hundred cases waiting does not read the number.
MOST = 100
_SHOWN = ("id", "number", "cause", "party_name", "stage", "jurisdiction", "closed_on", "procedure_id")
# Periods of publication are the clerk's, though they run on the case.
_PUBLIC = "PUB-"


@dataclass(frozen=True)
class Count:
    """How many things wait in a list, and whether one of them is overdue."""

    waiting: int
    late: bool

    def __str__(self) -> str:
        return str(self.waiting) if self.waiting < MOST else f"{MOST - 1}+"


@dataclass(frozen=True)
class Task:
    """One thing to do: what, on which case, why this person, by when."""

    group: str
    what: str
    case: str
    party: str
    why: str
    route: str
    key: uuid.UUID
    due_on: dt.date | None
    left: int | None
    colour: str
    rule: str
    # Where it is done, for what concerns no case.
    url: str = ""


def own_cases(actor: Actor) -> QuerySet[Duty, Any]:
    """Keys of the cases on which the person has a duty."""
    return Duty.objects.filter(officer_id=actor.officer_id).values("case_id")


def _stages(actor: Actor) -> Mapping[str, frozenset[str]]:
    """Role → stages in which it acts, over the procedures that the organ has published."""
    return _acting(tuple(_published(actor.organ_id)))


@prepared
def _published(organ_id: uuid.UUID) -> QuerySet[Edition, uuid.UUID]:
    return Edition.objects.filter(organisation_id=organ_id, kind="procedure").values_list("id", flat=True)


@lru_cache(maxsize=64)
def _acting(editions: tuple[uuid.UUID, ...]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for edition_id in editions:
        for stage in definition(edition_id).stages.values():
            for role in map(account_role, stage.roles):
                if stage.moves:
                    found.setdefault(role, set()).add(stage.id)
    return {role: frozenset(names) for role, names in found.items()}


def _cases(actor: Actor) -> list[tuple[str, str, QuerySet[Case]]]:
    """Group, why, and the cases that wait for this person, by role."""
    stages = _stages(actor)
    # Stages bear the same names in several procedures: what is an end in one leads on in another.
    own = Case.objects.filter(organisation_id=actor.organ_id, closed_on=None)
    found = []
    if actor.has(Role.HANDLER):
        # A join, not a subquery: a duty is held once per case, and a limit then stops the walk early.
        rows = Case.objects.filter(duties__officer_id=actor.officer_id, duties__duty=DutyKind.HANDLER)
        rows = rows.filter(stage__in=stages.get(Role.HANDLER, ()), closed_on=None)
        found.append(("handle", "您是承办人员", rows))
    if actor.has(Role.UNIT_HEAD, Role.HEAD):
        role = Role.HEAD if actor.has(Role.HEAD) else Role.UNIT_HEAD
        names = set().union(
            *(stages.get(item, ()) for item in (Role.UNIT_HEAD, Role.HEAD, Role.CHIEF) if actor.has(item))
        )
        # Where the letter of a penalty is issued there is a list of its own.
        letters = Q(stage="decide", act_type="penalty")
        found.append(("approve", f"您是{role.label}", own.filter(stage__in=names).exclude(letters)))
    if actor.has(Role.HEAD):
        found.append(("decide", "您是机关负责人", own.filter(stage="decide", act_type="penalty")))
    if actor.has(Role.REVIEWER):
        acting = stages.get(Role.REVIEWER, frozenset())
        # A hearing waits for the host who was named, not for every reviewer.
        hosting = Duty.objects.filter(
            officer_id=actor.officer_id, duty=DutyKind.HEARING_HOST, case_id=OuterRef("id"), case__closed_on=None
        )
        mine = Q(stage__in=acting - _HEARINGS) | Q(Exists(hosting), stage__in=acting & _HEARINGS)
        found.append(("review", "您是法制审核人员", own.filter(mine)))
    if actor.has(Role.ARCHIVIST):
        found.append(("archive", "您是档案员", awaiting(actor.organ_id)))
    return found


def _running(actor: Actor, cases: QuerySet[Case]) -> QuerySet[RunningPeriod]:
    """Open duties with a last day on these cases, soonest first."""
    rows = RunningPeriod.objects.filter(jurisdiction=actor.jurisdiction, ended_on__isnull=True, kind=PeriodKind.WITHIN)
    rows = rows.exclude(rule__startswith=_PUBLIC).filter(Exists(cases.order_by().filter(id=OuterRef("case_id"))))
    return rows.order_by("due_on", "id")


def _soonest(actor: Actor, rows: QuerySet[Case]) -> list[Case]:
    """At most MOST cases, those with the nearest last day first, then those without one.

    From the periods to the cases, not the other way: a long list is then never sorted as a whole.
    """
    due = list(dict.fromkeys(_running(actor, rows).values_list("case_id", flat=True)[: 2 * MOST]))[:MOST]
    found = {row.id: row for row in rows.filter(id__in=due).only(*_SHOWN)}
    if len(found) < MOST:
        without = rows.exclude(id__in=due).order_by("created_at", "id").only(*_SHOWN)
        found |= {row.id: row for row in without[: MOST - len(found)]}
    return list(found.values())


def _avoidances(actor: Actor) -> QuerySet[Avoidance]:
    """Requests for avoidance that wait for a head other than the person concerned."""
    later = Avoidance.objects.filter(
        case_id=OuterRef("case_id"), officer_id=OuterRef("officer_id"), id__gt=OuterRef("id")
    )
    rows = Avoidance.objects.filter(state=AvoidanceState.OPEN, case__organisation_id=actor.organ_id)
    return rows.exclude(officer_id=actor.officer_id).filter(~Exists(later)).select_related("case", "officer")


def counts(actor: Actor) -> dict[str, Count]:
    """List → what waits in it, for the navigation; `home` is all of it."""
    today = clock.today()
    found: dict[str, Count] = {}
    for group, _, rows in _cases(actor):
        waits = rows.order_by()[:MOST].count()
        found[group] = Count(waits, bool(waits) and _running(actor, rows).filter(due_on__lt=today).exists())
    if actor.has(Role.UNIT_HEAD, Role.HEAD):
        found["avoid"] = Count(_avoidances(actor).count(), False)
        found["papers"] = Count(papers.waiting(actor).order_by()[:MOST].count(), False)
    if actor.has(Role.CLERK, Role.HEAD):
        mine = _to_answer(actor).order_by()
        due = mine.aggregate(n=Count_("id"), late=Count_("id", filter=Q(publication__due_on__lt=today)))
        found["publish"] = Count(due["n"], bool(due["late"]))
    if actor.has(Role.CLERK):
        asked = controls.waiting(publications.visible(actor)).values("publication_id")
        queue = waiting(publications.visible(actor)).exclude(id__in=asked).order_by()
        row = queue.aggregate(n=Count_("id"), late=Count_("id", filter=Q(due_on__lt=today)))
        duties = replacing.waiting(publications.visible(actor)).exclude(publication_id__in=asked)
        days = duties.values_list("due_on", flat=True)
        late = bool(row["late"]) or any(day < today for day in days)
        before = found["publish"]
        found["publish"] = Count(before.waiting + row["n"] + len(days), before.late or late)
    for duty in [*organ_tasks.duties(actor), *recording_tasks.inbox(actor), *review_tasks.duties(actor)]:
        before = found.get(duty.group, Count(0, False))
        late = before.late or (duty.due_on is not None and duty.due_on < today)
        found[duty.group] = Count(before.waiting + 1, late)
    found["home"] = Count(sum(row.waiting for row in found.values()), any(row.late for row in found.values()))
    return found


# Stages whose work has a page of its own.
_STAGE_ROUTES = {
    "hearing-notice": "hearing",
    "hearing-held": "hearing",
    "hearing-record": "hearing",
    "collective": "discussion",
    "decide-none": "no-penalty",
    "transfer-crime": "transfer-crime",
}
_HEARINGS = frozenset(stage for stage, route in _STAGE_ROUTES.items() if route == "hearing")
_ROUTES = {"review": "review-case", "decide": "decision-case", "archive": "archive-case"}
GROUPS = {
    "handle": "承办",
    "approve": "审批",
    "avoid": "回避",
    "papers": "文书审批",
    "decide": "决定",
    "review": "法制审核",
    "publish": "公示",
    "archive": "归档",
    "keeping": "保管和销毁",
    "loans": "调阅",
    "recordings": "音像",
    "law": "法律变动",
    "policy": "清单与政策",
}


def waiting_for(actor: Actor) -> list[Task]:
    """What waits for this person, soonest first, at most MOST of each kind."""
    today = clock.today()
    found: list[tuple[str, str, Case]] = []
    for group, why, rows in _cases(actor):
        found += [(group, why, row) for row in _soonest(actor, rows)]
    views: dict[uuid.UUID, list[deadlines.PeriodView]] = {}
    if found:
        for view in deadlines.open_periods(case_ids={row.id for _, _, row in found}, on=today):
            views.setdefault(view.period.case_id, []).append(view)
    tasks = [_task(group, why, row, views.get(row.id, ())) for group, why, row in found]
    if actor.has(Role.UNIT_HEAD, Role.HEAD):
        tasks += [
            Task(
                "avoid",
                f"决定{row.officer.name}是否回避",
                str(row.case),
                row.case.party_name,
                f"{row.applicant}：{row.ground}",
                "case-avoidance",
                row.case_id,
                None,
                None,
                "",
                "",
            )
            for row in _avoidances(actor)[:MOST]
        ]
        tasks += [
            Task(
                "papers",
                f"审批{template(row.kind).title}",
                str(row.case),
                row.case.party_name,
                f"{row.asked_by.name}提交",
                "approval",
                row.id,
                None,
                None,
                "",
                "",
            )
            for row in papers.waiting(actor)[:MOST]
        ]
    if actor.has(Role.CLERK):
        tasks += _publications(actor, today)
    if actor.has(Role.CLERK, Role.HEAD):
        tasks += _submissions(actor, today)
    tasks += _organ(actor, today)
    return sorted(tasks, key=lambda task: (task.due_on or dt.date.max, task.group, task.key))


def _organ(actor: Actor, today: dt.date) -> list[Task]:
    """Duties of the organ, with the working days that are left."""
    calendar = deadlines.calendar(actor.jurisdiction)
    found = []
    organ = [*organ_tasks.duties(actor), *archive_tasks.duties(actor)]
    for duty in [*organ, *recording_tasks.duties(actor), *review_tasks.duties(actor)]:
        left = calendar.workdays_between(today, duty.due_on) if duty.due_on else None
        colour = "" if left is None else "red" if left < 0 else "amber" if left <= 5 else "green"
        found.append(
            Task(
                duty.group, duty.what, duty.about, "", duty.why, "", duty.key, duty.due_on, left, colour, duty.rule, duty.url
            )
        )  # fmt: skip
    return found


def _task(group: str, why: str, row: Case, views: Iterable[deadlines.PeriodView]) -> Task:
    own = [view for view in views if not view.period.rule.startswith(_PUBLIC)]
    duty = next((view for view in own if view.period.kind == PeriodKind.WITHIN), None)
    wait = next((view for view in own if view.period.kind != PeriodKind.WITHIN and view.colour != Colour.OVER), None)
    if wait and row.stage == "hear-statement":
        why = f"{wait.period.label}：{wait.period.due_on.isoformat()}"
    if group == "archive":
        what = "接收案卷归档"
        why = f"{row.closed_on.isoformat()}结案" if row.closed_on else why
    else:
        what = _WHAT.get(row.stage) or f"办理“{definition(row.procedure_id).stage(row.stage).name}”"
    return Task(
        group,
        what,
        str(row),
        row.party_name,
        why,
        _STAGE_ROUTES.get(row.stage) or _ROUTES.get(group, "case"),
        row.id,
        duty.period.due_on if duty else None,
        duty.workdays_left if duty else None,
        str(duty.colour) if duty else "",
        duty.period.label if duty else "",
    )


def _to_answer(actor: Actor) -> QuerySet[Submission]:
    """What another of the own organ submitted for publication."""
    rows = controls.waiting(publications.visible(actor).filter(organisation_id=actor.organ_id))
    return rows.exclude(asked_by_id=actor.officer_id)


def _submissions(actor: Actor, today: dt.date) -> list[Task]:
    """What another submitted, and this person may answer."""
    calendar = deadlines.calendar(actor.jurisdiction)
    found = []
    for row in _to_answer(actor)[:MOST]:
        subject = row.publication
        left = calendar.workdays_between(today, subject.due_on) if subject.due_on else None
        found.append(
            Task(
                "publish",
                "审核公示" if row.kind == "release" else "审核不公示的申请",
                subject.number,
                subject.case.party_name if subject.case else "",
                f"{row.asked_by.name}送审，应当由另一人审核",
                "disclosure-item",
                subject.id,
                subject.due_on,
                left,
                "" if left is None else "red" if left < 0 else "amber" if left <= 2 else "green",
                "公示期限",
            )
        )
    return found


_WHY_PUBLIC: dict[str, str] = {
    SourceKind.CHANGE: "决定已经变更，变更后的内容应当公开",
    SourceKind.ACT: "执法决定应当依法公开，您是公示员",
    SourceKind.HISTORIC: "历史决定待核对后公开",
}


def _publications(actor: Actor, today: dt.date) -> list[Task]:
    calendar = deadlines.calendar(actor.jurisdiction)
    found = []
    asked = controls.waiting(publications.visible(actor)).values("publication_id")
    for row in waiting(publications.visible(actor)).exclude(id__in=asked)[:MOST]:
        left = calendar.workdays_between(today, row.due_on) if row.due_on else None
        colour = "" if left is None else "red" if left < 0 else "amber" if left <= 2 else "green"
        found.append(
            Task(
                "publish",
                "核对脱敏，签发公示",
                row.number or "历史决定",
                row.case.party_name if row.case else "",
                _WHY_PUBLIC.get(row.source, "处罚决定应当依法公开，您是公示员"),
                "disclosure-item",
                row.id,
                row.due_on,
                left,
                colour,
                "公示期限",
            )
        )
    for duty in replacing.waiting(publications.visible(actor)).exclude(publication_id__in=asked)[:MOST]:
        case = duty.publication.case
        left = calendar.workdays_between(today, duty.due_on)
        found.append(
            Task(
                "publish",
                "核对补正后的文本，更正公示",
                duty.publication.number or "历史决定",
                case.party_name if case else "",
                "决定书已经补正，公示的仍是补正前的文本",
                "disclosure-item",
                duty.publication_id,
                duty.due_on,
                left,
                "red" if left < 0 else "amber" if left <= 2 else "green",
                "更正公示期限",
            )
        )
    return found
