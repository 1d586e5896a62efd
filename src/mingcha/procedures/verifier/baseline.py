"""A local variant against the lawful definition of its code: stages may be added, nothing lawful may be lost (细化).

The variant is folded onto the stages that the law knows: two of them follow one another when a path leads from the one
to the other by way of added stages only. Such steps must be exactly those of the lawful definition, so that every path
of the variant is a lawful path with additions, and whatever the lawful one guarantees still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mingcha.procedures.definition import Definition, Move, Stage
from mingcha.procedures.verifier.checks import Check
from mingcha.procedures.verifier.context import Context, Ground, period_name
from mingcha.procedures.verifier.report import Refuted, name, words

END = "■"
Step = tuple[str, str, bool]
_RECORDING = {"N": 0, "B": 1, "A": 2}


def _target(move: Move) -> str:
    return f"{move.procedure}.{move.to}" if move.procedure else move.to


def steps(definition: Definition, lawful: set[str]) -> dict[Step, tuple[Move, ...]]:
    """Steps between lawful stages, ends and other procedures, each with the shortest way; "" stands for the beginning."""
    found: dict[Step, tuple[Move, ...]] = {}
    for stage in [item for item in definition.stages if item in lawful]:
        for move in definition.stages[stage].moves:
            for target, way in _ways(definition, lawful, (move,)):
                found.setdefault((stage, target, move.parallel), way)
    for door in definition.doors:
        if door in lawful:
            found.setdefault(("", door, False), ())
        elif door in definition.stages:
            for move in definition.stages[door].moves:
                for target, way in _ways(definition, lawful, (move,)):
                    found.setdefault(("", target, False), way)
    return found


def _ways(
    definition: Definition,
    lawful: set[str],
    start: tuple[Move, ...],
    usable: Callable[[Move], bool] = lambda move: True,
) -> Iterator[tuple[str, tuple[Move, ...]]]:
    """The lawful stages, ends and other procedures that a first move leads to by way of added stages."""
    todo, seen = [start] if usable(start[-1]) else [], set()
    while todo:
        way = todo.pop(0)
        last = way[-1]
        if last.procedure or last.to in lawful or last.to not in definition.stages:
            yield _target(last), way
            continue
        if last.to in seen:
            continue
        seen.add(last.to)
        stage = definition.stages[last.to]
        if stage.terminal:
            yield END, way
        todo += [(*way, move) for move in stage.moves if usable(move)]


def refines(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """No step between lawful stages that the law does not have."""
    base, definition = context.base, context.definition
    if base is None:
        return
    lawful = set(base.stages)
    known = set(steps(base, lawful))
    for (source, target, parallel), way in steps(definition, lawful).items():
        if (source, target, parallel) in known or (parallel and _begins(context, target)):
            continue
        path = (source, *(move.to for move in way if not move.procedure)) if source else (target,)
        if not source:
            message = f"不能从{name(definition, target)}开始办理，法定的开始环节是“{base.stages[base.entry].name}”。"
        elif target == END:
            message = f"不能在{name(definition, way[-1].to)}结束：{words(definition, path)}。"
        else:
            kind = "并行转到" if parallel else "直接转到"
            message = f"{name(definition, source)}不能{kind}{_named(context, target)}：{words(definition, path)}。"
        fix = f"请删去“{way[0].label}”，或者让它转到法定的下一环节。" if way else "请改回法定的开始环节。"
        yield ground.refuted(message, fix, path)
    for stage in base.stages.values():
        if stage.id in definition.stages and definition.stages[stage.id].terminal and not stage.terminal:
            yield ground.refuted(
                f"{name(definition, stage.id)}不能是结束环节。", "请取消结束，并加回它的移动。", (stage.id,)
            )


def _begins(context: Context, target: str) -> bool:
    """Whether the target is where another procedure begins: one may be opened beside this one at any time."""
    code, _, stage = target.partition(".")
    other = context.others(code) if stage else None
    return other is not None and stage in other.doors


def _named(context: Context, target: str) -> str:
    code, _, stage = target.partition(".")
    other = context.others(code) if stage else None
    if other is not None:
        return f"“{other.name}·{other.stages[stage].name if stage in other.stages else stage}”"
    return name(context.definition, target)


def keeps(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """Each lawful stage with what it demands, each lawful step with its guards, periods and duties."""
    base, definition = context.base, context.definition
    if base is None:
        return
    for stage in base.stages.values():
        if stage.id in definition.stages:
            yield from _stage_kept(context, ground, stage, definition.stages[stage.id])
        else:
            yield ground.refuted(
                f"缺少法定环节“{stage.name}”。", f"请加回环节“{stage.name}”（{stage.id}）。", (), stage.article
            )
    for stage in base.stages.values():
        if stage.id in definition.stages:
            for move in stage.moves:
                if move.procedure or move.to in definition.stages:
                    yield from _step_kept(context, ground, stage, move)
    quiet = {(move.source, move.to) for stage in base.stages.values() for move in stage.own if move.passes}
    for stage in definition.stages.values():
        for move in stage.moves:
            if move.passes and (move.source, _target(move)) not in quiet:
                yield ground.refuted(
                    f"“{stage.name}—{move.label}”要由人办理，不能自动经过。",
                    f"请取消“{move.label}”的自动经过。",
                    (stage.id,),
                    stage.article,
                )
    for first, second, article in base.different:
        if {first, second} not in [{a, b} for a, b, _ in definition.different]:
            yield ground.refuted(
                f"没有写明“{context.role(first)}”和“{context.role(second)}”不得由同一人担任。",
                "请在“不得由同一人担任”中加回这一对。",
                (),
                article,
            )


def _stage_kept(context: Context, ground: Ground, lawful: Stage, here: Stage) -> Iterator[Refuted]:
    lost = [
        *(f"条件“{context.guard(item)}”" for item in lawful.guards if item not in here.guards),
        *(f"文书“{item}”" for item in lawful.documents if item not in here.documents),
        *(f"起算的期限{period_name(item)}" for item in lawful.starts if item not in here.starts),
        *(f"停止的期限{period_name(item)}" for item in lawful.ends if item not in here.ends),
    ]
    if lost:
        yield ground.refuted(
            f"环节“{here.name}”少了法定的{'、'.join(lost)}。",
            f"请在环节“{here.name}”中加回{'、'.join(lost)}。",
            (here.id,),
            lawful.article,
        )
    more = [
        *(f"中止{period_name(item)}" for item in here.pauses if item not in lawful.pauses),
        *(f"延长{period_name(item)}" for item in here.extends if item not in lawful.extends),
        *(f"停止{period_name(item)}" for item in here.ends if item not in lawful.ends and _elsewhere(context, item)),
    ]
    if more:
        yield ground.refuted(
            f"环节“{here.name}”没有法律依据地{'、'.join(more)}。", "请删去它。", (here.id,), lawful.article
        )
    if _RECORDING.get(here.recording, -1) < _RECORDING.get(lawful.recording, 0):
        yield ground.refuted(
            f"环节“{here.name}”的记录要求低于法定要求。",
            f"请把记录要求改回{lawful.recording}或者更高。",
            (here.id,),
            lawful.article,
        )


def _elsewhere(context: Context, item: str) -> bool:
    """A period of the law may not be ended earlier than the law ends it; one of the variant's own may."""
    return any(item in stage.starts for stage in context.base.stages.values()) if context.base else False


