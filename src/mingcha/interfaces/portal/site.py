"""What the site is called and who answers for it (网站标识): shipped values, then `site.json` beside the data."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from mingcha.disclosure import queries

_SHIPPED = Path(__file__).parent / "data" / "site.json"
NAV = (
    ("谁在执法", "portal:who"),
    ("怎样执法", "portal:how"),
    ("执法结果", "portal:results"),
    ("验真与投诉", "portal:verify"),
    ("数据", "portal:data"),
)


@cache
def _written() -> dict[str, Any]:
    """Read once: changes need a restart, like every setting."""
    found: dict[str, Any] = json.loads(_SHIPPED.read_text("utf-8"))
    own = Path(settings.DATA) / "site.json"
    if own.exists():
        found.update(json.loads(own.read_text("utf-8")))
    return found


def site() -> dict[str, Any]:
    """Context of the portal's frame. An unnamed site takes its name from the place's government."""
    return {**_frame(*queries.jurisdiction())}


@lru_cache(maxsize=8)
def _frame(code: str, place: str) -> dict[str, Any]:
    found = {**_written(), "jurisdiction": code, "place": place, "home_url": reverse("portal:home")}
    found["name"] = found["name"] or f"{place}行政执法公示"
    found["organiser"] = found["organiser"] or (f"{place}人民政府" if place else "本级人民政府")
    found["undertaker"] = found["undertaker"] or (f"{place}司法局" if place else "本级司法行政部门")
    found["nav"] = [{"label": label, "url": reverse(name)} for label, name in NAV]
    for key, name in (
        ("map_url", "map"),
        ("contact_url", "contact"),
        ("accessibility_url", "accessibility"),
        ("english_url", "english"),
        ("log_url", "log"),
    ):
        found[key] = reverse(f"portal:{name}")
    return found
