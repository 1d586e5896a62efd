"""Sealed packages, their checks, transfer to the archives institution, and all about one party or place."""

from __future__ import annotations

import functools
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django import forms
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives import exporting, properties, queries, transferring
from mingcha.archives.models import Package, PropertyCheck, Transfer
from mingcha.archives.ordering import VOLUMES
from mingcha.archives.packing import page as contents_page
from mingcha.cases import access
from mingcha.common import clock
from mingcha.common.errors import NotFound, NotPermitted
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, date_field, form_page, link, page, submitted
from mingcha.interfaces.workbench.exporting import Table, table_response

_READERS = (Role.ARCHIVIST, Role.HEAD, Role.SUPERVISOR)
_SIZE = 50
_CRUMBS = [("案卷", "/in/archives/")]
_HEADS = ("案件", "当事人", "卷次", "件数", "页数", "文件", "封存时间", "最近检测")
_FILTERS = (("", "全部"), ("failing", "检测未通过"), ("never", "还没有定期检测"))
_BLOCK = 1 << 20


class TransferForm(Form):
    packages = forms.MultipleChoiceField(label="移交的封存包", widget=forms.CheckboxSelectMultiple)
    institution = forms.CharField(label="接收的档案馆", max_length=120)
    note = forms.CharField(label="说明", max_length=500, required=False)


class ReceiptForm(Form):
    number = forms.CharField(label="接收凭据编号", max_length=60)
    receiver = forms.CharField(label="接收人", max_length=60)
    received_on = date_field("接收日期")


def _visible(actor: Actor) -> QuerySet[Any]:
    newest = PropertyCheck.objects.filter(package_id=OuterRef("pk")).order_by("-at", "-id")
    rows = Package.objects.filter(case__in=access.visible(actor)).select_related("case")
    return rows.annotate(
        last_failed=Subquery(newest.values("failed")[:1]),
        last_moment=Subquery(newest.values("moment")[:1]),
        last_at=Subquery(newest.values("at")[:1]),
        last_id=Subquery(newest.values("id")[:1]),
    )


def _asked(request: HttpRequest, actor: Actor) -> tuple[QuerySet[Any], str, str]:
    rows, word, state = _visible(actor), request.GET.get("q", "").strip(), request.GET.get("state", "")
    if word:
        rows = rows.filter(
            Q(case__number__icontains=word) | Q(case__cause__icontains=word) | Q(case__party_name__icontains=word)
        )
    if state == "failing":
        rows = rows.filter(last_failed__gt=0)
    elif state == "never":
        rows = rows.filter(last_moment="filing")
    return rows, word, state


@viewers(*_READERS)
def packages(request: HttpRequest) -> HttpResponse:
    """Sealed packages with their newest check: search, filter, page."""
    actor = actor_of(request)
    rows, word, state = _asked(request, actor)
    found = page_of(rows, order=("-sealed_at", "-id"), cursor=request.GET.get("cursor"), size=_SIZE)
    context = {
        "rows": [{"cells": _cells(row), "late": bool(row.last_failed)} for row in found.rows],
        "columns": [{"label": name} for name in _HEADS],
        "page": found,
        "q": word,
        "filters": [
            {"label": label, "url": f"?state={key}&q={word}", "current": key == state} for key, label in _FILTERS
        ],
        "export": f"{reverse('archive-packages-export', args=['csv'])}?{request.GET.urlencode()}",
        "next_cursor": found.next_cursor,
    }
    return page(request, "workbench/archives/packages.html", context, title="封存包", crumbs=_CRUMBS, active="archives")


def _cells(row: Any) -> list[Any]:
    kind = "late" if row.last_failed else "ok"
    words = f"{row.last_failed}项未通过" if row.last_failed else "通过"
    return [
        {"text": str(row.case), "url": reverse("archive-package", args=[row.id]), "note": row.case.cause},
        row.case.party_name,
        _volume_name(row),
        str(row.papers),
        str(row.pages),
        str(row.files),
        clock.legal_day(row.sealed_at).isoformat(),
        {"text": clock.legal_day(row.last_at).isoformat() if row.last_at else "", "tag": words, "tag_kind": kind},
    ]


def _volume_name(row: Package) -> str:
    return "全案" if row.volume_no == 1 else f"补充卷{row.volume_no - 1}"


