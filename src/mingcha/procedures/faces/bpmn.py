"""BPMN 2.0 XML (业务流程图) of a definition, with its picture (diagram interchange): opens in common BPMN editors.

Lanes are the acting roles, columns follow the reading order of the flow chart. Stages are user tasks, a choice is an
exclusive gateway, parallel branches leave through a parallel gateway, an expiring period is a timer on the border of
its stage, another procedure is a call activity.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from mingcha.procedures.definition import Definition, Move, Stage
from mingcha.procedures.faces import words as w
from mingcha.procedures.faces.layout import order, target_of, words_of
from mingcha.procedures.faces.words import Words

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DDI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_PREFIXES = {"bpmn": BPMN, "bpmndi": DI, "dc": DC, "di": DDI, "xsi": XSI}

TASK_W, TASK_H = 130.0, 80.0
COLUMN = 230.0
LANE_HEAD = 30.0
LANE = 310.0
ROW = 105.0
# The width of a call of another procedure with the end that follows it; the end of one is no corner of the next.
CALL = 190.0
TOP = 60.0


@dataclass
class _Shape:
    id: str
    x: float
    y: float
    w: float
    h: float
    horizontal: bool = False

    @property
    def middle(self) -> float:
        return self.y + self.h / 2


@dataclass
class _Drawing:
    """What is gathered while the process is written: shapes, flows, and which node stands in which lane."""

    process: ET.Element
    shapes: dict[str, _Shape] = field(default_factory=dict)
    flows: list[tuple[str, str, str, bool]] = field(default_factory=list)
    lanes: dict[str, list[str]] = field(default_factory=dict)


def xml(definition: Definition, words: Words) -> str:
    """The definition as BPMN 2.0 with its picture."""
    for prefix, uri in _PREFIXES.items():
        ET.register_namespace(prefix, uri)
    root = ET.Element(
        _t("definitions"), {"id": "definitions", "targetNamespace": f"urn:mingcha:procedure:{definition.code}"}
    )
    collaboration = ET.SubElement(root, _t("collaboration"), {"id": "collaboration"})
    process_id = _id("process", definition.code)
    ET.SubElement(collaboration, _t("participant"), {"id": "pool", "name": definition.name, "processRef": process_id})
    process = ET.SubElement(root, _t("process"), {"id": process_id, "name": definition.name, "isExecutable": "false"})
    lane_set = ET.SubElement(process, _t("laneSet"), {"id": "lanes"})
    drawing = _Drawing(process)
    stages = order(definition)
    lanes = list(dict.fromkeys(_lane(stage, words) for stage in stages))
    drawing.lanes = {lane: [] for lane in lanes}
    _start(drawing, definition, words, lanes)
    for column, stage in enumerate(stages, 1):
        _stage(drawing, definition, stage, words, column, lanes)
    for number, lane in enumerate(lanes):
        element = ET.SubElement(lane_set, _t("lane"), {"id": f"lane_{number}", "name": lane})
        for node in drawing.lanes[lane]:
            ET.SubElement(element, _t("flowNodeRef")).text = node
    _picture(root, drawing, lanes)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _t(name: str) -> str:
    return f"{{{BPMN}}}{name}"


def _id(kind: str, *names: str) -> str:
    """An XML id (NCName)."""
    return "_".join([kind, *(re.sub(r"[^\w.-]", "-", name) for name in names)])


def _lane(stage: Stage, words: Words) -> str:
    """A stage stands in the lane of the role named first; the others stand in its documentation."""
    return words.actors(stage.roles[:1])


def _lane_y(lanes: list[str], lane: str) -> float:
    return TOP + lanes.index(lane) * LANE


def _put(drawing: _Drawing, lane: str, shape: _Shape) -> None:
    drawing.shapes[shape.id] = shape
    drawing.lanes[lane].append(shape.id)


def _flow(drawing: _Drawing, source: str, target: str, number: str, name: str = "", need: str = "") -> None:
    flow = _id("flow", number)
    element = ET.SubElement(drawing.process, _t("sequenceFlow"), {"id": flow, "sourceRef": source, "targetRef": target})
    if name:
        element.set("name", name)
    if need:
        ET.SubElement(element, _t("documentation")).text = need
    drawing.flows.append((flow, source, target, bool(name)))


def _start(drawing: _Drawing, definition: Definition, words: Words, lanes: list[str]) -> None:
    lane = _lane(definition.stage(definition.entry), words)
    ET.SubElement(drawing.process, _t("startEvent"), {"id": "start", "name": "开始"})
    _put(drawing, lane, _Shape("start", LANE_HEAD + 60, _lane_y(lanes, lane) + ROW + 22, 36, 36))
    for door in definition.doors:
        _flow(drawing, "start", _id("stage", door), f"start_{door}")


def _stage(
    drawing: _Drawing, definition: Definition, stage: Stage, words: Words, column: int, lanes: list[str]
) -> None:
    lane = _lane(stage, words)
    x, y = LANE_HEAD + column * COLUMN - 60, _lane_y(lanes, lane) + ROW
    task = _id("stage", stage.id)
    element = ET.SubElement(drawing.process, _t("userTask"), {"id": task, "name": stage.name})
    ET.SubElement(element, _t("documentation")).text = _about(stage, words)
    _put(drawing, lane, _Shape(task, x, y, TASK_W, TASK_H))
    fired = [(i, move) for i, move in enumerate(stage.moves) if move.expiry]
    together = [(i, move) for i, move in enumerate(stage.moves) if move.parallel and not move.expiry]
    chosen = [(i, move) for i, move in enumerate(stage.moves) if not move.parallel and not move.expiry]
    for place, (index, move) in enumerate(fired):
        timer = _id("timer", stage.id, str(index))
        boundary = ET.SubElement(
            drawing.process,
            _t("boundaryEvent"),
            {
                "id": timer,
                "attachedToRef": task,
                "name": f"{'或者'.join(words.period(code).label for code in move.expiries)}届满",
            },
        )
        ET.SubElement(
            ET.SubElement(boundary, _t("timerEventDefinition"), {"id": f"{timer}_t"}), _t("timeCycle")
        ).text = move.expiry
        _put(drawing, lane, _Shape(timer, x + 12 + place * 42, y + TASK_H - 18, 36, 36))
        _leave(drawing, definition, stage, move, index, timer, words, lane, x + place * 40)
    source = task
    if together:
        fork = _id("fork", stage.id)
        ET.SubElement(drawing.process, _t("parallelGateway"), {"id": fork, "name": "并行"})
        _put(drawing, lane, _Shape(fork, x + TASK_W + 24, y - 58, 50, 50))
        _flow(drawing, source, fork, f"{stage.id}_fork")
        for index, move in together:
            _leave(drawing, definition, stage, move, index, fork, words, lane, x)
        source = fork
    if len(chosen) > 1:
        choice = _id("choice", stage.id)
        ET.SubElement(drawing.process, _t("exclusiveGateway"), {"id": choice})
        _put(drawing, lane, _Shape(choice, x + TASK_W + 24, y + 15, 50, 50))
        _flow(drawing, source, choice, f"{stage.id}_choice")
        source = choice
    for index, move in chosen:
        _leave(drawing, definition, stage, move, index, source, words, lane, x)
    if not stage.moves:
        end = _id("end", stage.id)
        ET.SubElement(drawing.process, _t("endEvent"), {"id": end, "name": "结束"})
        _put(drawing, lane, _Shape(end, x + TASK_W + 40, y + 22, 36, 36))
        _flow(drawing, task, end, f"{stage.id}_end")


def _leave(
    drawing: _Drawing,
    definition: Definition,
    stage: Stage,
    move: Move,
    index: int,
    source: str,
    words: Words,
    lane: str,
    x: float,
) -> None:
    """A move from a node of its stage to the next stage, or to another procedure and the end."""
    number = f"{stage.id}_{index}"
    needs = "；".join(words.guard(guard) for guard in move.guards)
    name, need = move.label, "\n".join([words_of(definition, move, words), *([f"须：{needs}"] if needs else [])])
    if w.inner(definition, move):
        _flow(drawing, source, _id("stage", move.to), number, name, need)
        return
    call = _id("call", stage.id, str(index))
    code = move.procedure
    ET.SubElement(
        drawing.process,
        _t("callActivity"),
        {"id": call, "name": target_of(definition, move, words), "calledElement": _id("process", code)},
    )
    y = drawing.shapes[_id("stage", stage.id)].y + TASK_H + 50
    calls = [shape.x for shape in drawing.shapes.values() if shape.id.startswith("call_") and shape.y == y]
    # Below its stage, or at the next free place to the right of it.
    while any(abs(other - x) < CALL for other in calls):
        x += CALL / 4
    _put(drawing, lane, _Shape(call, x, y, 120, 60))
    end = f"{call}_end"
    ET.SubElement(drawing.process, _t("endEvent"), {"id": end})
    _put(drawing, lane, _Shape(end, x + 140, y + 12, 36, 36))
    _flow(drawing, source, call, number, name, need)
    _flow(drawing, call, end, f"{number}_end")


def _about(stage: Stage, words: Words) -> str:
    parts = [f"办理：{words.actors(stage.roles)}", *([f"依据：{stage.article}"] if stage.article else [])]
    if stage.documents:
        parts.append("文书：" + "、".join(words.document(code) for code in stage.documents))
    parts += [f"期限：{words.period(code).text}" for code in stage.starts]
    return "\n".join(parts)


def _picture(root: ET.Element, drawing: _Drawing, lanes: list[str]) -> None:
    diagram = ET.SubElement(root, f"{{{DI}}}BPMNDiagram", {"id": "diagram"})
    plane = ET.SubElement(diagram, f"{{{DI}}}BPMNPlane", {"id": "plane", "bpmnElement": "collaboration"})
    wide = max(shape.x + shape.w for shape in drawing.shapes.values()) + 60
    high = len(lanes) * LANE
    _shape(plane, _Shape("pool", 0, TOP, wide, high, horizontal=True))
    for number, lane in enumerate(lanes):
        box = _Shape(f"lane_{number}", LANE_HEAD, _lane_y(lanes, lane), wide - LANE_HEAD, LANE, horizontal=True)
        _shape(plane, box)
    for shape in drawing.shapes.values():
        _shape(plane, shape)
    channels = {target: number for number, target in enumerate(dict.fromkeys(row[2] for row in drawing.flows))}
    leaving: dict[str, int] = {}
    for flow, source, target, named in drawing.flows:
        edge = ET.SubElement(plane, f"{{{DI}}}BPMNEdge", {"id": f"{flow}_di", "bpmnElement": flow})
        start = drawing.shapes[source]
        for x, y in _way(start, drawing.shapes[target], channels[target] % 7):
            ET.SubElement(edge, f"{{{DDI}}}waypoint", {"x": f"{x:g}", "y": f"{y:g}"})
        if named:
            # Labels stand in a list below the node they leave, so that none covers another.
            number = leaving[source] = leaving.get(source, -1) + 1
            label = ET.SubElement(edge, f"{{{DI}}}BPMNLabel")
            bounds = {"x": start.x - 12, "y": start.y + start.h + 8 + 15 * number, "width": 190, "height": 14}
            ET.SubElement(label, f"{{{DC}}}Bounds", {key: f"{value:g}" for key, value in bounds.items()})


def _shape(plane: ET.Element, shape: _Shape) -> None:
    element = ET.SubElement(plane, f"{{{DI}}}BPMNShape", {"id": f"{shape.id}_di", "bpmnElement": shape.id})
    if shape.horizontal:
        element.set("isHorizontal", "true")
    if shape.id.startswith("choice_"):
        element.set("isMarkerVisible", "true")
    ET.SubElement(
        element,
        f"{{{DC}}}Bounds",
        {"x": f"{shape.x:g}", "y": f"{shape.y:g}", "width": f"{shape.w:g}", "height": f"{shape.h:g}"},
    )


def _way(source: _Shape, target: _Shape, channel: int) -> list[tuple[float, float]]:
    """Corners of a flow: to the next column straight, further on below the boxes, backward above them.

    Flows to different targets run in channels of their own.
    """
    end_x, end_y = target.x, target.middle
    if source.id.startswith("timer_"):
        x, y = source.x + source.w / 2, source.y + source.h
        low = y + 70 + 8 * channel
    else:
        x, y = source.x + source.w, source.middle
        low = source.y - (source.y - TOP) % LANE + LANE - 70 + 8 * channel
    if end_x > x + 10:
        turn = end_x - 22
        if end_x - x > COLUMN - 60 or source.id.startswith("timer_"):
            out = x if source.id.startswith("timer_") else x + 8
            return [(x, y), (out, y), (out, low), (turn, low), (turn, end_y), (end_x, end_y)]
        return [(x, y), (end_x, end_y)] if abs(end_y - y) < 1 else [(x, y), (turn, y), (turn, end_y), (end_x, end_y)]
    middle, arrive = source.x + source.w / 2, target.x + target.w / 2 + 6 * (channel - 3)
    top = min(source.y, target.y) - 28 - 8 * channel
    return [(middle, source.y), (middle, top), (arrive, top), (arrive, target.y)]
