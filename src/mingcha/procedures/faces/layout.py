"""The layout of a chart (流程图版式): one column that a telephone shows whole, side lines in lanes beside it.

Every stage is a box; each of its moves is a row of that box, so that no label ever covers a line. The move to the next
box is a straight arrow, moves further down run in lanes on the right, returns in lanes on the left. Moves to one and
the same stage share a lane. A unit is a pixel on a screen 360 px wide, and no text is set smaller than 12 units.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mingcha.procedures.definition import Definition, Move, Stage
from mingcha.procedures.faces import words as w
from mingcha.procedures.faces.text import wrap
from mingcha.procedures.faces.words import Words

WIDTH = 324.0
NAME, TEXT = 15.0, 12.5
LEADING = 18.0
PAD = 9.0
GAP = 26.0
EDGE = 7.0
STEP_HEAD = 30.0
# A printed part fits a page of A4 at the width the style sheet prints it, the first one below the heading.
MOST_PART, FIRST_LESS = 740.0, 190.0


@dataclass
class Exit:
    """A move as a row of its box. `way`: next (straight down), down, up, out (another procedure)."""

    move: Move
    index: int
    way: str
    lines: list[str]
    y: float = 0.0
    height: float = 0.0
    lane: int = 0
    # Whether the row stands in the box; a short straight move has its label beside the arrow.
    boxed: bool = True

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass
class Node:
    """A stage in its place."""

    stage: Stage
    rank: int
    main: bool
    name: list[str]
    facts: list[str]
    exits: list[Exit] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    head: float = 0.0

    @property
    def entry(self) -> float:
        """Where side lines arrive."""
        return self.y + PAD + NAME / 2 + 1


@dataclass
class Part:
    """A piece of the chart between two steps, small enough for a page."""

    step: str
    label: str
    top: float
    bottom: float
    nodes: list[Node]


@dataclass
class Chart:
    """All nodes with their places, and the pieces for print."""

    definition: Definition
    nodes: dict[str, Node]
    parts: list[Part]
    width: float
    height: float
    left: int
    right: int
    pitch: float
    box_x: float
    box_width: float

    def lane_x(self, way: str, lane: int) -> float:
        inner = self.box_x - EDGE if way == "up" else self.box_x + self.box_width + EDGE
        return inner - lane * self.pitch if way == "up" else inner + lane * self.pitch


def order(definition: Definition) -> list[Stage]:
    """Stages in reading order: as written, kept together by step."""
    place = {step: index for index, step in enumerate(definition.steps)}
    return sorted(definition.stages.values(), key=lambda stage: place.get(stage.step, len(place)))


def main_line(definition: Definition) -> set[str]:
    """The stages of the main line: the longest way forward from the entry to an end, the first named move preferred."""
    stages = order(definition)
    rank = {stage.id: index for index, stage in enumerate(stages)}
    best: dict[str, tuple[int, str]] = {}
    for stage in reversed(stages):
        ahead = [
            move.to
            for move in stage.moves
            if w.inner(definition, move) and not move.parallel and rank[move.to] > rank[stage.id]
        ]
        options = [(best[to][0] + (3 if index == 0 else 1), -index, to) for index, to in enumerate(ahead) if to in best]
        ends = not stage.moves
        if options:
            length, _, to = max(options)
            best[stage.id] = (length, to)
        elif ends:
            best[stage.id] = (0, "")
    found: set[str] = set()
    here = definition.entry
    while here and here in best and here not in found:
        found.add(here)
        here = best[here][1]
    return found


def place(definition: Definition, words: Words, *, official: bool = False) -> Chart:
    """Put every stage and every move in its place. `official` shows the conditions of each move too."""
    stages = order(definition)
    rank = {stage.id: index for index, stage in enumerate(stages)}
    main = main_line(definition)
    nodes = {stage.id: _node(definition, stage, rank, main, words) for stage in stages}
    left, right = _lanes(nodes)
    pitch = 7.0 if left + right <= 14 else max(3.5, 98 / (left + right))
    box_x = 4 + EDGE + max(0, left - 1) * pitch + 4 if left else 12.0
    box_width = WIDTH - box_x - (EDGE + max(0, right - 1) * pitch + 8 if right else 12.0)
    chart = Chart(definition, nodes, [], WIDTH, 0, left, right, pitch, box_x, box_width)
    _stack(chart, words, official)
    return chart


def _node(definition: Definition, stage: Stage, rank: dict[str, int], main: set[str], words: Words) -> Node:
    node = Node(stage, rank[stage.id], stage.id in main, [], [])
    straight = False
    for index, move in enumerate(stage.moves):
        if not w.inner(definition, move):
            way = "out"
        elif rank[move.to] == node.rank + 1 and not straight:
            way, straight = "next", True
        else:
            way = "down" if rank[move.to] > node.rank else "up"
        node.exits.append(Exit(move, index, way, []))
    return node


def _lanes(nodes: dict[str, Node]) -> tuple[int, int]:
    """Give every side line a lane, the short ones nearest to the boxes; moves to one stage share theirs."""
    counts = {"up": 0, "down": 0}
    for way in counts:
        spans: dict[str, tuple[int, int]] = {}
        for node in nodes.values():
            for item in node.exits:
                if item.way == way:
                    target = nodes[item.move.to].rank
                    low, high = spans.get(item.move.to, (target, target))
                    spans[item.move.to] = (min(low, node.rank), max(high, node.rank))
        lanes: list[list[tuple[int, int]]] = []
        taken: dict[str, int] = {}
        for to, span in sorted(spans.items(), key=lambda item: (item[1][1] - item[1][0], item[1])):
            free = next(
                (i for i, lane in enumerate(lanes) if all(span[1] < a or b < span[0] for a, b in lane)), len(lanes)
            )
            if free == len(lanes):
                lanes.append([])
            lanes[free].append(span)
            taken[to] = free
        for node in nodes.values():
            for item in node.exits:
                if item.way == way:
                    item.lane = taken[item.move.to]
        counts[way] = len(lanes)
    return counts["up"], counts["down"]


def facts_of(stage: Stage, words: Words) -> list[str]:
    """What the box says under the name: who, on which article, within which time."""
    lines = [f"办理：{words.actors(stage.roles)}"]
    if stage.article:
        lines.append(f"依据：{stage.article}")
    lines += [f"期限：{words.period(code).text}" for code in stage.starts]
    return lines


def words_of(definition: Definition, move: Move, words: Words) -> str:
    """A move in one line: what is done, under which condition, where it leads."""
    condition = w.when(move)
    text = f"{move.label}（{condition}）" if condition else move.label
    if move.expiry:
        terms = "或者".join(words.period(code).label for code in move.expiries)
        text = f"{text}［{terms}届满］" if "届满" not in text else text
    return text


def target_of(definition: Definition, move: Move, words: Words) -> str:
    code = move.procedure
    if code:
        return f"转入《{words.procedure(code)}》"
    stage = definition.stages.get(move.to)
    return stage.name if stage else move.to


def _measure(chart: Chart, node: Node, words: Words, official: bool) -> float:
    """Set the text of a box and find its height; gives the room that it takes with the arrow below."""
    node.x = chart.box_x if node.main else chart.box_x + 10
    node.width = chart.box_width if node.main else chart.box_width - 10
    inside = (node.width - 2 * PAD) / TEXT
    node.name = wrap(node.stage.name, (node.width - 2 * PAD) / NAME)
    node.facts = [line for fact in facts_of(node.stage, words) for line in wrap(fact, inside)]
    node.head = PAD + len(node.name) * 20 + len(node.facts) * LEADING + 5
    node.height, below = node.head, GAP
    for item in node.exits:
        item.lines = _row(chart, item, words, official, inside)
        item.boxed = item.way != "next" or len(item.lines) > 2 or official
        if item.boxed and item.way == "next":
            item.lines = _row(chart, item, words, official, inside, boxed=True)
        item.height = len(item.lines) * LEADING + (6 if item.boxed else 14)
        if item.boxed:
            node.height += item.height
        else:
            below = max(GAP, item.height)
    return node.height + below


def _stack(chart: Chart, words: Words, official: bool) -> None:
    """Set the boxes below each other, a heading before each step, and cut the chart where a page is full."""
    definition, y = chart.definition, 14.0
    step = ""
    for node in chart.nodes.values():
        stage = node.stage
        room = _measure(chart, node, words, official)
        new_step, started = stage.step != step, not chart.parts
        # The first page carries the heading of the document too.
        most = MOST_PART - (0 if len(chart.parts) > 1 else FIRST_LESS)
        if new_step or y - chart.parts[-1].top + room > most:
            top = 0.0 if started else y - 6
            if chart.parts:
                chart.parts[-1].bottom = top
            chart.parts.append(Part(stage.step, words.step(definition, stage.step) if new_step else "", top, 0, []))
            if new_step:
                y += STEP_HEAD - 7
            step = stage.step
        chart.parts[-1].nodes.append(node)
        node.y, below = y, y + node.head
        for item in sorted(node.exits, key=lambda item: item.way == "next"):
            item.y = below
            if item.boxed:
                below += item.height
        y += room
    chart.height = y - GAP + 18
    chart.parts[-1].bottom = chart.height


def _row(chart: Chart, item: Exit, words: Words, official: bool, inside: float, boxed: bool = False) -> list[str]:
    boxed = boxed or item.way != "next"
    text = words_of(chart.definition, item.move, words)
    if boxed:
        text = f"{text} → {target_of(chart.definition, item.move, words)}"
    # An arrow down the middle leaves half the width beside it for its label.
    most = inside - 1.6 if boxed else (chart.box_width / 2 - 10) / TEXT
    lines = wrap(text, most)
    if official and item.move.guards:
        lines += _conditions([words.guard(name) for name in item.move.guards], most)
    return lines


def _conditions(labels: list[str], most: float) -> list[str]:
    """The conditions of a move in at most three lines; the table beside the chart names them all."""
    for count in range(len(labels), 0, -1):
        rest = f"等{len(labels)}项条件" if count < len(labels) else ""
        lines = wrap(f"须：{'；'.join(labels[:count])}{rest}", most)
        if len(lines) <= 3:
            return lines
    return wrap(f"须：符合{len(labels)}项条件", most)
