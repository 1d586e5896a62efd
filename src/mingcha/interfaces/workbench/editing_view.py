"""What the editor of procedures shows of a draft: chart, verdict, the chosen stage, the lists to pick from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.catalogues.models import Draft
from mingcha.common.errors import Reason
from mingcha.documents.rendering import fields as templates
from mingcha.interfaces.workbench.procedures import drawn
from mingcha.procedures.definition import Definition, parse
from mingcha.procedures.faces import guide
from mingcha.procedures.faces.editing import PARTS
from mingcha.procedures.faces.layout import words_of
from mingcha.procedures.faces.words import RECORDING, Words
from mingcha.procedures.rules import check


def document_code(text: str) -> str:
    """The kind behind the title of a template; a document without a template keeps its plain name."""
    text = text.strip()
    return next((kind for kind in templates.kinds() if templates.template(kind).title == text), text)


def path_of(reason: Reason) -> tuple[str, ...]:
    """The counter-example of a refuted property, as stages."""
    found = reason.data.get("path") or reason.data.get("stages") or ()
    return tuple(str(item) for item in found)


def verdict(content: Mapping[str, Any], definition: Definition) -> list[dict[str, Any]]:
    """What the verifier refutes: statement, ground, way through the procedure in words, what to do."""
    return [
        {
            "reason": reason,
            "path": path_of(reason),
            # Many messages tell the way themselves.
            "words": "" if "→" in reason.message else guide.path_in_words(definition, path_of(reason)),
            "number": number,
        }
        for number, reason in enumerate(check(content))
    ]


def editor(
    draft: Draft,
    words: Words,
    *,
    stage: str,
    checking: bool,
    example: str,
    failed: Any,
    errors: Mapping[str, list[str]],
) -> dict[str, Any]:
    """Context of the editor."""
    content = draft.content
    definition = parse(content)
    refuted = verdict(content, definition)
    chosen = next((item for item in refuted if str(item["number"]) == example), None)
    chosen = chosen or next((item for item in refuted if item["path"]), None)
    if not checking:
        chosen = None
    row = next((item for item in content["stages"] if item["id"] == stage), None)
    pieces = drawn(
        definition,
        words,
        official=False,
        path=chosen["path"] if chosen else (),
        links=lambda item: f"?stage={item}{'&check=1' if checking else ''}#pc-form",
        selected=stage,
    )
    return {
        "pieces": pieces,
        "definition": definition,
        "checking": checking,
        "refuted": refuted,
        "example": chosen["number"] if chosen else None,
        "stage": _stage(content, definition, row, words) if row else None,
        "stage_options": [(item["id"], item["name"]) for item in content["stages"]],
        "stages": [(item["id"], item["name"], words.step(definition, item["step"])) for item in content["stages"]],
        "roles": _roles(definition, words, row),
        "different": [
            (index, words.roles.get(first, first), words.roles.get(second, second), basis)
            for index, (first, second, basis) in enumerate(definition.different)
        ],
        "door": definition.stages[definition.entry].name,
        "further": [(item, definition.stages[item].name) for item in definition.entries if item in definition.stages],
        "not_doors": [(item["id"], item["name"]) for item in content["stages"] if item["id"] not in definition.doors],
        "recordings": list(RECORDING.items()),
        "periods": sorted((code, f"{term.text}（{code}）") for code, term in words.periods.items()),
        "guards": sorted(
            (name, f"{label}（{article}）" if article else label) for name, (label, article) in words.guards.items()
        ),
        "documents": sorted(words.documents.values()),
        "period_parts": [(part, label) for part, label in PARTS.items() if part != "documents"],
        # What was typed and refused stands again in its field.
        "typed": {name: failed.get(name, "") for name in failed} if failed and errors else {},
        "failed_op": failed.get("op", "") if failed and errors else "",
    }


def _roles(definition: Definition, words: Words, row: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Every role; `usual` are those that act in this procedure, the others stand behind them."""
    held = set(row["roles"]) if row else set()
    usual = {role for stage in definition.stages.values() for role in stage.roles}
    return [
        {"code": code, "label": label, "held": code in held, "usual": code in usual}
        for code, label in words.roles.items()
    ]


def _stage(content: Mapping[str, Any], definition: Definition, row: Mapping[str, Any], words: Words) -> dict[str, Any]:
    parsed = definition.stages[row["id"]]
    moves = []
    for index, (move, given) in enumerate(zip(parsed.moves, row["moves"], strict=True)):
        target = (
            words.procedure(move.procedure)
            if move.procedure
            else definition.stages[move.to].name
            if move.to in definition.stages
            else move.to
        )
        moves.append(
            {
                "index": index,
                "to": move.to,
                "outer": bool(move.procedure),
                "target": f"《{target}》" if move.procedure else target,
                "label": move.label,
                "text": words_of(definition, move, words),
                "when": move.when,
                "expiry": move.expiry,
                # Two periods at once are kept as they are; the list offers single ones.
                "both": "或者".join(words.period(code).text for code in move.expiries)
                if len(move.expiries) > 1
                else "",
                "roles": given.get("roles") or list(parsed.roles),
                "parallel": move.parallel,
                "reason": move.needs_reason,
                "action": move.action,
                "guards": [(name, words.guard(name)) for name in given["guards"]],
                "inherited": [words.guard(name) for name in move.guards if name not in given["guards"]],
                "insertable": not (move.action or move.procedure or move.expiry),
            }
        )
    ways_in = [
        f"{stage.name}：{move.label}" for stage in definition.stages.values() for move in stage.moves
        if move.to == row["id"] and not move.procedure
    ]  # fmt: skip
    return {
        "id": row["id"],
        "name": row["name"],
        "article": row["article"],
        "recording": row["recording"],
        "party": "；".join(row.get("party", [])),
        "entry": row["id"] in definition.doors,
        "moves": moves,
        "ways_in": ways_in,
        "documents": [(code, words.document(code)) for code in row["documents"]],
        "periods": [
            (part, label, [(code, words.period(code).text) for code in row.get(part, [])])
            for part, label in PARTS.items()
            if part != "documents"
        ],
        "guards": [(name, words.guard(name)) for name in row.get("guards", [])],
    }
