"""What is harmful, decided by walking paths one by one. Shares no code with the verifier: it reads the bare JSON.

Paths: every simple path from every beginning (a path that avoids a stage contains a simple one that does), once for
each set of stages it passes; for periods every walk until stage and running periods repeat. The properties are typed
here a second time, in the notation of their source.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from mingcha.procedures import shipped

Content = dict[str, Any]

PRE = """
P-PT decide: notify & hear-statement/recheck/hearing-window
P-TZ decide: notify & hearing-window
P-TZ hearing-held: hearing-appoint & hearing-notice
P-JY decide-spot: show-id & notify & hear
P-JY publish-check: record-file/no-penalty
P-PT decide: file & conclude & head-examine
P-YS send: team & chief-decide
P-CS in-force: approve/ratify
P-CS in-force-ext: extend
P-ZX enforce: demand & enforce-decide/enforce-now
P-ZX substitute-do: demand & substitute-decide & substitute-remind
P-FY apply: remedy-watch & demand-54
P-XK decide-refuse: intake & examine & accept/deemed-accepted
P-XK deemed-renewed: renew
P-JC inspect: approve/urgent-entry & scan-in
P-JC publish-check: feedback
P-ZF decide: solicit & publish-changes & risk-funds
P-ZF moved: compensate
P-ZT apply-approve: survey-risk & plan-notice & funds
"""
NOEDGE = """
P-PT review-return->decide
P-PT review-return->collective
P-PT transfer-crime->decide
P-CS in-force-ext->extend
P-CS expired->dispose
P-CS release->close
"""
# Periods that nothing stops: the right lapses, or the next plan follows.
OWN_END = {"REV-01", "LIT-01", "LIT-02", "INS-01", "LIC-12", "LIC-16"}
# Who is named by statute; handing their stage to somebody else is harm.
NAMED = {
    "head", "reviewer", "collective", "hearing_host", "chief", "court", "police", "procuratorate", "government",
    "appraiser", "special_team", "supervision_organ", "lower_organ", "expert_body", "witness",
}  # fmt: skip


def harm(code: str, content: Content) -> tuple[str, str]:
    """What kind of harm the change does, and where; empty when no path shows any."""
    stages = {item["id"]: item for item in content["stages"]}
    paths = list(_simple_paths(content, stages))
    for kind, found in (
        ("structure", _structure(stages, paths)),
        ("order", _orders(code, stages, paths)),
        ("period", _open_periods(content, stages)),
        ("by-passed", _mandatory(code, paths)),
        ("lost", _lost(code, stages)),
        ("unasked", _asked(code, stages)),
        ("person", _persons(code, stages)),
    ):
        if why := next(found, ""):
            return kind, why
    return "", ""


def _doors(content: Content) -> list[str]:
    return list(dict.fromkeys([content["entry"], *content.get("entries", ())]))


def _next(stages: dict[str, Content], here: str) -> list[str]:
    return [move["to"] for move in stages[here]["moves"] if not move.get("procedure") and move["to"] in stages]


def _simple_paths(content: Content, stages: dict[str, Content]) -> Iterator[tuple[str, ...]]:
    """Of the paths that passed the same stages and stand at the same one, the first: what can follow is the same for
    all of them, and no question here asks in which order the stages were passed."""
    after = {stage: _next(stages, stage) for stage in stages}
    bit = {stage: 1 << place for place, stage in enumerate(stages)}
    todo = [((door,), bit[door]) for door in reversed(_doors(content))]
    seen = {(path[-1], passed) for path, passed in todo}
    while todo:
        path, passed = todo.pop()
        yield path
        for to in after[path[-1]]:
            further = (to, passed | bit[to])
            if not passed & bit[to] and further not in seen:
                seen.add(further)
                todo.append(((*path, to), further[1]))


def _structure(stages: dict[str, Content], paths: list[tuple[str, ...]]) -> Iterator[str]:
    met = {path[-1] for path in paths}
    for stage in stages:
        if stage not in met:
            yield f"{stage} is never reached"
    for stage, item in stages.items():
        ways = [move for move in item["moves"] if not move.get("parallel")]
        if not ways and not item.get("terminal"):
            yield f"{stage} leads nowhere"
        for move in item["moves"]:
            if not move.get("procedure") and move["to"] not in stages:
                yield f"{stage} leads to nothing"
    over = {
        stage
        for stage, item in stages.items()
        if item.get("terminal") or any(m.get("procedure") and not m.get("parallel") for m in item["moves"])
    }
    for stage in stages:
        if not _comes_to(stages, stage, over):
            yield f"{stage} never comes to an end"


def _comes_to(stages: dict[str, Content], stage: str, over: set[str]) -> bool:
    def walk(here: str, seen: set[str]) -> bool:
        if here in over:
            return True
        seen.add(here)
        onward = [m["to"] for m in stages[here]["moves"] if not m.get("procedure") and not m.get("parallel")]
        return any(to in stages and to not in seen and walk(to, seen) for to in onward)

    return walk(stage, set())


def _rows(text: str, code: str) -> list[str]:
    codes = ("P-PT", "P-TZ") if code == "P-TZ" else (code,)
    return [line.split(" ", 1)[1] for line in text.strip().splitlines() if line.split(" ")[0] in codes]


def _orders(code: str, stages: dict[str, Content], paths: list[tuple[str, ...]]) -> Iterator[str]:
    for line in _rows(PRE, code):
        target, demanded = line.split(": ")
        for group in demanded.split(" & "):
            for path in paths:
                if path[-1] == target and not set(group.split("/")) & set(path):
                    yield f"{target} without {group}: {' '.join(path)}"
                    break
    for line in _rows(NOEDGE, code):
        source, target = line.split("->")
        if source in stages and target in _next(stages, source):
            yield line


@functools.cache
def _base(code: str) -> tuple[dict[str, Content], dict[str, frozenset[str]]]:
    content = shipped.definition_file(code)
    stages = {item["id"]: item for item in content["stages"]}
    always: dict[str, frozenset[str]] = {}
    for path in _simple_paths(content, stages):
        passed = frozenset(path)
        always[path[-1]] = always.get(path[-1], passed) & passed
    return stages, always


def _mandatory(code: str, paths: list[tuple[str, ...]]) -> Iterator[str]:
    """What every lawful path to a stage passes, every path of the mutant must pass."""
    _, always = _base(code)
    for path in paths:
        missing = always.get(path[-1], frozenset()) - set(path)
        if missing:
            yield f"{path[-1]} past {sorted(missing)}: {' '.join(path)}"
            return


def _lost(code: str, stages: dict[str, Content]) -> Iterator[str]:
    """A stage is gone that hears the party, keeps a clock or asks a condition."""
    base, _ = _base(code)
    for stage, item in base.items():
        if stage not in stages and (item["guards"] or item["starts"] or item["ends"] or item.get("party")):
            yield f"{stage} is gone with its conditions, periods or rights"


def _asked(code: str, stages: dict[str, Content]) -> Iterator[str]:
    base, _ = _base(code)
    for source, item in stages.items():
        for move in item["moves"]:
            target = base.get(move["to"])
            if target is None or move.get("procedure"):
                continue
            asked = {*move["guards"], *stages[move["to"]]["guards"]} if move["to"] in stages else set(move["guards"])
            if not set(target["guards"]) <= asked:
                yield f"{source}->{move['to']} does not ask {sorted(set(target['guards']) - asked)}"
    for stage, item in stages.items():
        if stage in base and not set(base[stage]["guards"]) <= set(item["guards"]):
            yield f"{stage} does not ask {sorted(set(base[stage]['guards']) - set(item['guards']))}"


def _persons(code: str, stages: dict[str, Content]) -> Iterator[str]:
    base, _ = _base(code)
    pairs = [{first, second} for first, second, _ in shipped.definition_file(code)["different"]]
    for stage, item in stages.items():
        if stage not in base or set(item["roles"]) <= set(base[stage]["roles"]):
            continue
        strange = set(item["roles"]) - set(base[stage]["roles"])
        lawful = set(base[stage]["roles"])
        if any({new, old} in pairs for new in strange for old in lawful) or lawful <= NAMED:
            yield f"{stage} by {sorted(strange)} instead of {sorted(lawful)}"


def _open_periods(content: Content, stages: dict[str, Content]) -> Iterator[str]:
    """Walks until place and running periods repeat. A branch is walked to its end, then the main line goes on."""
    seen: set[tuple[str, str, frozenset[str]]] = set()

    def walk(here: str, fork: str, running: frozenset[str]) -> str:
        item = stages[here]
        if item.get("terminal"):
            left = running - frozenset(item["ends"])
            return f"{sorted(left)} still run at {here}" if left else ""
        if (here, fork, running) in seen:
            return ""
        seen.add((here, fork, running))
        for move in item["moves"]:
            if move.get("procedure") or move["to"] not in stages or (fork and move.get("parallel")):
                continue
            if any(name.startswith("period-closed-") and name[14:-2].upper() in running for name in move["guards"]):
                continue
            entered = frozenset(stages[move["to"]]["starts"]) - OWN_END
            left = running - frozenset(item["ends"])
            if move.get("parallel"):
                found = walk(move["to"], here, running | entered)
            elif fork and (move["to"] in (fork, "close") or stages[move["to"]].get("terminal")):
                found = walk(fork, "", left)
            else:
                found = walk(move["to"], fork, left | entered)
            if found:
                return found
        return ""

    for door in _doors(content):
        if found := walk(door, "", frozenset(stages[door]["starts"]) - OWN_END):
            yield found
