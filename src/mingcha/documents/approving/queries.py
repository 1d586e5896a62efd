"""Reads of approvals: what waits for whom."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.common.errors import NotFound
from mingcha.documents import access as papers
from mingcha.documents.approving.choices import ROLES, ApprovalChoice
from mingcha.documents.approving.models import Approval, ApprovalOpinion
from mingcha.documents.rendering import restricted


def ended() -> Exists:
    """Approvals that need no further word."""
    rows = ApprovalOpinion.objects.filter(approval_id=OuterRef("pk"))
    return Exists(rows.filter(~Q(choice=ApprovalChoice.AGREE) | Q(document__isnull=False)))


def of_case(case: Case) -> QuerySet[Approval]:
    """All approvals of a case with their opinions, newest first."""
    rows = Approval.objects.filter(case=case).select_related("asked_by").prefetch_related("opinions")
    return rows.order_by("-asked_at", "-id")


def open_for(case: Case, kind: str) -> Approval | None:
    """The approval of a kind that still waits for an answer."""
    return Approval.objects.filter(case=case, kind=kind).filter(~ended()).select_related("asked_by").first()


def waiting(actor: Actor) -> QuerySet[Approval]:
    """What waits for the word of this person, oldest first; never what they asked for themselves."""
    steps = [step for step, role in ROLES.items() if actor.has(role)]
    spoken = ApprovalOpinion.objects.filter(approval_id=OuterRef("pk"), step__in=steps)
    rows = Approval.objects.filter(case__organisation_id=actor.organ_id).filter(~ended())
    rows = rows.exclude(asked_by_id=actor.officer_id).select_related("case", "asked_by").order_by("asked_at", "id")
    if not actor.has(Role.HEAD):
        # Their circle is the maker and the heads: a unit head is asked only where a head admitted them.
        rows = rows.exclude(kind__in=restricted())
    return rows.filter(~Exists(spoken)) if steps else rows.none()


def approval(actor: Actor, approval_id: uuid.UUID) -> Approval:
    """One approval of a case that this person may see. Raises NotFound."""
    rows = Approval.objects.select_related("case", "asked_by").prefetch_related("opinions")
    found = rows.filter(id=approval_id).first()
    if found is None:
        raise NotFound("没有找到这份审批，或者您无权查看。")
    access.case(actor, found.case_id)
    papers.require(actor, found.case, found.kind)
    return found
