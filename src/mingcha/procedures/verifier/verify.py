"""The one door of the verifier: a definition in, what was proved and what was refuted out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mingcha.procedures import shipped
from mingcha.procedures.definition import Definition
from mingcha.procedures.verifier import baseline, checks
from mingcha.procedures.verifier.checks import Check
from mingcha.procedures.verifier.context import Context, Ground
from mingcha.procedures.verifier.known import known
from mingcha.procedures.verifier.properties import properties
from mingcha.procedures.verifier.report import Refuted, Report
from mingcha.procedures.verifier.states import explore

_FORMS: dict[str, Callable[[Context, Ground, Check], Iterator[Refuted]]] = {
    "PRE": checks.pre,
    "PASSES": checks.passes,
    "THEN": checks.then,
    "BETWEEN": checks.between,
    "NOEDGE": checks.no_edge,
    "NOPATH": checks.no_path,
    "GUARD": checks.guard,
    "PERIOD": checks.period,
    "SHUT": checks.shut,
    "DIFF": checks.different,
    "REACH": checks.reachable,
    "LIVE": checks.live,
    "KNOWN": known,
    "REFINES": baseline.refines,
    "KEEPS": baseline.keeps,
    "ROLES": baseline.roles,
}


def verify(
    definition: Definition, *, periods: Iterable[str] = (), listed: Mapping[str, Mapping[str, Any]] | None = None
) -> Report:
    """Prove or refute every property that concerns this definition, on all of its paths.

    `periods`: ids of further period rules that a definition may start, besides those `listed`, the table of periods
    that shipped definitions use.
    """
    listed = shipped.periods() if listed is None else listed
    context = Context(
        definition=definition,
        base=shipped.baseline(definition.code),
        periods=frozenset(listed) | frozenset(periods),
        own_end=frozenset(item for item, row in listed.items() if row.get("own_end")),
        roles=frozenset(shipped.roles()),
    )
    return _report(context)


def _report(context: Context) -> Report:
    definition = context.definition
    context.space = explore(definition, context.own_end)
    proved, refuted = [], []
    for item in properties():
        found = []
        concerned = item.of(definition.code)
        for check in concerned:
            found += list(_FORMS[check["form"]](context, Ground(item.no, item.statement, item.article), check))
        if found:
            refuted += found
        elif concerned:
            proved.append(item.no)
    return Report(definition.code, tuple(proved), tuple(refuted), len(context.space.before))
