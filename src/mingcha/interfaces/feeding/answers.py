"""Answers told beforehand (预制答复): what the portal asks of cases, letters and seals, made inside, kept outside.

`disclosure.queries` reads the inner tables. In the portal's zone these tables do not exist: `bind` puts in the place of
each such question one that reads the answer which the inner zone has made with the very same function.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from mingcha.accounts.models import Certificate
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import MingchaError, NotFound
from mingcha.disclosure import queries, reading_cases, reading_visits, replacing
from mingcha.disclosure.commitments import making
from mingcha.disclosure.counting import Figures
from mingcha.disclosure.models import Publication, PublicEntry, Release
from mingcha.disclosure.reading_cases import Passed, Progress
from mingcha.disclosure.reading_hearings import Announced
from mingcha.disclosure.reading_seals import Sealed, Slip
from mingcha.disclosure.reading_visits import Visitor, VisitShown
from mingcha.disclosure.yearly import Year
from mingcha.documents.models import Document
from mingcha.interfaces.feeding import codec, progress, visits
from mingcha.interfaces.feeding.selection import TABLES
from mingcha.ledger import queries as ledger
from mingcha.ledger.core import merkle, proof
from mingcha.ledger.core.bundle import Bundle
from mingcha.ledger.errors import NotYetSequenced

CLASSES: dict[str, type] = {
    item.__name__: item
    for item in (Announced, Figures, Passed, Progress, Sealed, Slip, Visitor, VisitShown, Year, queries.Publicity,
                 queries.Timeliness, queries.Withheld)
}  # fmt: skip
TABLE = "feed_answer"
FIRST_YEAR, MONTHS = 2019, 13
Item = tuple[str, Callable[[], Any]]


class NotYetTold(MingchaError):
    """The inner zone has not told this answer yet."""

    status = 503
    code = "not-yet-told"


# Inside: the answers as they stand now.


def of_entry(row: PublicEntry) -> dict[str, Any]:
    """Everything that a page asks about one public decision besides the row itself."""
    stands = queries.stands(row)
    return {
        "publicity": queries.publicity(row),
        "withheld": queries.withheld(row),
        "seal": queries.seal(row) if stands else None,
        "slips": queries.slips(row) if stands else [],
        "earlier": queries.earlier_texts(row.id),
        "original": queries.signed_original(row) if stands else None,
        "index": _index(row.entry_id) if stands else None,
        "proof": _material(row) if stands else None,
        "documents": _documents(row),
    }


def is_whole(answer: dict[str, Any]) -> bool:
    """Whether nothing of it waits for the log any more."""
    return answer["proof"] is None or answer["proof"]["entry"]["index"] is not None


def _index(entry_id: int | None) -> int | None:
    found = ledger.entry(entry_id) if entry_id is not None else None
    return found.leaf.index if found is not None and hasattr(found, "leaf") else None


def _recorded(entry_id: int) -> dict[str, Any] | None:
    found = ledger.entry(entry_id)
    payload = ledger.payload(found)
    if payload is None:
        return None
    told = {"header": ledger.header(found), "payload": payload, "salt": found.content.salt}
    return {**told, "index": found.leaf.index if hasattr(found, "leaf") else None}


def _material(row: PublicEntry) -> dict[str, Any] | None:
    """What a proof bundle is made of, without the proof: that comes from the tiles, which the zone has."""
    release = replacing.current(row.id) or Release.objects.filter(publication_id=row.id).first()
    recorded = _recorded(release.entry_id) if release is not None else None
    if release is None or recorded is None:
        return None
    committed = making.presented(row.id)
    more = None
    if committed is not None and (entry := _recorded(committed[0])) is not None:
        more = {"presentation": committed[1], "key": dict(committed[2]), **entry}
    return {"content_digest": release.content_digest, "entry": recorded, "commitment": more}


def _documents(row: PublicEntry) -> list[str]:
    """Letters whose code leads to this entry."""
    found = Publication.objects.filter(id=row.id).select_related("decision__document", "letter").first()
    letter = found.document if found is not None else None
    there = queries.of_document(letter.id) if letter is not None else None
    return [letter.id.hex] if letter is not None and there is not None and there.id == row.id else []


def small() -> dict[str, Callable[[], Iterator[Item]]]:
    """Questions besides those of one decision: all their keys, each with its answer."""
    return {
        "timeliness": _timeliness,
        "figures": lambda: ((f"{place}:{first}", _of(queries.figures, place, first, last))
                            for place in _places() for first, last in _years()),
        "years": lambda: ((place, _of(queries.years, place)) for place in _places()),
        "hearings": lambda: ((place, _of(queries.hearings_announced, place)) for place in _places()),
        "duty": lambda: ((key.hex, _of(queries.on_duty, key)) for key in
                         Certificate.objects.values_list("officer_id", flat=True).order_by("officer_id").distinct()),
        "visit": _visits,
    }  # fmt: skip


def _of(function: Callable[..., Any], *given: Any) -> Callable[[], Any]:
    return lambda: function(*given)


def _visits() -> Iterator[Item]:
    for code, shown in reading_visits.standing():
        yield visits.place(code), _of(visits.seal, code, codec.dumps(shown))


def _places() -> list[str]:
    table = next(table for table in TABLES if table.name == "accounts_organisation")
    return sorted(set(table.model._default_manager.values_list("jurisdiction", flat=True)))


def _years() -> Iterator[tuple[dt.date, dt.date]]:
    today = clock.today()
    for year in range(FIRST_YEAR, today.year + 1):
        yield dt.date(year, 1, 1), min(dt.date(year, 12, 31), today)


def _timeliness() -> Iterator[Item]:
    today = clock.today()
    for first, _ in _years():
        yield (
            f"{first}:{first.replace(month=12, day=31)}",
            _of(queries.timeliness, first, first.replace(month=12, day=31), today),
        )
    first = today.replace(day=1)
    for _ in range(MONTHS):
        last = (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
        yield f"{first}:{last}", _of(queries.timeliness, first, last, today)
        first = (first - dt.timedelta(days=1)).replace(day=1)


def of_case(case: Case) -> list[tuple[str, str, str]]:
    """Numbers under which a party may ask for its case, its code, and the answer, in the codec's text."""
    if not case.number:
        return []
    code = reading_cases.case_code(case.id)
    body = codec.dumps(reading_cases.own_case(case.number, code))
    letters = Document.objects.filter(case=case, service__isnull=False).exclude(number="").exclude(number=None)
    numbers = {case.number, *(str(number) for number in letters.values_list("number", flat=True))}
    return [(number, code, body) for number in sorted(numbers)]


