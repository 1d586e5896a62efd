"""Writes of reading dossiers (调阅): ask, answer, look at a page, copy, give back, take back, secret circle — R077."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from PIL import Image

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer
from mingcha.archives.lending import marking, queries, rules
from mingcha.archives.lending.choices import EndKind, Reader, Volume
from mingcha.archives.models_lending import CircleEntry, Loan, LoanDecision, LoanEnd, MarkedCopy, PageView, Secrecy
from mingcha.cases import access
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.cases.queries import held_duties
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, NotPermitted, Reason, Refused
from mingcha.files.actions import keep, receive_bytes
from mingcha.ledger.actions import append
from mingcha.ledger.models import JournalEntry

MOST_PAGES = 400


@transaction.atomic
def ask(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    reader: str,
    purpose: str,
    purpose_text: str,
    volume: str,
    until: dt.date,
    papers: Sequence[str] = (),
    reader_name: str = "",
    reader_unit: str = "",
    credential: str = "",
) -> Loan:
    """Ask to read a dossier or some of its papers. Where the rule lets it, the answer comes at once.

    For an outsider a person of the archive asks. Raises NotFound, NotPermitted, InvalidInput, Refused.
    """
    case = queries.reader_case(actor, case_id)
    law, today = rules.law(), clock.today()
    check = Check()
    check.one_of("reader", reader, "调阅人", Reader.values)
    check.one_of("purpose", purpose, "调阅目的", law["purposes"])
    check.one_of("volume", volume, "调阅范围", Volume.values)
    purpose_text = check.text("purpose_text", purpose_text, "目的说明", most=300)
    until = check.date("until", until, "调阅到")
    about = queries.asked(case, actor, reader, volume)
    days = rules.longest(about)
    longest = today + dt.timedelta(days=days)
    if until != dt.date.min and not today <= until <= longest:
        check.add("until", f"调阅期限从今天起最长{days}日（到{longest.isoformat()}）。")
    outside = reader in Reader.values and reader != Reader.SELF
    reader_name = check.text("reader_name", reader_name, "调阅人姓名", most=60, required=outside) or actor.name
    reader_unit = check.text(
        "reader_unit", reader_unit, "单位", most=120, required=reader in ("organ", "court", "lawyer")
    )
    credential = check.text("credential", credential, "凭据", most=120, required=outside)
    known = {sheet.key for sheet in queries.sheets(case) if rules.opens(volume, sheet.second)}
    if not set(papers) <= known:
        check.add("papers", "选择的材料不在这个范围里，请重新选择。")
    check.done()
    if outside and not actor.has(Role.ARCHIVIST):
        raise NotPermitted(message="本机关以外的人员调阅，由档案员登记。")
    if reasons := rules.may_ask(about):
        raise Refused(reasons)
    route = rules.route(about)
    row = Loan.objects.create(
        case=case,
        organisation_id=case.organisation_id,
        reader=reader,
        reader_name=reader_name,
        reader_unit=reader_unit or ("" if outside else actor.unit),
        credential=credential,
        purpose=purpose,
        purpose_text=purpose_text,
        volume=volume,
        papers=sorted(set(papers)),
        until=until,
        rule=route.rule,
        edition=about.table.edition if about.table else None,
        asked_by_id=actor.officer_id,
        asked_at=clock.now(),
    )
    payload = {
        "case": str(case.id),
        "reader": reader,
        "name": reader_name,
        "unit": row.reader_unit,
        "purpose": purpose,
        "purpose_text": purpose_text,
        "volume": volume,
        "papers": row.papers,
        "until": until,
        "rule": route.rule,
        "edition": row.edition.number if row.edition else None,
    }
    _tell("loan-asked", row, actor, payload)
    if not route.value:
        LoanDecision.objects.create(loan=row, granted=True, until=until, reason=route.steps[0], at=clock.now())
        _tell("loan-decided", row, actor, {"granted": True, "until": until, "rule": route.rule, "by": "rule"})
    return row


@transaction.atomic
def decide(
    loan_id: uuid.UUID, *, actor: Actor, granted: bool, reason: str, until: dt.date | None = None
) -> LoanDecision:
    """Allow or refuse a reading; the time may be shortened, never lengthened. Raises NotPermitted, Refused, InvalidInput."""
    row = _locked(actor, loan_id)
    if getattr(row, "decision", None) is not None:
        raise Conflict("loan-decided", "这份申请已经答复。")
    if row.organisation_id != actor.organ_id:
        raise NotFound("没有找到这份调阅申请。")
    actor.require(*queries.approvers(row))
    check = Check()
    reason = check.text("reason", reason, "意见", most=300, required=not granted)
    last = row.until if until is None else check.date("until", until, "调阅到")
    if last > row.until:
        check.add("until", f"期限不能比申请的（{row.until.isoformat()}）更长。")
    check.done()
    if row.asked_by_id == actor.officer_id:
        message = "自己提出的调阅申请不能由自己批准。"
        raise Refused([Reason("loan-own-decision", message, rules.LAW, "请由其他有权人员批准。")])
    about = queries.asked(row.case, _asker(row), row.reader, row.volume)
    if granted and (reasons := rules.may_ask(about)):
        raise Refused(reasons)
    found = LoanDecision.objects.create(
        loan=row, granted=granted, reason=reason, until=last, by_id=actor.officer_id, at=clock.now()
    )
    _tell("loan-decided", row, actor, {"granted": granted, "until": last, "rule": row.rule, "reason": reason})
    return found


@transaction.atomic
def end(loan_id: uuid.UUID, *, actor: Actor, reason: str = "") -> LoanEnd:
    """Give back (the one who asked) or take back (archivist, head; with a reason)."""
    row = _locked(actor, loan_id)
    own = row.asked_by_id == actor.officer_id
    if not own:
        actor.require(*queries.KEEPERS)
    if queries.state(row) not in ("open", "expired"):
        raise Conflict("loan-not-open", "这次调阅没有在进行。")
    check = Check()
    reason = check.text("reason", reason, "理由", most=300, required=not own)
    check.done()
    kind = EndKind.RETURNED if own else EndKind.REVOKED
    found = LoanEnd.objects.create(loan=row, kind=kind, reason=reason, by_id=actor.officer_id, at=clock.now())
    _tell("loan-ended", row, actor, {"kind": kind, "reason": reason})
    return found


def look(loan_id: uuid.UUID, key: str, page: int, *, actor: Actor) -> bytes:
    """A page of a paper as a marked picture (JPEG); each look is recorded, each paper and day is an entry.

    Only the one who asked reads on the screen; for outsiders that is the person of the archive. Raises NotPermitted,
    NotFound, Refused. Runs outside a transaction: pages are drawn first.
    """
    row = queries.loan(actor, loan_id)
    if row.asked_by_id != actor.officer_id:
        raise NotPermitted(message="只有申请人可以按页查看；其他人请另行申请。")
    if reasons := queries.unreadable(row):
        raise Refused(reasons)
    found = queries.sheet(row, key)
    with queries.content(found) as (path, media_type):
        plain = marking.picture(path, media_type, page)
    shown = marking.as_jpeg(marking.marked(plain, stamp(row, actor)))
    with transaction.atomic():
        # Locked, so that a reading taken back meanwhile shows nothing more and the entry of the day is one.
        row = _locked(actor, loan_id)
        if reasons := queries.unreadable(row):
            raise Refused(reasons)
        today = PageView.objects.filter(loan=row, paper=key, at__gte=clock.at(clock.today(), 0))
        first = not today.exists()
        PageView.objects.create(
            loan=row, paper=key, title=found.title[:120], page=page, by_id=actor.officer_id, at=clock.now()
        )
        if first:
            _tell("loan-paper-read", row, actor, {"paper": key, "title": found.title, "digest": found.paper.digest})
    return shown


def stamp(loan: Loan, actor: Actor) -> list[str]:
    """What stands across each page: who reads, for what, when, under which request."""
    who = " ".join(filter(None, (loan.reader_unit, loan.reader_name)))
    purpose = rules.law()["purposes"][loan.purpose]
    moment = clock.now().astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
    by = [] if loan.reader == Reader.SELF else [f"经手 {actor.name}"]
    return [who, purpose, moment, *by, f"调阅 {str(loan.id)[-8:]}"]


def copy(loan_id: uuid.UUID, *, actor: Actor) -> MarkedCopy:
    """A marked copy of all that a granted request opens, as one PDF of pictures, made by a person of the archive.

    Raises NotPermitted, NotFound, Refused. Runs outside a transaction.
    """
    actor.require(Role.ARCHIVIST)
    row = queries.loan(actor, loan_id)
    if reasons := queries.unreadable(row):
        raise Refused(reasons)
    lines = stamp(row, actor)
    pages: list[Image.Image] = []
    for found in queries.opened(row):
        if found.kind not in ("document", "file"):
            continue
        with queries.content(found) as (path, media_type):
            for number in range(1, marking.pages_of(path, media_type) + 1):
                if len(pages) >= MOST_PAGES:
                    message = f"范围超过{MOST_PAGES}页。"
                    raise Refused([Reason("copy-too-long", message, rules.LAW, "请分几次申请，每次选择一部分材料。")])
                pages.append(marking.marked(marking.picture(path, media_type, number), lines))
    if not pages:
        raise NotFound("范围里没有可以复制的页。")
    incoming = receive_bytes(marking.as_pdf(pages, f"{row.case} 带水印复制件"))
    with transaction.atomic():
        row = _locked(actor, loan_id)
        if reasons := queries.unreadable(row):
            raise Refused(reasons)
        found_copy = MarkedCopy.objects.create(
            loan=row, file=keep(incoming), pages=len(pages), by_id=actor.officer_id, at=clock.now()
        )
        _tell("loan-copied", row, actor, {"sha256": incoming.sha256, "pages": len(pages)})
    return found_copy


@transaction.atomic
def note_reading(case: Case, *, actor: Actor, what: str = "案卷", paper: str = "") -> JournalEntry | None:
    """Enter that somebody opened an archived dossier by the right of the office; once per person, dossier and day.

    With `paper`, the key of one paper that was opened by its own address: once per person, paper and day.
    Nothing is entered for those who handled the case.
    """
    if not actor.has(*_BY_OFFICE) or held_duties(case.id, actor.officer_id):
        return None
    since = clock.at(clock.today(), 0)
    by = actor.snapshot(next((role for role in _BY_OFFICE if role in actor.roles), ""))
    subject = ("dossier-paper", paper) if paper else ("dossier", str(case.id))
    seen = JournalEntry.objects.filter(
        kind="dossier-read", subject_type=subject[0], subject_id=subject[1], recorded_at__gte=since
    )
    if any(row.actor.get("officer_id") == str(actor.officer_id) for row in seen.only("actor")):
        return None
    payload = {"what": what, "case": str(case.id)}
    return append("dossier-read", log=case.jurisdiction, subject=subject, actor=by, payload=payload)


_BY_OFFICE = (Role.ARCHIVIST, Role.SUPERVISOR, Role.HEAD)


@transaction.atomic
def make_secret(case_id: uuid.UUID, *, actor: Actor, level: str, basis: str) -> Secrecy:
    """Declare a dossier secret (确定涉密), by the head; the head is the first of its circle."""
    role = actor.require(Role.HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    check = Check()
    check.one_of("level", level, "密级", rules.law()["secrecy_levels"])
    basis = check.text("basis", basis, "依据", most=300)
    check.done()
    if queries.secrecy(case) is not None:
        raise Conflict("dossier-secret", "这件案卷已经确定为涉密案卷。")
    row = Secrecy.objects.create(case=case, level=level, basis=basis, by_id=actor.officer_id, at=clock.now())
    # The circle first: from now on whoever stands outside it leaves no entry on the case.
    _circle(row, actor, actor.officer_id, True, "确定涉密的机关负责人")
    append(
        "dossier-secret",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload={"level": level, "basis": basis},
    )
    return row


@transaction.atomic
def change_circle(case_id: uuid.UUID, *, actor: Actor, officer_id: uuid.UUID, inside: bool, reason: str) -> CircleEntry:
    """Bring a person into the circle of a secret dossier or out of it, by the head."""
    actor.require(Role.HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    row = queries.secrecy(case)
    if row is None:
        raise NotFound("这件案卷不是涉密案卷。")
    check = Check()
    reason = check.text("reason", reason, "理由", most=300)
    officer = Officer.objects.filter(id=officer_id).select_related("organisation").first()
    if officer is None or actor.organ_id not in (officer.organisation_id, officer.organisation.organ_id):
        check.add("officer_id", "请选择本机关的人员。")
    if officer_id == actor.officer_id and not inside:
        check.add("officer_id", "不能把本人移出知悉范围，请由范围内的其他负责人办理。")
    check.done()
    return _circle(row, actor, officer_id, inside, reason)


def _circle(secrecy: Secrecy, actor: Actor, officer_id: uuid.UUID, inside: bool, reason: str) -> CircleEntry:
    row = CircleEntry.objects.create(
        secrecy=secrecy, officer_id=officer_id, inside=inside, reason=reason, by_id=actor.officer_id, at=clock.now()
    )
    append(
        "secret-circle-changed",
        log=secrecy.case.jurisdiction,
        subject=("case", str(secrecy.case_id)),
        case_id=secrecy.case_id,
        actor=actor.snapshot(Role.HEAD),
        payload={"officer": str(officer_id), "inside": inside, "reason": reason},
    )
    return row


def _locked(actor: Actor, loan_id: uuid.UUID) -> Loan:
    if not Loan.objects.select_for_update().filter(id=loan_id).exists():
        raise NotFound("没有找到这份调阅申请。")
    return queries.loan(actor, loan_id)


def _asker(loan: Loan) -> Any:
    from mingcha.accounts.queries import actor_of

    return actor_of(Officer.objects.select_related("organisation__organ").get(id=loan.asked_by_id))


def _tell(kind: str, loan: Loan, actor: Actor, payload: dict[str, Any]) -> None:
    role = next(
        (role for role in (*_BY_OFFICE, Role.REVIEWER, Role.UNIT_HEAD, Role.HANDLER) if role in actor.roles), ""
    )
    append(
        kind,
        log=loan.organisation.jurisdiction,
        # Not of the case: a sealed dossier does not grow because somebody reads it.
        subject=("loan", str(loan.id)),
        actor=actor.snapshot(role),
        payload={"case": str(loan.case_id), **payload},
    )
