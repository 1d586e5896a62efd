"""Paths in the graph of stages: which there are, and the shortest one as evidence."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from mingcha.procedures.definition import Definition

Edges = Mapping[str, tuple[str, ...]]


def forward(definition: Definition, *, parallel: bool = True) -> dict[str, tuple[str, ...]]:
    """Stage to the stages after it; without `parallel` the main line only."""
    return {
        stage.id: tuple(
            move.to for move in stage.own if move.to in definition.stages and (parallel or not move.parallel)
        )
        for stage in definition.stages.values()
    }


def backward(edges: Edges) -> dict[str, tuple[str, ...]]:
    before: dict[str, list[str]] = {stage: [] for stage in edges}
    for source, targets in edges.items():
        for to in targets:
            before[to].append(source)
    return {stage: tuple(sources) for stage, sources in before.items()}


def reach(edges: Edges, start: Iterable[str], avoiding: Iterable[str] = ()) -> set[str]:
    """All stages on paths from `start` that touch none of `avoiding`."""
    shut = set(avoiding)
    found = {stage for stage in start if stage in edges and stage not in shut}
    todo = list(found)
    while todo:
        for to in edges[todo.pop()]:
            if to not in found and to not in shut:
                found.add(to)
                todo.append(to)
    return found


def path(
    edges: Edges, start: Iterable[str], ends: Callable[[str], bool], avoiding: Iterable[str] = ()
) -> tuple[str, ...]:
    """The shortest path from `start` to a stage for which `ends` holds, touching none of `avoiding`; empty if none."""
    shut = set(avoiding)
    before: dict[str, str] = {}
    queue = deque(stage for stage in start if stage in edges and stage not in shut)
    seen = set(queue)
    while queue:
        here = queue.popleft()
        if ends(here):
            found = [here]
            while found[-1] in before:
                found.append(before[found[-1]])
            return tuple(reversed(found))
        for to in edges[here]:
            if to not in seen and to not in shut:
                seen.add(to)
                before[to] = here
                queue.append(to)
    return ()
