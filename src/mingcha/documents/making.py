"""Making a document (制作文书): composed, checked, numbered and stored in the transaction of a locked case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from mingcha.cases.models import Case
from mingcha.cases.periods import begin_by_service
from mingcha.common import clock
from mingcha.common.canonical import digest, plain
from mingcha.common.errors import Refused
from mingcha.common.ids import uuid7
from mingcha.common.prepared import insert
from mingcha.documents import clearing, examining, queries
from mingcha.documents.composing import compose
from mingcha.documents.models import Document
from mingcha.documents.numbering import number_of
from mingcha.documents.rendering import check_fields, spoken, template
from mingcha.documents.showing import lacking
from mingcha.documents.sittings.actions import keep as keep_sittings
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot


def make(
    case: Case,
    kind: str,
    typed: Mapping[str, Any],
    *,
    by: ActorSnapshot,
    pad_number: str = "",
    made_at: dt.datetime | None = None,
) -> Document:
    """Compose, check, number and store a document of a locked case in the caller's transaction; rooms above use it."""
    document_id = uuid7()
    fields = compose(case, kind, typed, document_id)
    form = template(kind)
    names = {field.name for field in form.fields}
    fields = {name: value for name, value in fields.items() if name in names}
    if form.date in names and not fields.get(form.date):
        field = form.field(form.date)
        fields[form.date] = clock.now() if field and field.type == "moment" else clock.today()
    if "doc_no" in names and not fields.get("doc_no"):
        # The place of the number is kept while the gaps are counted: no number is spent on a refused document.
        fields["doc_no"] = "-"
    examining.require_whole(kind, fields)
    if unshown := lacking(kind, fields, case.profile.content):
        raise Refused(unshown)
    # All that a printer or a court would refuse is refused now, before a number is spent.
    at = clock.now()
    marks = examining.marks(case, kind, check_fields(kind, fields), at)
    if refusing := [mark.reason for mark in marks if mark.refuses]:
        raise Refused(refusing)
    clearing.clear(case, kind, fields, document_id, by)
    clearing.open_for(case, kind, form.title_of(plain(fields)), by)
    number = number_of(case, kind, by=by, pad_number=pad_number, made_at=made_at)
    if number:
        fields["doc_no"] = number
    elif "doc_no" in names:
        fields["doc_no"] = case.number
    stored = plain(fields)
    document = insert(
        Document(
            id=document_id,
            case=case,
            kind=kind,
            template_version=form.version,
            title=form.title_of(stored),
            number=number,
            fields=stored,
            digest=digest({"kind": kind, "template": form.version, "fields": stored}),
            issued_by=by.name,
            issued_at=at,
        )
    )
    keep_sittings(document, stored)
    append(
        "document-issued",
        log=case.jurisdiction,
        subject=("document", str(document.id)),
        case_id=case.id,
        actor=by,
        payload={
            **spoken(kind, document.title, number),
            "digest": document.digest,
            "template": form.version,
            **({"marks": [mark.reason.code for mark in marks]} if marks else {}),
        },
    )
    if queries.announced(kind):
        begin_by_service(case)
    return document
