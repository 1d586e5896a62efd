"""Chart, BPMN and guide say the same as the definition, and can be read back."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mingcha.common import clock
from mingcha.procedures import queries
from mingcha.procedures.definition import Definition, parse
from mingcha.procedures.faces import bpmn, chart, commands, guide, layout, text, words
from mingcha.procedures.faces.tests.reading import edges_of_bpmn, edges_of_svg
from mingcha.procedures.queries import definition_file


def contents() -> Iterator[dict[str, Any]]:
    """All that ship."""
    for code in queries.codes():
        yield queries.definition_file(code)


def names(content: dict[str, Any]) -> str:
    return f"{content['code']}-{len(content['stages'])}"


@pytest.fixture(params=list(contents()), ids=names)
def definition(request: pytest.FixtureRequest) -> Definition:
    return parse(request.param)


@pytest.fixture(scope="module")
def said() -> words.Words:
    return words.of(clock.today())


def inner(definition: Definition) -> list[tuple[str, str]]:
    return sorted(
        (stage.id, move.to)
        for stage in definition.stages.values()
        for move in stage.moves
        if words.inner(definition, move)
    )


def test_the_chart_shows_every_move_once(definition: Definition, said: words.Words) -> None:
    wanted = sorted([*(("", door) for door in definition.doors), *inner(definition)])
    assert sorted(definition.edges()) == inner(definition)
    for official in (False, True):
        look = chart.Look(official=official)
        assert sorted(edges_of_svg(chart.pieces(definition, said, look=look))) == wanted
        assert sorted(edges_of_svg([chart.svg(definition, said, look=look)])) == wanted


def test_the_chart_is_readable_on_a_telephone_and_on_paper(definition: Definition, said: words.Words) -> None:
    placed = layout.place(definition, said)
    assert placed.width <= 328, "a screen of 360 px leaves 328, and no text may shrink below 12 px"
    assert layout.TEXT >= 12
    assert placed.box_width >= 200
    for node in placed.nodes.values():
        assert all(text.width(line) * layout.TEXT <= node.width - 2 * layout.PAD + layout.TEXT for line in node.facts)
        for item in node.exits:
            if item.way in ("up", "down"):
                assert 0 <= placed.lane_x(item.way, item.lane) <= placed.width
    ordered = sorted(placed.nodes.values(), key=lambda node: node.y)
    assert all(above.y + above.height < below.y for above, below in pairwise(ordered))
    assert [node for part in placed.parts for node in part.nodes] == ordered
    for part in (*placed.parts, *layout.place(definition, said, official=True).parts):
        assert part.bottom - part.top < 780, "108 mm wide on paper, this is 260 mm high"


def test_two_lines_that_meet_lead_to_the_same_stage(definition: Definition, said: words.Words) -> None:
    placed = layout.place(definition, said)
    taken: dict[tuple[str, int], list[tuple[float, float, str]]] = {}
    for node in placed.nodes.values():
        for item in node.exits:
            if item.way in ("up", "down"):
                span = sorted((item.middle, placed.nodes[item.move.to].entry))
                for low, high, to in taken.setdefault((item.way, item.lane), []):
                    assert to == item.move.to or span[1] < low or high < span[0]
                taken[item.way, item.lane].append((span[0], span[1], item.move.to))


def test_the_chart_is_well_formed_and_escapes_what_it_is_given(said: words.Words) -> None:
    content = definition_file("P-PT")
    content["stages"][0]["name"] = '<script>"&核查'
    content["stages"][0]["moves"][0]["label"] = "<b>提请&立案"
    drawn = chart.svg(parse(content), said)
    assert "<script>" not in drawn
    assert "<b>" not in drawn
    root = ET.fromstring(drawn)
    assert root.find("{http://www.w3.org/2000/svg}title") is not None
    for piece in chart.pieces(parse(content), said):
        ET.fromstring(piece)
        assert " style=" not in piece, "the security policy drops style attributes"


def test_a_counter_example_is_drawn(said: words.Words) -> None:
    definition = parse(definition_file("P-PT"))
    look = chart.Look(path=("recheck", "notify", "hear-statement"))
    drawn = "".join(chart.pieces(definition, said, look=look))
    assert len(re.findall(r'class="fc-stage[^"]*fc-bad', drawn)) == 3
    assert "fc-line fc-back fc-bad" in drawn
    assert guide.path_in_words(definition, ["recheck", "notify"]) == "复核 → 事先告知"


def test_bpmn_round_trip(definition: Definition, said: words.Words) -> None:
    written = bpmn.xml(definition, said)
    assert sorted(edges_of_bpmn(written)) == inner(definition)


def test_bpmn_is_whole(definition: Definition, said: words.Words) -> None:
    """Every reference leads somewhere, every node stands in one lane, everything has its place in the picture."""
    root = ET.fromstring(bpmn.xml(definition, said))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    model = {"b": bpmn.BPMN, "d": bpmn.DI, "c": bpmn.DC, "w": bpmn.DDI}
    process = root.find("b:process", model)
    assert process is not None
    kinds = (
        "startEvent",
        "endEvent",
        "userTask",
        "callActivity",
        "exclusiveGateway",
        "parallelGateway",
        "boundaryEvent",
    )
    nodes = {element.get("id") for kind in kinds for element in process.findall(f"b:{kind}", model)}
    assert {
        flow.get(name) for flow in process.findall("b:sequenceFlow", model) for name in ("sourceRef", "targetRef")
    } <= nodes
    in_lanes = [reference.text for reference in process.iter(f"{{{bpmn.BPMN}}}flowNodeRef")]
    assert sorted(in_lanes) == sorted(str(node) for node in nodes)
    drawn = {shape.get("bpmnElement") for shape in root.iter(f"{{{bpmn.DI}}}BPMNShape")}
    assert nodes <= drawn
    flows = {flow.get("id") for flow in process.findall("b:sequenceFlow", model)}
    edges = {edge.get("bpmnElement"): edge for edge in root.iter(f"{{{bpmn.DI}}}BPMNEdge")}
    assert set(edges) == flows
    assert all(len(edge.findall("w:waypoint", model)) >= 2 for edge in edges.values())
    # No node covers another; a timer stands on the border of its stage.
    boxes = [
        [float(bounds.get(name, "")) for name in ("x", "y", "width", "height")]
        for shape in root.iter(f"{{{bpmn.DI}}}BPMNShape")
        for bounds in shape.findall("c:Bounds", model)
        if shape.get("bpmnElement") in nodes and not str(shape.get("bpmnElement")).startswith("timer_")
    ]
    for (ax, ay, aw, ah), (bx, by, bw, bh) in itertools.combinations(boxes, 2):
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


def test_the_guide_names_every_stage_limit_and_document(definition: Definition, said: words.Words) -> None:
    rows = guide.rows(definition, said)
    assert {row.id for row in rows} == set(definition.stages)
    assert sum(len(row.ways) for row in rows) == sum(len(stage.moves) for stage in definition.stages.values())
    started = {code for stage in definition.stages.values() for code in stage.starts}
    assert {limit.term.id for limit in guide.limits(definition, said)} == started
    due = [said.document(code) for stage in definition.stages.values() for code in stage.documents]
    listed = [item.name for _, items in guide.checklist(definition, said) for item in items if not item.recording]
    assert sorted(listed) == sorted(due)


@pytest.mark.parametrize("most", [4, 7.5, 12])
def test_wrapping_keeps_every_sign_and_the_width(most: float) -> None:
    line = "行政处罚法（2021年修订）第五十八条，依据R086：审核、“复核”完毕。"
    lines = text.wrap(line, most)
    assert "".join(lines).replace(" ", "") == line.replace(" ", "")
    assert all(text.width(item.rstrip("，。、；：？！）》”’%")) <= most for item in lines)
    assert not any(item[0] in "，。、）”" for item in lines)


def test_the_commands(tmp_path: Path) -> None:
    run = CliRunner().invoke
    out = tmp_path / "chart.svg"
    assert run(commands.chart, ["P-PT", "--out", str(out)]).exit_code == 0
    ET.parse(out)
    exported = run(commands.export, ["P-PT"])
    code = queries.definition_file("P-PT")
    assert sorted(edges_of_bpmn(exported.output)) == inner(parse(code))
    file = tmp_path / "own.json"
    assert run(commands.export, ["P-PT", "--format", "json", "--out", str(file)]).exit_code == 0
    assert run(commands.chart, [str(file), "--official"]).exit_code == 0
    for bad in ("P-NONE", str(tmp_path / "none.json")):
        refused = run(commands.chart, [bad])
        assert refused.exit_code == 1
        assert "没有" in refused.output
    file.write_text("[1]", "utf-8")
    assert run(commands.chart, [str(file)]).exit_code == 1
