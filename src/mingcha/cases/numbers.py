"""Gap-free numbers 机关代字〔年〕序号, one series per organ, kind and year (V11)."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from mingcha.accounts.models import Organisation
from mingcha.cases.models import IssuedNumber
from mingcha.common import clock
from mingcha.common.prepared import insert, prepared


@prepared
def _locked(organisation_id: uuid.UUID) -> QuerySet[Organisation, uuid.UUID]:
    return Organisation.objects.select_for_update().filter(id=organisation_id).values_list("id", flat=True)


@prepared
def _last(organisation_id: uuid.UUID, code: str, year: int) -> QuerySet[IssuedNumber, int]:
    rows = IssuedNumber.objects.filter(organisation_id=organisation_id, code=code, year=year)
    return rows.order_by("-n").values_list("n", flat=True)[:1]


def allocate(organisation: Organisation, code: str) -> str:
    """The next number of the series in the caller's transaction, which must hold a lock; a rollback leaves no gap."""
    # One row per organ serialises two officers numbering at once; SQLite's write lock already does.
    _locked(organisation.id)
    year = clock.today().year
    n = next(iter(_last(organisation.id, code, year)), 0) + 1
    text = f"{organisation.code}{code}〔{year}〕{n}号"
    insert(IssuedNumber(organisation=organisation, code=code, year=year, n=n, text=text, at=clock.now()))
    return text
