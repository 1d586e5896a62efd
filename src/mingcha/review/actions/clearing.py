"""Before a paper that decides an act is made (许可、强制、征收、确认等决定): reviewed, or on record why not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import Reason, Refused
from mingcha.common.explained import Explained
from mingcha.common.prepared import insert
from mingcha.documents import clearing
from mingcha.documents import queries as documents
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.review import queries
from mingcha.review.guards import approval_of
from mingcha.review.models import Clearance
from mingcha.review.rules import urgent


@clearing.gate
def clear(case: Case, kind: str, fields: Mapping[str, Any], document_id: uuid.UUID, by: ActorSnapshot) -> None:
    """Record on what a deciding paper of a locked case rests. Raises Refused while the review does not allow it."""
    if kind not in documents.decisive(cases.procedure(case).code):
        return
    frozen = documents.frozen_as(case, kind, fields)
    demanded = queries.in_scope(case)
    pressing = urgent(kind, fields)
    opinion, edition, condition = None, None, ""
    if demanded.value and not pressing:
        opinion, reasons = approval_of(case, frozen.digest)
        if reasons:
            raise Refused([*reasons, _which(demanded)])
    else:
        edition, condition = queries.list_in_force(case), (pressing or demanded.steps[-1])[:300]
    insert(
        Clearance(
            case=case,
            kind=kind,
            document_id=document_id,
            opinion=opinion,
            edition=edition,
            condition=condition,
            content_digest=frozen.digest,
            at=clock.now(),
        )
    )
    append(
        "review-cleared",
        log=case.jurisdiction,
        subject=("document", str(document_id)),
        case_id=case.id,
        actor=by,
        payload={
            "kind": kind,
            "content_digest": frozen.digest,
            "round": opinion.submission.round if opinion else None,
            "condition": condition,
            "demanded": demanded.as_dict(),
        },
    )


def _which(demanded: Explained[bool]) -> Reason:
    return Reason("review-demanded", "".join(demanded.steps[-2:]), (demanded.article,))
