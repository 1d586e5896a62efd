"""Charts and BPMN read back into moves, for tests only: the product never reads such files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable

from mingcha.procedures.faces.bpmn import BPMN


def edges_of_svg(drawn: Iterable[str]) -> list[tuple[str, str]]:
    """The moves inside the procedure as the chart shows them; the entry comes from ''."""
    found = []
    for tag in re.findall(r"<g [^>]*data-source=[^>]*>", "".join(drawn)):
        if "data-procedure=" not in tag:
            source, target = re.search(r'data-source="([^"]*)"', tag), re.search(r'data-target="([^"]*)"', tag)
            assert source
            assert target
            found.append((source[1], target[1]))
    return found


def edges_of_bpmn(text: str) -> list[tuple[str, str]]:
    """The moves of a BPMN text, read through gateways and timers."""

    def every(kind: str) -> list[ET.Element]:
        return list(process.findall(f"{{{BPMN}}}{kind}"))

    process = ET.fromstring(text).find(f"{{{BPMN}}}process")
    assert process is not None
    stages = {str(task.get("id")): str(task.get("id")).removeprefix("stage_") for task in every("userTask")}
    attached = {str(item.get("id")): str(item.get("attachedToRef")) for item in every("boundaryEvent")}
    gateways = {str(item.get("id")) for kind in ("exclusiveGateway", "parallelGateway") for item in every(kind)}
    flows = [(str(flow.get("sourceRef")), str(flow.get("targetRef"))) for flow in every("sequenceFlow")]
    into = {target: source for source, target in flows if target in gateways}
    found = []
    for source, target in flows:
        if target in stages:
            while source in into:
                source = into[source]
            source = attached.get(source, source)
            if source in stages:
                found.append((stages[source], stages[target]))
    return found
