"""Where a letter is cut (分段), and how far a later mask has to grow. Pure."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_CLAUSE_END = re.compile(r"[，。；！？,;\n][，。；！？,;\n\s]*")
WHOLE = "（此处隐去）"


def cuts(text: str, spans: Iterable[Any]) -> list[int]:
    """Offsets of all cuts, first and last included: behind each clause, around each span that the engine marks."""
    marked = [(span.start, span.end) for span in spans]
    inside = {at for start, end in marked for at in range(start + 1, end)}
    found = {0, len(text), *(edge for span in marked for edge in span)}
    return sorted(found | ({match.end() for match in _CLAUSE_END.finditer(text)} - inside))


def pieces(text: str, places: Sequence[int]) -> list[str]:
    """The elements; joined they are the text again."""
    return [text[start:end] for start, end in itertools.pairwise(places)]


def fitted(spans: Iterable[Mapping[str, Any]], places: Sequence[int]) -> list[dict[str, Any]]:
    """Spans grown to whole elements: what was cut wider when the letter was issued cannot be shown in part."""
    grown: list[dict[str, Any]] = []
    for span in sorted(spans, key=lambda item: (item["start"], -item["end"])):
        start = places[bisect.bisect_right(places, span["start"]) - 1]
        end = places[bisect.bisect_left(places, span["end"])]
        row = dict(span)
        if (start, end) != (span["start"], span["end"]):
            row |= {"start": start, "end": end, "replacement": WHOLE}
        if grown and row["start"] < grown[-1]["end"]:
            last = grown[-1]
            by_hand = next((item for item in (row, last) if item["rule"] == "manual"), last)
            grown[-1] = {**by_hand, "start": last["start"], "end": max(last["end"], row["end"]), "replacement": WHOLE}
        else:
            grown.append(row)
    return grown


def withheld(spans: Sequence[Mapping[str, Any]], places: Sequence[int]) -> list[dict[str, int]]:
    """Where the public text has replacement words instead of elements `first` to `last` (exclusive). Spans are fitted."""
    number = {at: index for index, at in enumerate(places)}
    found, shift = [], 0
    for span in spans:
        start = span["start"] + shift
        shift += len(str(span["replacement"])) - (span["end"] - span["start"])
        found.append(
            {
                "start": start,
                "end": start + len(str(span["replacement"])),
                "first": number[span["start"]],
                "last": number[span["end"]],
            }
        )
    return found
