"""Pads of numbers (预编号码): given out to an officer, used on the spot, returned when every number has ended.

行政处罚法 art. 52 ¶1: the decision on the spot has a set form and a number given beforehand.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import numbers
from mingcha.cases.models import Case
from mingcha.cases.models_numbers import IssuedNumber, Pad, PadClosing, PadNumber, PadUse, VoidedNumber
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, NotPermitted, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.ledger.actions import append

KEEPERS = (Role.UNIT_HEAD, Role.HEAD)
MOST = 200


@dataclass(frozen=True)
class Line:
    """One number of a pad and what became of it."""

    text: str
    n: int
    state: str
    note: str


def may_handle(actor: Actor, pad: Pad) -> str:
    """The role in which a person handles a pad: its holder, or a keeper of the organ. Raises NotFound, NotPermitted."""
    if pad.organisation_id != actor.organ_id:
        raise NotFound("没有找到这本预编号码。")
    if actor.has(*KEEPERS):
        return actor.require(*KEEPERS)
    if pad.holder_id == actor.officer_id:
        return Role.HANDLER
    raise NotPermitted(message="预编号码只由领用人本人或者保管人办理。")


@transaction.atomic
def issue(*, actor: Actor, kind: str, code: str, count: int, holder_id: uuid.UUID, device: str = "") -> Pad:
    """Give a pad of `count` numbers to an officer with a valid certificate. Raises NotPermitted, InvalidInput."""
    role = actor.require(*KEEPERS)
    check = Check()
    device = check.text("device", device, "设备", most=60, required=False)
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST:
        check.add("count", f"每本1至{MOST}个号码。")
    holder = accounts.officers([holder_id]).get(holder_id)
    if holder is None or (holder.organisation.organ_id or holder.organisation_id) != actor.organ_id:
        check.add("holder_id", "请选择本机关的执法人员。")
    elif not any(row.valid_on(clock.today()) for row in holder.certificates.all()):
        check.add("holder_id", f"{holder.name}没有有效的执法证件，不能领用。")
    check.done()
    organ = accounts.organisation(actor.organ_id)
    rows = numbers.allocate_block(organ, code, count)
    pad = insert(
        Pad(
            organisation=organ,
            kind=kind,
            code=code,
            year=rows[0].year,
            first=rows[0].n,
            last=rows[-1].n,
            holder_id=holder_id,
            device=device,
            issued_by_id=actor.officer_id,
            issued_at=clock.now(),
        )
    )
    for row in rows:
        insert(PadNumber(number=row, pad=pad))
    _record(
        "pad-issued",
        pad,
        actor,
        role,
        {"kind": kind, "first": rows[0].text, "last": rows[-1].text, "holder": holder_id, "device": device},
    )
    return pad


def _record(name: str, pad: Pad, actor: Actor, role: str, payload: dict[str, object]) -> None:
    append(
        name,
        log=actor.jurisdiction,
        subject=("pad", str(pad.id)),
        actor=actor.snapshot(role),
        payload=payload,
    )


def use(case: Case, kind: str, *, officer_id: uuid.UUID, text: str = "", used_at: dt.datetime | None = None) -> str:
    """Spend a number of the officer's own pad in a locked case; without `text` the next unused one.

    `used_at` is the hour on the spot when the decision was made without network. Raises Refused with what is wrong.
    """
    now = clock.now()
    used_at = used_at or now
    numbers.lock_series(case.organisation_id)
    row = _chosen(case.organisation_id, kind, officer_id, text)
    reasons = may_use(row, kind, officer_id, used_at, now)
    if reasons:
        raise Refused(reasons)
    insert(PadUse(number=row, case=case, kind=kind, officer_id=officer_id, used_at=used_at, recorded_at=now))
    return row.text


def _chosen(organisation_id: uuid.UUID, kind: str, officer_id: uuid.UUID, text: str) -> IssuedNumber:
    if text:
        row = numbers.find(organisation_id, text)
        if row is None or not hasattr(row, "on_pad"):
            raise Refused([Reason("number-not-on-pad", f"{text}不是发放过的预编号码。", (_ARTICLE,))])
        return row
    free = IssuedNumber.objects.filter(
        on_pad__pad__organisation_id=organisation_id,
        on_pad__pad__kind=kind,
        on_pad__pad__holder_id=officer_id,
        on_pad__pad__closing=None,
        void=None,
        use=None,
    )
    row = free.select_related("on_pad__pad").order_by("year", "n").first()
    if row is None:
        raise Refused(
            [
                Reason(
                    "pad-empty",
                    "您没有可用的预编号码，当场处罚决定书须使用预先编号的格式文书。",
                    (_ARTICLE,),
                    "请向预编号码保管人领用。",
                )
            ]
        )
    return row


_ARTICLE = "行政处罚法第五十二条第一款"


def may_use(
    row: IssuedNumber, kind: str, officer_id: uuid.UUID, used_at: dt.datetime, now: dt.datetime
) -> list[Reason]:
    """Why a number of a pad may not be used: other holder, other kind, ended, returned, outside its time."""
    pad = row.on_pad.pad
    reasons = []
    if pad.holder_id != officer_id:
        reasons.append(Reason("pad-other-holder", f"{row.text}不是您领用的号码。", (_ARTICLE,)))
    if pad.kind != kind:
        reasons.append(Reason("pad-other-kind", f"{row.text}不能用于这种文书。", (_ARTICLE,)))
    if hasattr(pad, "closing"):
        reasons.append(Reason("pad-closed", f"{row.text}所在的一本已经交回。", (_ARTICLE,)))
    if hasattr(row, "void"):
        reasons.append(Reason("number-voided", f"{row.text}已经作废，不能再用。", (_ARTICLE,)))
    if hasattr(row, "use"):
        reasons.append(Reason("number-used", f"{row.text}已经使用过。", (_ARTICLE,)))
    # A form knows minutes: a number may be used in the minute in which the pad was given out.
    if used_at < pad.issued_at.replace(second=0, microsecond=0) or used_at > now:
        reasons.append(Reason("pad-outside-time", "使用时间应在领用之后、现在之前。", (_ARTICLE,)))
    return reasons


@transaction.atomic
def void_unused(number_text: str, *, actor: Actor, reason: str) -> None:
    """Make a number of the own pad void (填写错误、损毁、遗失). The keeper may do so for every pad of the organ."""
    numbers.lock_series(actor.organ_id)
    row = numbers.find(actor.organ_id, number_text)
    if row is None or not hasattr(row, "on_pad"):
        raise NotFound("没有找到这个预编号码。")
    role = may_handle(actor, row.on_pad.pad)
    numbers.make_void(row, reason=reason, actor=actor, role=role)


@transaction.atomic
def close(pad_id: uuid.UUID, *, actor: Actor) -> PadClosing:
    """Take a pad back. Raises Refused while a number has neither been used nor made void, Conflict when returned."""
    role = actor.require(*KEEPERS)
    numbers.lock_series(actor.organ_id)
    pad = of_organ(actor).filter(id=pad_id).first()
    if pad is None:
        raise NotFound("没有找到这本预编号码。")
    if hasattr(pad, "closing"):
        raise Conflict("pad-closed", "这本预编号码已经交回。")
    open_ = [line.text for line in lines(pad) if line.state == "open"]
    if open_:
        shown = "、".join(open_[:3]) + ("等" if len(open_) > 3 else "")
        raise Refused(
            [
                Reason(
                    "pad-numbers-open",
                    f"还有{len(open_)}个号码没有使用也没有作废：{shown}。",
                    (_ARTICLE,),
                    "请逐个登记使用或者写明原因作废，号码不留空缺。",
                )
            ]
        )
    closing = insert(PadClosing(pad=pad, closed_by_id=actor.officer_id, at=clock.now()))
    _record("pad-closed", pad, actor, role, {"first": pad.first, "last": pad.last})
    return closing


def of_organ(actor: Actor) -> QuerySet[Pad]:
    """Pads this person may see, with counts of used and void numbers: keepers all of the organ, officers their own."""
    rows = Pad.objects.filter(organisation_id=actor.organ_id).select_related("holder", "issued_by", "closing")
    if not actor.has(*KEEPERS, Role.SUPERVISOR):
        rows = rows.filter(holder_id=actor.officer_id)
    return rows.annotate(
        used=Count("numbers__number__use"),
        voided=Count("numbers__number__void"),
    )


def lines(pad: Pad) -> list[Line]:
    """Every number of a pad with its end: used in which case, void why, or still open."""
    rows = PadNumber.objects.filter(pad=pad).select_related("number__use__case", "number__void")
    found = []
    for row in rows.order_by("number__n"):
        number = row.number
        use_, void = getattr(number, "use", None), getattr(number, "void", None)
        state = "used" if use_ else "void" if void else "open"
        note = ""
        if use_:
            note = f"{use_.used_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}　{use_.case}"
        elif void:
            note = f"{void.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}　{void.reason}"
        found.append(Line(number.text, number.n, state, note))
    return found


def gaps(actor: Actor, year: int) -> list[str]:
    """The gap report (断号检查): numbers of pads of a year that ended neither used nor void, by series."""
    ended = Q(Exists(PadUse.objects.filter(number=OuterRef("number")))) | Q(
        Exists(VoidedNumber.objects.filter(number=OuterRef("number")))
    )
    rows = PadNumber.objects.filter(pad__organisation_id=actor.organ_id, pad__year=year).exclude(ended)
    return list(rows.order_by("pad__code", "number__n").values_list("number__text", flat=True))
