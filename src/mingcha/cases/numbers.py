"""Numbers 机关代字〔年〕序号 without gap or twin (V11): giving the next one, making one void."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.cases.models import Case
from mingcha.cases.models_numbers import IssuedNumber, VoidedNumber
from mingcha.catalogues import profiles
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, Reason, Refused
from mingcha.common.prepared import insert, prepared
from mingcha.ledger.actions import append
from mingcha.procedures.definition import Definition

# A case of a procedure that starts this period gets its number with the filing — 行政处罚法 art. 60.
_FILING = "PEN-01"
# A clock held by a journey or a test lies further from the machine's than any request takes.
_OWN_CLOCK = dt.timedelta(seconds=5)
_STEP_BACK = dt.timedelta(minutes=5)


@prepared
def _locked(organisation_id: uuid.UUID) -> QuerySet[Organisation, uuid.UUID]:
    return Organisation.objects.select_for_update().filter(id=organisation_id).values_list("id", flat=True)


@prepared
def _last(organisation_id: uuid.UUID, code: str, year: int) -> QuerySet[IssuedNumber, int]:
    rows = IssuedNumber.objects.filter(organisation_id=organisation_id, code=code, year=year, scope="kind")
    return rows.order_by("-n").values_list("n", flat=True)[:1]


@prepared
def _newest(organisation_id: uuid.UUID, code: str) -> QuerySet[IssuedNumber, tuple[str, dt.datetime]]:
    rows = IssuedNumber.objects.filter(organisation_id=organisation_id, code=code)
    return rows.order_by("-year", "-n", "-id").values_list("text", "at")[:1]


@prepared
def _serial(organisation_id: uuid.UUID, text: str) -> QuerySet[IssuedNumber, tuple[int, int]]:
    return IssuedNumber.objects.filter(organisation_id=organisation_id, text=text).values_list("year", "n")


def lock_series(organisation_id: uuid.UUID) -> None:
    """One row per organ serialises two officers numbering at once; SQLite's write lock already does."""
    _locked(organisation_id)


