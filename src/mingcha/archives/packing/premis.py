"""Objects, events, agents and rights in PREMIS 3.0 terms; elements in the order of the standard's schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from mingcha.archives.packing.bag import Digests

NAMESPACE = "http://www.loc.gov/premis/v3"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
# Kinds of the journal in the words of the Library of Congress' list of event types; the others keep their own name.
EVENT_TYPES = {
    "document-issued": "creation",
    "document-rendered": "normalization",
    "document-sealed": "digital signature generation",
    "document-signed": "digital signature generation",
    "recording-added": "ingestion",
    "evidence-recorded": "ingestion",
    "dossier-accepted": "accession",
    "dossier-sealed": "packing",
    "archive-checked": "validation",
    "payload-erased": "redaction",
}
# Which elements stand in which, in order: the test reads every file that we write against this table.
ORDER: dict[str, tuple[str, ...]] = {
    "premis": ("object", "event", "agent", "rights"),
    "object": ("objectIdentifier", "objectCharacteristics", "originalName", "storage", "linkingEventIdentifier"),
    "objectIdentifier": ("objectIdentifierType", "objectIdentifierValue"),
    "objectCharacteristics": ("fixity", "size", "format"),
    "fixity": ("messageDigestAlgorithm", "messageDigest"),
    "format": ("formatDesignation",),
    "formatDesignation": ("formatName",),
    "storage": ("contentLocation",),
    "contentLocation": ("contentLocationType", "contentLocationValue"),
    "event": (
        "eventIdentifier",
        "eventType",
        "eventDateTime",
        "eventDetailInformation",
        "linkingAgentIdentifier",
        "linkingObjectIdentifier",
    ),
    "eventIdentifier": ("eventIdentifierType", "eventIdentifierValue"),
    "eventDetailInformation": ("eventDetail",),
    "linkingAgentIdentifier": ("linkingAgentIdentifierType", "linkingAgentIdentifierValue", "linkingAgentRole"),
    "linkingObjectIdentifier": ("linkingObjectIdentifierType", "linkingObjectIdentifierValue"),
    "linkingEventIdentifier": ("linkingEventIdentifierType", "linkingEventIdentifierValue"),
    "agent": ("agentIdentifier", "agentName", "agentType"),
    "agentIdentifier": ("agentIdentifierType", "agentIdentifierValue"),
    "rights": ("rightsStatement",),
    "rightsStatement": (
        "rightsStatementIdentifier",
        "rightsBasis",
        "statuteInformation",
        "rightsGranted",
        "linkingObjectIdentifier",
    ),
    "rightsStatementIdentifier": ("rightsStatementIdentifierType", "rightsStatementIdentifierValue"),
    "statuteInformation": ("statuteJurisdiction", "statuteCitation", "statuteNote"),
    "rightsGranted": ("act", "restriction"),
}

_Tree = Mapping[str, Any]


def document(volume: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], files: Mapping[str, Digests]) -> bytes:
    """The PREMIS file of one volume: its payload files, its journal, who acted, who may read."""
    root = etree.Element(_name("premis"), nsmap={"premis": NAMESPACE, "xsi": _XSI})
    root.set("version", "3.0")
    events = [_event(entry, volume) for entry in entries]
    linked: dict[str, list[str]] = {}
    for event in events:
        for found in event.get("linkingObjectIdentifier", []):
            linked.setdefault(found["linkingObjectIdentifierValue"], []).append(
                event["eventIdentifier"]["eventIdentifierValue"]
            )
    media = _media(volume)
    for path, found in sorted(files.items()):
        _append(root, "object", _object(path, found, media.get(path, ""), "", linked.get(path, []))).set(
            f"{{{_XSI}}}type", "file"
        )
    for row in volume["recordings"]:
        # Told of as they lie in the store, whether or not this copy holds them: all copies have the same metadata.
        digests = Digests(row["sha256"], row["sm3"], row["size"])
        tree = _object(row["where"], digests, row["media_type"], row["where"], linked.get(row["where"], []))
        _append(root, "object", tree).set(f"{{{_XSI}}}type", "file")
    for event in events:
        _append(root, "event", event)
    for tree in _agents(entries):
        _append(root, "agent", tree)
    _append(root, "rights", {"rightsStatement": _rights(volume)})
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def read(data: bytes) -> etree._Element:
    """The tree of a PREMIS file, without entities, DTD or network. Raises etree.XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)


def objects(root: etree._Element) -> dict[str, tuple[str, int]]:
    """Identifier → SHA-256 and size of each object that a PREMIS file tells of."""
    found = {}
    for row in root.findall(_name("object")):
        digest = ""
        for fixity in row.iter(_name("fixity")):
            if fixity.findtext(_name("messageDigestAlgorithm")) == "SHA-256":
                digest = fixity.findtext(_name("messageDigest")) or ""
        key = row.findtext(f"{_name('objectIdentifier')}/{_name('objectIdentifierValue')}") or ""
        size = row.findtext(f"{_name('objectCharacteristics')}/{_name('size')}") or "0"
        found[key] = (digest, int(size))
    return found


def events(root: etree._Element) -> list[str]:
    """Identifiers of the events: digests of the journal entries, in order."""
    path = f"{_name('eventIdentifier')}/{_name('eventIdentifierValue')}"
    return [row.findtext(path) or "" for row in root.findall(_name("event"))]


