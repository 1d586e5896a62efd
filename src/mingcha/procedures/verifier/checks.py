"""Checks of single properties: what every path must pass, what no path may do (前置、禁止、条件、期限)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from mingcha.procedures.definition import Definition
from mingcha.procedures.verifier.context import Context, Ground, answers, into, label_of, period_name
from mingcha.procedures.verifier.graph import forward, path, reach
from mingcha.procedures.verifier.report import Refuted, name, names, words
from mingcha.procedures.verifier.states import CLOSING, MOST_STATES

Check = Mapping[str, Any]


def pre(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """Every path from an entry to the target passes one of each group: take the group away, ask whether it is reached."""
    definition, target = context.definition, check["target"]
    edges = forward(definition)
    for group in check["through"]:
        found = path(edges, definition.doors, lambda stage: stage == target, [item for item in group if item != target])
        if found:
            yield ground.refuted(
                f"有一条路径没有经过{names(definition, group)}就到了{name(definition, target)}："
                f"{words(definition, found)}。",
                _cure(context, found, f"让它先经过{names(definition, group)}"),
                found,
            )


def passes(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """Every path to the target takes a move that asks one of the guards: take those moves away, ask as before."""
    definition, target = context.definition, check["target"]
    edges = {
        stage.id: tuple(
            move.to
            for move in stage.own
            if move.to in definition.stages and not set(check["guards"]) & set(move.guards)
        )
        for stage in definition.stages.values()
    }
    found = path(edges, definition.doors, lambda stage: stage == target)
    if found:
        asked = "或者".join(f"“{context.guard(item)}”" for item in check["guards"])
        yield ground.refuted(
            f"有一条路径没有问过{asked}就到了{name(definition, target)}：{words(definition, found)}。",
            f"请在这条路径的移动上加回{asked}。",
            found,
        )


def then(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """Every path from the source to an end, or out of the procedure, passes one of each group."""
    yield from _between(context, ground, check, lambda stage: _over(context.definition, stage), "就结束了")


def between(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    target = check["target"]
    said = f"就到了{name(context.definition, target)}"
    yield from _between(context, ground, check, lambda stage: stage == target, said)


def _between(
    context: Context, ground: Ground, check: Check, ends: Callable[[str], bool], said: str
) -> Iterator[Refuted]:
    definition, source = context.definition, check["source"]
    if source not in definition.stages:
        return
    edges = forward(definition, parallel=False)
    for group in check["through"]:
        for first in edges[source]:
            found = path(edges, [first], ends, [item for item in group if item != source])
            if found:
                found = (source, *found)
                yield ground.refuted(
                    f"{name(definition, source)}以后，有一条路径没有经过{names(definition, group)}{said}："
                    f"{words(definition, found)}。",
                    _cure(context, found, f"让它经过{names(definition, group)}"),
                    found,
                )
                break


def _over(definition: Definition, stage: str) -> bool:
    return definition.stages[stage].terminal or any(not move.parallel for move in definition.stages[stage].links)


def no_edge(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """No move from source to target, nor one by way of stages that the law does not know."""
    lawful = set(context.base.stages) if context.base else set(context.definition.stages)
    yield from _no_path(context, ground, check, lawful - {check["target"]})


def no_path(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    yield from _no_path(context, ground, check, set())


def _no_path(context: Context, ground: Ground, check: Check, shut: set[str]) -> Iterator[Refuted]:
    definition, source, target = context.definition, check["source"], check["target"]
    if source not in definition.stages:
        return
    edges = forward(definition)
    for first in edges[source]:
        found = path(edges, [first], lambda stage: stage == target, shut)
        if found:
            found = (source, *found)
            yield ground.refuted(
                f"{name(definition, source)}不得转到{name(definition, target)}，但有路径：{words(definition, found)}。",
                _cure(context, found, "改由法定的环节转入"),
                found,
            )
            return


def guard(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """Each way into the stage asks the guards; at an entry, each way out of it."""
    definition, stage = context.definition, check["stage"]
    if stage not in definition.stages:
        return
    for identifier in check["guards"]:
        ways = into(definition, stage)
        open_ways = [move for move in ways if not answers(identifier, move.guards, definition.code)]
        at_the_door = stage in definition.doors and not answers(
            identifier, definition.stages[stage].guards, definition.code
        )
        if not open_ways and not at_the_door:
            continue
        found = (*_way_to(definition, open_ways[0].source), stage) if open_ways else (stage,)
        yield ground.refuted(
            f"进入{name(definition, stage)}没有要求{label_of(identifier)}：{words(definition, found)}。",
            f"请在环节{name(definition, stage)}的条件中加回{label_of(identifier)}。",
            found,
        )


def period(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """A period that was started is ended, or settled by the move it fires, on every path to the end."""
    definition, wanted = context.definition, check["period"]
    starts: dict[str, str] = {}
    for stage in definition.stages.values():
        for item in stage.starts:
            starts.setdefault(item, stage.id)
    if wanted != "*" and wanted not in starts:
        yield ground.refuted(f"期限{period_name(wanted)}没有在任何环节起算。", "请在相应环节加回该期限的起算。")
        return
    for item, stage_id in sorted(starts.items()):
        if wanted not in ("*", item):
            continue
        if item not in context.periods:
            yield ground.refuted(
                f"{name(definition, stage_id)}起算的期限{item}没有规定长度和期满的后果。",
                "请改用已登记的期限，或者先登记该期限的规则。",
                (stage_id,),
            )
            continue
        found = next((state for state in context.space.ends if item in state[2]), None)
        if found is not None:
            way = context.space.path(found)
            yield ground.refuted(
                f"{name(definition, stage_id)}起算的期限{period_name(item)}到结束仍没有了结：{words(definition, way)}。",
                f"请在这条路径上由一个环节停止该期限，或者设置期满的转出；现在停止它的环节是：{_stops(definition, item)}。",
                way,
            )


def shut(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """A stage is not entered while a period runs."""
    definition, stage, item = context.definition, check["stage"], check["period"]
    found = next((state for state in context.space.before if state[0] == stage and item in state[2]), None)
    if found is not None:
        way = context.space.path(found)
        yield ground.refuted(
            f"期限{period_name(item)}还没有了结就进入了{name(definition, stage)}：{words(definition, way)}。",
            f"请先由停止该期限的环节（{_stops(definition, item)}）办结，再转入{name(definition, stage)}。",
            way,
        )


def different(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    first, second = check["pair"]
    if {first, second} not in [{a, b} for a, b, _ in context.definition.different]:
        yield ground.refuted(
            f"没有写明“{context.role(first)}”和“{context.role(second)}”不得由同一人担任。",
            "请在“不得由同一人担任”中加回这一对。",
        )


def _cure(context: Context, found: tuple[str, ...], otherwise: str) -> str:
    """The move that the lawful definition does not have is the one to take away."""
    definition = context.definition
    lawful = forward(context.base) if context.base else {}
    for source, to in pairwise(found):
        move = definition.move(source, to)
        if move and lawful and to not in lawful.get(source, (to,) if source not in lawful else ()):
            return f"请删去{name(definition, source)}到{name(definition, to)}的“{move.label}”，或者{otherwise}。"
    return f"请修改这条路径，{otherwise}。"


def _way_to(definition: Definition, stage: str) -> tuple[str, ...]:
    return path(forward(definition), definition.doors, lambda here: here == stage)


def _stops(definition: Definition, item: str) -> str:
    return "、".join(stage.name for stage in definition.stages.values() if item in stage.ends) or "没有"


def reachable(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    definition = context.definition
    met = context.space.stages()
    by_graph = reach(forward(definition), definition.doors)
    for stage in definition.stages:
        if stage not in met or stage not in by_graph:
            yield ground.refuted(
                f"环节{name(definition, stage)}走不到。", "请加一个转入它的移动，或者删去这个环节。", (stage,)
            )


def live(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """From every state the end, or another procedure, can be reached."""
    definition, told = context.definition, set()
    if not context.space.whole:
        yield ground.refuted(
            f"可能的状态超过{MOST_STATES:,}种，无法逐一核验。", "请减少并行的环节，或者把它们前后相接。"
        )
        return
    if not any(stage.terminal for stage in definition.stages.values()):
        yield ground.refuted("没有结束环节。", "请把归档设为结束环节。")
    for state in context.space.stuck:
        at = (state[0], tuple(branch[2] for branch in state[1]))
        if state[0] in told:
            continue
        told.add(state[0])
        way = context.space.path(state)
        yield ground.refuted(
            f"到了{'和'.join(name(definition, stage) for stage in (at[0], *at[1]))}就走不到结束："
            f"{words(definition, way)}。",
            f"请给{name(definition, state[0])}加一个通向结案的移动。",
            way,
        )
    yield from _branches_end(context, ground)


def _branches_end(context: Context, ground: Ground) -> Iterator[Refuted]:
    """From every stage of a branch its beginning, the closing, an end or another procedure can be reached."""
    definition, told = context.definition, set()
    edges = forward(definition, parallel=False)
    for move in (move for stage in definition.stages.values() for move in stage.own if move.parallel):
        if move.to not in definition.stages:
            continue
        for stage in sorted(reach(edges, [move.to], (move.source, CLOSING))):
            on = reach(edges, [stage])
            if stage in told or {move.source, CLOSING} & on or any(_over(definition, item) for item in on):
                continue
            told.add(stage)
            yield ground.refuted(
                f"并行的环节{name(definition, stage)}走不完：{words(definition, _way_to(definition, stage))}。",
                f"请给{name(definition, stage)}加一个回到主线或者通向结案的移动。",
                _way_to(definition, stage),
            )
