"""Which fields of a document an officer writes, as inputs on a page and back as the draft's fields.

Labels and choices come from the document templates; only what the case, the profile and the system do not know is asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.choices import PartyKind
from mingcha.cases.models import Case
from mingcha.common.clock import SHANGHAI
from mingcha.common.money import parse_yuan
from mingcha.documents import queries as documents
from mingcha.documents.composing import compose
from mingcha.documents.rendering import Field, template

_BLANK_ROWS = 1
_MOST_ROWS = 400
Typed = dict[str, Any]

# Document kind → field, or field with the part of its inner fields that is asked.
_PROPOSAL: tuple[Any, ...] = (
    ("facts", ("text",)),
    "nature",
    ("broken_articles", ("citation",)),
    ("penalty_articles", ("citation",)),
    ("discretion", ("factors", "grade", "standard", "effect")),
    ("penalties", ("kind", "amount", "text")),
    "correction",
)
_ASKED: dict[str, tuple[Any, ...]] = {
    "site-record": (
        "start", "end", "place", "weather", "recorder", "cert_shown_at", "on_site_person", "party_present", "notified",
        "witness", ("told", ("item", "done")), ("observations", ("fact", "place", "evidence_ref")), "measures",
        "party_statement", "recordings", "refusal", "read_by",
    ),
    "inquiry-record": (
        "start", "end", "place", "recorder", "interpreter", "guardian",
        ("person", ("name", "relation", "sex", "id_no", "job", "address", "phone")),
        ("opening", ("question", "answer")), ("questions", ("question", "answer")), "corrections", "refusal", "witness",
        "recording", "read_by",
    ),
    "evidence-list": (),
    "investigation-report": (*_PROPOSAL, "party_view", "doubts"),
    "penalty-notice": _PROPOSAL,
    "penalty-decision": (
        ("facts", ("text", "amount_label", "amount", "amount_method")), *_PROPOSAL[1:], "evidence_opinion", "performance",
    ),
}  # fmt: skip
# Said for the page where the template's own note is not enough.
_HELP = {
    "nature": "行为属于什么违法行为，为什么。",
    "correction": "责令改正的内容；不需要责令改正的，写明理由。不是行政处罚，单列。",
    "text": "",
    "amount": "单位元，最多两位小数。",
    "observations": "只记事实，不作法律评价。",
    "party_view": "当事人对事实、证据的意见；没有异议的可以不填。",
    "performance": "没有罚款时填写其他处罚的履行方式和期限。",
}
# Demanded at the end although the template does not ask for it under this name.
_WANTED = ("facts", "nature", "broken_articles", "penalty_articles", "discretion", "penalties", "correction")


def asked(kind: str) -> tuple[Field, ...]:
    """The fields of a kind that are typed, in the order of the page."""
    if kind not in _ASKED:
        return tuple(found for field in template(kind).fields if (found := _typed(field)))
    return tuple(_pick(kind, item) for item in _ASKED[kind])


def _typed(field: Field) -> Field | None:
    """The field with the parts that only a person knows, or nothing when it is carried, computed or made at the end."""
    if field.fill or field.calc or field.source in ("s", "x", "p"):
        return None
    if field.of:
        inner = tuple(found for part in field.of if (found := _typed(part)))
        return replace(field, of=inner) if inner else None
    return field


def _pick(kind: str, item: Any) -> Field:
    name, inner = item if isinstance(item, tuple) else (item, ())
    # The three papers of one proposal are written from one set of fields; the decision has them all.
    found = template(kind).field(name) or template("penalty-decision").field(name)
    if found is None:
        raise KeyError(name)
    of = {field.name: field for field in found.of}
    return replace(
        found,
        of=tuple(of[part] for part in inner if part in of),
        required=found.required or name in _WANTED,
        note=_HELP.get(name, found.note),
    )


# --- what stands in the fields at first ---


def first_contents(case: Case, kind: str, writer: str) -> Typed:
    """What a new record starts from: the case's own data and the standing sentences of the form."""
    party = cases.party(case)
    person = party.legal_representative or (party.name if party.kind == PartyKind.PERSON else "")
    if kind == "site-record":
        standing = compose(case, kind, {})
        known = "（法定代表人）" if party.kind == PartyKind.ORGANISATION else ""
        return {"recorder": writer, "told": standing["told"], "on_site_person": f"{person}{known}" if person else ""}
    if kind == "inquiry-record":
        standing = compose(case, kind, {})
        relation = "party" if party.kind == PartyKind.PERSON else "legal_rep"
        asked_person = {"name": person, "relation": relation, "phone": party.phone}
        return {"recorder": writer, "opening": standing["opening"], "person": asked_person}
    if kind == "no-penalty-decision":
        return {"facts": established(case)}
    if kind == "investigation-report":
        item: Typed = next((row for row in case.items.content["entries"] if row["code"] == case.item_code), {})
        return {
            "broken_articles": [{"citation": text} for text in item.get("broken", [])],
            "penalty_articles": [{"citation": text} for text in item.get("penalty", [])],
        }
    return {}


def established(case: Case) -> str:
    """The facts as the report of the investigation put them, for whoever writes the decision."""
    rows = documents.typed(case, "investigation-report").get("facts") or []
    return "\n".join(str(row.get("text", "")) for row in rows)


# --- fields to inputs ---


def inputs(
    fields: Sequence[Field],
    typed: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    *,
    raw: Mapping[str, str] | None = None,
    more: str = "",
    prefix: str = "",
) -> list[dict[str, Any]]:
    """Inputs of a level as the template shows them. `raw` are posted texts that could not be read; `more` names the
    list that wants further blank rows."""
    return [_input(field, typed.get(field.name), errors, raw or {}, more, prefix) for field in fields]


