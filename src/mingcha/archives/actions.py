from __future__ import annotations

import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.models import Acceptance
from mingcha.archives.queries import dossier
from mingcha.cases import access
from mingcha.cases.locks import lock
from mingcha.common import clock
from mingcha.common.errors import Conflict, Reason, Refused
from mingcha.documents.actions import make
from mingcha.documents.blocks import officers_block
from mingcha.ledger.actions import append


@transaction.atomic
def accept(case_id: uuid.UUID, *, actor: Actor) -> Acceptance:
    """Take a closed case into the archive (接收案卷, R070): index made, digest over everything recorded."""
    actor.require(Role.ARCHIVIST)
    access.case(actor, case_id)
    case = lock(case_id)
    if case.closed_on is None:
        raise Refused(
            [Reason("dossier-case-open", "案件还没有结案，不能归档。", ("行政处罚法第四十七条",), "请先结案。")]
        )
    if Acceptance.objects.filter(case=case).exists():
        raise Conflict("dossier-accepted", "案卷已经接收。")
    whole = dossier(case)
    papers = [*whole.main, *whole.second]
    by = actor.snapshot(Role.ARCHIVIST)
    index = make(
        case,
        "dossier-index",
        {
            "case_no": case.number or case.cause,
            "cause": case.cause,
            "dossier_no": case.number or str(case.id),
            "volume": "main",
            "party": case.party_name,
            "result": "已结案",
            "handlers": officers_block(case),
            "filed_on": case.filed_on or case.closed_on,
            "closed_on": case.closed_on,
            "retention": "三十年",
            "pages_total": len(papers),
            "filed_by": actor.name,
            "entries": [
                {
                    "name": paper.title,
                    "number": paper.number,
                    "maker": paper.maker,
                    "date": paper.day,
                    "pages": str(place),
                }
                for place, paper in enumerate(papers, 1)
            ],
            "note": f"全卷摘要值 SHA-256：{whole.digest}；过程记录{whole.entries}条。",
        },
        by=by,
    )
    row = Acceptance.objects.create(
        case=case,
        index=index,
        digest=whole.digest,
        entries=whole.entries,
        accepted_by_id=actor.officer_id,
        accepted_at=clock.now(),
    )
    append(
        "dossier-accepted",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=by,
        payload={"digest": whole.digest, "entries": whole.entries, "papers": len(papers)},
    )
    return row
