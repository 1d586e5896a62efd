"""Who may read which papers (文书的知悉范围): the one door from a request to a document.

Whoever sees a case sees its papers, but for kinds whose circle is named (`restricted` in about.json): these are seen by
the heads of the organ, by who made the paper, and by whom a head admitted, never by who is reported on — 监察法 art. 37.
"""

from __future__ import annotations

import re
import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.common.errors import NotFound
from mingcha.documents import queries
from mingcha.documents.circles.queries import reported
from mingcha.documents.circles.rules import may_know
from mingcha.documents.models import Admission, Document
from mingcha.documents.rendering import restricted
from mingcha.documents.rendering.about import about


def visible(actor: Actor, rows: QuerySet[Document]) -> QuerySet[Document]:
    """Of papers in cases that the person may see, those whose circle the person belongs to."""
    inside = Q(case__organisation_id=actor.organ_id) if actor.has(Role.HEAD) else Q(pk__in=())
    admitted = Admission.objects.filter(officer_id=actor.officer_id, case_id=OuterRef("case_id"), kind=OuterRef("kind"))
    found = rows.filter(~Q(kind__in=restricted()) | inside | Exists(admitted))
    # Spaced out it is the same name, as `may_know` says.
    own = f"{_GAP}{_GAP.join(re.escape(sign) for sign in re.sub(_GAP, '', actor.name))}{_GAP}"
    for kind in restricted():
        found = found.exclude(**{"kind": kind, f"fields__{about(kind).reported}__regex": f"^{own}$"})
    return found


_GAP = "[ \u3000]*"


def of_case(actor: Actor, case: Case) -> QuerySet[Document]:
    """All issued papers of a case that the person may see, in order, PDF and service joined."""
    return visible(actor, queries.all_of_case(case))


def document(actor: Actor, document_id: uuid.UUID) -> Document:
    """A paper of a case that the person may see. Raises NotFound for absent and for hidden ones alike."""
    found = next(iter(queries.with_id(document_id)), None)
    if found is None:
        raise NotFound("没有找到这份文书。")
    access.case(actor, found.case_id)
    require(actor, found.case, found.kind)
    return found


def own_document(actor: Actor, document_id: uuid.UUID) -> Document:
    """A paper of a case on which the person is a handler. Raises NotFound, NotPermitted, Refused for a closed case."""
    found = next(iter(queries.with_id(document_id)), None)
    if found is None:
        raise NotFound("没有找到这份文书。")
    access.own_case(actor, found.case_id)
    require(actor, found.case, found.kind)
    return found


def reads(actor: Actor, case: Case, kind: str) -> bool:
    """Whether the person belongs to the circle of a kind in a case that the person sees; a circle begins with its maker."""
    if not about(kind).restricted:
        return True
    if may_know(actor.name, reported(case, kind)):
        return False
    if actor.has(Role.HEAD) and case.organisation_id == actor.organ_id:
        return True
    circle = set(Admission.objects.filter(case=case, kind=kind).values_list("officer_id", flat=True))
    return actor.officer_id in circle


def require(actor: Actor, case: Case, kind: str) -> None:
    """Raises NotFound where the person is outside the circle: that there is such a paper is not told either."""
    if not reads(actor, case, kind):
        raise NotFound("没有找到这份文书。")
