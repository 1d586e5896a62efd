"""Reads of documents for other rooms, and the frozen content on which review and decision agree."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from django.db.models import QuerySet

from mingcha.cases import queries as cases
from mingcha.cases.memory import kept
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.canonical import digest, plain
from mingcha.common.prepared import prepared
from mingcha.documents import blocks
from mingcha.documents.choices import LATER_ACTS
from mingcha.documents.composing import PREDECESSOR, compose
from mingcha.documents.models import Correction, Document, Draft, Service
from mingcha.documents.rendering import field_table, missing_fields, restricted, template
from mingcha.documents.rendering.fields import type_errors
from mingcha.procedures.shipped import definition_file
from mingcha.recordings import queries as recordings

# Given at the moment of issue, after the review: number, date and the address for verification.
LATE_FIELDS = ("doc_no", "decision_date", "issue_date", "verify_url")


latest = blocks.latest


@dataclass(frozen=True)
class Frozen:
    """What a reviewer approves and a head issues: text, amounts, articles and digests of evidence, by digest."""

    content: Mapping[str, Any]
    digest: str


def of_case(case: Case) -> QuerySet[Document]:
    """Issued documents in order, PDF and service joined; never those of a named circle (documents.access)."""
    return all_of_case(case).exclude(kind__in=restricted())


def all_of_case(case: Case) -> QuerySet[Document]:
    """All issued documents of a case: for the door of documents and for what no person reads."""
    rows = Document.objects.filter(case=case).select_related(
        "rendering", "service", "service__evidence", "void", "corrects"
    )
    return rows.defer("fields").order_by("issued_at", "id")


def document(document_id: uuid.UUID) -> Document:
    """One document with its case and PDF. Raises Document.DoesNotExist."""
    rows = with_id(document_id)
    if not rows:
        raise Document.DoesNotExist
    return rows[0]


@prepared
def with_id(document_id: uuid.UUID) -> QuerySet[Document]:
    """The document with a key, or nothing; case, PDF and service joined."""
    return Document.objects.select_related("case", "rendering", "service", "void").filter(id=document_id)


def came_later(document: Document) -> bool:
    """Whether a paper was made after its case was closed: a later act on the decision, which is served all the same."""
    closed = document.case.closed_on
    return closed is not None and document.kind in LATER_ACTS and clock.legal_day(document.issued_at) >= closed


def unserved_later(case: Case) -> bool:
    """Whether such a paper of a case still waits for its service."""
    if case.closed_on is None:
        return False
    rows = Document.objects.filter(case=case, kind__in=LATER_ACTS, service=None, void=None)
    return rows.filter(issued_at__gte=clock.at(case.closed_on, 0)).exists()


def first_version(document: Document) -> Document:
    """The paper that was issued, of any corrected version of it; service and effect stand on it."""
    while (found := Correction.objects.filter(successor_id=document.id).select_related("original").first()) is not None:
        document = found.original
    return document


def newest_version(document: Document) -> Document:
    """The version that counts after all corrections (补正); the paper itself where there is none."""
    while found := _corrected(document.pk):
        document = found[0].successor
    return document


@prepared
def _corrected(document_id: uuid.UUID) -> QuerySet[Correction]:
    return Correction.objects.filter(original_id=document_id).select_related("successor")


@prepared
def notices(case_id: uuid.UUID) -> QuerySet[Document]:
    """The newest two prior notices, newest first."""
    return Document.objects.filter(case_id=case_id, kind="penalty-notice", void=None, corrects=None).order_by(
        "-issued_at", "-id"
    )[:2]


def service_of(case: Case, kind: str) -> Service | None:
    """Service of the newest document of a kind, or None."""
    found = latest(case, kind)
    return getattr(found, "service", None) if found else None


@kept("documents_draft")
def draft(case: Case, kind: str) -> Draft | None:
    return next(iter(saved_draft(case.pk, kind)), None)


@prepared
def saved_draft(case_id: uuid.UUID, kind: str) -> QuerySet[Draft]:
    """The draft as stored now, for whoever is going to change it; nothing while nobody has drafted."""
    return Draft.objects.filter(case_id=case_id, kind=kind).select_related("saved_by")


def typed(case: Case, kind: str) -> dict[str, Any]:
    """What a writer starts from: the saved draft, else what was written for the document before it."""
    wanted: str | None = kind
    while wanted:
        found = draft(case, wanted)
        if found:
            return dict(found.fields)
        wanted = PREDECESSOR.get(wanted)
    return {}


def drafts(case: Case) -> QuerySet[Draft]:
    return Draft.objects.filter(case=case).select_related("saved_by").order_by("kind")


@cache
def _decisive() -> Mapping[str, Any]:
    text = resources.files("mingcha.documents").joinpath("decisive.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def decisive(procedure: str) -> tuple[str, ...]:
    """Kinds of the papers by which an act of this procedure is decided: what a legal review approves — 118号."""
    return tuple(_decisive()["letters"].get(procedure, ()))


# Papers of an act of its own in the procedures that have this stage; on the spot they are written like any other.
_ACT_OF_STAGE = {"decision-change": "decide", "review-disagreement": "legal-review"}


def by_act(case: Case, kind: str) -> bool:
    """Whether the act that a paper records makes it, so that nobody writes it by hand."""
    return template(kind).about.made == "act" or _ACT_OF_STAGE.get(kind) in cases.procedure(case).stages


def by_decision(case: Case, kind: str) -> bool:
    """Whether a letter is made by the head's own decision; a spot penalty's officer decides himself — 行政处罚法 art. 52, 57."""
    return kind == "penalty-decision" or (
        kind == "no-penalty-decision" and "decide-none" in cases.procedure(case).stages
    )


@cache
def cleared_kinds() -> frozenset[str]:
    """Papers that are not made before the review allows it; a penalty is decided by an act of its own."""
    return frozenset(kind for kinds in _decisive()["letters"].values() for kind in kinds) - {"penalty-decision"}


def cleared_by_act() -> Mapping[str, tuple[str, ...]]:
    """Act type → the papers that decide an act of that type and are not made before the review allows it."""
    found: dict[str, tuple[str, ...]] = {}
    for code, kinds in _decisive()["letters"].items():
        own = tuple(kind for kind in kinds if kind in cleared_kinds())
        if own:
            act = str(definition_file(code)["act_type"])
            found[act] = (*found.get(act, ()), *own)
    return found


def deciding(case: Case) -> str:
    """The paper that decides this case: the draft saved last among those of its procedure; "" where there is none."""
    kinds = decisive(cases.procedure(case).code)
    if len(kinds) < 2:
        return next(iter(kinds), "")
    drafted = [row for kind in kinds if (row := draft(case, kind)) is not None]
    return max(drafted, key=lambda row: row.saved_at).kind if drafted else kinds[0]


@kept(
    "documents_draft",
    "documents_document",
    "documents_service",
    "cases_case",
    "cases_party",
    "cases_duty",
    "cases_avoidance",
    "cases_evidence",
    "cases_evidenceexclusion",
    "cases_statement",
    "cases_statementanswer",
    "cases_stagechange",
    "recordings_recording",
    "deadlines_runningperiod",
    "accounts_certificate",
)
def frozen(case: Case, kind: str = "") -> Frozen | None:
    """The decision draft composed now, without number and date; None while nobody has drafted."""
    kind = kind or deciding(case)
    found = draft(case, kind) if kind else None
    return None if found is None else frozen_as(case, kind, compose(case, kind, found.fields))


def frozen_as(case: Case, kind: str, fields: Mapping[str, Any]) -> Frozen:
    """Composed fields of a decision with the evidence of the case, as a review approves them.

    Other papers than the penalty decision are made days later and hold what is reckoned then: of them counts what was
    written and what stands in the file.
    """
    fields = dict(fields)
    if kind != "penalty-decision":
        written = {field.name for field in field_table(kind) if field.source in ("t", "c")}
        fields = {name: value for name, value in fields.items() if name in written - {*_decisive()["aside"]}}
    for name in LATE_FIELDS:
        fields.pop(name, None)
    notice = latest(case, "penalty-notice")
    content = plain(
        {
            "kind": kind,
            "fields": fields,
            "evidence": [[row.seq, row.digest] for row in cases.counted_evidence(case)],
            "recordings": sorted(row.file_id for row in recordings.rows(case)),
            "notice": notice.digest if notice else None,
        }
    )
    return Frozen(content, digest(content))


def as_read(case: Case, content: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a frozen draft with what is reckoned only when it is made, as of today: for reading, never stored."""
    kind, fields = content["kind"], content["fields"]
    form = template(kind)
    if kind != "penalty-decision":
        names = {field.name for field in form.fields}
        whole = compose(case, kind, {form.date: clock.today().isoformat(), **fields})
        fields = {name: value for name, value in whole.items() if name in names}
    return fields | {form.date: clock.today()}


