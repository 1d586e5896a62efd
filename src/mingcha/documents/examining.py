"""A document of a case laid before the checks (文书校验): what the checks may ask is read only when one of them asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.common.errors import Reason
from mingcha.deadlines import queries as deadlines
from mingcha.documents import blocks
from mingcha.documents.checking import Mark, Paper, Past, examine
from mingcha.documents.composing import compose
from mingcha.documents.errors import Incomplete
from mingcha.documents.models import Document
from mingcha.documents.presuming import presumed
from mingcha.documents.rendering import Unprintable, check_fields, missing_fields, readable, template
from mingcha.documents.rendering.glyphs import unprintable
from mingcha.statutes import queries as statutes


def marks(case: Case, kind: str, fields: Mapping[str, Any], at: dt.datetime) -> list[Mark]:
    """What the validators and rules of its kind find in a document; `fields` as `check_fields` reads them."""
    about = template(kind).about
    if not about.validators and not about.checks:
        return []
    return examine(paper(case, kind, fields, at))


def require_whole(kind: str, fields: Mapping[str, Any]) -> None:
    """Raises Incomplete with each required field that is blank."""
    if gaps := missing_fields(kind, fields):
        title = template(kind).title
        raise Incomplete(
            [Reason("document-incomplete", f"《{title}》缺少：{label}。", data={"field": name}) for name, label in gaps]
        )


# What stands in a paper before it is made: the number comes at the end, opinions come with the approval.
_LATER: dict[str, Any] = {
    "doc_no": "（制作时编号）",
    "verify_url": "（制作时生成）",
    "head": "（批准人签名）",
    "head_choice": "agree",
    "head_opinion": "（批准意见）",
    "unit_head": "（审核人签名）",
}


def as_made(case: Case, kind: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a document as they would be if it were made now; what comes at the end is marked as such."""
    form = template(kind)
    names = {field.name: field for field in form.fields}
    fields = {name: value for name, value in compose(case, kind, typed).items() if name in names}
    for name in _LATER.keys() & names.keys():
        fields.setdefault(name, _LATER[name])
    for name in {form.date, "handler_at", "head_at"} & names.keys():
        if not fields.get(name):
            fields[name] = clock.now() if names[name].type == "moment" else clock.today()
    return fields


# What these find missing stands among the gaps of an unfinished draft already, each under its own field.
_SAID_BY_GAPS = {
    "V3-not-shown": ("cert_shown_at",),
    "V9-missing": ("remedies",),
    "V1-two-officers": ("officers", "handlers", "servers", "sealers", "staff"),
}


def draft_marks(case: Case, kind: str, typed: Mapping[str, Any]) -> list[Mark]:
    """What the checks would say if the draft were made now; of an unfinished one, what they can say already.

    Raises InvalidInput for values that cannot be read, Unprintable.
    """
    fields = as_made(case, kind, typed)
    gaps = {name for name, _ in missing_fields(kind, fields)}
    if not gaps:
        return marks(case, kind, check_fields(kind, fields), clock.now())
    if odd := unprintable(fields):
        raise Unprintable(odd)
    found = marks(case, kind, readable(kind, fields), clock.now())
    return [mark for mark in found if not gaps.intersection(_SAID_BY_GAPS.get(mark.reason.code, ()))]


def paper(
    case: Case,
    kind: str,
    fields: Mapping[str, Any],
    at: dt.datetime,
    *,
    past: Callable[[str], Past | None] | None = None,
) -> Paper:
    """The document with its case, as the checks see it; `past` where it is not the newest papers that count."""
    handlers = cases.active_handlers(case)
    avoiding = cases.avoiding(case)
    return Paper(
        kind=kind,
        fields=fields,
        at=at,
        calendar=deadlines.calendar(case.jurisdiction),
        past=past or cache(lambda wanted: _past(case, wanted)),
        certificates={
            row.number: (row.valid_from, min(row.valid_to, row.suspended_on or row.valid_to))
            for officer in handlers
            for row in officer.certificates.all()
        },
        recused=frozenset(officer.name for officer in cases.officers_on(case, "handler") if officer.id in avoiding),
        facts={
            "conduct_ended_on": case.conduct_ended_on,
            "discovered_on": case.discovered_on,
            "filed_on": case.filed_on,
            "party_kind": cases.party(case).kind,
            "party_name": case.party_name,
            "organ_kind": case.organisation.kind,
            "handlers": [officer.name for officer in handlers],
            "profile": case.profile.content,
        },
        known_articles=statutes.stands,
    )


def past(row: Document) -> Past:
    """An issued document as the checks see it; its own date is that of its form, else of its making."""
    own = row.fields.get(template(row.kind, row.template_version).date)
    at = row.issued_at
    on = legal_day(at)
    # What nobody can read as a date is a fault of its own, named where it stands.
    with suppress(ValueError, TypeError):
        on = _day(own) if own else on
    service = getattr(row, "service", None)
    return Past(row.kind, row.title, on, at, row.number, service.effective_on if service else None, row.fields)


def _day(text: str) -> dt.date:
    return legal_day(dt.datetime.fromisoformat(text)) if "T" in text else dt.date.fromisoformat(text)


def _past(case: Case, kind: str) -> Past | None:
    found = blocks.latest(case, kind)
    return past(found) if found else None


def machine_twin(row: Document) -> dict[str, Any]:
    """An issued document for programs (机读文件): every field with label and type beside its value, and the digest."""
    form = template(row.kind, row.template_version)
    return {
        "kind": row.kind,
        "title": row.title,
        "number": row.number,
        "template": {"version": form.version, "digest": form.digest},
        "digest": row.digest,
        "issued_at": row.issued_at.isoformat(),
        "presumed_dates": [
            {"name": day.field, "printed": day.printed.isoformat(), "now": day.now.isoformat(), "says": day.says}
            for day in presumed(row)
        ],
        "fields": [
            {"name": field.name, "label": field.label_zh, "type": field.type, "value": row.fields[field.name]}
            for field in form.fields
            if field.name in row.fields
        ],
    }
