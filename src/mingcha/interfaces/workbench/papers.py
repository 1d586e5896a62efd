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
from mingcha.documents import access as access_of
from mingcha.documents import queries
from mingcha.documents.approving import queries as approving
from mingcha.documents.examining import machine_twin
from mingcha.documents.rendering import kinds, template
from mingcha.documents.rendering.about import SPHERES, VOLUMES
from mingcha.documents.serving import queries as serving
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench.base import page
from mingcha.interfaces.workbench.casepage import may_draft, written

# The order of the set as the field knows it: groups of kinds by their numbers.
_GROUPS = (
    ("检查", 1, 8), ("案源、立案", 9, 16), ("调查取证", 17, 36), ("行政强制措施", 37, 47), ("告知、听证", 48, 56),
    ("法制审核、集体讨论", 57, 61), ("决定", 62, 69), ("送达", 70, 73), ("履行、执行", 74, 88), ("结案、归档", 89, 92),
    ("行政许可", 93, 110), ("征收、征用、收费、确认", 111, 116), ("移送", 117, 122),
)  # fmt: skip


def _named(kind: str, wanted: str) -> bool:
    return wanted in template(kind).title


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
    fits = not procedures or cases.procedure(case).code in procedures
    return fits and not queries.by_act(case, kind)


@viewers()
def papers(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Everything written in the case, with search; who handles it writes from here."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    handles = "handler" in cases.duties_of(case, actor.officer_id) and case.closed_on is None
    wanted = str(request.GET.get("q", "")).strip()[:40]
    due, anytime = writable(case) if handles else ([], [])
    waiting = {
        row.kind: row for row in approving.of_case(case) if not _over(row) and access_of.reads(actor, case, row.kind)
    }
    saved = {row.kind for row in queries.drafts(case) if access_of.reads(actor, case, row.kind)}
    made = [row for row in access_of.of_case(actor, case) if not wanted or wanted in str(row)]
    context = {
        "case": case,
        "q": wanted,
        "due": [_write(case, kind, waiting, saved) for kind in due if _named(kind, wanted)],
        "anytime": [
            {"label": label, "items": [_write(case, kind, waiting, saved) for kind in found]}
            for label, first, last in _GROUPS
            if (
                found := [kind for kind in anytime if first <= template(kind).about.no <= last and _named(kind, wanted)]
            )
        ],
        "columns": [{"label": name} for name in ("文书", "制作", "送达", "归入", "详情", "下载")],
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
            {"text": service.effective_on.isoformat(), "note": service.get_mode_display()}
            if service
            else "待送达"
            if row.kind in serving.served_kinds() and not hasattr(row, "void")
            else "不送达",
            VOLUMES[about.volume],
            {
                "text": "签名、送达、更正",
                "url": reverse("case-paper", args=[row.case_id, row.id]),
                **({"tag": "已作废", "tag_kind": "empty"} if hasattr(row, "void") else {}),
            },
            {"text": "机读文件", "url": reverse("document-data", args=[row.id])},
        ]
    }


@viewers()
def data(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """The machine-readable twin of a document (机读文件, R051): fields with labels and types, and the digest."""
    actor = actor_of(request)
    found = access_of.document(actor, document_id)
    body = json.dumps(machine_twin(found), ensure_ascii=False, indent=1)
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.id}.json"'
    return response