def _step_kept(context: Context, ground: Ground, source: Stage, move: Move) -> Iterator[Refuted]:
    """The lawful step is there, and no way of the variant for it avoids what the law asks on it."""
    definition, base = context.definition, context.base
    lawful = set(base.stages) if base else set()
    target = _target(move)

    def way_for(usable: Callable[[Move], bool] = lambda item: True) -> tuple[Move, ...] | None:
        for first in definition.stages[source.id].moves:
            if first.parallel == move.parallel:
                for to, way in _ways(definition, lawful, (first,), usable):
                    if to == target:
                        return way
        return None

    if way_for() is None:
        yield ground.refuted(
            f"{name(definition, source.id)}少了法定的移动“{move.label}”，不能转到{_named(context, target)}。",
            f"请加回“{move.label}”。",
            (source.id,),
            source.article,
        )
        return
    for said, asked in _asked(context, move):
        way = way_for(lambda item, asked=asked: not asked(item))  # type: ignore[misc]
        if way is not None:
            path = (source.id, *(item.to for item in way if not item.procedure))
            yield ground.refuted(
                f"从{name(definition, source.id)}到{_named(context, target)}少了{said}：{words(definition, path)}。",
                f"请在“{way[-1].label}”加回{said}。",
                path,
                source.article,
            )


def _asked(context: Context, move: Move) -> Iterator[tuple[str, Callable[[Move], bool]]]:
    """What the law asks on a step, and whether a move asks it."""
    for guard in move.own_guards:
        yield f"条件“{context.guard(guard)}”", lambda item, guard=guard: guard in item.guards  # type: ignore[misc]
    for expiry in move.expiries:
        yield (
            f"期满转出（{period_name(expiry)}）",
            lambda item, expiry=expiry: expiry in item.expiries,  # type: ignore[misc]
        )
    if move.action:
        yield f"由“{move.action}”办理", lambda item: item.action == move.action
    if move.needs_reason:
        yield "写明理由", lambda item: item.needs_reason


def roles(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    """Lawful stages and steps stay with those whom the law names; who may not be the same person is told."""
    base, definition = context.base, context.definition
    if base is None:
        return
    lawful = set(base.stages)
    for stage in base.stages.values():
        here = definition.stages.get(stage.id)
        if here is None:
            continue
        strange = [role for role in here.roles if role not in stage.roles]
        if strange or not here.roles:
            yield _strange(context, ground, stage, strange, f"环节“{here.name}”")
        for move in stage.own:
            allowed = set(move.roles)
            if not allowed or move.to not in definition.stages:
                continue
            for first in here.own:
                for to, way in _ways(definition, lawful, (first,)):
                    # The last hand before the lawful stage is the one that decides.
                    if to == move.to and not set(way[-1].roles) <= allowed | ({"system"} if move.expiry else set()):
                        wrong = [role for role in way[-1].roles if role not in allowed]
                        yield _strange(context, ground, stage, wrong, f"移动“{way[-1].label}”", allowed)


def _strange(
    context: Context, ground: Ground, stage: Stage, strange: list[str], what: str, allowed: set[str] | None = None
) -> Refuted:
    lawful = "、".join(context.role(role) for role in stage.roles if allowed is None or role in allowed)
    lawful = lawful or "、".join(context.role(role) for role in sorted(allowed or ()))
    clash = next(
        (
            (role, other, article)
            for role in strange
            for other in stage.roles
            for first, second, article in (context.base.different if context.base else ())
            if {first, second} == {role, other}
        ),
        None,
    )
    who = "、".join(context.role(role) for role in strange) or "没有人"
    more = f"“{context.role(clash[0])}”和“{context.role(clash[1])}”不得是同一人。" if clash else ""
    return ground.refuted(
        f"{what}由{who}办理，依法应由{lawful}办理。{more}",
        f"请改由{lawful}办理。",
        (stage.id,),
        clash[2] if clash else stage.article,
    )