@viewers(*_READERS)
def packages_export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The list as it is filtered, as a table."""
    rows, _, _ = _asked(request, actor_of(request))
    lines = (
        [
            str(row.case), row.case.party_name, _volume_name(row), row.papers, row.pages, row.files,
            clock.legal_day(row.sealed_at).isoformat(), f"{row.last_failed or 0}项未通过",
        ]
        for row in rows.order_by("-sealed_at", "-id").iterator()
    )  # fmt: skip
    return table_response(Table("封存包", _HEADS, lines), ending, "packages")


def _package(actor: Actor, package_id: uuid.UUID) -> Package:
    found: Package | None = _visible(actor).filter(id=package_id).first()
    if found is None:
        raise NotFound("没有找到这个封存包，或者您无权查看。")
    return found


@viewers(*_READERS)
def package(request: HttpRequest, package_id: uuid.UUID) -> HttpResponse:
    """One package: digests, contents with pages, checks."""
    actor = actor_of(request)
    row = _package(actor, package_id)
    contents = exporting.table_of_contents(row)
    context = {
        "package": row,
        "volume_name": _volume_name(row),
        "parts": [
            {**part, "rows": [{**item, "shown": contents_page.pages(item)} for item in part["items"]]}
            for part in contents["volumes"]
            if part["items"]
        ],
        "recordings": contents["recordings"],
        "secret": contents["secret_recordings"],
        "checks": queries.checks(row)[:_SIZE],
        "may_take": actor.has(Role.ARCHIVIST),
        "key": contents["log"]["origin"],
    }
    crumbs = [*_CRUMBS, ("封存包", reverse("archive-packages"))]
    return page(
        request,
        "workbench/archives/package.html",
        context,
        title=f"封存包 {row.case}",
        crumbs=crumbs,
        active="archives",
    )


@viewers(Role.ARCHIVIST)
def package_tar(request: HttpRequest, package_id: uuid.UUID) -> HttpResponseBase:
    """A verified copy of the package as one file, without the recordings; those go out by command."""
    row = _package(actor_of(request), package_id)
    folder = tempfile.TemporaryDirectory(prefix="mingcha-export-")
    path = exporting.export(row, Path(folder.name), tar=True)
    response = StreamingHttpResponse(_stream(path, folder), content_type="application/x-tar")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.name}.tar"'
    response.headers["Content-Length"] = str(path.stat().st_size)
    return response


def _stream(path: Path, folder: tempfile.TemporaryDirectory[str]) -> Iterator[bytes]:
    with folder, path.open("rb") as handle:
        yield from iter(functools.partial(handle.read, _BLOCK), b"")


@viewers(Role.ARCHIVIST)
def package_seal(request: HttpRequest, package_id: uuid.UUID) -> HttpResponse:
    """The proof of the sealing, to lie beside a copy."""
    data = exporting.seal_file(_package(actor_of(request), package_id))
    if data is None:
        raise NotFound("封存记录还没有写入账本，请稍后再取。")
    response = HttpResponse(data, content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="seal.json"'
    return response


@viewers(*_READERS)
def check(request: HttpRequest, check_id: uuid.UUID) -> HttpResponse:
    """The report of one check of the four properties, for print."""
    actor = actor_of(request)
    row = PropertyCheck.objects.select_related("package__case").filter(id=check_id).first()
    if row is None or not _visible(actor).filter(id=row.package_id).exists():
        raise NotFound("没有找到这份检测报告，或者您无权查看。")
    groups: dict[str, list[dict[str, Any]]] = {}
    kinds = {properties.PASSED: "ok", properties.FAILED: "late", properties.ABSENT: "empty"}
    for item in row.items:
        shown = {**item, "label": properties.WORDS[item["state"]], "kind": kinds[item["state"]]}
        groups.setdefault(item["property"], []).append(shown)
    context = {
        "row": row,
        "moment": row.get_moment_display(),
        "groups": groups.items(),
        "source": properties.table()["source"],
        "verified": properties.table()["verified"],
        "days": properties.recheck_days(),
    }
    crumbs = [*_CRUMBS, (f"封存包 {row.package.case}", reverse("archive-package", args=[row.package_id]))]
    return page(
        request, "workbench/archives/check.html", context, title="四性检测报告", crumbs=crumbs, active="archives"
    )


@viewers(*_READERS)
def transfers(request: HttpRequest) -> HttpResponse:
    """Lists handed to the archives institution, and which dossiers are due."""
    actor = actor_of(request)
    levels = [
        {"level": level, "years": years, "source": source, "due": transferring.due(actor.organ_id, years).count()}
        for level, years, source in transferring.years()
    ]
    found = page_of(
        Transfer.objects.filter(organisation_id=actor.organ_id).select_related("receipt"),
        order=("-made_at", "-id"),
        cursor=request.GET.get("cursor"),
        size=_SIZE,
    )
    context = {
        "levels": levels,
        "rows": [
            {
                "cells": [
                    {
                        "text": clock.legal_day(row.made_at).isoformat(),
                        "url": reverse("archive-transfer", args=[row.id]),
                    },
                    row.institution,
                    str(row.items.count()),
                    {"text": row.receipt.number, "tag": "已接收", "tag_kind": "ok"}
                    if hasattr(row, "receipt")
                    else {"text": "", "tag": "等待接收凭据", "tag_kind": "act"},
                ]
            }
            for row in found.rows
        ],
        "columns": [{"label": name} for name in ("编制日期", "档案馆", "封存包", "接收凭据")],
        "next_cursor": found.next_cursor,
        "may_make": actor.has(Role.ARCHIVIST),
    }
    return page(
        request, "workbench/archives/transfers.html", context, title="进馆移交", crumbs=_CRUMBS, active="archives"
    )


@officials(Role.ARCHIVIST)
def transfer_new(request: HttpRequest) -> HttpResponse:
    """Choose packages that are due, name the institution; each is checked before the list stands."""
    actor = actor_of(request)
    years = _years(request)
    form = TransferForm(request.POST or None)
    rows = transferring.due(actor.organ_id, years)[:_SIZE]
    field = form.fields["packages"]
    if isinstance(field, forms.MultipleChoiceField):
        field.choices = [(str(row.id), f"{row.case}　{row.case.party_name}　{_volume_name(row)}") for row in rows]

    def act(found: dict[str, Any]) -> str:
        chosen = [uuid.UUID(value) for value in found.pop("packages")]
        return str(transferring.prepare(chosen, actor=actor, **found).id)

    if request.method == "POST":
        done = submitted(request, form, act, single=False)
        if done is not None:
            return redirect("archive-transfer", done.result)
    return form_page(
        request,
        form,
        title="编制移交清册",
        submit="检测并编制",
        crumbs=[*_CRUMBS, ("进馆移交", reverse("archive-transfers"))],
        active="archives",
        cancel_url=reverse("archive-transfers"),
        lead=f"结案满{years}年、还没有移交的封存包。每个包先做四性检测，全部通过才成立清册。",
    )


def _years(request: HttpRequest) -> int:
    known = [years for _, years, _ in transferring.years()]
    asked = request.GET.get("years", "")
    return int(asked) if asked.isascii() and asked.isdigit() and int(asked) in known else known[0]


@officials(*_READERS)
def transfer(request: HttpRequest, transfer_id: uuid.UUID) -> HttpResponse:
    """One list (移交清册) with its receipt."""
    actor = actor_of(request)
    row = transferring.transfer(actor, transfer_id)
    form = ReceiptForm(request.POST or None)

    def act(found: dict[str, Any]) -> str:
        return str(transferring.receipt(row.id, actor=actor, **found).pk)

    if request.method == "POST":
        if not actor.has(Role.ARCHIVIST):
            raise NotPermitted(message="只有档案员可以登记接收凭据。")
        if submitted(request, form, act):
            return redirect("archive-transfer", row.id)
    context = {
        "row": row,
        "form": form,
        "lines": transferring.lines(row),
        "heads": transferring.HEADS,
        "receipt": getattr(row, "receipt", None),
        "may_receipt": actor.has(Role.ARCHIVIST) and not hasattr(row, "receipt"),
    }
    crumbs = [*_CRUMBS, ("进馆移交", reverse("archive-transfers"))]
    status = 422 if form.is_bound and (form.errors or form.refused) else 200
    return page(
        request,
        "workbench/archives/transfer.html",
        context,
        title="移交清册",
        crumbs=crumbs,
        active="archives",
        status=status,
    )


@viewers(*_READERS)
def transfer_export(request: HttpRequest, transfer_id: uuid.UUID, ending: str) -> HttpResponseBase:
    """The list as a table."""
    row = transferring.transfer(actor_of(request), transfer_id)
    return table_response(Table("移交清册", transferring.HEADS, transferring.lines(row)), ending, "transfer")


@viewers()
def objects(request: HttpRequest) -> HttpResponse:
    """All documents and recordings about one party or place (R074a), across the cases that one may see."""
    actor = actor_of(request)
    word = request.GET.get("q", "").strip()[:120]
    rows = queries.about(actor, word) if len(word) > 1 else []
    found = queries.materials(rows)
    cases: list[dict[str, Any]] = []
    for row in rows:
        papers = [
            {"paper": paper, "volume": VOLUMES[name], "url": _url(paper)}
            for name in VOLUMES
            for paper in found[row.id].volume(name)
        ]
        cases.append({"case": row, "papers": papers})
    context = {"q": word, "short": len(word) == 1, "cases": cases, "papers": sum(len(row["papers"]) for row in cases)}
    return page(request, "workbench/archives/objects.html", context, title="按对象查材料", active="objects")


def _url(paper: queries.Paper) -> str:
    if paper.document is not None:
        return reverse("document-pdf", args=[paper.document.id])
    if paper.recording is not None:
        return link("recording", paper.recording.id) or reverse("file", args=[paper.file])
    return reverse("file", args=[paper.file]) if paper.file else ""
