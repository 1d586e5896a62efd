"""Defects of people: certificates, number, avoidance, separation, power."""

from __future__ import annotations

import datetime as dt
from typing import Any

from mingcha.accounts.actions import suspend_certificate
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import Certificate, Delegation, Officer, Organisation
from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.models import Avoidance, Duty
from mingcha.catalogues.models import Edition
from mingcha.review.findings import UNCLEAR
from mingcha.review.tests.defects import Defect
from mingcha.review.tests.world import World

CERTIFICATE = "certificate-not-valid"
APART = "duty-incompatible"
TWIN = "duty-same-name"


def day(world: World, days: int = 0) -> dt.date:
    """The day of filing, shifted."""
    filed = world.case.filed_on
    assert filed is not None
    return filed + dt.timedelta(days=days)


def suspend(world: World, who: str, days: int) -> None:
    row = Certificate.objects.get(officer_id=actor_named(who).officer_id)
    suspend_certificate(row, since=day(world, days), reason="离岗", by=SYSTEM)


def avoidance(world: World, who: str, state: str, days: int = 0) -> None:
    Avoidance.objects.create(
        case_id=world.journey.id, officer_id=actor_named(who).officer_id, conflict=True, ground="近亲属", applicant="当事人",
        state=state, at=world.now + dt.timedelta(days=days),
    )  # fmt: skip


def ask_avoidance(world: World) -> None:
    cases.request_avoidance(
        world.journey.id,
        actor_named("handu").officer_id,
        actor=actor_named("lince"),
        applicant="许山河",
        ground="与案外人有利害关系",
    )


def silent(world: World, *who: str) -> None:
    rows = Avoidance.objects.filter(case_id=world.journey.id, officer_id__in=[actor_named(n).officer_id for n in who])
    rows.delete()


def alone(world: World) -> None:
    Duty.objects.filter(case_id=world.journey.id, officer_id=actor_named("handu").officer_id).delete()


def one_on_paper(world: World, kind: str) -> None:
    world.edit(kind, officers=world.paper(kind).fields["officers"][:1])


def nameless(world: World, kind: str) -> None:
    rows = [{**row, "cert_no": ""} for row in world.paper(kind).fields["officers"]]
    world.edit(kind, officers=rows)


def same_handlers(world: World) -> None:
    Officer.objects.filter(pk=actor_named("handu").officer_id).update(name="林策")


def twin(world: World, name: str, duty: str) -> None:
    world.duty_of(world.twin("lince", name).pk, duty)


def same_unit(world: World) -> None:
    brigade = Officer.objects.get(pk=actor_named("lince").officer_id).organisation_id
    Officer.objects.filter(pk=actor_named("zhouheng").officer_id).update(organisation_id=brigade)
    world.duty("zhouheng", "reviewer")


def organ(world: World, **values: Any) -> None:
    Organisation.objects.filter(pk=world.case.organisation_id).update(**values)


def delegated(world: World, valid_to: dt.date | None) -> None:
    organ(world, power_source="delegated")
    if valid_to:
        case = world.case
        Delegation.objects.create(
            principal=Organisation.objects.get(name="明水区人民政府"), trustee=case.organisation, kind="delegated",
            scope="三项", basis="赋权决定", valid_from=dt.date(2026, 1, 5), valid_to=valid_to,
        )  # fmt: skip


def withdrawn_item(world: World) -> None:
    """The list of the next day no longer names the item."""
    items = world.case.items
    first = world.now.date() - dt.timedelta(days=2)
    Edition.objects.filter(pk=items.pk).update(effective_to=first - dt.timedelta(days=1))
    rows = [row for row in items.content["entries"] if row["code"] != world.case.item_code]
    items.pk, items.number, items.effective_from, items.effective_to = None, items.number + 1, first, None
    items.content = {**items.content, "entries": rows}
    items._state.adding = True
    items.id = type(items)._meta.pk.get_default()
    items.save(force_insert=True)


def approved(world: World) -> None:
    """The head of the unit, who approved the filing, handles the case as well."""
    world.duty("luming", "handler")


def helper(world: World) -> None:
    officers = world.paper("site-record").fields["officers"]
    world.edit("site-record", officers=[*officers, {**officers[0], "name": "卫青禾", "cert_no": "990100-0233"}])


