"""What this room demands of lists (典型案例): chosen from what is public, told without a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.catalogues import schemas
from mingcha.common.errors import Reason
from mingcha.disclosure import preparing
from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.models import PublicEntry
from mingcha.redaction import residual

_KIND = "typical-cases"
_TOLD = ("name", "plain", "facts", "handling", "point")
_ARTICLES = ("国办发〔2018〕118号",)
_plain = schemas.schema(_KIND)


def check(content: Mapping[str, Any]) -> list[Reason]:
    """Each case names a decision that is public now; no text names its party or holds personal data."""
    reasons = _plain.check(content)
    if reasons:
        return reasons
    numbers = [str(entry["number"]).strip() for entry in content["entries"]]
    public = {
        row.number: row.party
        for row in PublicEntry.objects.filter(number__in=numbers, state=PublicState.VALID).only("number", "party")
    }
    for place, (entry, number) in enumerate(zip(content["entries"], numbers, strict=True), 1):
        if number not in public:
            reasons.append(
                Reason(
                    "typical-not-public",
                    f"第{place}条：{number}不是正在公示的决定。",
                    _ARTICLES,
                    "请先公示这份决定，或者改选一份正在公示的决定。",
                    {"row": place, "field": "number"},
                )
            )
        for name in _TOLD:
            words = str(entry.get(name, ""))
            if (public.get(number) and public[number] in words) or residual(words, profile=preparing.PROFILE):
                reasons.append(
                    Reason(
                        "typical-names-somebody",
                        f"第{place}条的文字写出了当事人或者其他人的姓名、名称或者号码。",
                        ("行政处罚法第五十条", *_ARTICLES),
                        "请用“某公司”“李某”代替，再送审。",
                        {"row": place, "field": name},
                    )
                )
    return reasons


schemas.register(
    _KIND,
    _plain.label,
    check,
    **{name: getattr(_plain, name) for name in ("columns", "about", "basis", "reviewed_by", "without", "every")},
)
