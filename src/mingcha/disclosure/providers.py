"""What the closing sheet takes from disclosure (公示情况): where the publication of the decision stands."""

from __future__ import annotations

from django.db.models import Q

from mingcha.cases.models import Case
from mingcha.common.clock import legal_day
from mingcha.disclosure.models import Publication
from mingcha.documents.filling import KNOWN


def _state(case: Case) -> str:
    rows = Publication.objects.filter(Q(decision__case=case) | Q(letter__case=case))
    found = rows.select_related("release", "withdrawal").order_by("-created_at", "-id").first()
    if found is None:
        return "没有应当公示的决定"
    if hasattr(found, "withdrawal"):
        return f"已于{legal_day(found.withdrawal.withdrawn_at).isoformat()}从公示平台撤下"
    if hasattr(found, "release"):
        return f"已于{legal_day(found.release.released_at).isoformat()}在公示平台公开"
    return f"应于{found.due_on.isoformat()}前公示，尚未公示" if found.due_on else "尚未公示"


KNOWN["publication.state"] = _state