ROWS = [
    Defect("批准立案的负责人又承办本案", "subject", "approver-handles", approved),
    Defect("现场笔录有没有承办本案的执法人员", "subject", "paper-officer-unassigned", helper),
    Defect("证件在现场检查前一日到期", "subject", CERTIFICATE, lambda w: w.certificates("lince", valid_to=day(w, -1))),
    Defect("证件在立案当日到期", "subject", CERTIFICATE, lambda w: w.certificates("lince", valid_to=day(w))),
    Defect("证件在告知前到期", "subject", CERTIFICATE, lambda w: w.certificates("handu", valid_to=day(w, 5))),
    Defect("证件在立案以后才生效", "subject", CERTIFICATE, lambda w: w.certificates("handu", valid_from=day(w, 1))),
    Defect("两人的证件都已到期", "subject", CERTIFICATE, lambda w: Certificate.objects.update(valid_to=day(w, -30))),
    Defect("证件自立案之日起暂扣", "subject", CERTIFICATE, lambda w: suspend(w, "lince", 0), forbidden=False),
    Defect("证件自告知之日起暂扣", "subject", CERTIFICATE, lambda w: suspend(w, "handu", 6), forbidden=False),
    Defect("没有证件的人员承办", "subject", CERTIFICATE, lambda w: Certificate.objects.filter(
        officer_id=actor_named("lince").officer_id).update(officer_id=actor_named("weiqing").officer_id)),
    Defect("只有一名承办人员", "subject", "two-officers", alone),
    Defect("一名承办人员已被决定回避", "subject", "two-officers", lambda w: avoidance(w, "handu", "granted")),
    Defect("回避申请没有决定（当事人申请）", "subject", "avoidance-open", ask_avoidance, forbidden=False),
    Defect("回避申请没有决定（本人申明）", "subject", "avoidance-open", lambda w: avoidance(w, "lince", "open")),
    Defect("一名承办人员没有声明回避情况", "subject", "avoidance-undeclared", lambda w: silent(w, "handu")),
    Defect("两名承办人员都没有声明", "subject", "avoidance-undeclared", lambda w: silent(w, "lince", "handu")),
    Defect("承办人员担任审核", "subject", APART, lambda w: w.duty("lince", "reviewer")),
    Defect("承办人员担任决定", "subject", APART, lambda w: w.duty("handu", "decider")),
    Defect("承办人员主持听证", "subject", APART, lambda w: w.duty("handu", "hearing_host")),
    Defect("审核人员作出决定", "subject", APART, lambda w: [w.duty("zhouheng", d) for d in ("reviewer", "decider")]),
    Defect("听证主持人审核", "subject", APART, lambda w: [w.duty("guyan", d) for d in ("hearing_host", "reviewer")]),
    Defect("听证主持人决定", "subject", APART, lambda w: [w.duty("shenyi", d) for d in ("hearing_host", "decider")]),
    Defect("审核人员没有法律职业资格", "subject", "reviewer-unqualified", lambda w: w.duty("sutang", "reviewer")),
    Defect("承办人员以另一机构的登记担任审核", "subject", TWIN, lambda w: twin(w, "林策", "reviewer")),
    Defect("另一机构的登记姓名中加了空格", "subject", TWIN, lambda w: twin(w, "林 策", "decider")),
    Defect("两名承办人员是同一人", "subject", TWIN, same_handlers),
    Defect("现场笔录只有一名执法人员", "subject", "V1-two-officers", lambda w: one_on_paper(w, "site-record")),
    Defect("询问笔录只有一名执法人员", "subject", "V1-two-officers", lambda w: one_on_paper(w, "inquiry-record")),
    Defect("笔录以前已经决定回避的人仍参加", "subject", "V1-recused", lambda w: avoidance(w, "lince", "granted", -60)),
    Defect("审核人员与承办人员在同一机构", "subject", "review-same-unit", same_unit, UNCLEAR),
    Defect("机关没有登记职权依据", "subject", "organ-power-basis", lambda w: organ(w, power_basis=""), UNCLEAR),
    Defect("事项不在公布的清单里", "power", "item-not-published", lambda w: w.row(item_code="9.99")),
    Defect("事项清单后来取消了这一项", "power", "item-withdrawn", withdrawn_item, UNCLEAR),
    Defect("清单事项是另一类执法行为", "power", "item-of-another-act", lambda w: w.row(act_type="coercion")),
    Defect("赋权机关没有赋权登记", "power", "delegation-missing", lambda w: delegated(w, None)),
    Defect("赋权在立案以前已经到期", "power", "delegation-missing", lambda w: delegated(w, dt.date(2026, 6, 30))),
]  # fmt: skip