def disorder(root: etree._Element) -> str:
    """The first element that stands where the table of the standard does not allow it, or nothing."""
    for element in root.iter():
        tag = etree.QName(element).localname
        inside = [etree.QName(child).localname for child in element]
        allowed = ORDER.get(tag, ())
        if any(name not in allowed for name in inside):
            return f"{tag} 之下有不认识的元素"
        places = [allowed.index(name) for name in inside]
        if places != sorted(places):
            return f"{tag} 之下的元素次序不对"
    return ""


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _append(parent: etree._Element, tag: str, tree: Any) -> etree._Element:
    element = etree.SubElement(parent, _name(tag))
    if isinstance(tree, Mapping):
        for name in ORDER[tag]:
            value = tree.get(name)
            if value is None or value in ("", []):
                continue
            for item in value if isinstance(value, list) else [value]:
                _append(element, name, item)
    else:
        element.text = _clean(str(tree))
    return element


def _clean(text: str) -> str:
    # XML 1.0 has no place for control characters; the journal beside it keeps the text as it was.
    return "".join(char if char in "\t\n" or char >= " " else " " for char in text if char not in "\ufffe\uffff")


def _object(path: str, found: Digests, media: str, where: str, event_ids: list[str]) -> _Tree:
    fixity = [{"messageDigestAlgorithm": "SHA-256", "messageDigest": found.sha256}]
    if found.sm3:
        fixity.append({"messageDigestAlgorithm": "SM3", "messageDigest": found.sm3})
    location = where or path
    return {
        "objectIdentifier": {
            "objectIdentifierType": "原件库" if where else "包内路径",
            "objectIdentifierValue": path,
        },
        "objectCharacteristics": {
            "fixity": fixity,
            "size": found.size,
            "format": {"formatDesignation": {"formatName": media or _MEDIA.get(path.rpartition(".")[2], "文件")}},
        },
        "storage": {
            "contentLocation": {
                "contentLocationType": "原件库" if where else "包内路径",
                "contentLocationValue": location,
            }
        },
        "linkingEventIdentifier": [
            {"linkingEventIdentifierType": "日志条目摘要", "linkingEventIdentifierValue": key} for key in event_ids
        ],
    }


_MEDIA = {"json": "application/json", "xml": "application/xml", "jsonl": "application/jsonl", "txt": "text/plain"}


def _media(volume: Mapping[str, Any]) -> dict[str, str]:
    rows = [item for part in volume["volumes"] for item in part["items"]]
    return {row["file"]: row["media_type"] for row in rows if row["file"]}


def _event(entry: Mapping[str, Any], volume: Mapping[str, Any]) -> dict[str, Any]:
    header = entry["header"]
    targets = []
    for part in volume["volumes"]:
        for item in part["items"]:
            if item["id"] == header["subject_id"]:
                targets += [path for path in (item["file"], item["twin"]) if path]
    for row in volume["recordings"]:
        if row["id"] == header["subject_id"]:
            targets.append(row["where"])
    actor = entry["actor"]
    return {
        "eventIdentifier": {"eventIdentifierType": "日志条目摘要", "eventIdentifierValue": entry["digest"]},
        "eventType": EVENT_TYPES.get(header["kind"], header["kind"]),
        "eventDateTime": header["occurred_at"],
        "eventDetailInformation": {"eventDetail": entry["label"]},
        "linkingAgentIdentifier": [
            {
                "linkingAgentIdentifierType": "人员",
                "linkingAgentIdentifierValue": _agent_key(actor),
                "linkingAgentRole": actor["role"] or "系统",
            }
        ],
        "linkingObjectIdentifier": [
            {"linkingObjectIdentifierType": "包内路径", "linkingObjectIdentifierValue": path} for path in targets
        ],
    }


def _agent_key(actor: Mapping[str, Any]) -> str:
    return str(actor["officer_id"] or f"{actor['name']}：{actor['role']}")


def _agents(entries: Sequence[Mapping[str, Any]]) -> list[_Tree]:
    found: dict[str, _Tree] = {}
    for entry in entries:
        actor = entry["actor"]
        found.setdefault(
            _agent_key(actor),
            {
                "agentIdentifier": {"agentIdentifierType": "人员", "agentIdentifierValue": _agent_key(actor)},
                "agentName": "　".join(part for part in (actor["organisation"], actor["name"]) if part),
                "agentType": "person" if actor["officer_id"] else "software",
            },
        )
    return [found[key] for key in sorted(found)]


def _rights(volume: Mapping[str, Any]) -> _Tree:
    return {
        "rightsStatementIdentifier": {
            "rightsStatementIdentifierType": "案卷",
            "rightsStatementIdentifierValue": volume["case"]["id"],
        },
        "rightsBasis": "statute",
        "statuteInformation": {
            "statuteJurisdiction": "中国",
            "statuteCitation": "行政处罚法第四十七条；档案法第二十七条、第二十八条",
            "statuteNote": "全过程记录归档保存；利用依照档案开放和调阅的规定。",
        },
        "rightsGranted": [
            {"act": "查阅正卷", "restriction": "当事人、法院、复议机关依法查阅"},
            {"act": "查阅副卷", "restriction": "限于本机关内部，经批准"},
        ],
    }
