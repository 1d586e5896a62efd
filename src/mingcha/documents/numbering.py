"""Which number a document gets (文种代字), and documents made void before service (作废) — V11."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, numbers, pads
from mingcha.cases.models import Case, Pad
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, NotFound, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.documents import queries
from mingcha.documents.choices import BY_ACT, NUMBER_CODES, PAD_KINDS
from mingcha.documents.models import Document, DocumentVoid
from mingcha.documents.rendering import spoken, template
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot


def code_of(kind: str, profile: Mapping[str, Any]) -> str:
    """The 文种代字 of a kind by the organ's own setting, else by its template; empty: the case number only."""
    own = profile.get("organ", {}).get("numbering", {}).get("codes", {})
    return str(own.get(kind) or template(kind).number_code or NUMBER_CODES.get(kind, ""))


def number_of(
    case: Case, kind: str, *, by: ActorSnapshot, pad_number: str = "", made_at: dt.datetime | None = None
) -> str:
    """The number of a document about to be stored, in the transaction of a locked case; empty where the kind has none.

    Decisions on the spot spend a number of the officer's own pad: `pad_number` names it, else the next one is taken.
    """
    if kind in PAD_KINDS:
        if not by.officer_id:
            raise Refused([Reason("pad-empty", "预编号码由领用的执法人员使用。", ("行政处罚法第五十二条第一款",))])
        return pads.use(case, kind, officer_id=uuid.UUID(by.officer_id), text=pad_number, used_at=made_at)
    code = code_of(kind, case.profile.content)
    if not code:
        return ""
    whole = numbers.scope_of(case.profile.content) == "case"
    return numbers.allocate(case.organisation, code, case=case if whole else None)


def issue_pad(*, actor: Actor, kind: str, count: int, holder_id: uuid.UUID, device: str = "") -> Pad:
    """Give an officer a pad of numbers for a kind of document that is made on the spot."""
    if kind not in PAD_KINDS:
        raise InvalidInput({"kind": ["这种文书不使用预编号码。"]})
    profile = catalogues.profile(accounts.organisation(actor.organ_id).id, clock.today())
    code = code_of(kind, profile.content)
    return pads.issue(actor=actor, kind=kind, code=code, count=count, holder_id=holder_id, device=device)


@transaction.atomic
def make_void(document_id: uuid.UUID, *, actor: Actor, reason: str) -> DocumentVoid:
    """Make a document void before it was served (作废重做): the paper and its number stay, neither counts any more.

    After service a slip is corrected (补正) and a mistake in substance changed or revoked. Raises Refused, Conflict.
    """
    found = next(iter(queries.with_id(document_id)), None)
    if found is None:
        raise NotFound("没有找到这份文书。")
    case = access.own_locked(actor, found.case_id)
    check = Check()
    reason = check.text("reason", reason, "作废的原因", most=300)
    check.done()
    if hasattr(found, "void"):
        raise Conflict("document-voided", f"《{found.title}》已经作废。")
    reasons = may_void(found)
    if reasons:
        raise Refused(reasons)
    void = insert(DocumentVoid(document=found, reason=reason, voided_by_id=actor.officer_id, at=clock.now()))
    append(
        "document-voided",
        log=case.jurisdiction,
        subject=("document", str(found.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={**spoken(found.kind, number=found.number), "reason": reason, "digest": found.digest},
    )
    row = numbers.find(case.organisation_id, found.number) if found.number else None
    if row is not None and not hasattr(row, "use"):
        numbers.make_void(row, reason=reason, actor=actor, role=Role.HANDLER, case_id=case.id)
    return void


def may_void(document: Document) -> list[Reason]:
    """Why a document may not be made void: it was served, or an act of another office rests on it."""
    if hasattr(document, "service"):
        return [
            Reason(
                "served-not-voided",
                f"《{document.title}》已经送达，不能作废。",
                ("行政处罚法第七十五条第二款",),
                "笔误用补正，事实、依据、处罚或者当事人有误的用变更、撤销。",
            )
        ]
    if document.kind in BY_ACT:
        return [
            Reason(
                "void-not-allowed",
                f"《{document.title}》随审批、审核或者决定产生，不能由承办人员作废。",
                ("行政处罚法第七十五条第二款",),
                "决定有误的，由机关负责人变更或者撤销。",
            )
        ]
    return []
