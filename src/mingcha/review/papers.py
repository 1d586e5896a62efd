"""What the checks of the papers say of a case file (文书校验), read for all papers at once: the review asks while somebody waits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.choices import AvoidanceState
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.common.errors import InvalidInput, Reason
from mingcha.deadlines import queries as deadlines
from mingcha.documents import examining
from mingcha.documents.checking import Mark, Paper, Past, examine
from mingcha.documents.checking.lattice import order
from mingcha.documents.models import Document
from mingcha.documents.rendering import Unprintable, check_fields, missing_fields, restricted, template
from mingcha.documents.sealing import queries as sealing
from mingcha.documents.sealing.rules import on_the_spot
from mingcha.review.findings import Said, Unsigned
from mingcha.statutes import queries as statutes

# Made again in a later round, the earlier one is history; of records each counts.
_ANEW = ("investigation-report", "penalty-notice", "hearing-right-notice", "hearing-notice")
# The findings compare the frozen draft themselves; of the draft's own checks these remain.
_OF_DRAFT_ELSEWHERE = ("V1", "V2", "V7", "V10", "V13", "V16", "decision-in-ninety", "decision-after-review")
_UNSERVED = ("S0", "S5")


@dataclass(frozen=True)
class Papers:
    """The papers that count, oldest first, and what their checks say."""

    rows: Sequence[Document]
    said: Sequence[Said]
    unsigned: Sequence[Unsigned]
    unserved: Sequence[tuple[str, str]]


def link(row: Document) -> str:
    """The key under which a paper stands in the index of materials."""
    return f"document:{row.pk}"


def read(case: Case, draft: Mapping[str, Any], kind: str) -> Papers:
    """All papers of the case and the frozen draft laid before their checks, in a number of reads that does not grow."""
    found = Document.objects.filter(case=case, void=None, corrected_by=None).exclude(kind__in=restricted())
    rows = list(found.select_related("service").order_by("issued_at", "id"))
    pasts = {row.pk: _past(row) for row in rows}
    base = replace(examining.paper(case, kind, {}, clock.now()), known_articles=cache(statutes.stands))
    newest = {row.kind: row for row in rows}
    said: list[Said] = []
    before: dict[str, Past] = {}
    for row in rows:
        if row.kind not in _ANEW or newest[row.kind] == row:
            marks = _of_paper(row, base, dict(before))
            said += [Said(mark.check, mark.reason, mark.refuses, link(row)) for mark in _fair(case, row, marks)]
        before[row.kind] = pasts[row.pk]
    by_past = {id(pasts[row.pk]): row for row in rows}
    for mark, later in order(list(pasts.values()), deadlines.calendar(case.jurisdiction)):
        said.append(Said("V6", mark.reason, mark.refuses, link(by_past[id(later)])))
    said += _of_draft(kind, draft, base, before)
    return Papers(rows, said, list(_unsigned(rows)), list(_unserved(newest)))


def _past(row: Document) -> Past:
    """As `examining.past`; a paper whose own date cannot be read counts by the day of its making."""
    try:
        return examining.past(row)
    except ValueError:
        service = getattr(row, "service", None)
        served = service.effective_on if service else None
        return Past(row.kind, row.title, legal_day(row.issued_at), row.issued_at, row.number, served, row.fields)


def _of_paper(row: Document, base: Paper, before: Mapping[str, Past]) -> list[Mark]:
    try:
        values = _values(row.kind, row.template_version, json.dumps(row.fields, ensure_ascii=False))
    except (InvalidInput, Unprintable) as error:
        text = f"《{row.title}》的内容不能按其格式读出：{error.message}"
        return [Mark(Reason("paper-unreadable", text, ("行政处罚法第四十七条",)), "V12", True)]
    return examine(replace(base, kind=row.kind, fields=values, at=row.issued_at, past=before.get))


@lru_cache(maxsize=1024)
def _values(kind: str, version: int, fields: str) -> Mapping[str, Any]:
    """The fields of an issued paper as its form reads them: what is asked again with every look at the same file."""
    return check_fields(kind, json.loads(fields), version=version)


def _fair(case: Case, row: Document, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Who was told to stay away later could act when the paper was made."""
    for mark in marks:
        if mark.check == "V16" or (mark.reason.code == "V1-recused" and not _recused_then(case, row)):
            continue
        text = mark.reason.message
        titled = text if row.title in text else f"《{row.title}》：{text}"
        yield replace(mark, reason=replace(mark.reason, message=titled))


def _recused_then(case: Case, row: Document) -> bool:
    granted = [item for item in cases.avoidance_rows(case) if item.state == AvoidanceState.GRANTED]
    return any(item.at <= row.issued_at for item in granted)


def _of_draft(kind: str, draft: Mapping[str, Any], base: Paper, before: Mapping[str, Past]) -> Iterator[Said]:
    """The checks of the decision's own form; a draft with gaps is named by its gaps."""
    form = template(kind)
    names = {field.name for field in form.fields}
    values = {name: value for name, value in draft.items() if name in names}
    for name in {"doc_no", "verify_url"} & names:
        values.setdefault(name, "（制作时编号）")
    values.setdefault(form.date, clock.today())
    try:
        checked = check_fields(kind, values)
    except InvalidInput as error:
        if not missing_fields(kind, values):
            text = "；".join(line.rstrip("。") for lines in error.fields.values() for line in lines)
            reason = Reason("draft-contradicts-itself", f"决定书草稿：{text}。", ("行政处罚法第五十九条",))
            yield Said("V8", reason, True, "draft")
        return
    except Unprintable:
        return
    for mark in examine(replace(base, kind=kind, fields=checked, past=before.get)):
        if mark.check not in _OF_DRAFT_ELSEWHERE:
            reason = replace(mark.reason, message=f"决定书草稿：{mark.reason.message}")
            yield Said(mark.check, reason, mark.refuses, "draft")


def _unsigned(rows: Sequence[Document]) -> Iterator[Unsigned]:
    """V4, V5: signatures and seals that a paper demands and does not bear."""
    standing = sealing.standings(rows) if rows else {}
    for row in rows:
        lacking = tuple(f"{due.label}的{due.form}" for due in standing[row.pk] if due.open)
        if lacking:
            yield Unsigned(row.title, lacking, on_the_spot(row.kind, row.template_version), link(row))


def _unserved(newest: Mapping[str, Document]) -> Iterator[tuple[str, str]]:
    """V10: external papers without proof of service; the prior notice has a finding of its own."""
    for row in newest.values():
        about = template(row.kind, row.template_version).about
        external = about.sphere == "external" and about.service not in _UNSERVED
        if external and row.kind != "penalty-notice" and getattr(row, "service", None) is None:
            yield row.title, link(row)
