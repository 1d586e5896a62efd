"""A procedure definition (程序) read from its published edition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mingcha.common.errors import MingchaError


@dataclass(frozen=True)
class Move:
    """An edge of the procedure: who may take it, which guards answer for it.

    With `procedure` it leads into another procedure (转入): `to` is a stage of that one and no edge of this graph.
    """

    source: str
    to: str
    label: str
    roles: tuple[str, ...]
    # Guards of the move, of the stage it enters and, where it leaves an entry stage, of that stage: nothing asks them
    # when a case begins.
    guards: tuple[str, ...]
    needs_reason: bool = False
    irreversible: bool = False
    # A named action of a room above takes this move itself (review-submit, review-opinion, decision-issue).
    action: str = ""
    own_guards: tuple[str, ...] = ()
    # The condition in words, for people.
    when: str = ""
    # Opens a branch beside the main line (并行), which must come to its end before the case closes.
    parallel: bool = False
    # The period whose running out fires this move; two where either does, parted by "/".
    expiry: str = ""
    procedure: str = ""
    creates: str = ""
    # Nothing is left to decide here (自动经过): taken at once for whoever may take it, as soon as its guards hold.
    passes: bool = False

    @property
    def expiries(self) -> tuple[str, ...]:
        return tuple(part for part in self.expiry.split("/") if part)


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
    # True to enter the stage; already part of the guards of every move into it.
    guards: tuple[str, ...] = ()
    # Periods that stand still while the case is here, and those that are lengthened here.
    pauses: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    # What the party may do (当事人权利).
    party: tuple[str, ...] = ()
    terminal: bool = False

    @property
    def own(self) -> tuple[Move, ...]:
        """Moves within this procedure."""
        return tuple(move for move in self.moves if not move.procedure)

    @property
    def links(self) -> tuple[Move, ...]:
        """Moves that open or continue another procedure."""
        return tuple(move for move in self.moves if move.procedure)


@dataclass(frozen=True)
class Definition:
    code: str
    name: str
    act_type: str
    entry: str
    steps: tuple[str, ...]
    stages: Mapping[str, Stage]
    # Further stages at which a case may begin (P-JC: plan, case-source, urgent-entry).
    entries: tuple[str, ...] = ()
    source: str = ""
    # Who must be different persons: (role, role, article).
    different: tuple[tuple[str, str, str], ...] = ()
    # Doubts about the law that touch this procedure.
    unverified: tuple[str, ...] = ()

    def stage(self, stage_id: str) -> Stage:
        if stage_id not in self.stages:
            raise MingchaError("stage-unknown", f"程序“{self.name}”没有“{stage_id}”这个环节。")
        return self.stages[stage_id]

    def move(self, source: str, to: str) -> Move | None:
        """The move between two stages of this procedure; for the way into another one see Stage.links."""
        return next((move for move in self.stage(source).own if move.to == to), None)

    def edges(self) -> list[tuple[str, str]]:
        return [(stage.id, move.to) for stage in self.stages.values() for move in stage.own]

    def ways_out(self) -> list[tuple[str, str]]:
        """Edges into other procedures, as `procedure:stage`."""
        return [(stage.id, f"{move.procedure}:{move.to}") for stage in self.stages.values() for move in stage.links]

    @property
    def doors(self) -> tuple[str, ...]:
        """All stages at which a case may begin, the usual one first."""
        return (self.entry, *(stage for stage in self.entries if stage != self.entry))


def parse(content: Mapping[str, Any]) -> Definition:
    """The definition of a published content. Raises KeyError for a missing part; publication checks before."""
    guards = {row["id"]: tuple(row.get("guards", ())) for row in content["stages"]}
    doors = {content["entry"], *content.get("entries", ())}
    # Where no stage is declared to be the end, the ones that lead nowhere are; else these are dead ends.
    declared = any(row.get("terminal") for row in content["stages"])
    stages = {
        row["id"]: Stage(
            id=row["id"],
            name=row["name"],
            step=row["step"],
            article=row["article"],
            roles=tuple(row["roles"]),
            recording=row["recording"],
            documents=tuple(row["documents"]),
            starts=tuple(row["starts"]),
            ends=tuple(row["ends"]),
            moves=tuple(_move(row["id"], move, guards, doors) for move in row["moves"]),
            guards=guards[row["id"]],
            pauses=tuple(row.get("pauses", ())),
            extends=tuple(row.get("extends", ())),
            party=tuple(row.get("party", ())),
            terminal=bool(row.get("terminal")) or not (declared or row["moves"]),
        )
        for row in content["stages"]
    }
    return Definition(
        code=content["code"],
        name=content["name"],
        act_type=content["act_type"],
        entry=content["entry"],
        steps=tuple(content["steps"]),
        stages=stages,
        entries=tuple(content.get("entries", ())),
        source=content.get("source", ""),
        different=tuple((row[0], row[1], row[2]) for row in content.get("different", ())),
        unverified=tuple(content.get("unverified", ())),
    )


def _move(source: str, row: Mapping[str, Any], guards: Mapping[str, tuple[str, ...]], doors: Iterable[str]) -> Move:
    own = tuple(row["guards"])
    procedure = row.get("procedure", "")
    entered = () if procedure else guards.get(row["to"], ())
    begun = guards[source] if source in doors else ()
    return Move(
        source=source,
        to=row["to"],
        label=row["label"],
        roles=tuple(row["roles"]),
        guards=tuple(dict.fromkeys((*own, *entered, *begun))),
        needs_reason=bool(row.get("reason")),
        irreversible=bool(row.get("irreversible")),
        action=row.get("action", ""),
        own_guards=own,
        when=row.get("when", ""),
        parallel=bool(row.get("parallel")),
        expiry=row.get("expiry", ""),
        procedure=procedure,
        creates=row.get("creates", ""),
        passes=bool(row.get("passes")),
    )


def whole(content: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """A shipped file with `extends` made whole: its rows replace those of the base or are added after them."""
    own = {row["id"]: row for row in content["stages"]}
    stages = [own.pop(row["id"], row) for row in base["stages"]]
    place = next((at for at, row in enumerate(stages) if row["id"] == content.get("after")), len(stages) - 1)
    merged = {**base, **content, "stages": [*stages[: place + 1], *own.values(), *stages[place + 1 :]]}
    merged["different"] = [*base.get("different", ()), *content.get("different", ())]
    merged["unverified"] = [*base.get("unverified", ()), *content.get("unverified", ())]
    return {key: value for key, value in merged.items() if key not in ("extends", "after")}
