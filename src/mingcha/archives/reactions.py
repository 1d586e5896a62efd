"""What follows for the archive from the closing of a case, in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from mingcha.archives import actions, queries
from mingcha.archives.errors import NotReady
from mingcha.archives.keeping import actions as keeping
from mingcha.archives.lending import closing
from mingcha.archives.ordering import FRAME
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common.prepared import prepared
from mingcha.documents.clearing import opener
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.reactions import on
from mingcha.performance.models import Appeal, AppealEnd
from mingcha.procedures.queries import definition

closing.register()


@on("case-moved")
def pass_custody(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """Whoever approves the closing hands the dossier over (R070)."""
    target = definition(_procedure(entry.case_id)[0]).stage(payload["to"])
    if target.terminal or not target.moves:
        case = lock(entry.case_id)
        if not queries.custody(case):
            actions.hand_over(case, by=actor)


@on("appeal-recorded")
def hold_dossier(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """Nothing of a case under appeal is destroyed, and its papers are bound, sealed or not — 档案法 art. 31."""
    appeal = Appeal.objects.select_related("case").get(id=entry.subject_id)
    if not hasattr(appeal, "appeal_hold"):
        keeping.hold_for(appeal, actor)
    actions.supplement_for(appeal.case, reason=f"归档后收到{appeal}的材料", officer_id=appeal.by_id, by=actor)


@on("appeal-ended")
def free_dossier(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """The end of the appeal ends its hold, and no other; its paper goes into the dossier."""
    end = AppealEnd.objects.select_related("appeal__case").get(appeal_id=entry.subject_id)
    keeping.lift_for(end, actor)
    reason = f"归档后收到{end.appeal}的结果（{end.number}）"
    actions.supplement_for(end.appeal.case, reason=reason, officer_id=end.by_id, by=actor)


@opener
def take_in(case: Case, kind: str, title: str, by: ActorSnapshot) -> None:
    """A paper made after the archive took the dossier over opens its own volume — 行政处罚法 art. 75 ¶2, 档案法 art. 31.

    Raises NotReady while the volume before is still being sealed.
    """
    taken = None if kind in FRAME else queries.acceptance(case)
    if taken is None:
        return
    officer_id = uuid.UUID(by.officer_id) if by.officer_id else taken.accepted_by_id
    reason = f"归档后制作《{title}》"
    if actions.supplement_for(case, reason=reason, officer_id=officer_id, by=by) is None:
        raise NotReady(message="案卷正在封存，封存完成以前不能增加文书。请过几分钟再办理。")


@prepared
def _procedure(case_id: uuid.UUID) -> QuerySet[Case, uuid.UUID]:
    return Case.objects.filter(id=case_id).values_list("procedure_id", flat=True)
