"""Flow chart (流程图) as SVG: the same for the portal, the workbench, a file and paper.

Colours come from classes and the tokens of the page; a file for itself carries its own style. Every move of the
definition stands in it exactly once with data-source and data-target, so that a test can read the chart back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from mingcha.procedures.definition import Definition
from mingcha.procedures.faces.layout import (
    LEADING,
    NAME,
    PAD,
    Chart,
    Exit,
    Node,
    Part,
    place,
    target_of,
    words_of,
)
from mingcha.procedures.faces.words import Words

# For a file for itself: it has no page to take colours from, and turns dark with its reader.
_STYLE = """
svg{--ink:#1b2530;--ink-2:#51606f;--line:#d3dae1;--field-line:#76848f;--surface:#fff;--surface-2:#f4f6f8;
--action:#1d4f91;--action-bg:#eaf1fa;--law:#b3261e;--law-bg:#fcebea;--warn:#835400;font-family:sans-serif}
@media screen and (prefers-color-scheme:dark){svg{--ink:#e6ebf0;--ink-2:#adb9c5;--line:#33404d;--field-line:#7d8b98;
--surface:#18212a;--surface-2:#10171e;--action:#86b5f0;--action-bg:#1c2e43;--law:#f39a93;--law-bg:#3b2120;--warn:#ebbf66}}
.fc-ground{fill:var(--surface)}.fc-box{fill:var(--surface);stroke:var(--field-line);stroke-width:1}
.fc-main .fc-box{stroke:var(--action);stroke-width:1.8}.fc-end .fc-box{fill:var(--surface-2)}
.fc-name{fill:var(--ink);font-size:15px;font-weight:600}.fc-fact,.fc-row,.fc-label{fill:var(--ink);font-size:12.5px}
.fc-fact,.fc-need{fill:var(--ink-2)}.fc-need{font-size:12.5px}
.fc-step{fill:var(--action);font-size:13px;font-weight:600;paint-order:stroke;stroke:var(--surface);stroke-width:4px}.fc-rule{stroke:var(--line)}
.fc-divide{stroke:var(--line)}.fc-line{fill:none;stroke:var(--field-line);stroke-width:1.4}
.fc-main-line{stroke:var(--action);stroke-width:2}.fc-back{stroke:var(--warn)}.fc-expiry{stroke-dasharray:4 3}
.fc-head{fill:var(--field-line);stroke:none}.fc-head.fc-main-line{fill:var(--action)}.fc-head.fc-back{fill:var(--warn)}
.fc-gap{fill:none;stroke:var(--surface);stroke-width:1.6}.fc-clock{fill:none;stroke:var(--ink-2);stroke-width:1.2}
.fc-out{fill:var(--action-bg);stroke:var(--action)}.fc-row.fc-link{fill:var(--action)}
.fc-bad .fc-box,.fc-line.fc-bad{stroke:var(--law);stroke-width:3}.fc-head.fc-bad{fill:var(--law)}
"""
Link = Callable[[str], str]


@dataclass(frozen=True)
class Look:
    """How a chart is drawn. `path`: stages of a counter-example, drawn in red; `links`: address of a stage's form or
    row; `other`: address of another procedure; `prefix`: keeps ids apart where two charts stand on one page."""

    official: bool = False
    path: tuple[str, ...] = ()
    links: Link | None = None
    other: Link | None = None
    prefix: str = "fc"
    selected: str = ""

    @property
    def hops(self) -> set[tuple[str, str]]:
        return set(pairwise(self.path))


def svg(definition: Definition, words: Words, *, look: Look | None = None) -> str:
    """The whole chart as a file for itself."""
    look = look or Look()
    chart = place(definition, words, official=look.official)
    whole = Part("", "", 0, chart.height, list(chart.nodes.values()))
    body = _svg(chart, whole, words, look, style=f"<style>{_STYLE}</style>", index=0)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def pieces(definition: Definition, words: Words, *, look: Look | None = None) -> list[str]:
    """The chart for a page, one SVG per step: they join without a seam on the screen, paper breaks between them."""
    look = look or Look()
    chart = place(definition, words, official=look.official)
    return [_svg(chart, part, words, look, style="", index=index) for index, part in enumerate(chart.parts)]


def _svg(chart: Chart, part: Part, words: Words, look: Look, *, style: str, index: int) -> str:
    definition = chart.definition
    height = part.bottom - part.top
    title = f"{definition.name}流程图" + (f"：{part.label or words.step(definition, part.step)}" if part.step else "")
    names = "、".join(node.stage.name for node in part.nodes)
    first = f"{look.prefix}-t{index}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="fc" viewBox="0 {part.top:g} {chart.width:g} {height:g}" '
        f'role="group" aria-labelledby="{first}" aria-describedby="{first}d" '
        f"data-code={quoteattr(definition.code)}>"
    )
    size = f' width="{chart.width * 1.5:g}" height="{height * 1.5:g}"' if style else ""
    lines: list[str] = [
        head.replace(' class="fc"', f' class="fc"{size}'),
        f'<title id="{first}">{escape(title)}</title>',
        f'<desc id="{first}d">{escape(f"自上而下依次是：{names}。右侧的线向后跳转，左侧的线退回。")}</desc>',
        style,
        f'<rect class="fc-ground" x="0" y="{part.top:g}" width="{chart.width:g}" height="{height:g}"/>',
    ]
    for each in chart.parts:
        if each.label and (not part.step or each is part):
            lines += _heading(chart, each)
    # Lines of the whole chart: the frame of this piece cuts off what runs elsewhere. Those in red lie on top.
    drawn = [
        (node, item)
        for node in chart.nodes.values()
        for item in node.exits
        if item.way != "out" and _touches(chart, node, item, part)
    ]
    for node, item in sorted(drawn, key=lambda pair: (pair[0].stage.id, pair[1].move.to) in look.hops):
        lines += _line(chart, node, item, look)
    for node in part.nodes:
        if node.stage.id in definition.doors:
            lines += _start(node)
    for node in part.nodes:
        lines += _box(chart, node, words, look)
    return "".join([*lines, "</svg>"])


def _touches(chart: Chart, node: Node, item: Exit, part: Part) -> bool:
    target = chart.nodes[item.move.to]
    low, high = sorted((node.y, target.y))
    return not (high + max(node.height, target.height) < part.top or low > part.bottom)


def _heading(chart: Chart, part: Part) -> list[str]:
    y = part.nodes[0].y - 12
    return [
        f'<line class="fc-rule" x1="{chart.box_x:g}" x2="{chart.box_x + chart.box_width:g}" y1="{y - 5:g}" y2="{y - 5:g}"/>',
        f'<text class="fc-step" x="{chart.box_x:g}" y="{y:g}">{escape(part.label)}</text>',
    ]


def _start(node: Node) -> list[str]:
    """Where a case begins: from above, beside the middle when something else comes from there."""
    x = node.x + node.width / 2 - (0 if node.rank == 0 else 60)
    return [
        f'<g data-source="" data-target={quoteattr(node.stage.id)}>',
        f'<circle class="fc-head fc-main-line" cx="{x:g}" cy="{node.y - 17:g}" r="4"/>',
        f'<path class="fc-line fc-main-line" d="M{x:g} {node.y - 16:g}V{node.y - 5:g}"/>',
        _arrow(x, node.y, "down", "fc-main-line"),
        "</g>",
    ]


def _line(chart: Chart, node: Node, item: Exit, look: Look) -> list[str]:
    """The line of one move, with its arrow."""
    target = chart.nodes[item.move.to]
    classes = ["fc-line"]
    if _on_main_line(chart, node, item):
        classes.append("fc-main-line")
    if item.way == "up":
        classes.append("fc-back")
    if item.move.expiry:
        classes.append("fc-expiry")
    if (node.stage.id, item.move.to) in look.hops:
        classes.append("fc-bad")
    name = " ".join(classes)
    if item.way == "next":
        x = chart.box_x + chart.box_width / 2
        d, head = f"M{x:g} {node.y + node.height:g}V{target.y - 5:g}", _arrow(x, target.y, "down", name)
    else:
        side = -1 if item.way == "up" else 1
        start = node.x if side < 0 else node.x + node.width
        end = target.x if side < 0 else target.x + target.width
        lane = chart.lane_x(item.way, item.lane)
        up = target.entry < item.middle
        r = 4.0
        turn = -r if up else r
        d = (
            f"M{start:g} {item.middle:g}H{lane - side * r:g}Q{lane:g} {item.middle:g} {lane:g} {item.middle + turn:g}"
            f"V{target.entry - turn:g}Q{lane:g} {target.entry:g} {lane - side * r:g} {target.entry:g}H{end + side * 4:g}"
        )
        head = _arrow(end, target.entry, "right" if side < 0 else "left", name)
    drawn = [f'<path class="{name}" d="{d}"/>']
    if item.move.parallel:
        # A double line: a broad one with a bright core.
        drawn = [f'<path class="{name} fc-double" d="{d}" stroke-width="4"/>', f'<path class="fc-gap" d="{d}"/>']
    return [*drawn, head]


def _on_main_line(chart: Chart, node: Node, item: Exit) -> bool:
    """The main line goes from one of its stages to the next of them."""
    if item.way in ("up", "out") or not node.main:
        return False
    following = next((other for other in chart.nodes.values() if other.main and other.rank > node.rank), None)
    return following is not None and following.stage.id == item.move.to


def _arrow(x: float, y: float, way: str, name: str) -> str:
    shape = {
        "down": f"M{x:g} {y:g}l-4 -7h8z",
        "left": f"M{x:g} {y:g}l7 -4v8z",
        "right": f"M{x:g} {y:g}l-7 -4v8z",
    }[way]
    kept = " ".join(part for part in name.split() if part not in ("fc-line", "fc-expiry"))
    return f'<path class="fc-head {kept}" d="{shape}"/>'


def _box(chart: Chart, node: Node, words: Words, look: Look) -> list[str]:
    stage = node.stage
    classes = ["fc-stage", *(["fc-main"] if node.main else []), *([] if stage.moves else ["fc-end"])]
    if stage.id in look.path:
        classes.append("fc-bad")
    if stage.id == look.selected:
        classes.append("fc-selected")
    round_ = 14 if not stage.moves else 4
    lines = [
        f'<g class="{" ".join(classes)}" data-stage={quoteattr(stage.id)}>',
        f'<rect class="fc-box" x="{node.x:g}" y="{node.y:g}" width="{node.width:g}" height="{node.height:g}" rx="{round_}"/>',
    ]
    x, y = node.x + PAD, node.y + PAD + NAME - 2
    named = [
        f'<text class="fc-name" x="{x:g}" y="{y + n * 20:g}">{escape(line)}</text>' for n, line in enumerate(node.name)
    ]
    if look.links:
        named = [f"<a href={quoteattr(look.links(stage.id))}>", *named, "</a>"]
    lines += named
    y += (len(node.name) - 1) * 20 + LEADING + 2
    lines += [
        f'<text class="fc-fact" x="{x:g}" y="{y + n * LEADING:g}">{escape(t)}</text>' for n, t in enumerate(node.facts)
    ]
    for item in node.exits:
        lines += _exit(chart, node, item, words, look)
    return [*lines, "</g>"]


def _exit(chart: Chart, node: Node, item: Exit, words: Words, look: Look) -> list[str]:
    move = item.move
    other = move.procedure
    data = {"source": node.stage.id, "target": move.to, "move": str(item.index)}
    data |= {"procedure": other} if other else {}
    data |= {"expiry": move.expiry} if move.expiry else {}
    data |= {"parallel": "1"} if move.parallel else {}
    leads = f"{words_of(chart.definition, move, words)} → {target_of(chart.definition, move, words)}"
    lines = [
        f'<g class="fc-move" {" ".join(f"data-{name}={quoteattr(value)}" for name, value in data.items())}>',
        f"<title>{escape(f'{node.stage.name}：{leads}')}</title>",
    ]
    if item.boxed:
        lines.append(
            f'<line class="fc-divide" x1="{node.x + 1:g}" x2="{node.x + node.width - 1:g}" y1="{item.y:g}" y2="{item.y:g}"/>'
        )
        x, y = node.x + PAD, item.y + LEADING - 2
    else:
        x, y = chart.box_x + chart.box_width / 2 + 9, item.y + LEADING - 3
    if other:
        lines.append(
            f'<rect class="fc-out" x="{node.x + 3:g}" y="{item.y + 2:g}" width="{node.width - 6:g}" height="{item.height - 3:g}" rx="3"/>'
        )
    indent = 0.0
    if move.expiry:
        lines.append(_clock(x + 5, y - 4))
        indent = 15
    kind = "fc-row" if item.boxed else "fc-label"
    text = [
        f'<text class="{"fc-need" if _need(item, n) else kind}{" fc-link" if other else ""}" '
        f'x="{x + (indent if n == 0 else 0):g}" y="{y + n * LEADING:g}">{escape(line)}</text>'
        for n, line in enumerate(item.lines)
    ]
    address = look.other(other) if other and look.other else ""
    if address:
        text = [f"<a href={quoteattr(address)}>", *text, "</a>"]
    return [*lines, *text, "</g>"]


def _need(item: Exit, line: int) -> bool:
    """Whether a line belongs to the conditions, which begin with 须."""
    return any(text.startswith("须：") for text in item.lines[: line + 1])


def _clock(x: float, y: float) -> str:
    return f'<path class="fc-clock" d="M{x - 5:g} {y:g}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0M{x:g} {y - 3:g}v3h2.6"/>'
