"""Amendments (法律立改废) and the re-examination of what rests on them — R011."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import transaction

from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.statutes import refs, resting
from mingcha.statutes.choices import AmendmentKind, Outcome
from mingcha.statutes.errors import LawUnknown
from mingcha.statutes.kinds import REEXAMINATION_CLOSED, REEXAMINATIONS_LISTED, STATUTE_AMENDED
from mingcha.statutes.models import Amendment, Article, Law, Reexamination, ReexaminationOutcome

# Who keeps the laws and answers for the re-examination.
KEEPERS = (Role.ADMIN, Role.REVIEWER)


def note_new_versions(later: Iterable[Law]) -> int:
    """Amendments that an import brought: a version newer than any that was known. Returns how many were new."""
    made = 0
    for law in sorted(later, key=lambda row: (row.effective_from, row.name)):
        if not Amendment.objects.filter(law_name=law.name, effective_from=law.effective_from).exists():
            _amend(law.name, AmendmentKind.AMENDED, law.effective_from, f"导入新文本：{law.source}"[:300], SYSTEM, "")
            made += 1
    return made


@transaction.atomic
def record_amendment(law: str, *, kind: str, effective_from: dt.date, basis: str, actor: Actor) -> Amendment:
    """Record that a law was amended or repealed before its new text is at hand; lists what rests on it.

    Raises InvalidInput, LawUnknown, Conflict (recorded before), NotPermitted.
    """
    role = actor.require(*KEEPERS)
    check = Check()
    name = refs.law_name(check.text("law", law, "法律名称"))
    kind = check.one_of("kind", kind, "情形", AmendmentKind.values)
    check.date("effective_from", effective_from, "施行日期")
    basis = check.text("basis", basis, "依据", most=300)
    check.done()
    rows = Law.objects.filter(name=name).order_by("-effective_from")
    last = rows.first()
    if last is None:
        raise LawUnknown(message=f"法律库里没有《{name}》。请核对名称，或者先导入它的文本。")
    if effective_from <= last.effective_from:
        check.add("effective_from", f"应晚于现行文本的施行日期{last.effective_from.isoformat()}。")
        check.done()
    if Amendment.objects.filter(law_name=name, effective_from=effective_from).exists():
        raise Conflict("amendment-recorded", f"《{name}》自{effective_from.isoformat()}起的变动已经登记过。")
    if kind == AmendmentKind.REPEALED:
        last.effective_to = effective_from - dt.timedelta(days=1)
        last.save(update_fields=["effective_to"])
    return _amend(name, kind, effective_from, basis, actor.snapshot(role), actor.jurisdiction)


def _amend(
    name: str, kind: str, effective_from: dt.date, basis: str, by: ActorSnapshot, jurisdiction: str
) -> Amendment:
    amendment = Amendment.objects.create(
        law_name=name,
        kind=kind,
        effective_from=effective_from,
        basis=basis,
        changed=changed_articles(name, effective_from),
        recorded_at=clock.now(),
        recorded_by=by.name,
    )
    listed = relist(amendment)
    # An import belongs to no jurisdiction: each one concerned learns of it in its own journal.
    for log in sorted({jurisdiction} - {""} or {row.jurisdiction for row in listed}):
        append(
            STATUTE_AMENDED,
            log=log,
            subject=("amendment", str(amendment.id)),
            actor=by,
            payload={
                "law": name,
                "kind": kind,
                "effective_from": effective_from,
                "basis": basis,
                "listed": [row.key for row in listed if row.jurisdiction == log],
            },
        )
    return amendment


@transaction.atomic
def relist(amendment: Amendment) -> list[Reexamination]:
    """List what rests on the amended law and is not listed yet; returns the new rows."""
    changed = frozenset((number, sub) for number, sub in amendment.changed)
    known = set(amendment.reexaminations.values_list("kind", "key"))
    fresh = [
        Reexamination(
            amendment=amendment,
            jurisdiction=thing.jurisdiction,
            kind=kind,
            key=thing.key,
            target=thing.target,
            title=thing.title[:200],
            place=thing.place[:200],
            citations=list(thing.citations),
            listed_at=clock.now(),
        )
        for kind, thing in resting.resting_on(amendment.law_name, changed)
        if (kind, thing.key) not in known
    ]
    return Reexamination.objects.bulk_create(fresh)


@transaction.atomic
def list_again(amendment_id: uuid.UUID, *, actor: Actor) -> int:
    """List what has come to rest on an amended law since (补列): newly published lists, procedures, rules; how many.

    Raises NotFound, NotPermitted.
    """
    role = actor.require(*KEEPERS)
    amendment = Amendment.objects.select_for_update().filter(id=amendment_id).first()
    if amendment is None:
        raise NotFound("没有找到这次法律变动。")
    fresh = relist(amendment)
    for log in sorted({row.jurisdiction for row in fresh}):
        append(
            REEXAMINATIONS_LISTED,
            log=log,
            subject=("amendment", str(amendment.id)),
            actor=actor.snapshot(role),
            payload={"law": amendment.law_name, "listed": [row.key for row in fresh if row.jurisdiction == log]},
        )
    return len(fresh)


def changed_articles(name: str, effective_from: dt.date) -> list[list[int]]:
    """Articles that differ between the version that begins on a day and the one before, as [number, sub].

    Empty where the two texts are not both at hand.
    """
    versions = list(Law.objects.filter(name=name, effective_from__lte=effective_from).order_by("-effective_from")[:2])
    if len(versions) < 2 or versions[0].effective_from != effective_from:
        return []
    texts = [
        {(row.number, row.sub): row.text for row in Article.objects.filter(law=law).exclude(text="")}
        for law in versions
    ]
    if not all(texts):
        return []
    return [
        list(place) for place in sorted(set(texts[0]) | set(texts[1])) if texts[0].get(place) != texts[1].get(place)
    ]


@transaction.atomic
def close(
    reexamination_id: uuid.UUID, *, result: str, reason: str, edition: str = "", actor: Actor
) -> ReexaminationOutcome:
    """End a re-examination: kept with a reason, or changed by the edition named. Once, and for good.

    Raises InvalidInput, NotFound, Conflict (ended before), NotPermitted.
    """
    role = actor.require(*KEEPERS)
    row = Reexamination.objects.select_for_update().filter(id=reexamination_id, jurisdiction=actor.jurisdiction).first()
    if row is None:
        raise NotFound("没有找到这项复核，或者它不属于您的地区。")
    check = Check()
    result = check.one_of("result", result, "复核结论", Outcome.values)
    reason = check.text("reason", reason, "理由", most=500)
    edition = check.text("edition", edition, "新的版本", most=150, required=result == Outcome.CHANGED)
    if result == Outcome.KEPT and edition:
        check.add("edition", "继续适用的，不填新的版本。")
    check.done()
    if ReexaminationOutcome.objects.filter(reexamination=row).exists():
        raise Conflict("reexamination-closed", "这项复核已经办结，结论不能再改。")
    outcome = ReexaminationOutcome.objects.create(
        reexamination=row,
        result=result,
        reason=reason,
        edition=edition,
        officer_id=actor.officer_id,
        officer=actor.name,
        decided_at=clock.now(),
    )
    append(
        REEXAMINATION_CLOSED,
        log=actor.jurisdiction,
        subject=("reexamination", str(row.id)),
        actor=actor.snapshot(role),
        payload={"title": row.title, "place": row.place, "result": result, "reason": reason, "edition": edition},
    )
    return outcome
