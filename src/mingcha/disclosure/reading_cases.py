"""queries.py split: what a person in front of an officer, or a party at home, may know while a case runs (事中公示).

Of the case nothing is told to whoever holds no code; with number and code, the days and papers that the party has already.
"""

from __future__ import annotations

import datetime as dt
import hmac
import uuid
from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case, Duty
from mingcha.common.errors import NotFound
from mingcha.decisions.models import Decision
from mingcha.documents.models import Document, Service

# Without letters and figures that are mistaken for one another.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_SIZE = 8
_MISSING = "案号、文号或者查询码不对。请核对文书和办案人员给您的查询码，字母不分大小写。"


def case_code(case_id: uuid.UUID) -> str:
    """The code of a party for the progress of its case (进度查询码): the same at any time, kept nowhere."""
    number = int.from_bytes(salted_hmac("mingcha.case.progress", case_id.hex, algorithm="sha256").digest(), "big")
    found = ""
    for _ in range(_SIZE):
        number, place = divmod(number, len(_ALPHABET))
        found += _ALPHABET[place]
    return found


def on_duty(officer_id: uuid.UUID) -> list[str]:
    """Kinds of procedures in which an officer handles open cases: no case, no place, no party."""
    rows = Duty.objects.filter(officer_id=officer_id, duty=DutyKind.HANDLER, case__closed_on=None)
    return sorted(set(rows.values_list("case__procedure__title", flat=True)))


@dataclass(frozen=True)
class Passed:
    """A day of the case: what happened, by which letter."""

    on: dt.date
    what: str
    letter: str = ""


@dataclass(frozen=True)
class Progress:
    """What the party reads: organ, kind, the days so far, and what comes next in general."""

    number: str
    organ: str
    kind: str
    cause: str
    passed: list[Passed]
    standing: str
    officers: list[tuple[str, str]]


def _case(number: str) -> Case | None:
    plain = "".join(number.split())
    table = str.maketrans(dict.fromkeys("[［（(【﹝", "〔") | dict.fromkeys("]］）)】﹞", "〕"))
    plain = plain.translate(table)
    rows = Case.objects.select_related("organisation", "procedure")
    found = rows.filter(number=plain).first() if plain else None
    if found is None and plain:
        letter = Document.objects.filter(number=plain, service__isnull=False).values_list("case_id", flat=True).first()
        found = rows.filter(id=letter).first() if letter else None
    return found


def own_case(number: str, code: str) -> Progress:
    """The progress of one's own case. A wrong code answers like a number that does not exist. Raises NotFound."""
    case = _case(number)
    given = "".join(code.split()).replace("-", "").upper()
    wanted = case_code(case.id if case else uuid.UUID(int=0))
    if not hmac.compare_digest(wanted.encode(), given.encode()) or case is None:
        raise NotFound(_MISSING)
    passed = [Passed(case.filed_on, "立案")] if case.filed_on else []
    served = Service.objects.filter(document__case=case).select_related("document").order_by("effective_on", "id")
    passed += [Passed(row.effective_on, f"送达《{row.document.title}》", row.document.number) for row in served]
    # Before its service the decision is nobody's to know from here.
    decided = Decision.objects.filter(case=case, document__service__isnull=False).first()
    if decided is not None:
        passed.append(Passed(decided.decided_on, "作出决定", decided.number))
    if case.closed_on:
        passed.append(Passed(case.closed_on, "结案"))
    standing = (
        "已经结案"
        if case.closed_on
        else "决定已经送达，正在履行"
        if decided
        else "正在办理"
        if case.filed_on
        else "正在核查"
    )
    handlers = Duty.objects.filter(case=case, duty=DutyKind.HANDLER).select_related("officer")
    people = [
        (row.officer.name, number)
        for row in handlers.order_by("since", "id")
        for number in row.officer.certificates.order_by("-valid_to").values_list("number", flat=True)[:1]
    ]
    passed.sort(key=lambda row: row.on)
    return Progress(case.number, case.organisation.name, case.procedure.title, case.cause, passed, standing, people)
