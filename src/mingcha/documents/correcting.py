"""Correction of a slip (补正): a new version beside the old one, and the letter that says so — documents.md no. 67.

Only clerical slips. What touches facts, basis, penalty or party is changed or revoked (变更、撤销), never corrected —
行政处罚法 art. 75 ¶2.
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.canonical import digest, plain
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, NotPermitted, Reason, Refused
from mingcha.common.ids import uuid7
from mingcha.common.prepared import insert
from mingcha.documents import queries
from mingcha.documents.choices import BY_ACT, DECIDED
from mingcha.documents.making import make
from mingcha.documents.models import Correction, Document
from mingcha.documents.rendering import check_fields, template
from mingcha.documents.rendering.fields import Field
from mingcha.ledger.actions import append

_ARTICLE = "行政处罚法第七十五条第二款"
_LETTER = "decision-correction"
_MOST_SLIPS = 20
# Parts in which no word is clerical: whom it concerns, on what ground, what is imposed, what it costs.
_SUBSTANCE = {
    "penalties": "处罚内容",
    "payment": "缴款内容",
    "broken_articles": "违反的条款",
    "penalty_articles": "处罚依据",
    "articles": "依据",
    "discretion": "裁量",
    "hearing": "听证",
}
_OF_PARTY = ("name", "id_no", "usc_code", "kind", "id_type")
_FIGURES = re.compile(
    r"[0-9０-９]+(?:[.．][0-9０-９]+)?|[零〇一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]{2,}"
)


@dataclass(frozen=True)
class Slip:
    """One slip: where it stands (path like `facts.0.text`), what stands there, what should."""

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class Place:
    """A text of a document that may hold a slip, with its label."""

    path: str
    label: str
    text: str


def places(document: Document) -> list[Place]:
    """The texts of a document in which a slip may be corrected, in the order of the page."""
    found: list[Place] = []
    for field in template(document.kind, document.template_version).fields:
        _walk(field, document.fields.get(field.name), field.name, field.label_zh, found)
    return [place for place in found if not may_correct(place.path, place.label, "甲", "乙", typed=True)]


def _walk(field: Field, value: Any, path: str, label: str, found: list[Place]) -> None:
    if field.type == "object" and isinstance(value, Mapping):
        for inner in field.of:
            _walk(inner, value.get(inner.name), f"{path}.{inner.name}", f"{label}·{inner.label_zh}", found)
    elif field.type == "list" and isinstance(value, list):
        for number, row in enumerate(value):
            for inner in field.of:
                text = row.get(inner.name) if isinstance(row, Mapping) else None
                _walk(inner, text, f"{path}.{number}.{inner.name}", f"{label}{number + 1}·{inner.label_zh}", found)
    elif field.type in ("text", "long") and isinstance(value, str) and value:
        found.append(Place(path, label, value))


def may_correct(path: str, label: str, before: str, after: str, *, typed: bool) -> list[Reason]:
    """Why a change is no correction of a slip; `typed` says whether a text stands at that place.

    Figures in the facts and reasons stay as they are: another amount, date or number is another finding.
    """
    parts = path.split(".")
    substance = _SUBSTANCE.get(parts[0], "")
    if parts[0] in ("party", "parties") and parts[-1] in _OF_PARTY:
        substance = "当事人"
    if parts[0] in ("doc_no", "verify_url"):
        substance = "文号"
    if not typed:
        substance = substance or "这一项"
    if not substance and parts[0] in ("facts", "nature", "reason") and _figures(before) != _figures(after):
        substance = "事实中的数字"
    if not substance:
        return []
    return [
        Reason(
            "correction-not-clerical",
            f"“{label}”涉及{substance}，不是笔误，不能补正。",
            (_ARTICLE,),
            "事实、依据、处罚或者当事人有误的，请作出变更或者撤销决定（第68号文书）。",
            {"path": path},
        )
    ]


def _figures(text: str) -> list[str]:
    return _FIGURES.findall(text)


@transaction.atomic
def correct(document_id: uuid.UUID, slips: Sequence[Slip], *, reason: str, actor: Actor) -> Correction:
    """Correct slips of a document in a new version that bears the same number; the letter tells the party.

    A decision is corrected by the head, other papers by a handler. Raises Refused for what is no slip, Conflict where
    the paper was corrected already, InvalidInput where the text has changed since.
    """
    found = next(iter(queries.with_id(document_id)), None)
    if found is None:
        raise NotFound("没有找到这份文书。")
    case, role = _allowed(actor, found)
    if Correction.objects.filter(original_id=found.id).exists():
        raise Conflict("corrected-already", f"《{found.title}》已经补正过，请补正最新的版本。")
    if hasattr(found, "void"):
        raise Conflict("document-voided", f"《{found.title}》已经作废。")
    if not may_now(found):
        raise Refused(
            [
                Reason(
                    "not-served-yet",
                    f"《{found.title}》还没有送达，不用补正。",
                    (_ARTICLE,),
                    "请作废后重新制作。",
                )
            ]
        )
    check = Check()
    reason = check.text("reason", reason, "属于笔误的理由", most=500)
    fields, rows = _applied(found, slips, check)
    check.done()
    form = template(found.kind, found.template_version)
    check_fields(found.kind, fields)
    by = actor.snapshot(role)
    letter = make(case, _LETTER, _letter(found, rows, reason), by=by)
    successor = Document(
        id=uuid7(),
        case=case,
        kind=found.kind,
        template_version=found.template_version,
        title=found.title,
        number=found.number,
        fields=plain(fields),
        digest=digest({"kind": found.kind, "template": form.version, "fields": plain(fields)}),
        issued_by=by.name,
        issued_at=clock.now(),
    )
    # The pointer first: it lets the new version bear the number of its original.
    row = insert(
        Correction(original=found, successor=successor, letter=letter, slips=rows, reason=reason, at=clock.now())
    )
    insert(successor)
    append(
        "document-corrected",
        log=case.jurisdiction,
        subject=("document", str(found.id)),
        case_id=case.id,
        actor=by,
        payload={
            "kind": found.kind,
            "number": found.number,
            "successor": str(successor.id),
            "before": found.digest,
            "after": successor.digest,
            "letter": str(letter.id),
            "slips": rows,
        },
    )
    return row


def may_now(document: Document) -> bool:
    """Whether a slip is corrected: after service, or where nobody may make the paper anew."""
    return hasattr(document, "service") or document.kind in BY_ACT or hasattr(document, "corrects")


def _allowed(actor: Actor, document: Document) -> tuple[Case, str]:
    if document.kind not in DECIDED:
        return access.own_locked(actor, document.case_id), Role.HANDLER
    case = lock(document.case_id)
    if case.organisation_id != actor.organ_id:
        raise NotFound("没有找到这个案件，或者您无权查看。")
    if not actor.has(Role.HEAD):
        raise NotPermitted(message="决定书的补正须由机关负责人批准。")
    return case, Role.HEAD


def _applied(document: Document, slips: Sequence[Slip], check: Check) -> tuple[dict[str, Any], list[dict[str, str]]]:
    if not 1 <= len(slips) <= _MOST_SLIPS:
        check.add("slips", f"请指出1至{_MOST_SLIPS}处笔误。")
    fields: dict[str, Any] = copy.deepcopy(dict(document.fields))
    rows, reasons = [], []
    known = {place.path: place for place in _all_texts(document)}
    for slip in slips[:_MOST_SLIPS]:
        place = known.get(slip.path)
        after = check.text("slips", slip.after, "更正后的文字", most=5000)
        if place is not None and place.text != slip.before:
            check.add("slips", f"“{place.label}”的原文与所写的不一致，请刷新后对照。")
        elif place is not None and after == slip.before:
            check.add("slips", f"“{place.label}”更正前后相同。")
        label = place.label if place else slip.path
        found = may_correct(slip.path, label, slip.before, after, typed=place is not None)
        reasons += found
        if not found:
            _set(fields, slip.path, after)
            rows.append({"path": slip.path, "where": label, "before": slip.before, "after": after})
    check.done()
    if reasons:
        raise Refused(reasons)
    return fields, rows


def _all_texts(document: Document) -> list[Place]:
    found: list[Place] = []
    for field in template(document.kind, document.template_version).fields:
        _walk(field, document.fields.get(field.name), field.name, field.label_zh, found)
    return found


def _set(fields: dict[str, Any], path: str, value: str) -> None:
    *way, last = path.split(".")
    here: Any = fields
    for part in way:
        here = here[int(part)] if isinstance(here, list) else here[part]
    here[last] = value


def _letter(document: Document, rows: Sequence[Mapping[str, str]], reason: str) -> dict[str, Any]:
    """What the letter (补正通知书) says; the rest of it comes from the case."""
    return {
        "original_title": document.title,
        "original_no": document.number,
        "original_date": clock.legal_day(document.issued_at),
        "corrections": [{"where": row["where"], "before": row["before"], "after": row["after"]} for row in rows],
        "why_clerical": reason,
    }
