"""All documents of a case (本案文书): what is due now, what may be made at any time, what is made and by whom."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents import queries
from mingcha.documents.approving import queries as approving
from mingcha.documents.examining import machine_twin
from mingcha.documents.rendering import kinds, template
from mingcha.documents.rendering.about import SPHERES, VOLUMES
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import page
from mingcha.interfaces.workbench.casepage import may_draft, written


def writable(case: Case) -> tuple[list[str], list[str]]:
    """Kinds that the stages of the case make now, and those that may be made at any open stage."""
    flow = cases.procedure(case)
    due: list[str] = []
    for place in cases.places(case):
        stage = flow.stage(place)
        due += [kind for kind in may_draft(stage.id, stage.documents) if kind not in due]
    anytime = [kind for kind in kinds() if template(kind).about.anytime and written(kind) and kind not in due]
    return due, [kind for kind in anytime if _fits(case, kind)]


def _fits(case: Case, kind: str) -> bool:
    procedures = template(kind).about.procedures
    return not procedures or cases.procedure(case).code in procedures


@officials()
def papers(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Everything written in the case, with search; who handles it writes from here."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    handles = "handler" in cases.duties_of(case, actor.officer_id) and case.closed_on is None
    wanted = str(request.GET.get("q", "")).strip()[:40]
    due, anytime = writable(case) if handles else ([], [])
    waiting = {row.kind: row for row in approving.of_case(case) if not _over(row)}
    saved = {row.kind for row in queries.drafts(case)}
    made = [row for row in queries.of_case(case) if not wanted or wanted in str(row)]
    context = {
        "case": case,
        "q": wanted,
        "due": [_write(case, kind, waiting, saved) for kind in due if wanted in template(kind).title],
        "anytime": [_write(case, kind, waiting, saved) for kind in anytime if wanted in template(kind).title],
        "columns": [{"label": name} for name in ("文书", "制作", "送达", "归入", "下载")],
        "rows": [_made(row) for row in made],
        "handles": handles,
    }
    crumbs = [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id]))]
    return page(request, "workbench/papers/papers.html", context, title="本案文书", crumbs=crumbs, active="cases")


def _over(row: Any) -> bool:
    return any(opinion.choice != "agree" or opinion.document_id for opinion in row.opinions.all())


def _write(case: Case, kind: str, waiting: dict[str, Any], saved: set[str]) -> dict[str, Any]:
    about = template(kind).about
    asked = waiting.get(kind)
    state = "审批中" if asked else "有草稿" if kind in saved else ""
    return {
        "title": template(kind).title,
        "url": reverse("approval", args=[asked.id]) if asked else reverse("draft", args=[case.id, kind]),
        "state": state,
        "note": "，".join([SPHERES[about.sphere], *(["须审批"] if about.made == "approved" else [])]),
    }


def _made(row: Any) -> dict[str, Any]:
    service = getattr(row, "service", None)
    about = template(row.kind, row.template_version).about
    return {
        "cells": [
            {"text": str(row), "url": reverse("document-pdf", args=[row.id])},
            {"text": clock.legal_day(row.issued_at).isoformat(), "note": row.issued_by},
            {
                "text": service.effective_on.isoformat() if service else "办理",
                "note": service.get_mode_display() if service else "",
                "url": reverse("case-paper", args=[row.case_id, row.id]),
                **({"tag": "已作废", "tag_kind": "empty"} if hasattr(row, "void") else {}),
            },
            VOLUMES[about.volume],
            {"text": "机读文件", "url": reverse("document-data", args=[row.id])},
        ]
    }


@officials()
def data(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """The machine-readable twin of a document (机读文件, R051): fields with labels and types, and the digest."""
    actor = actor_of(request)
    found = queries.document(document_id)
    access.case(actor, found.case_id)
    body = json.dumps(machine_twin(found), ensure_ascii=False, indent=1)
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.id}.json"'
    return response