# Outside: the same questions, answered from what was told.


def told(name: str, key: str) -> Any:
    """The answer. Raises NotYetTold."""
    found = _text(name, key)
    if found is None:
        raise NotYetTold(message="这项内容还没有送到公示网站，请稍后再看。")
    return codec.loads(found, CLASSES)


def _text(name: str, key: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT body FROM {TABLE} WHERE name = %s AND key = %s", [name, key])
        found = cursor.fetchone()
    return str(found[0]) if found else None


def _about(key: uuid.UUID, what: str) -> Any:
    return told("entry", key.hex)[what]


def _bundle(entry_id: uuid.UUID) -> bytes | None:
    row = queries.entry(entry_id)
    kept = _about(entry_id, "proof") if queries.stands(row) else None
    checkpoint = ledger.final_checkpoint(kept["entry"]["header"]["log"]) if kept else None
    if kept is None or checkpoint is None:
        return None
    try:
        more = kept["commitment"]
        return Bundle(
            content=row.content,
            content_digest=kept["content_digest"],
            checkpoint=checkpoint.note,
            commitment=None if more is None else {**more, "proof": _proof(more, checkpoint.size)},
            **kept["entry"],
            proof=_proof(kept["entry"], checkpoint.size),
        ).as_bytes()
    except NotYetSequenced:
        return None


def _proof(entry: dict[str, Any], size: int) -> list[str]:
    index = entry["index"]
    if index is None or index >= size:
        raise NotYetSequenced
    return proof.to_hex(merkle.inclusion_proof(ledger.nodes_at(entry["header"]["log"], size), index, size))


def _place(row: PublicEntry) -> dict[str, Any] | None:
    checkpoint, index = ledger.final_checkpoint(row.jurisdiction), _about(row.id, "index")
    if checkpoint is None or index is None or index >= checkpoint.size:
        return None
    told = {"size": checkpoint.size, "root": checkpoint.root, "checkpoint": checkpoint.note}
    return {"index": index, **told, "created": checkpoint.created, "log": row.jurisdiction}


def _of_document(document_id: uuid.UUID) -> PublicEntry | None:
    found = _text("document", document_id.hex)
    return PublicEntry.objects.filter(id=codec.loads(found, CLASSES)).first() if found else None


def _own_case(number: str, code: str) -> Progress:
    found = _text("case", progress.place(number, code))
    if found is None:
        raise NotFound(reading_cases._MISSING)
    answer: Progress = codec.loads(progress.opened(number, code, codec.loads(found, {})), CLASSES)
    return answer


def _visit(code: str) -> VisitShown:
    found = _text("visit", visits.place(code))
    sealed = codec.loads(found, {}) if found else None
    shown = codec.loads(visits.opened(code, sealed), CLASSES) if sealed else None
    return reading_visits.require_standing(shown)


def _yearly(jurisdiction: str, year: int | None = None) -> list[Year]:
    return [row for row in told("years", jurisdiction) if year in (None, row.year)]


OUTSIDE: dict[str, Callable[..., Any]] = {
    "publicity": lambda row: _about(row.id, "publicity"),
    "withheld": lambda row: _about(row.id, "withheld"),
    "seal": lambda row: _about(row.id, "seal"),
    "slips": lambda row: _about(row.id, "slips"),
    "signed_original": lambda row: _about(row.id, "original"),
    "earlier_texts": lambda key: _about(key, "earlier"),
    "bundle": _bundle,
    "proof": _place,
    "of_document": _of_document,
    "timeliness": lambda since, until, today: told("timeliness", f"{since}:{until}"),
    "figures": lambda place, first, last: told("figures", f"{place}:{first}"),
    "years": _yearly,
    "hearings_announced": lambda place: told("hearings", place),
    "on_duty": lambda key: told("duty", key.hex),
    "own_case": _own_case,
    "visit": _visit,
}


def bind() -> None:
    """From now on this process is of the portal's zone: its questions are answered from what was told."""
    for name, answer in OUTSIDE.items():
        getattr(queries, name)
        setattr(queries, name, answer)
