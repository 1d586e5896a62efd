"""Published lists for the portal (清单): public columns, search, history, what changed, files."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mingcha.catalogues import comparing, overview, profiles, sheets
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.columns import Column
from mingcha.catalogues.models import Edition
from mingcha.catalogues.schemas import Schema, schema
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.models import PublicEntry
from mingcha.documents.rendering import hand_out, template

_TYPICAL = "typical-cases"
SIZE = 50
MOST_COLUMNS = 8


@dataclass(frozen=True)
class ListPage:
    """A part of a list as readers see it: columns, rows of cells, where in the whole it stands."""

    columns: list[str]
    rows: list[list[str]]
    total: int
    page: int
    pages: int
    text: str

    @property
    def cards(self) -> list[list[tuple[str, str]]]:
        """The rows entry by entry, where a table would be too wide; empty for a narrow list."""
        if len(self.columns) <= MOST_COLUMNS:
            return []
        return [[(label, cell) for label, cell in zip(self.columns, row, strict=True) if cell] for row in self.rows]

    @property
    def before(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def after(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None


def _edition(edition_id: uuid.UUID) -> Edition:
    try:
        return catalogues.edition(edition_id)
    except Edition.DoesNotExist:
        raise NotFound("没有找到这份清单。") from None


def list_about(kind: str) -> tuple[str, str]:
    """What a kind of list is for, and on which law it rests."""
    found = schema(kind)
    return found.about, found.basis


def list_order() -> list[str]:
    """Kinds of list in the order in which people look for them."""
    return [item.kind for item in overview.ordered()]


def list_page(edition: Edition, text: str = "", number: int = 1) -> ListPage | None:
    """Entries of a list by page, the plain words first; None for what is no table (procedures, profiles)."""
    found = schema(edition.kind)
    if not found.columns:
        return None
    entries = list_entries(edition)
    columns = _shown(found, entries)
    lines = [[column.words(row.get(column.name)) for column in columns] for row in entries]
    if text:
        lines = [line for line in lines if any(text in cell for cell in line)]
    pages = max(1, -(-len(lines) // SIZE))
    number = min(max(number, 1), pages)
    cut = lines[(number - 1) * SIZE : number * SIZE]
    return ListPage([column.label for column in columns], cut, len(lines), number, pages, text)


def list_entries(edition: Edition) -> list[Mapping[str, Any]]:
    """The entries that may be shown now: a typical case is gone as soon as its decision is (国办发〔2018〕118号)."""
    entries = list(edition.content.get("entries", []))
    if edition.kind != _TYPICAL or not entries:
        return entries
    numbers = {str(row.get("number", "")).strip() for row in entries}
    rows = PublicEntry.objects.filter(jurisdiction=edition.organisation.jurisdiction, number__in=numbers)
    standing = set(rows.filter(state=PublicState.VALID).values_list("number", flat=True))
    return [row for row in entries if str(row.get("number", "")).strip() in standing]


def _content(edition: Edition) -> dict[str, Any]:
    return {**edition.content, "entries": list_entries(edition)} if "entries" in edition.content else edition.content


def _shown(found: Schema, entries: list[Mapping[str, Any]]) -> list[Column]:
    filled = [column for column in found.public if any(row.get(column.name) for row in entries)]
    # What the entry means stands before what it is called by, for readers who are no lawyers (R022).
    return sorted(filled, key=lambda column: {"code": 0, "name": 1, "plain": 2}.get(column.name, 3))


def list_history(edition: Edition) -> list[Edition]:
    """All editions of the same list, newest first, withdrawals joined."""
    return overview.history(edition)


def list_withdrawal(edition: Edition) -> str:
    """Why an edition was withdrawn; empty for one that was not."""
    row = next((item for item in overview.history(edition) if item.id == edition.id), None)
    return str(row.withdrawal.reason) if row is not None and hasattr(row, "withdrawal") else ""


def list_changes(older_id: uuid.UUID, newer_id: uuid.UUID) -> tuple[Edition, Edition, list[comparing.Change]]:
    """What changed between two editions of one list. Raises NotFound for editions of different lists."""
    older, newer = _edition(older_id), _edition(newer_id)
    if (older.organisation_id, older.kind, older.key) != (newer.organisation_id, newer.kind, newer.key):
        raise NotFound("这两个版本不是同一份清单，不能比较。")
    return older, newer, comparing.differences(newer.kind, schema(newer.kind).public, _content(older), _content(newer))


def list_file(edition_id: uuid.UUID, form: str) -> tuple[Edition, bytes, str]:
    """The entries as xlsx or csv with their media type. Raises NotFound for what has no such file."""
    edition = _edition(edition_id)
    found = schema(edition.kind)
    entries = list_entries(edition)
    if found.columns and form == "xlsx":
        return edition, sheets.write(found.label, found.public, entries), sheets.MEDIA_TYPE
    if found.columns and form == "csv":
        return edition, sheets.export_csv(found.public, entries).encode(), "text/csv; charset=utf-8"
    raise NotFound("这份清单没有这种格式的文件。")


_APPLICATION = "licence-application"


def application_form(edition_id: uuid.UUID, code: str, *, example: bool) -> tuple[Edition, bytes]:
    """The letter of application for an entry of a guide as PDF, to fill in or as an example of how (行政许可法第二十九条、第三十条).

    What the guide says stands in it: the matter and what has to be handed in. Raises NotFound.
    """
    edition = _edition(edition_id)
    entry = catalogues.entry(edition, code) if edition.kind == "guide" else None
    if entry is None:
        raise NotFound("没有找到这项服务指南。")
    materials = [{"name": line.strip()} for line in entry["materials"].splitlines() if line.strip()]
    known = {"organ_name": edition.organisation.name, "item_name": entry["name"], "truth": True}
    known["item_code"] = _item_code(edition, entry["name"])
    if example:
        known |= template(_APPLICATION).about.example
        materials = [{**row, "form": "copy", "pages": 1} for row in materials]
    return edition, hand_out(_APPLICATION, {**known, "materials": materials}).pdf


def guide(organisation_id: uuid.UUID) -> tuple[Edition, list[Mapping[str, Any]]] | None:
    """The guide of an organ in force with its entries."""
    edition = catalogues.in_force(organisation_id, "guide", clock.today())
    return (edition, list_entries(edition)) if edition else None


def _item_code(guide: Edition, name: str) -> str:
    items = catalogues.in_force(guide.organisation_id, "items", clock.today())
    rows = items.content["entries"] if items else []
    return next((str(row["code"]) for row in rows if row["name"] == name), "")


@dataclass(frozen=True)
class PolicyValue:
    """One policy value for readers: what it is, where it comes from, what it decides."""

    label: str
    words: str
    source: str
    reason: str
    decides: str


def list_policy(content: Mapping[str, Any]) -> list[PolicyValue]:
    """The values of a policy profile."""
    found = []
    for name, key in profiles.keys().items():
        row = content.get("values", {}).get(name, {})
        said = profiles.words(name, profiles.value(content, name))
        found.append(PolicyValue(key.label, said, row.get("source", ""), row.get("reason", ""), key.decides))
    return found


def list_state(edition: Edition, day: dt.date) -> tuple[str, str]:
    """Kind and word of the tag of an edition on a day."""
    if edition.effective_from > day:
        return "warn", "尚未施行"
    if edition.effective_to and edition.effective_to < day:
        return "", "已撤回" if hasattr(edition, "withdrawal") else "已被新版代替"
    return "ok", "现行有效"
