"""Which rows of the law change why (法律条文的核验), for the seals of `mingcha ledger check`."""

import hashlib
from pathlib import Path

from mingcha.ledger import rows
from mingcha.ledger.models import JournalEntry
from mingcha.statutes import kinds
from mingcha.statutes.models import Law

_KINDS = (kinds.STATUTE_AMENDED, kinds.LAW_DATE_CONFIRMED, kinds.RULE_ISSUED, kinds.RULE_REPEALED)
_SHIPPED = Path(__file__).parent / "data" / "articles.json"


def _edition() -> str:
    """Shipped summaries change with the release, imported texts with a newer law or an entry about one."""
    entry = JournalEntry.objects.filter(kind__in=_KINDS).order_by("-id").values_list("id", flat=True).first()
    law = Law.objects.order_by("-id").values_list("id", flat=True).first()
    text = f"{hashlib.sha256(_SHIPPED.read_bytes()).hexdigest()} {entry} {law}"
    return hashlib.sha256(text.encode()).hexdigest()


for _table in ("statutes_law", "statutes_article", "statutes_division"):
    rows.shipped(_table, _edition)
