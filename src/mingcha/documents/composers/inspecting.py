"""Inspections (行政检查): what the papers of a visit know about earlier visits — 国办发〔2024〕54号."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.documents.filling import KNOWN
from mingcha.documents.models import Document


def _same_party(case: Case, kind: str) -> QuerySet[Document]:
    """Papers of a kind of the same organ about the same party in this calendar year, in other cases."""
    uscc = cases.party(case).uscc
    who = {"case__parties__uscc": uscc} if uscc else {"case__party_name": case.party_name}
    year_began = clock.at(clock.today().replace(month=1, day=1), 0)
    rows = Document.objects.filter(kind=kind, case__organisation=case.organisation, issued_at__gte=year_began, **who)
    return rows.exclude(case_id=case.pk)


def done_this_year(case: Case) -> int:
    """Visits of the party in this year. A case counts once, whatever the number of its records."""
    return _same_party(case, "inspection-record").values("case_id").distinct().count()


def others_pending(case: Case) -> list[str]:
    """Approved visits of the same party not yet made: they are to be joined (综合查一次)."""
    made = _same_party(case, "inspection-record").values("case_id")
    rows = _same_party(case, "inspection-approval").exclude(case_id__in=made).order_by("issued_at", "id")
    return [row.number or row.title for row in rows]


def _item_rows(case: Case) -> list[dict[str, Any]]:
    name = (catalogues.entry(case.items, case.item_code) or {}).get("name")
    return [{"name": name}] if name else []


KNOWN.update(
    {
        "inspections.done": done_this_year,
        "inspections.next": lambda case: done_this_year(case) + 1,
        "inspections.others": others_pending,
        "item.rows": _item_rows,
    }
)
