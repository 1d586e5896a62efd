"""What a reader searches for (检索条件), read from an address: the page, its files and its feed mean the same by it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest

from mingcha.disclosure import queries
from mingcha.interfaces.portal.pages import asked

_NAMES = ("q", "authority", "area", "kind", "act", "state", "since", "until", "least", "most", "order")
_MOST_YUAN = 10**12


@dataclass
class Asked:
    """The conditions as typed, what they mean, and what is wrong with them."""

    given: dict[str, str]
    wanted: queries.Wanted
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def narrowed(self) -> bool:
        return any(value for name, value in self.given.items() if name != "order")

    @property
    def filtered(self) -> bool:
        return any(value for name, value in self.given.items() if name not in ("q", "order"))

    @property
    def address(self) -> str:
        """The question as the end of an address, for a saved link, the files and the feed; without the page."""
        return urlencode({name: value for name, value in self.given.items() if value})


def read(request: HttpRequest) -> Asked:
    """The search that an address asks for; what cannot be read is told and left out."""
    given = {name: asked(request, name) for name in _NAMES}
    errors: dict[str, str] = {}
    since, until = (_day(given[name], name, errors) for name in ("since", "until"))
    if since and until and since > until:
        errors["until"] = "止日早于起日，请调换。"
    least, most = (_fen(given[name], name, errors) for name in ("least", "most"))
    if least is not None and most is not None and least > most:
        errors["most"] = "最高额低于最低额，请调换。"
    wanted = queries.Wanted(
        given["q"],
        authority=given["authority"],
        area=given["area"],
        kind=given["kind"],
        act=given["act"] if given["act"] in queries.acts() else "",
        state=given["state"] if given["state"] in dict(queries.STATES) else "",
        since=since,
        until=until,
        least=least,
        most=most,
        order=given["order"] if given["order"] in queries.ORDERS else queries.ORDERS[0],
    )
    return Asked(given, wanted, errors)


def _day(text: str, name: str, errors: dict[str, str]) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        errors[name] = "日期应写成 2026-11-21 的样子。"
        return None


def _fen(text: str, name: str, errors: dict[str, str]) -> int | None:
    """Whole yuan as 分."""
    if not text:
        return None
    if text.isascii() and text.isdecimal() and int(text) <= _MOST_YUAN:
        return int(text) * 100
    errors[name] = "罚款数额请填写整数，单位是元，例如 5000。"
    return None
