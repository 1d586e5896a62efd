"""Gap-free numbers 机关代字〔年〕序号, one series per organ, kind and year (V11)."""

from __future__ import annotations

from mingcha.accounts.models import Organisation
from mingcha.cases.models import IssuedNumber
from mingcha.common import clock


def allocate(organisation: Organisation, code: str) -> str:
    """The next number of the series in the caller's transaction, which must hold a lock; a rollback leaves no gap."""
    # One row per organ serialises two officers numbering at once; SQLite's write lock already does.
    Organisation.objects.select_for_update().get(id=organisation.id)
    year = clock.today().year
    series = IssuedNumber.objects.filter(organisation=organisation, code=code, year=year)
    n = (series.order_by("-n").values_list("n", flat=True).first() or 0) + 1
    text = f"{organisation.code}{code}〔{year}〕{n}号"
    IssuedNumber.objects.create(organisation=organisation, code=code, year=year, n=n, text=text, at=clock.now())
    return text
