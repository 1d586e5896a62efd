"""Days of effect that the import only presumed (推定的施行日期): the list, and the form in which one is confirmed."""

from __future__ import annotations

import uuid

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.common.errors import NotFound
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, date_field, form_page, page, submitted
from mingcha.interfaces.workbench.statutes import CRUMBS, table_file, tabs
from mingcha.statutes import actions
from mingcha.statutes import queries as statutes
from mingcha.statutes.actions.amending import KEEPERS
from mingcha.statutes.models import Law

_SIZE = 50
_MOST_EXPORTED = 5_000


class DateForm(Form):
    effective_from = date_field("施行日期")
    source = forms.CharField(label="依据", max_length=300, help_text="写明施行日期的公告、令或者决定的名称、文号。")


def _asked(request: HttpRequest) -> str:
    return " ".join(str(request.GET.get("q", "")).replace("\0", "").split())[:60]


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    text = _asked(request)
    rows = statutes.presumed(text)
    found = page_of(
        rows.defer("history", "preamble", "appendix"),
        order=("name", "effective_from", "id"),
        cursor=request.GET.get("cursor"),
        size=_SIZE,
    )
    context = {
        "tabs": tabs(request, "statutes-dates"),
        "rows": found.rows,
        "page": found,
        "q": text,
        "total": rows.count(),
        "keeper": actor_of(request).has(*KEEPERS),
    }
    return page(
        request, "workbench/statutes/dates.html", context, title="待核实的施行日期", crumbs=CRUMBS, active="statutes"
    )


@viewers()
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same versions as CSV."""
    rows = statutes.presumed(_asked(request)).order_by("name", "effective_from")[:_MOST_EXPORTED]
    return table_file(
        "presumed-dates.csv",
        ["法律", "类别", "公布或者修改日期", "推定的施行日期", "失效日期", "题注"],
        ([row.name, row.category, row.adopted_on or "", row.effective_from, row.effective_to or "", row.source] for row in rows),
    )  # fmt: skip


@officials(*KEEPERS)
def confirm(request: HttpRequest, law_id: uuid.UUID) -> HttpResponse:
    """Confirm or correct one presumed day, with the paper that states it."""
    actor = actor_of(request)
    law = Law.objects.filter(id=law_id).first()
    if law is None:
        raise NotFound("没有找到这部法律的这一版本。")
    form = DateForm(request.POST or None, initial={"effective_from": law.effective_from})
    back = reverse("statutes-dates")

    def act(cleaned: dict[str, object]) -> str:
        day, source = form.cleaned_data["effective_from"], str(cleaned["source"])
        return str(actions.confirm_date(law.id, effective_from=day, source=source, actor=actor).id)

    if request.method == "POST" and submitted(request, form, act) is not None:
        return redirect(back)
    lead = f"系统按公布或者修改的日期推定自{law.effective_from.isoformat()}起施行。题注：{law.source}"
    return form_page(
        request, form, title=f"核实《{law.name}》的施行日期", submit="核实", lead=lead, active="statutes", cancel_url=back,
        crumbs=[*CRUMBS, ("待核实的施行日期", back)], confirm="核实结果记入日志，不能再改；前后版本的有效期随之调整。",
    )  # fmt: skip