def _input(
    field: Field, value: Any, errors: Mapping[str, list[str]], raw: Mapping[str, str], more: str, prefix: str
) -> dict[str, Any]:
    name = f"{prefix}{field.name}"
    base: dict[str, Any] = {
        "name": name,
        "label": field.label_zh,
        "help": field.note,
        "errors": errors.get(name, []),
        "optional": not (field.required or field.required_when),
    }
    if field.type == "object":
        inner = inputs(field.of, value or {}, errors, raw=raw, prefix=f"{name}-")
        return {**base, "group": inner}
    if field.type == "list":
        rows = list(value or [])
        blank = (3 if name == more else 0) + (_BLANK_ROWS if rows else 1)
        shown = rows + [{} for _ in range(blank)]
        return {
            **base,
            "rows": [_row(field, row, errors, raw, f"{name}-{n}-", first=n == 0) for n, row in enumerate(shown)],
            "filled": len(rows),
        }
    text = raw[name] if name in raw else _shown(field, value)
    if field.type == "enum":
        options = list((field.choices or {}).items())
        return {**base, "type": "radios" if len(options) <= 2 else "select", "options": options, "value": text}
    if field.type == "bool":
        return {**base, "type": "radios", "options": [("yes", "是"), ("no", "否")], "value": text}
    types = {"long": "textarea", "date": "date", "moment": "datetime-local"}
    kind = types.get(field.type, "text")
    return {
        **base,
        "type": kind,
        "value": text,
        "rows_high": 3 if prefix else 4,
        "inputmode": "decimal" if field.type == "money" else "",
        "label": f"{field.label_zh}（元）" if field.type == "money" else field.label_zh,
        "short": field.type in ("money", "date", "moment", "int"),
    }


def _row(
    field: Field,
    row: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    raw: Mapping[str, str],
    prefix: str,
    *,
    first: bool,
) -> list[dict[str, Any]]:
    """One row of a list; what helps in filling it in is said once, in the first."""
    found = inputs(field.of, row, errors, raw=raw, prefix=prefix)
    return found if first else [{**item, "help": ""} for item in found]


def _shown(field: Field, value: Any) -> str:
    if value is None or value == "":
        return ""
    if field.type == "money":
        return f"{int(value) / 100:.2f}".removesuffix(".00")
    if field.type == "bool":
        return "yes" if value else "no"
    if field.type == "moment":
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        return str(moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


# --- inputs to fields ---


def parse(
    fields: Sequence[Field], post: Mapping[str, str], prefix: str = ""
) -> tuple[Typed, dict[str, list[str]], dict[str, str]]:
    """The draft's fields from a posted page; messages by input name; posted texts that could not be read.

    Rows that are empty throughout are left out: emptying a row deletes it.
    """
    typed: Typed = {}
    errors: dict[str, list[str]] = {}
    raw: dict[str, str] = {}
    for field in fields:
        name = f"{prefix}{field.name}"
        if field.type == "object":
            inner, wrong, unread = parse(field.of, post, f"{name}-")
            value: Any = inner
        elif field.type == "list":
            value, wrong, unread = [], {}, {}
            for row in _row_numbers(post, name):
                item, bad, left = parse(field.of, post, f"{name}-{row}-")
                # Rows close up when one before them is empty, and their messages move with them.
                at = f"{name}-{len(value)}-"
                if item or bad:
                    wrong |= {at + key.removeprefix(f"{name}-{row}-"): told for key, told in bad.items()}
                    unread |= {at + key.removeprefix(f"{name}-{row}-"): text for key, text in left.items()}
                    value.append(item)
            if len(value) > _MOST_ROWS:
                # Nothing is cut off: what was typed stays on the page, and the page says what to do.
                wrong = {name: [f"{field.label_zh}最多{_MOST_ROWS}项，现有{len(value)}项。请分次制作。"]}
        else:
            value, wrong, unread = _read(field, name, str(post.get(name, "")).strip())
        errors |= wrong
        raw |= unread
        if value not in (None, "", [], {}):
            typed[field.name] = value
    return typed, errors, raw


def _row_numbers(post: Mapping[str, str], name: str) -> Iterator[int]:
    found = set()
    for key in post:
        if key.startswith(f"{name}-"):
            number = key[len(name) + 1 :].partition("-")[0]
            if number.isdigit() and len(number) < 6:
                found.add(int(number))
    yield from sorted(found)


def _read(field: Field, name: str, text: str) -> tuple[Any, dict[str, list[str]], dict[str, str]]:
    def wrong(message: str) -> tuple[Any, dict[str, list[str]], dict[str, str]]:
        return None, {name: [message]}, {name: text}

    if not text:
        return None, {}, {}
    match field.type:
        case "enum":
            return (text, {}, {}) if text in (field.choices or {}) else wrong(f"请从列出的选项中选择{field.label_zh}。")
        case "bool":
            return text == "yes", {}, {}
        case "money":
            try:
                return parse_yuan(text), {}, {}
            except ValueError:
                return wrong("请填写金额，单位元，最多两位小数，例如 20000 或者 20,000.00。")
        case "int":
            return (int(text), {}, {}) if text.isdigit() and len(text) < 10 else wrong(f"{field.label_zh}应为整数。")
        case "date":
            try:
                return dt.date.fromisoformat(text).isoformat(), {}, {}
            except ValueError:
                return wrong(f"请填写{field.label_zh}（年-月-日）。")
        case "moment":
            try:
                moment = dt.datetime.fromisoformat(text)
            except ValueError:
                return wrong(f"请填写{field.label_zh}（日期和时间）。")
            return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)), {}, {}
    return text.replace("\r\n", "\n"), {}, {}
