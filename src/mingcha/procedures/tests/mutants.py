"""Mutants of definitions: one change each, by hand (procedures of the field, §4) and in rows (mutation by kind)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mingcha.procedures import shipped

Content = dict[str, Any]
MOST_OF_A_KIND = 25


@dataclass(frozen=True)
class Mutant:
    kind: str
    said: str
    content: Content


def row(content: Content, stage: str) -> Content:
    found: Content = next(item for item in content["stages"] if item["id"] == stage)
    return found


def whole(code: str) -> Content:
    return shipped.definition_file(code)


def add_move(content: Content, source: str, to: str) -> Content:
    stage = row(content, source)
    stage["moves"].append({"to": to, "label": "直接转入", "roles": stage["roles"], "guards": []})
    return content


def drop_move(content: Content, source: str, to: str) -> Content:
    stage = row(content, source)
    stage["moves"] = [move for move in stage["moves"] if move["to"] != to or move.get("procedure")]
    return content


def drop_guards(content: Content, stage: str, names: tuple[str, ...]) -> Content:
    """The guards leave the stage and every move into it."""
    row(content, stage)["guards"] = [item for item in row(content, stage)["guards"] if item not in names]
    for item in content["stages"]:
        for move in item["moves"]:
            if move["to"] == stage and not move.get("procedure"):
                move["guards"] = [name for name in move["guards"] if name not in names]
    return content


def drop_stops(content: Content, period: str) -> Content:
    for item in content["stages"]:
        item["ends"] = [name for name in item["ends"] if name != period]
    return content


def drop_pair(content: Content, first: str, second: str) -> Content:
    content["different"] = [pair for pair in content["different"] if {pair[0], pair[1]} != {first, second}]
    return content


def remove(content: Content, stage: str, *, joined: bool) -> Content:
    """The stage is gone; `joined`: what led to it leads to where it led."""
    gone = row(content, stage)
    content["stages"] = [item for item in content["stages"] if item["id"] != stage]
    onward = [move["to"] for move in gone["moves"] if not move.get("procedure") and not move.get("parallel")]
    for item in content["stages"]:
        moves = []
        for move in item["moves"]:
            if move["to"] != stage or move.get("procedure"):
                moves.append(move)
            elif joined:
                moves += [{**move, "to": to} for to in onward if to != item["id"]]
        item["moves"] = list({(move.get("procedure", ""), move["to"]): move for move in reversed(moves)}.values())
    return content


def systematic(code: str) -> list[Mutant]:
    """Remove a stage (with and without joining the ends), by-pass one, swap a role, drop a guard, a stop, a move."""
    found = []
    for kind, made in (
        ("remove", list(_removals(code, joined=False))),
        ("remove-and-join", list(_removals(code, joined=True))),
        ("by-pass", list(_by_passes(code))),
        ("swap-role", list(_swaps(code))),
        ("drop-guard", list(_guards(code))),
        ("drop-stop", list(_stops(code))),
        ("drop-move", list(_moves(code))),
    ):
        every = max(1, -(-len(made) // MOST_OF_A_KIND))
        found += [Mutant(kind, said, make()) for said, make in made[::every]]
    return found


Made = Iterator[tuple[str, Callable[[], Content]]]


def _removals(code: str, *, joined: bool) -> Made:
    base = whole(code)
    for item in base["stages"]:
        if item["id"] != base["entry"] and not item.get("terminal") and item["id"] not in base.get("entries", ()):
            yield item["id"], lambda stage=item["id"]: remove(whole(code), stage, joined=joined)


def _by_passes(code: str) -> Made:
    base = whole(code)
    after = {
        item["id"]: [move["to"] for move in item["moves"] if not move.get("procedure") and not move.get("parallel")]
        for item in base["stages"]
    }
    seen = set()
    for source, middles in after.items():
        for middle in middles:
            for target in after[middle]:
                taken = target in (source, *middles) or any(move["to"] == target for move in row(base, source)["moves"])
                if not taken and (source, target) not in seen:
                    seen.add((source, target))
                    yield (
                        f"{source}->{target} past {middle}",
                        lambda a=source, b=target: add_move(whole(code), a, b),
                    )


def _swaps(code: str) -> Made:
    for item in whole(code)["stages"]:
        for role in ("handler", "head"):
            if role not in item["roles"]:
                yield f"{item['id']} by {role}", lambda stage=item["id"], role=role: _swapped(whole(code), stage, role)
                break


def _swapped(content: Content, stage: str, role: str) -> Content:
    item = copy.deepcopy(row(content, stage))
    item["roles"] = [role]
    for move in item["moves"]:
        move["roles"] = [role]
    content["stages"] = [item if other["id"] == stage else other for other in content["stages"]]
    return content


def _guards(code: str) -> Made:
    for item in whole(code)["stages"]:
        for name in item["guards"]:
            yield f"{item['id']} {name}", lambda stage=item["id"], name=name: drop_guards(whole(code), stage, (name,))


def _stops(code: str) -> Made:
    for item in whole(code)["stages"]:
        for period in item["ends"]:
            yield f"{item['id']} {period}", lambda stage=item["id"], period=period: _unstopped(code, stage, period)


def _unstopped(code: str, stage: str, period: str) -> Content:
    content = whole(code)
    row(content, stage)["ends"].remove(period)
    return content


def _moves(code: str) -> Made:
    for item in whole(code)["stages"]:
        for move in item["moves"]:
            if not move.get("procedure"):
                yield (
                    f"{item['id']}->{move['to']}",
                    lambda a=item["id"], b=move["to"]: drop_move(whole(code), a, b),
                )
