"""Is what the page shows what the log proves? (核验) — the same check that a stranger makes offline."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from mingcha.common.canonical import digest
from mingcha.common.errors import MingchaError
from mingcha.disclosure import queries
from mingcha.ledger import queries as ledger
from mingcha.ledger.core import bundle
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.core.strict import MOST_BYTES

GENUINE, WAITING, ALTERED, UNREADABLE = "genuine", "waiting", "altered", "unreadable"


@dataclass(frozen=True)
class Checked:
    """The outcome with the steps of the check and the place in the log."""

    state: str
    steps: list[bundle.Step] = field(default_factory=list)
    proof: dict[str, Any] | None = None
    problem: str = ""


def keys() -> list[VerifierKey]:
    """The public keys of all logs of this installation."""
    return [key for log in ledger.logs() for key in ledger.verifier_keys(log)]


def check(row: queries.Entry) -> Checked:
    """Check the text that the page shows, not only the one that was stored beside the proof."""
    try:
        data = queries.bundle(row.id)
        proof = queries.proof(row)
        if data is None or proof is None:
            return Checked(WAITING)
        report = bundle.verify(data, keys())
    except (ValueError, MingchaError):
        return Checked(ALTERED, problem="现有内容与公开时写入日志的内容对不上。")
    if report.outcome != bundle.Outcome.GENUINE:
        return Checked(ALTERED, report.steps, proof, report.message)
    if report.facts["content_digest"] != digest(row.content):
        return Checked(ALTERED, report.steps, proof, "本页显示的内容与写入日志的内容不一致。")
    return Checked(GENUINE, report.steps, proof)


@dataclass(frozen=True)
class Upload:
    """What an uploaded bundle proves, and what became of the decision since."""

    state: str
    steps: list[bundle.Step]
    problem: str = ""
    content: dict[str, Any] | None = None
    facts: dict[str, Any] | None = None
    row: queries.Entry | None = None


def check_upload(data: bytes) -> Upload:
    """Check a bundle that a reader brings, against our keys and never against anything in the bundle."""
    report = bundle.verify(data, keys())
    if report.outcome != bundle.Outcome.GENUINE:
        state = UNREADABLE if report.outcome == bundle.Outcome.UNREADABLE else ALTERED
        problem = next((step.differs for step in report.steps if not step.passed), report.message)
        return Upload(state, report.steps, problem)
    try:
        row = queries.entry(uuid.UUID(report.facts["subject_id"]))
    except (ValueError, MingchaError):
        row = None
    return Upload(GENUINE, report.steps, content=bundle.parse(data).content, facts=report.facts, row=row)


def too_large(size: int | None) -> bool:
    return size is not None and size > MOST_BYTES
