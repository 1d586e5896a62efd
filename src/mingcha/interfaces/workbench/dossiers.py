"""The archivist's pages (案卷): closed cases, custody, the dossier in legal order, sealing, print. Nothing here edits."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives import actions, binding, ordering, queries
from mingcha.archives.choices import CustodyKind, Retention
from mingcha.archives.lending import actions as lending
from mingcha.archives.models import Package
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case
from mingcha.common.errors import NotFound
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, acted, form_page, link, page, submitted, text_area
from mingcha.ledger import queries as ledger

MOST = 100
_READERS = (Role.ARCHIVIST, Role.HEAD, Role.SUPERVISOR)
_KINDS = {CustodyKind.OFFERED: "", CustodyKind.RETURNED: "warn", CustodyKind.RECEIVED: "ok"}


class AcceptForm(Form):
    """Numbers of the archive and how long the dossier is kept."""

    fonds_no = forms.CharField(label="全宗号", max_length=30, required=False)
    catalogue_no = forms.CharField(label="目录号", max_length=30, required=False)
    retention = forms.ChoiceField(label="保管期限", choices=Retention.choices, initial=Retention.THIRTY)


class ReasonForm(Form):
    reason = forms.CharField(label="原因", max_length=500, widget=text_area())


class NoteForm(Form):
    note = forms.CharField(label="补正情况", max_length=500, widget=text_area())


@viewers(*_READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """Closed cases that wait for the archive, dossiers that it holds, and packages in which a check found a fault."""
    actor = actor_of(request)
    waiting = queries.awaiting(actor.organ_id)
    held = queries.accepted(actor.organ_id)
    sealed = set(
        Package.objects.filter(case__in=[row.case_id for row in held[:MOST]]).values_list("case_id", flat=True)
    )
    context = {
        "rows": [
            {"cells": [_case(row), row.party_name, row.closed_on.isoformat(), queries.holder(row)]}
            for row in waiting[:MOST]
            if row.closed_on
        ],
        "total": waiting.count(),
        "columns": [{"label": name} for name in ("案件", "当事人", "结案日期", "现由谁保管")],
        "held": [
            {
                "cells": [
                    _case(row.case),
                    row.case.party_name,
                    {"text": row.accepted_at.date().isoformat(), "note": row.accepted_by.name},
                    {"text": "", "tag": "已封存", "tag_kind": "ok"}
                    if row.case_id in sealed
                    else {"text": "", "tag": "等待封存", "tag_kind": "act"},
                    {"text": row.digest[:16] + "…"},
                ]
            }
            for row in held[:MOST]
        ],
        "held_total": held.count(),
        "held_columns": [{"label": name} for name in ("案件", "当事人", "接收", "封存", "接收时摘要值")],
        "faults": [
            {
                "url": reverse("archive-check", args=[row.id]),
                "case": str(row.package.case),
                "failed": row.failed,
                "at": row.at,
                "first": next((item["what"] for item in row.items if item["state"] == "failed"), ""),
            }
            for row in queries.failing(actor.jurisdiction)[:MOST]
        ],
    }
    return page(request, "workbench/archives/listing.html", context, title="案卷", active="archives")


def _case(row: Case) -> dict[str, str]:
    return {"text": str(row), "url": reverse("archive-case", args=[row.id]), "note": row.cause}


@officials()
def dossier(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The dossier: both volumes in order, who holds it, its packages, every journal entry with its digest."""
    actor = actor_of(request)
    case = _seen(actor, case_id)
    if request.method == "POST":
        if not actor.has(*_READERS):
            raise NotFound("没有找到这个案件，或者您无权查看。")
        acted(request, lambda: str(actions.accept(case.id, actor=actor).digest))
        return redirect("archive-case", case_id)
    whole = queries.dossier(case)
    acceptance = queries.acceptance(case)
    if acceptance is not None:
        lending.note_reading(case, actor=actor)
    entries = list(ledger.entries_of_case(case.id))
    states = ledger.states(entries)
    steps = queries.custody(case)
    packages = list(queries.packages(case))
    supplements = list(queries.supplements(case))
    archivist = actor.has(Role.ARCHIVIST)
    waiting = acceptance is None and case.closed_on is not None
    sent_back = bool(steps) and steps[-1].kind == CustodyKind.RETURNED
    collecting = next((row for row in supplements if not hasattr(row, "end")), None)
    context = {
        "case": case,
        "volumes": [
            {
                "id": name,
                "name": label,
                "note": "当事人、法院、复议机关可以查阅" if name == ordering.MAIN else "内部审批和审核材料",
                "papers": _papers(whole.volume(name)),
                "url": reverse("archive-volume", args=[case.id, name]),
            }
            for name, label in ordering.VOLUMES.items()
        ],
        "whole": whole,
        "secret": queries.secret_recordings(case),
        "acceptance": acceptance,
        "holder": queries.holder(case, steps),
        "steps": [{"row": row, "kind": _KINDS[CustodyKind(row.kind)]} for row in steps],
        "packages": packages,
        "progress": queries.progress(case),
        "supplements": supplements,
        "collecting": collecting,
        "unsealed": acceptance is not None and len(packages) < 1 + sum(hasattr(row, "end") for row in supplements),
        "entries": [_entry(row, states[row.pk]) for row in entries],
        "may_accept": archivist and waiting and not sent_back,
        "may_offer": waiting and sent_back and _hands_over(actor, case),
        "may_supplement": actor.has(Role.ARCHIVIST, Role.HEAD)
        and bool(packages)
        and not any(row.volume_no > len(packages) for row in supplements),
        "may_close": archivist and collecting is not None,
        "keeping_url": link("keeping-case", case.id) if actor.has(*_READERS) else "",
        "loan_url": link("loan-new", case.id) if acceptance else "",
    }
    crumbs = [("案卷", reverse("archives"))] if actor.has(*_READERS) else [(str(case), reverse("case", args=[case.id]))]
    return page(
        request, "workbench/archives/dossier.html", context, title=f"案卷 {case}", crumbs=crumbs, active="archives"
    )