def gaps(case: Case, kind: str) -> list[tuple[str, str]]:
    """Missing fields (name, label) of a draft, number and date aside."""
    found = draft(case, kind)
    fields = compose(case, kind, found.fields if found else {})
    # Number, dates and opinions come with the issue: they are not gaps.
    fields |= {name: fields.get(name) or "-" for name in LATE_FIELDS}
    given = {field.name for field in field_table(kind) if field.source == "s"}
    return [(path, label) for path, label in missing_fields(kind, fields) if path.partition(".")[0] not in given]


def unrendered(limit: int = 20) -> list[Document]:
    """Issued documents without a PDF, oldest first: found by absence, so nothing can be forgotten in a queue."""
    return list(Document.objects.filter(rendering=None).order_by("issued_at")[:limit])


def served_on(case: Case, kind: str) -> dt.date | None:
    """Day on which the newest document of a kind took effect by service."""
    found = service_of(case, kind)
    return found.effective_on if found else None


@cache
def _challenged() -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(
        resources.files("mingcha.documents").joinpath("challenged.json").read_text("utf-8")
    )
    return found


def announced(kind: str) -> bool:
    """Whether papers of a kind are announced (公告) instead of served."""
    return kind in _challenged()["announced"]["kinds"]


def _took_effect(case: Case, kind: str) -> dt.date | None:
    if not announced(kind):
        return served_on(case, kind)
    found = latest(case, kind)
    return dt.date.fromisoformat(found.fields[_challenged()["announced"]["kinds"][kind]]) if found else None


def challenged_on(case: Case) -> dt.date | None:
    """Day on which the newest paper of this act that can be challenged took effect, by service or announcement.

    行政复议法 art. 20, 国有土地上房屋征收与补偿条例 art. 13, 14, 行政强制法 art. 44.
    """
    letters = _challenged()["letters"].get(cases.procedure(case).code, ())
    return max((day for kind in letters if (day := _took_effect(case, kind))), default=None)


def wrong_types(kind: str, fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Values of a wrong type in what was typed, by field path; fields handed on to the next letter are looked at too."""
    tables = [field_table(name) for name in (kind, *PREDECESSOR, *PREDECESSOR.values())]
    known = {field.name: field for table in reversed(tables) for field in table}
    errors: dict[str, list[str]] = {}
    for name, value in fields.items():
        if name not in known:
            errors[name] = [f"文书格式中没有“{name}”这一项。"]
        elif value not in (None, "", []):
            errors |= type_errors(known[name], value)
    return errors
