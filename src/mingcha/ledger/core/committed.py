"""Is what is shown what was signed? (逐项承诺) — the public content against the commitment made when the letter was issued.

The content names the token by digest and marks every withheld stretch of its text with the elements that stood there;
so all that is not marked must be disclosed word for word, in the order of the signed letter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mingcha.ledger.core import sdjwt
from mingcha.ledger.core.sdjwt import CommitmentBroken

KIND = "decision-committed"
# Claims of the committed letter and the fields of the public content that repeat them.
CLAIMS = (
    "title",
    "number",
    "party",
    "authority",
    "cause",
    "decided_on",
    "penalties",
    "fine_fen",
    "confiscated_fen",
    "articles",
)


@dataclass(frozen=True)
class Shown:
    """How much of the signed letter is shown and how much is withheld."""

    disclosed: int
    withheld: int


def token_digest(token: str) -> str:
    """What the journal entry and the public content name, lower-case hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def check(content: Mapping[str, Any], presentation: str, key: Mapping[str, Any], recorded: Mapping[str, Any]) -> Shown:
    """Check content and presentation against each other and against the entry's payload. Raises CommitmentBroken."""
    mark = content.get("commitment")
    if not isinstance(mark, dict) or set(mark) != {"token", "withheld", "fields_withheld"}:
        raise CommitmentBroken(message="公开内容没有写明它的承诺。")
    if not all(isinstance(key.get(name), str) for name in ("crv", "kty", "x")):
        raise CommitmentBroken(message="承诺的公钥形式不对。")
    found = sdjwt.opened(presentation, key)
    if not token_digest(found.token) == mark["token"] == recorded.get("token"):
        raise CommitmentBroken(message="这份承诺不是签发时写入账本的那一份。")
    if sdjwt.thumbprint(key) != recorded.get("kid"):
        raise CommitmentBroken(message="承诺的公钥不是写入账本的那一把。")
    letter = found.base.get("document_digest")
    if not letter == recorded.get("document_digest") == content.get("document_digest"):
        raise CommitmentBroken(message="承诺属于另一份决定书。")
    _check_fields(content, mark["fields_withheld"], found)
    pieces = found.arrays.get("text", [])
    _check_text(content.get("text"), mark["withheld"], pieces)
    hidden = sum(piece is None for piece in pieces)
    return Shown(len(pieces) - hidden, hidden)


def _check_fields(content: Mapping[str, Any], hidden: Any, found: sdjwt.Opened) -> None:
    if not isinstance(hidden, list) or not set(map(str, hidden)) <= set(CLAIMS):
        raise CommitmentBroken(message="公开内容写明的未公开字段形式不对。")
    for name in CLAIMS:
        if name in hidden:
            if name in found.claims:
                raise CommitmentBroken(message=f"字段“{name}”写明不公开，却出示了。")
        elif name not in found.claims:
            raise CommitmentBroken(message=f"字段“{name}”没有出示，也没有写明不公开。")
        elif found.claims[name] != content.get(name):
            raise CommitmentBroken(message=f"字段“{name}”与签发时承诺的不同。")
    if found.withheld_claims != len(hidden):
        raise CommitmentBroken(message="未公开的字段比写明的多。")


def _check_text(text: Any, withheld: Any, pieces: Sequence[str | None]) -> None:
    if not isinstance(text, str) or not isinstance(withheld, list):
        raise CommitmentBroken(message="公开内容没有全文，或者没有写明隐去的位置。")
    at = piece = 0
    for place in [*withheld, {"start": len(text), "end": len(text), "first": len(pieces), "last": len(pieces)}]:
        if not isinstance(place, dict) or set(place) != {"start", "end", "first", "last"}:
            raise CommitmentBroken(message="隐去位置的形式不对。")
        start, end, first, last = (place[name] for name in ("start", "end", "first", "last"))
        if not all(type(value) is int for value in (start, end, first, last)):
            raise CommitmentBroken(message="隐去位置的形式不对。")
        if not (at <= start <= end <= len(text) and piece <= first <= last <= len(pieces)):
            raise CommitmentBroken(message="隐去位置的顺序不对。")
        shown = pieces[piece:first]
        if None in shown:
            raise CommitmentBroken(message=f"第{piece + shown.index(None) + 1}段没有公开，正文中却没有标明隐去。")
        if "".join(map(str, shown)) != text[at:start]:
            raise CommitmentBroken(message=f"“{text[at:start][:20]}”与签发时承诺的文字不同。")
        if any(hidden is not None for hidden in pieces[first:last]):
            raise CommitmentBroken(message="标明隐去的一段却出示了。")
        at, piece = end, last
