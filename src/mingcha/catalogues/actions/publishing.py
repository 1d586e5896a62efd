"""Putting lists in force: by the founding act once, later by approved editions; withdrawing them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from mingcha.accounts.models import Organisation
from mingcha.catalogues.models import Edition, FoundingAct, ListReview, Withdrawal
from mingcha.catalogues.schemas import schema
from mingcha.common import clock
from mingcha.common.canonical import digest, plain
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, Reason, Refused
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot


@transaction.atomic
def found(
    organisation: Organisation,
    *,
    document_number: str,
    decided_on: dt.date,
    decided_by: str,
    scan: Incoming,
    editions: Sequence[Mapping[str, Any]],
    by: ActorSnapshot,
) -> FoundingAct:
    """Founding act (建制): record the paper decision and adopt `editions` (kind, key, title, content) as edition 1.

    Raises Conflict when the organisation was founded before, Refused when a list fails its check.
    """
    check = Check()
    document_number = check.text("document_number", document_number, "决定文号", most=60)
    decided_by = check.text("decided_by", decided_by, "决定机关", most=100)
    check.date("decided_on", decided_on, "决定日期", latest=clock.today())
    check.done()
    if FoundingAct.objects.filter(organisation=organisation).exists():
        raise Conflict("founded-already", f"{organisation.name}已经建制，清单的变更请按版本办理。")
    act = FoundingAct.objects.create(
        organisation=organisation,
        document_number=document_number,
        decided_on=decided_on,
        decided_by=decided_by,
        scan_sha256=keep(scan).sha256,
        recorded_at=clock.now(),
    )
    append(
        "founding-act",
        log=organisation.jurisdiction,
        subject=("organisation", str(organisation.id)),
        actor=by,
        payload={"document_number": document_number, "decided_on": decided_on, "scan": act.scan_sha256},
    )
    for edition in editions:
        publish(
            organisation,
            kind=edition["kind"],
            key=edition["key"],
            title=edition["title"],
            content=edition["content"],
            basis=f"{decided_by}{document_number}",
            approved_by=decided_by,
            effective_from=decided_on,
            by=by,
            founding=act,
        )
    return act


@transaction.atomic
def publish(
    organisation: Organisation,
    *,
    kind: str,
    key: str,
    title: str,
    content: Mapping[str, Any],
    basis: str,
    approved_by: str,
    effective_from: dt.date,
    by: ActorSnapshot,
    founding: FoundingAct | None = None,
    review: ListReview | None = None,
) -> Edition:
    """Publish the next edition of a list; the one in force ends the day before.

    It rests on the founding act (first editions only) or on an approved review of exactly this content. Raises Refused
    when its check fails, it would overlap, or nothing of this kind carries it.
    """
    reasons = schema(kind).check(content)
    if reasons:
        raise Refused(reasons, f"《{title}》不能公布：{reasons[0].message}")
    # The organisation row serialises two people publishing the same list.
    Organisation.objects.select_for_update().get(id=organisation.id)
    same = Edition.objects.filter(organisation=organisation, kind=kind, key=key)
    last = same.order_by("-number").first()
    if last:
        first_free = last.effective_from if last.effective_to is None else last.effective_to
        if effective_from <= first_free:
            raise Refused(
                [
                    Reason(
                        "edition-overlap",
                        f"第{last.number}版"
                        + (
                            f"自{last.effective_from.isoformat()}起施行"
                            if last.effective_to is None
                            else f"有效到{last.effective_to.isoformat()}"
                        )
                        + "，新版的施行日必须晚于这一天。",
                        fix="请把施行日改到第二天以后。",
                    )
                ]
            )
    if founding is None and review is None:
        raise Refused(
            [
                Reason(
                    "edition-without-review",
                    f"《{title}》没有经过审核，不能公布。",
                    fix="请在“清单与政策”中起草、送审，审核同意后公布。",
                )
            ]
        )
    if last and last.effective_to is None:
        last.effective_to = effective_from - dt.timedelta(days=1)
        last.save(update_fields=["effective_to"])
    edition = Edition.objects.create(
        organisation=organisation,
        kind=kind,
        key=key,
        number=(last.number if last else 0) + 1,
        title=title,
        content=plain(content),
        digest=digest(content),
        basis=basis,
        approved_by=approved_by,
        effective_from=effective_from,
        published_at=clock.now(),
        founding=founding,
        review=review,
    )
    append(
        "edition-published",
        log=organisation.jurisdiction,
        subject=("edition", str(edition.id)),
        actor=by,
        payload={
            "kind": kind,
            "key": key,
            "number": edition.number,
            "title": title,
            "digest": edition.digest,
            "basis": basis,
            "effective_from": effective_from,
        },
    )
    return edition


@transaction.atomic
def withdraw(edition: Edition, *, reason: str, officer_id: uuid.UUID, by: ActorSnapshot) -> Withdrawal:
    """End an edition today without a next one. Raises Refused when it is not running, InvalidInput without a reason."""
    check = Check()
    reason = check.text("reason", reason, "撤回的理由", most=500)
    check.done()
    Organisation.objects.select_for_update().get(id=edition.organisation_id)
    edition = Edition.objects.get(id=edition.id)
    today = clock.today()
    if edition.effective_to is not None or edition.effective_from > today:
        state = "还没有施行" if edition.effective_from > today else "已经有终止日期"
        raise Refused(
            [Reason("edition-not-running", f"{edition}{state}，不能撤回。", fix="请公布新的一版来替代它。")],
        )
    edition.effective_to = today
    edition.save(update_fields=["effective_to"])
    row = Withdrawal.objects.create(edition=edition, reason=reason, last_day=today, by_id=officer_id, at=clock.now())
    append(
        "edition-withdrawn",
        log=edition.organisation.jurisdiction,
        subject=("edition", str(edition.id)),
        actor=by,
        payload={"kind": edition.kind, "number": edition.number, "reason": reason, "last_day": today},
    )
    return row
