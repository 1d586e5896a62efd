"""actions.py split: the row of the portal's read model that a release gives."""

from __future__ import annotations

from typing import Any

from mingcha.common import clock
from mingcha.disclosure import letters
from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.models import Publication, Release, ReplacementRelease


def shown(publication: Publication, release: Release | ReplacementRelease) -> dict[str, Any]:
    """What the portal reads of a release, field by field. A replacement keeps the day of the first publication."""
    content = release.content
    first = release if isinstance(release, Release) else publication.release
    return {
        "jurisdiction": publication.jurisdiction,
        "source": publication.source,
        "act": content.get("act", letters.PENALTY),
        "state": PublicState.VALID,
        "number": content["number"] or "",
        "party": content["party"] or "",
        "authority": content["authority"] or "",
        "cause": content["cause"] or "",
        "decided_on": content["decided_on"],
        "listed_on": content["decided_on"] or clock.legal_day(first.released_at),
        "published_at": first.released_at,
        "due_on": publication.due_on,
        "kinds": content["penalties"],
        "fine_fen": content["fine_fen"],
        "confiscated_fen": content["confiscated_fen"],
        "content": content,
        "search_text": "\n".join(
            str(content[name] or "") for name in ("number", "party", "authority", "cause", "text")
        ),
        "entry_id": release.entry_id,
    }
