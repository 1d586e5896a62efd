"""A procedure definition (程序) read from its published edition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mingcha.common.errors import MingchaError


@dataclass(frozen=True)
class Move:
    """An edge of the procedure: who may take it, which guards answer for it."""

    source: str
    to: str
    label: str
    roles: tuple[str, ...]
    guards: tuple[str, ...]
    needs_reason: bool = False
    irreversible: bool = False
    # A named action of a room above takes this move itself (review-submit, review-opinion, decision-issue).
    action: str = ""


@dataclass(frozen=True)
class Stage:
    """A stage (环节): article, acting roles, documents due, recording rule, periods started and ended."""

    id: str
    name: str
    step: str
    article: str
    roles: tuple[str, ...]
    recording: str
    documents: tuple[str, ...]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Definition:
    code: str
    name: str
    act_type: str
    entry: str
    steps: tuple[str, ...]
    stages: Mapping[str, Stage]

    def stage(self, stage_id: str) -> Stage:
        if stage_id not in self.stages:
            raise MingchaError("stage-unknown", f"程序“{self.name}”没有“{stage_id}”这个环节。")
        return self.stages[stage_id]

    def move(self, source: str, to: str) -> Move | None:
        return next((move for move in self.stage(source).moves if move.to == to), None)

    def edges(self) -> list[tuple[str, str]]:
        return [(stage.id, move.to) for stage in self.stages.values() for move in stage.moves]


def parse(content: Mapping[str, Any]) -> Definition:
    """The definition of a published content. Raises KeyError for a missing part; publication checks before."""
    stages = {}
    for row in content["stages"]:
        moves = tuple(
            Move(
                row["id"],
                move["to"],
                move["label"],
                tuple(move["roles"]),
                tuple(move["guards"]),
                bool(move.get("reason")),
                bool(move.get("irreversible")),
                move.get("action", ""),
            )
            for move in row["moves"]
        )
        stages[row["id"]] = Stage(
            row["id"],
            row["name"],
            row["step"],
            row["article"],
            tuple(row["roles"]),
            row["recording"],
            tuple(row["documents"]),
            tuple(row["starts"]),
            tuple(row["ends"]),
            moves,
        )
    return Definition(
        content["code"], content["name"], content["act_type"], content["entry"], tuple(content["steps"]), stages
    )
