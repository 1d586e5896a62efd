from __future__ import annotations

from mingcha.accounts.actors import Actor
from mingcha.cases.models import Case
from mingcha.common.errors import Reason
from mingcha.disclosure.models import Publication
from mingcha.procedures.guards import Answer, guard


@guard("publication-settled@1", "决定已公示或者已撤销", "行政处罚法第四十八条")
def publication_settled(case: Case, actor: Actor) -> Answer:
    found = Publication.objects.filter(decision__case=case).select_related("release", "decision__revocation").first()
    if found and (hasattr(found, "release") or hasattr(found.decision, "revocation")):
        return Answer(inputs={"publication": str(found.id)})
    return Answer(
        (
            Reason(
                "publication-open",
                "处罚决定还没有公示，不能结案。",
                ("行政处罚法第四十八条",),
                "请公示员核对脱敏结果后公示。",
            ),
        )
    )
