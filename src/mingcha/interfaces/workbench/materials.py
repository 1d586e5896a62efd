"""One material of a case as a reviewer or archivist reads it: letter, piece of evidence, recording."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import reverse

from mingcha.cases import queries as cases
from mingcha.cases.choices import EvidenceKind
from mingcha.cases.models import Case
from mingcha.common.errors import NotFound
from mingcha.documents import queries as documents
from mingcha.interfaces.workbench import letters
from mingcha.recordings import queries as recordings


def shown(case: Case, key: str) -> dict[str, Any]:
    """The context of one material by its key (document:…, evidence:…, recording:…). Raises NotFound."""
    kind, _, raw = key.partition(":")
    try:
        wanted = uuid.UUID(raw)
    except ValueError:
        raise NotFound("没有找到这份材料。") from None
    reader = {"document": _document, "evidence": _evidence, "recording": _recording}.get(kind)
    found = reader(case, wanted) if reader else None
    if found is None:
        raise NotFound("没有找到这份材料。")
    return found


def _document(case: Case, wanted: uuid.UUID) -> dict[str, Any] | None:
    row = documents.of_case(case).filter(id=wanted).first()
    if row is None:
        return None
    return {"letter": letters.issued(row), "pdf": reverse("document-pdf", args=[row.id]), "digest": row.digest}


def _evidence(case: Case, wanted: uuid.UUID) -> dict[str, Any] | None:
    row = cases.evidence(case).filter(id=wanted).first()
    if row is None:
        return None
    facts = [
        {"label": "种类", "value": EvidenceKind(row.kind).label},
        {"label": "证明内容", "value": row.proves},
        {"label": "来源", "value": row.origin},
        {"label": "提取时间", "value": row.collected_at, "minute": True},
        {"label": "提取人", "value": row.collected_by},
    ]
    if hasattr(row, "exclusion"):
        facts.append({"label": "已排除", "value": row.exclusion.reason})
    return {"facts": facts, "digest": row.digest, **_file(row.file)}


def _recording(case: Case, wanted: uuid.UUID) -> dict[str, Any] | None:
    row = recordings.of_case(case).filter(id=wanted).first()
    if row is None:
        return None
    facts = [
        {"label": "开始时间", "value": row.started_at, "minute": True},
        {"label": "设备", "value": row.device or "没有登记"},
        {"label": "记录人", "value": row.recorded_by.name},
        {"label": "对应环节", "value": cases.procedure(case).stage(row.stage).name},
    ]
    # Opened in the player, which asks what for.
    return {"facts": facts, "digest": row.file_id, "player": reverse("recording", args=[row.id])}


def _file(file: Any) -> dict[str, Any]:
    if file is None:
        return {"no_file": True}
    kind = file.media_type.split("/")[0]
    return {
        "file": reverse("file", args=[file.sha256]),
        "media": kind if kind in ("image", "video", "audio") else "other",
    }
