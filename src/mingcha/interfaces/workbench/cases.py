"""The list of cases: search, filters, keyset paging, export; and the registration of a lead (线索登记)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import actions as cases
from mingcha.cases.models import Case, Duty
from mingcha.common.clock import legal_day
from mingcha.common.paging import page as page_of
from mingcha.documents.models import Document
from mingcha.documents.rendering import restricted
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import form_page, page, submitted
from mingcha.interfaces.workbench.forms import LeadForm
from mingcha.procedures.queries import definition

_COLUMNS = (
    "id", "number", "cause", "party_name", "stage", "step", "procedure_id", "created_at", "filed_on", "closed_on",
)  # fmt: skip
STEPS = {
    "lead": "线索、立案",
    "investigate": "调查取证",
    "notify": "告知、陈述申辩",
    "legal-review": "法制审核",
    "decide": "决定",
    "serve": "送达",
    "perform-wait": "履行",
    "close": "结案",
}
_SIZE = 100
_MOST_EXPORTED = 20_000


def _selected(request: HttpRequest, actor: Actor) -> QuerySet[Case]:
    """Visible cases that match search, step and "own"."""
    # Says nothing new, but lets the database walk the index by date instead of sorting all that is visible.
    rows = access.visible(actor).filter(jurisdiction=actor.jurisdiction)
    for word in str(request.GET.get("q", "")).split()[:5]:
        papers = (
            Document.objects.exclude(number="")
            .exclude(kind__in=restricted())
            .filter(number__icontains=word)
            .values("case_id")
        )
        rows = rows.filter(
            Q(number__icontains=word) | Q(party_name__icontains=word) | Q(cause__icontains=word) | Q(id__in=papers)
        )
    if (step := str(request.GET.get("step", ""))) in STEPS:
        rows = rows.filter(step=step)
    if request.GET.get("own") == "1":
        rows = rows.filter(id__in=Duty.objects.filter(officer_id=actor.officer_id).values("case_id"))
    if request.GET.get("open") == "1":
        rows = rows.filter(closed_on=None)
    return rows.only(*_COLUMNS)


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    found = page_of(
        _selected(request, actor), order=("-created_at", "-id"), cursor=request.GET.get("cursor"), size=_SIZE
    )
    query = {name: str(request.GET.get(name, "")) for name in ("q", "step", "own", "open") if request.GET.get(name)}

    def url(**changes: str) -> str:
        return "?" + urlencode({name: value for name, value in {**query, **changes}.items() if value})

    context = {
        "cases": [_row(row) for row in found.rows],
        "page": found,
        "steps": [{"label": "全部环节", "url": url(step=""), "current": not query.get("step")}]
        + [
            {"label": label, "url": url(step=name), "current": query.get("step") == name}
            for name, label in STEPS.items()
        ],
        "own": query.get("own") == "1",
        "own_url": url(own="" if query.get("own") else "1"),
        "open": query.get("open") == "1",
        "open_url": url(open="" if query.get("open") else "1"),
        "q": query.get("q", ""),
        "filtered": bool(query),
        "export_url": reverse("cases-export") + url(),
        "may_register": actor.has(Role.HANDLER),
    }
    return page(request, "workbench/cases/list.html", context, title="案件", active="cases")


def _row(row: Case) -> tuple[str, ...]:
    """Texts of one line: a hundred lines are too many for filters in the template."""
    return (
        f"/in/cases/{row.id}/",
        row.cause,
        row.number or "未立案",
        row.party_name,
        definition(row.procedure_id).stage(row.stage).name,
        legal_day(row.created_at).isoformat(),
        row.filed_on.isoformat() if row.filed_on else "—",
    )


class _Line:
    """A file-like thing whose `write` gives the line back, so that the export streams in constant memory."""

    def write(self, line: str) -> str:
        return line


@viewers()
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same rows as CSV, at most 20,000."""
    writer = csv.writer(_Line())
    rows = _selected(request, actor_of(request)).order_by("-created_at", "-id")[:_MOST_EXPORTED]

    def lines() -> Iterator[str]:
        # Without the mark, spreadsheet programs read UTF-8 as GBK.
        yield "\ufeff"
        head = ["案号", "案由", "当事人", "环节", "登记日期", "立案日期", "结案日期"]
        body = (
            [
                row.number or "（未立案）",
                row.cause,
                row.party_name,
                definition(row.procedure_id).stage(row.stage).name,
                legal_day(row.created_at),
                row.filed_on or "",
                row.closed_on or "",
            ]
            for row in rows.iterator(2000)
        )
        yield writer.writerow(head)
        for line in body:
            yield writer.writerow([_inert(cell) for cell in line])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="cases.csv"'
    return response


def _inert(cell: Any) -> str:
    """A cell that a spreadsheet program will not run as a formula."""
    text = str(cell)
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


@officials(Role.HANDLER)
def new(request: HttpRequest) -> HttpResponse:
    """Register a lead: item from the published list, party, second officer."""
    actor = actor_of(request)
    look = "look" in request.POST
    begun = {"procedure": str(request.GET.get("procedure", "P-PT"))}
    form = LeadForm(None if look else request.POST or None, actor=actor, initial=request.POST.dict() if look else begun)
    if request.method == "POST" and not look:
        done = submitted(request, form, lambda cleaned: str(cases.register_lead(actor=actor, **cleaned).id))
        if done is not None:
            return redirect("case", done.result)
    crumbs = [("案件", reverse("cases"))]
    return form_page(
        request,
        form,
        title="登记线索",
        submit="登记，进入核查",
        crumbs=crumbs,
        cancel_url=reverse("cases"),
        template="workbench/cases/new.html",
        hints=form.hints(),
        items=form.items,
        staff=form.staff,
    )