def _hands_over(actor: Actor, case: Case) -> bool:
    handles = DutyKind.HANDLER in cases.duties_of(case, actor.officer_id)
    return handles or (actor.has(Role.UNIT_HEAD) and actor.organ_id == case.organisation_id)


def _seen(actor: Actor, case_id: uuid.UUID) -> Case:
    """A case whose dossier this person may read: those of the archive, and who hands it over."""
    case = access.case(actor, case_id)
    if not actor.has(*_READERS) and not _hands_over(actor, case):
        raise NotFound("没有找到这个案件，或者您无权查看。")
    return case


@officials(Role.ARCHIVIST)
def accept(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Take the dossier over, with the numbers of the archive."""
    actor = actor_of(request)
    case = access.case(actor, case_id)

    def act(found: dict[str, Any]) -> str:
        return str(actions.accept(case.id, actor=actor, **found).id)

    return _form(request, case, AcceptForm, "接收案卷", "接收", act, lead="接收后案卷内容不能再增减，随后自动封存。")


@officials(Role.ARCHIVIST)
def send_back(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Send a dossier back to the unit with the reason."""
    actor = actor_of(request)
    case = access.case(actor, case_id)

    def act(found: dict[str, Any]) -> str:
        return str(actions.send_back(case.id, actor=actor, reason=found["reason"]).id)

    lead = "退回以后，由承办机构补正并重新移交。原因记入过程记录。"
    return _form(request, case, ReasonForm, "退回案卷", "退回", act, lead=lead)


@officials(Role.HANDLER, Role.UNIT_HEAD)
def offer(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Hand a dossier over again after it was sent back."""
    actor = actor_of(request)
    case = _seen(actor, case_id)

    def act(found: dict[str, Any]) -> str:
        return str(actions.offer(case.id, actor=actor, note=found["note"]).id)

    return _form(request, case, NoteForm, "重新移交案卷", "移交", act, lead="")


@officials(Role.ARCHIVIST, Role.HEAD)
def supplement(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Open a supplementary volume, or (from its button) close the one that is open."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    if request.method == "POST" and request.POST.get("close") == "1":
        acted(request, lambda: str(actions.close_supplement(case.id, actor=actor).pk))
        return redirect("archive-case", case_id)

    def act(found: dict[str, Any]) -> str:
        return str(actions.open_supplement(case.id, actor=actor, reason=found["reason"]).id)

    lead = "已经封存的卷不改动。设立补充卷以后可以登记新的文书、证据和音像，收齐以后单独封存。"
    return _form(request, case, ReasonForm, "设立补充卷", "设立", act, lead=lead)


def _form(
    request: HttpRequest,
    case: Case,
    kind: type[Form],
    title: str,
    submit: str,
    act: Callable[[dict[str, Any]], str],
    *,
    lead: str,
) -> HttpResponse:
    form = kind(request.POST or None)
    back = reverse("archive-case", args=[case.id])
    if request.method == "POST" and submitted(request, form, act):
        return redirect("archive-case", case.id)
    return form_page(
        request,
        form,
        title=title,
        submit=submit,
        crumbs=[(f"案卷 {case}", back)],
        active="archives",
        cancel_url=back,
        lead=lead,
    )


@viewers(*_READERS)
def volume(request: HttpRequest, case_id: uuid.UUID, name: str) -> HttpResponse:
    """A whole volume as one PDF with page numbers, for print."""
    case = access.case(actor_of(request), case_id)
    if name not in ordering.VOLUMES:
        raise NotFound("没有这一卷。")
    pdf = binding.bind(case, name)
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="dossier-{name}.pdf"'
    return response


def _papers(papers: list[queries.Paper]) -> list[dict[str, Any]]:
    rows = []
    for place, paper in enumerate(papers, 1):
        url = ""
        if paper.document is not None:
            url = reverse("document-pdf", args=[paper.document.id])
        elif paper.recording is not None:
            url = link("recording", paper.recording.id) or reverse("file", args=[paper.file])
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