@cache
def _series() -> Mapping[str, Any]:
    text = resources.files("mingcha.cases").joinpath("data", "series.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def filing_code() -> str:
    """The code of the numbers that cases get with their filing (立案)."""
    return str(_series()["filed"])


def opening_code(flow: Definition) -> str:
    """The code of the numbers of a procedure whose cases are numbered when they begin; "" where they are filed first."""
    if any(_FILING in stage.starts for stage in flow.stages.values()):
        return ""
    return str(_series()["series"].get(flow.code, _series()["others"]))


def scope_of(profile: Mapping[str, Any]) -> str:
    """How the organ counts by its policy profile: `kind` (each kind for itself) or `case` (the serial of the case)."""
    return str(profiles.value(profile, "numbers.serial_scope"))


def allocate(organisation: Organisation, code: str, *, case: Case | None = None) -> str:
    """The next number of the series in the caller's transaction, which must hold a lock; a rollback leaves no gap.

    With `case` the number takes the serial of the case number. Raises Refused when the machine's clock stands before
    the newest number of the series, or when a change of custom within the year would give a number twice.
    """
    lock_series(organisation.id)
    now = clock.now()
    _clock_went_on(organisation.id, code, now)
    if case is not None:
        return _with_serial(organisation, code, case, now)
    year = clock.today().year
    n = next(iter(_last(organisation.id, code, year)), 0) + 1
    return _store(organisation, code, year, n, now).text


def allocate_block(organisation: Organisation, code: str, count: int) -> list[IssuedNumber]:
    """The next `count` numbers of a series at once, for a pad."""
    lock_series(organisation.id)
    now = clock.now()
    _clock_went_on(organisation.id, code, now)
    year = clock.today().year
    first = next(iter(_last(organisation.id, code, year)), 0) + 1
    return [_store(organisation, code, year, first + step, now) for step in range(count)]


def _store(organisation: Organisation, code: str, year: int, n: int, now: dt.datetime) -> IssuedNumber:
    text = f"{organisation.code}{code}〔{year}〕{n}号"
    _once(organisation.id, text)
    return insert(IssuedNumber(organisation=organisation, code=code, year=year, n=n, text=text, at=now))


def _once(organisation_id: uuid.UUID, text: str) -> None:
    if _serial(organisation_id, text):
        raise Refused(
            [
                Reason(
                    "number-given-already",
                    f"文号{text}已经编过，编号方式在年度中间改变会产生重号。",
                    (),
                    "请在政策参数中恢复原来的编号方式，自下一年度起再改变。",
                )
            ]
        )


def _with_serial(organisation: Organisation, code: str, case: Case, now: dt.datetime) -> str:
    found = _serial(organisation.id, case.number) if case.number else []
    if not found:
        raise Refused(
            [
                Reason(
                    "case-without-number",
                    "本机关一案一号，案件还没有案号，文书不能编号。",
                    ("行政处罚法第五十四条第二款",),
                    "请先立案，取得案号以后再制作。",
                )
            ]
        )
    year, n = found[0]
    rows = IssuedNumber.objects.filter(organisation=organisation, code=code, year=year, n=n, scope="case")
    part = rows.count()
    text = f"{organisation.code}{code}〔{year}〕{n}{f'-{part + 1}' if part else ''}号"
    _once(organisation.id, text)
    row = IssuedNumber(
        organisation=organisation, code=code, year=year, n=n, scope="case", case=case, part=part, text=text, at=now
    )
    return insert(row).text


def _clock_went_on(organisation_id: uuid.UUID, code: str, now: dt.datetime) -> None:
    """Refuse to number while the machine's clock is behind the newest number of the series."""
    if abs(dt.datetime.now(dt.UTC) - now) > _OWN_CLOCK:
        return
    for text, at in _newest(organisation_id, code):
        if at > now + _STEP_BACK:
            raise Refused(
                [
                    Reason(
                        "clock-set-back",
                        f"系统时间{now.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}早于最近一个文号{text}的编号时间"
                        f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}，暂停编号，以免年份错乱、前后颠倒。",
                        (),
                        "请系统管理员校正服务器时间后再制作文书。",
                    )
                ]
            )


def find(organisation_id: uuid.UUID, text: str) -> IssuedNumber | None:
    """A given number of an organ by its text, with what became of it."""
    rows = IssuedNumber.objects.select_related("void", "use", "on_pad__pad", "organisation")
    return rows.filter(organisation_id=organisation_id, text=text).first()


def make_void(row: IssuedNumber, *, reason: str, actor: Actor, role: str, case_id: uuid.UUID | None = None) -> None:
    """Make a number void in the caller's transaction; it stays in the series and never returns.

    Raises InvalidInput without a reason, Conflict when it is void already or was used on the spot.
    """
    check = Check()
    reason = check.text("reason", reason, "作废的原因", most=300)
    check.done()
    if hasattr(row, "void"):
        raise Conflict("number-voided", f"{row.text}已经作废。")
    if hasattr(row, "use"):
        raise Conflict("number-in-use", f"{row.text}已经使用，不能作废。")
    insert(VoidedNumber(number=row, reason=reason, voided_by_id=actor.officer_id, at=clock.now()))
    append(
        "number-voided",
        log=row.organisation.jurisdiction,
        subject=("number", str(row.pk)),
        case_id=case_id,
        actor=actor.snapshot(role),
        payload={"number": row.text, "reason": reason},
    )


def voided(actor: Actor) -> QuerySet[VoidedNumber]:
    """Void numbers of the actor's organ, newest first."""
    rows = VoidedNumber.objects.filter(number__organisation_id=actor.organ_id)
    return rows.select_related("number", "voided_by").order_by("-at", "-number_id")
