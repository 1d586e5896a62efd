"""How long a check-in code stands and in which stages (检查码的规则), read from data."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_PLACE = Path(__file__).parent / "data" / "checkin.json"


@cache
def rulebook() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_PLACE.read_text("utf-8"))
    return found
