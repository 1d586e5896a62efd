"""Which procedure applies (适用哪个程序): a short list of questions that ends in a procedure with its reasons."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "data" / "choosing.json"


@dataclass(frozen=True)
class Step:
    """An answered question: what was asked, what was answered, on which article; `path` leads back to it."""

    question: str
    answer: str
    article: str
    path: str


@dataclass(frozen=True)
class Standing:
    """Where the questions stand: those answered, the next one, or the procedure with its ground."""

    steps: tuple[Step, ...]
    question: str = ""
    help: str = ""
    article: str = ""
    # Label and path of each answer.
    answers: tuple[tuple[str, str], ...] = ()
    result: str = ""
    why: str = ""


@cache
def _tree() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return found


def results() -> set[str]:
    """Every procedure that the questions can end in."""
    return {
        answer["result"] for row in _tree()["questions"].values() for answer in row["answers"] if "result" in answer
    }


def standing(path: str) -> Standing:
    """Follow the answers of a path like “0.1.0”; what does not fit is cut off, so that any address shows a page."""
    tree = _tree()
    here: str = tree["start"]
    steps: list[Step] = []
    taken: list[str] = []
    for piece in path.split("."):
        row = tree["questions"][here]
        if not piece.isdecimal() or int(piece) >= len(row["answers"]):
            break
        answer = row["answers"][int(piece)]
        steps.append(Step(row["text"], answer["label"], row.get("article", ""), ".".join(taken)))
        taken.append(str(int(piece)))
        if "result" in answer:
            return Standing(tuple(steps), result=answer["result"], why=answer["why"], article=answer["article"])
        here = answer["to"]
    row = tree["questions"][here]
    return Standing(
        tuple(steps),
        row["text"],
        row.get("help", ""),
        row.get("article", ""),
        tuple((answer["label"], _join([*taken, str(n)])) for n, answer in enumerate(row["answers"])),
    )


def _join(pieces: Sequence[str]) -> str:
    return ".".join(pieces)
