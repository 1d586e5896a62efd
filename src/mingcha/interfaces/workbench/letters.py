"""Letters as readable lines on the screen: issued documents, the frozen draft, and what changed between two drafts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import InvalidInput
from mingcha.documents import queries as documents
from mingcha.documents.models import Document
from mingcha.documents.rendering import render, template

# What the issue adds to a draft; the reader sees where it will stand.
_LATE = {"doc_no": "（文号在作出决定时编定）", "verify_url": "（核验网址在作出决定时生成）"}


@dataclass(frozen=True)
class Line:
    """One line of a letter: `kind` is organ, title, number, head, text; `change` is same, new or gone."""

    text: str
    kind: str = "text"
    change: str = "same"


@dataclass(frozen=True)
class Letter:
    """Lines of a letter; `day`: when it was issued (none: not yet), whose procedural law counts in it."""

    lines: Sequence[Line]
    gaps: Sequence[str] = ()
    day: dt.date | None = None


def issued(document: Document) -> Letter:
    """An issued document as text."""
    text = render(document.kind, document.fields, version=document.template_version).text
    return Letter(_lines(text.splitlines(), document.title, document.number), day=clock.legal_day(document.issued_at))


def draft(case: Case, content: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> Letter:
    """A frozen draft as text; against the draft `before`, changed lines are marked. Gaps: what keeps it from being set."""
    title = template(content["kind"]).title
    try:
        now = _text(case, content)
        old = _text(case, before) if before else now
    except InvalidInput as error:
        return Letter((), [message for messages in error.fields.values() for message in messages])
    lines: list[Line] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, now, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += _lines(now[k:m], title, _LATE["doc_no"], begun=bool(lines))
        else:
            lines += [Line(text, change="gone") for text in old[i:j]]
            lines += [Line(text, change="new") for text in now[k:m]]
    return Letter(lines)


def _text(case: Case, content: Mapping[str, Any]) -> list[str]:
    return render(content["kind"], {**documents.as_read(case, content), **_LATE}).text.splitlines()


def _lines(texts: Sequence[str], title: str, number: str, *, begun: bool = False) -> list[Line]:
    """`begun`: these lines go on after others, so the title stands above already."""
    lines: list[Line] = []
    for text in texts:
        if not text.strip():
            continue
        titled = begun or any(line.kind == "title" for line in lines)
        heading = titled and text[:1] in "一二三四五六七八九十" and "、" in text[:3]
        kind = "title" if text == title else "number" if number and text == number else "head" if heading else "text"
        kind = "organ" if kind == "text" and not lines and title in texts else kind
        lines.append(Line(text, kind))
    return lines


def typed(kind: str, fields: Mapping[str, Any], case: Case) -> Letter:
    """A letter that is not issued yet, from its fields; gaps: what is still missing."""
    late = {"organ_name": case.organisation.name, "doc_no": "（文号在出具时编定）"}
    try:
        texts = render(kind, {**late, **fields}).text.splitlines()
    except InvalidInput as error:
        return Letter((), [message for messages in error.fields.values() for message in messages])
    return Letter(_lines(texts, template(kind).title, late["doc_no"]))
