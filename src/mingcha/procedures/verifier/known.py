"""Whether a definition names only what exists: guards, roles, periods, documents, other procedures (引用)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mingcha.procedures import shipped
from mingcha.procedures.definition import Move, Stage
from mingcha.procedures.guards import catalogue
from mingcha.procedures.verifier.checks import Check
from mingcha.procedures.verifier.context import Context, Ground
from mingcha.procedures.verifier.report import Refuted, name

_SLUG = re.compile(r"^[a-z0-9-]+$")


def known(context: Context, ground: Ground, check: Check) -> Iterator[Refuted]:
    definition = context.definition
    for door in definition.doors:
        if door not in definition.stages:
            yield ground.refuted(f"开始环节“{door}”不存在。", "请从已有的环节中选择开始环节。")
    for step in definition.steps:
        if not any(stage.step == step for stage in definition.stages.values()):
            yield ground.refuted(f"步骤“{step}”没有环节。", "请删去这个步骤，或者给它分配环节。")
    for first, second, _ in definition.different:
        for role in (first, second):
            if role not in context.roles:
                yield ground.refuted(f"“不得由同一人担任”中的角色“{role}”不存在。", "请从角色表中选择。")
    for stage in definition.stages.values():
        yield from _stage(context, ground, stage)
        seen = set()
        for move in stage.moves:
            if (move.procedure, move.to) in seen:
                yield ground.refuted(
                    f"{name(definition, stage.id)}有两个移动转到同一处。", "请合并成一个，把条件写在一起。", (stage.id,)
                )
            seen.add((move.procedure, move.to))
            yield from _move(context, ground, stage, move)


def _stage(context: Context, ground: Ground, stage: Stage) -> Iterator[Refuted]:
    definition, where = context.definition, (stage.id,)
    here = name(definition, stage.id)
    if not stage.roles:
        yield ground.refuted(f"环节{here}没有办理人。", "请选择办理的角色。", where)
    for role in stage.roles:
        if role not in context.roles:
            yield ground.refuted(f"环节{here}的角色“{role}”不存在。", "请从角色表中选择。", where)
    for guard in stage.guards:
        yield from _guard(context, ground, guard, f"环节{here}", where)
    for item in dict.fromkeys((*stage.starts, *stage.ends, *stage.pauses, *stage.extends)):
        if item not in context.periods:
            yield ground.refuted(f"环节{here}的期限“{item}”没有登记。", "请从期限规则中选择。", where)
    for kind in stage.documents:
        if not kind.strip() or (_SLUG.match(kind) and kind not in shipped.documents()):
            yield ground.refuted(f"环节{here}的文书“{kind}”没有登记。", "请选择文书模板，或者写中文名称。", where)
    if stage.recording not in ("A", "B", "N"):
        yield ground.refuted(f"环节{here}的记录要求“{stage.recording}”不对。", "请选择A、B或者N。", where)
    if not stage.article.strip():
        yield ground.refuted(f"环节{here}没有写明依据的条文。", "请写明法律条文。", where)
    if stage.terminal and stage.own:
        yield ground.refuted(f"结束环节{here}还有移动。", "请删去移动，或者取消结束。", where)


def _move(context: Context, ground: Ground, stage: Stage, move: Move) -> Iterator[Refuted]:
    definition, where = context.definition, (stage.id,)
    what = f"“{stage.name}—{move.label}”"
    if move.procedure:
        other = context.others(move.procedure)
        if other is None or move.to not in other.stages:
            yield ground.refuted(
                f"{what}转入的“{move.procedure}.{move.to}”不存在。", "请从已有的程序和环节中选择。", where
            )
    elif move.to not in definition.stages:
        yield ground.refuted(f"{what}指向不存在的环节“{move.to}”。", "请从本程序的环节中选择。", where)
    if not move.roles:
        yield ground.refuted(f"{what}没有办理人。", "请选择办理的角色。", where)
    for role in move.roles:
        if role not in context.roles:
            yield ground.refuted(f"{what}的角色“{role}”不存在。", "请从角色表中选择。", where)
    for guard in move.own_guards:
        yield from _guard(context, ground, guard, what, where)
    for item in move.expiries:
        if item not in context.periods:
            yield ground.refuted(f"{what}的期限“{item}”没有登记。", "请从期限规则中选择。", where)
        elif not any(item in here.starts for here in definition.stages.values()):
            yield ground.refuted(f"{what}的期限“{item}”没有环节起算。", "请在之前的环节起算该期限。", where)


def _guard(context: Context, ground: Ground, guard: str, what: str, where: tuple[str, ...]) -> Iterator[Refuted]:
    if context.guard_known(guard) is None:
        yield ground.refuted(f"{what}引用了没有登记的条件“{guard}”。", "请从条件表中选择。", where)
        return
    entry = catalogue().get(guard)
    if entry and entry.procedures and context.definition.code not in entry.procedures:
        yield ground.refuted(
            f"{what}的条件“{entry.label}”由人认定，不适用于本程序。", "请改用由系统核对的条件。", where, entry.article
        )
