"""What the machine lays out for a reviewer (审核辅助): facts with their place, no judgement — 行政处罚法 art. 58."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mingcha.review.findings import against
from mingcha.review.findings.course import procedure
from mingcha.review.findings.letters import documents
from mingcha.review.findings.people import crime, power, subject
from mingcha.review.findings.proof import evidence, facts
from mingcha.review.findings.shape import (
    DIFFERS,
    MET,
    UNCLEAR,
    Addressee,
    Cited,
    File,
    Finding,
    Heard,
    Holder,
    Other,
    Party,
    Range,
    Said,
    Step,
    Unsigned,
    Worker,
)
from mingcha.review.findings.substance import discretion, law
from mingcha.review.rules import source

__all__ = [
    "DIFFERS", "MET", "UNCLEAR", "Addressee", "Cited", "File", "Finding", "Heard", "Holder", "Other", "Party", "Range", "Said",
    "Step", "Unsigned", "Worker", "findings", "summary",
]  # fmt: skip

_RULES: dict[str, Callable[[File], list[Finding]]] = {
    "subject": subject,
    "facts": facts,
    "evidence": evidence,
    "procedure": procedure,
    "law": law,
    "discretion": discretion,
    "power": power,
    "documents": documents,
    "crime": crime,
}


_COMPARED: dict[str, Callable[[File], list[Finding]]] = {
    "subject": against.subject,
    "facts": against.facts,
    "evidence": against.evidence,
    "procedure": against.procedure,
    "documents": against.documents,
}


def findings(file: File) -> dict[str, list[Finding]]:
    """Facts by point of the checklist."""
    found = {code: rule(file) for code, rule in _RULES.items()}
    for code, compare in _COMPARED.items():
        found[code] = [*compare(file), *found[code]]
    if file.act_type == "penalty":
        return found
    return {
        code: [replace(row, article=source(file.act_type, row.article)) for row in rows] for code, rows in found.items()
    }


def summary(found: Sequence[Finding]) -> str:
    """One word for a point: differs beats unclear beats met."""
    states = {item.state for item in found}
    return DIFFERS if DIFFERS in states else UNCLEAR if UNCLEAR in states or not states else MET
