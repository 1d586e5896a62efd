"""The archivist's pages (案卷): closed cases, the dossier in legal order, taking over, print view. Nothing here edits."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.archives import actions, queries
from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import acted, page
from mingcha.ledger import queries as ledger

MOST = 100
_READERS = (Role.ARCHIVIST, Role.HEAD, Role.SUPERVISOR)


@officials(*_READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """Closed cases that wait for the archive, and dossiers that it holds."""
    actor = actor_of(request)
    waiting = queries.awaiting(actor.organ_id)
    held = queries.accepted(actor.organ_id)
    context = {
        "rows": [
            {"cells": [_case(row), row.party_name, row.closed_on.isoformat()]}
            for row in waiting[:MOST]
            if row.closed_on
        ],
        "total": waiting.count(),
        "columns": [{"label": name} for name in ("案件", "当事人", "结案日期")],
        "held": [
            {
                "cells": [
                    _case(row.case),
                    row.case.party_name,
                    {"text": row.accepted_at.date().isoformat(), "note": row.accepted_by.name},
                    {"text": row.digest[:16] + "…"},
                ]
            }
            for row in held[:MOST]
        ],
        "held_total": held.count(),
        "held_columns": [{"label": name} for name in ("案件", "当事人", "接收", "全卷摘要值")],
    }
    return page(request, "workbench/archives/listing.html", context, title="案卷", active="archives")


def _case(row: Case) -> dict[str, str]:
    return {"text": str(row), "url": reverse("archive-case", args=[row.id]), "note": row.cause}


@officials(*_READERS)
def dossier(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The dossier: main and secondary volume in order, every journal entry with its digest; the archivist takes over."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    if request.method == "POST":
        acted(request, lambda: _accept(actor, case))
        return redirect("archive-case", case_id)
    whole = queries.dossier(case)
    acceptance = queries.acceptance(case)
    entries = list(ledger.entries_of_case(case.id))
    states = ledger.states(entries)
    context = {
        "case": case,
        "volumes": [
            {"name": "正卷", "note": "当事人、法院、复议机关可以查阅", "papers": _papers(case, whole.main)},
            {"name": "副卷", "note": "内部审批和审核材料", "papers": _papers(case, whole.second)},
        ],
        "whole": whole,
        "acceptance": acceptance,
        "entries": [_entry(row, states[row.pk]) for row in entries],
        "may_accept": actor.has(Role.ARCHIVIST) and acceptance is None and case.closed_on is not None,
    }
    crumbs = [("案卷", reverse("archives"))]
    return page(
        request, "workbench/archives/dossier.html", context, title=f"案卷 {case}", crumbs=crumbs, active="archives"
    )


def _accept(actor: Any, case: Case) -> str:
    return actions.accept(case.id, actor=actor).digest


def _papers(case: Case, papers: list[queries.Paper]) -> list[dict[str, Any]]:
    rows = []
    for place, paper in enumerate(papers, 1):
        url = ""
        if paper.document is not None:
            url = reverse("document-pdf", args=[paper.document.id])
        elif paper.file:
            url = reverse("file", args=[paper.file])
        rows.append({"place": place, "paper": paper, "url": url})
    return rows


def _entry(row: Any, state: str) -> dict[str, Any]:
    actor = ledger.actor(row)
    return {
        "seq": row.case_seq,
        "label": ledger.label(row),
        "at": row.recorded_at,
        "actor": actor.name,
        "role": actor.role,
        "digest": row.digest,
        "final": state == ledger.FINAL,
    }
