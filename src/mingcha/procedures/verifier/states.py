"""All states of a definition: where the main line and its branches stand and which periods run.

Exact, not sampled: a period is running or not, a branch is at one stage or gone, so there are finitely many states
and the search ends when it has met them all. The house rules of the engine are the transitions:

- entering a stage starts its periods that do not run yet, leaving it ends those that the stage ends;
- a parallel move leaves its line where it is and opens a branch, unless one through the same door is open; a branch
  ends where it began, at the closing or at an end;
- the main line enters the closing only when no branch is open;
- a move into another procedure ends this one, what still runs goes with the case.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from mingcha.procedures.definition import Definition, Move, Stage
from mingcha.procedures.guards import catalogue

CLOSING = "close"
# Far above what any lawful definition has (a few hundred); beyond it a definition is refused, not half verified.
MOST_STATES = 30_000
# Of each branch: the door it was opened through, the stage it began at, the stage where it is.
Branches = tuple[tuple[str, str, str], ...]
State = tuple[str, Branches, frozenset[str]]


@dataclass
class Space:
    """The states that were met, how each was come by, and those from which the end cannot be reached."""

    # State to the state before it and the stages in the order in which they were entered.
    before: dict[State, State | None] = field(default_factory=dict)
    step: dict[State, str] = field(default_factory=dict)
    ends: list[State] = field(default_factory=list)
    stuck: list[State] = field(default_factory=list)
    whole: bool = True

    def path(self, state: State) -> tuple[str, ...]:
        """The stages entered on the way to a state, those of branches among them."""
        found: list[str] = []
        here: State | None = state
        while here is not None:
            if self.step[here]:
                found.append(self.step[here])
            here = self.before[here]
        return tuple(reversed(found))

    def stages(self) -> set[str]:
        return {state[0] for state in self.before} | {branch[2] for state in self.before for branch in state[1]}


def explore(definition: Definition, own_end: frozenset[str]) -> Space:
    """Every state that can come about. Periods in `own_end` lapse by themselves and are not followed."""
    walker = _Walker(definition, own_end)
    space = Space()
    queue: deque[State] = deque()
    after: dict[State, list[State]] = {}
    good: list[State] = []
    for door in definition.doors:
        if door in definition.stages:
            start: State = (door, (), walker.entered(door, frozenset()))
            if start not in space.before:
                space.before[start], space.step[start] = None, door
                queue.append(start)
    while queue:
        if len(space.before) > MOST_STATES:
            space.whole = False
            return space
        here = queue.popleft()
        if definition.stages[here[0]].terminal:
            space.ends.append(here)
            good.append(here)
        if walker.leaves(here):
            good.append(here)
        after[here] = []
        for step, state in walker.next(here):
            after[here].append(state)
            if state not in space.before:
                space.before[state], space.step[state] = here, step
                queue.append(state)
    stuck = _stuck(after, good)
    # Where nothing leads on is where the fault lies; all that leads only there is stuck with it.
    space.stuck = [state for state in stuck if not after[state]] or stuck
    return space


def _stuck(after: dict[State, list[State]], good: list[State]) -> list[State]:
    back: dict[State, list[State]] = {state: [] for state in after}
    for state, following in after.items():
        for item in following:
            back[item].append(state)
    alive, todo = set(good), list(good)
    while todo:
        for state in back[todo.pop()]:
            if state not in alive:
                alive.add(state)
                todo.append(state)
    return [state for state in after if state not in alive]


class _Walker:
    def __init__(self, definition: Definition, own_end: frozenset[str]) -> None:
        self.stages = definition.stages
        self.own_end = own_end
        listed = catalogue()
        # A guard over a period blocks while that period runs; other guards may be met or not, so both are followed.
        self.shut: dict[tuple[str, str], frozenset[str]] = {
            (stage.id, move.to): frozenset(
                listed[guard].period for guard in move.guards if guard in listed and listed[guard].state == "closed"
            )
            for stage in self.stages.values()
            for move in stage.own
        }

    def entered(self, stage_id: str, running: frozenset[str]) -> frozenset[str]:
        stage = self.stages[stage_id]
        running = running | (frozenset(stage.starts) - self.own_end)
        return running - frozenset(stage.ends) if stage.terminal else running

    def leaves(self, state: State) -> bool:
        return any(not move.parallel for move in self.stages[state[0]].links)

    def next(self, state: State) -> list[tuple[str, State]]:
        here, branches, running = state
        found = []
        for move in self._open(self.stages[here], running):
            if move.parallel:
                found += self._opened(state, move)
            elif not (branches and (move.to == CLOSING or self.stages[move.to].terminal)):
                found.append((move.to, (move.to, branches, self._moved(here, move.to, running))))
        for branch in branches:
            door, origin, at = branch
            others = tuple(item for item in branches if item != branch)
            for move in self._open(self.stages[at], running):
                if move.parallel:
                    found += self._opened(state, move)
                elif move.to in (origin, CLOSING) or self.stages[move.to].terminal:
                    found.append(("", (here, others, running - frozenset(self.stages[at].ends))))
                else:
                    moved = tuple(sorted((*others, (door, origin, move.to))))
                    found.append((move.to, (here, moved, self._moved(at, move.to, running))))
        return found

    def _opened(self, state: State, move: Move) -> list[tuple[str, State]]:
        here, branches, running = state
        if any(door == move.to for door, _, _ in branches):
            return []
        opened = tuple(sorted((*branches, (move.to, move.source, move.to))))
        return [(move.to, (here, opened, self.entered(move.to, running)))]

    def _open(self, stage: Stage, running: frozenset[str]) -> list[Move]:
        return [move for move in stage.own if move.to in self.stages and not (self.shut[stage.id, move.to] & running)]

    def _moved(self, source: str, target: str, running: frozenset[str]) -> frozenset[str]:
        return self.entered(target, running - frozenset(self.stages[source].ends))
