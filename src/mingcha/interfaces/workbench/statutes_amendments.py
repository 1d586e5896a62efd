"""Amended laws and the re-examination of what rests on them (法律变动和复核) — R011."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, acted, date_field, form_page, link, page, submitted, text_area
from mingcha.interfaces.workbench.statutes import CRUMBS, table_file, tabs
from mingcha.statutes import actions, resting
from mingcha.statutes import queries as statutes
from mingcha.statutes.choices import AmendmentKind, Outcome
from mingcha.statutes.models import Amendment, Reexamination
from mingcha.statutes.refs import ArticleRef

AMENDMENT_CRUMBS = [*CRUMBS, ("法律变动和复核", "/in/statutes/amendments/")]
# Where the page of a thing that rests on a law is, by kind of thing.
_PAGES = {"edition": "list-edition", "procedure": "procedure-edition", "own-rule": "rule-version"}


class AmendmentForm(Form):
    law = forms.CharField(label="法律名称", max_length=200, help_text="全称或者通用的简称，例如：大气污染防治法。")
    kind = forms.ChoiceField(label="情形", choices=AmendmentKind.choices, widget=forms.RadioSelect)
    effective_from = date_field("新规定的施行日期", help_text="废止的，填停止施行的第一天。")
    basis = forms.CharField(label="依据", max_length=300, help_text="修改决定或者公告的名称、文号。")


class OutcomeForm(Form):
    result = forms.ChoiceField(label="复核结论", choices=Outcome.choices, widget=forms.RadioSelect)
    edition = forms.CharField(
        label="新的版本", max_length=150, required=False, help_text="已换新版的填写，例如：行政执法事项清单第3版。"
    )
    reason = forms.CharField(label="理由", max_length=500, widget=text_area(4))


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    found = page_of(
        statutes.amendments(actor.jurisdiction),
        order=("-effective_from", "law_name"),
        cursor=request.GET.get("cursor"),
        size=50,
    )
    context = {
        "tabs": tabs(request, "amendments"),
        "rows": found.rows,
        "page": found,
        "keeper": actor.has(Role.ADMIN, Role.REVIEWER),
    }
    return page(
        request, "workbench/statutes/amendments.html", context, title="法律变动和复核", crumbs=CRUMBS, active="statutes"
    )


@officials(Role.ADMIN, Role.REVIEWER)
def new(request: HttpRequest) -> HttpResponse:
    form = AmendmentForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: str(actions.record_amendment(actor=actor_of(request), **cleaned).id)
        )
        if done is not None:
            return redirect("amendment", done.result)
    return form_page(
        request, form, title="登记法律变动", submit="登记，列出待复核", crumbs=AMENDMENT_CRUMBS, active="statutes",
        cancel_url=reverse("amendments"),
        lead="还没有新文本时先登记。引用这部法律的清单、程序和基准会全部列入待复核；导入新文本时系统自动登记。",
    )  # fmt: skip


@viewers()
def amendment(request: HttpRequest, amendment_id: uuid.UUID) -> HttpResponse:
    """What rests on the amended law, with the state of each."""
    actor = actor_of(request)
    row = statutes.amendment(amendment_id)
    state = str(request.GET.get("state", ""))
    things = list(statutes.reexaminations(actor.jurisdiction, row))
    shown = [thing for thing in things if state in ("", _state(thing)[2])]
    # Rules of another organ are its own matter: they are named here, not opened.
    own_rules = {str(version.id) for rule in statutes.rules(actor.organ_id) for version in rule.versions.all()}
    counts = {name: sum(_state(thing)[2] == name for thing in things) for name in ("open", *Outcome.values)}
    labels = {"": "全部", "open": "待复核", **dict(Outcome.choices)}
    context = {
        "amendment": row,
        "places": [ArticleRef(row.law_name, number, sub=sub or None).place() for number, sub in row.changed],
        "rows": [_line(thing, own_rules) for thing in shown],
        "filters": [
            {"label": label, "url": f"?state={name}", "current": name == state, "count": counts.get(name, len(things))}
            for name, label in labels.items()
        ],
        "keeper": actor.has(Role.ADMIN, Role.REVIEWER),
    }
    title = f"《{row.law_name}》{row.get_kind_display()}"
    return page(
        request, "workbench/statutes/amendment.html", context, title=title, crumbs=AMENDMENT_CRUMBS, active="statutes"
    )


@officials(Role.ADMIN, Role.REVIEWER)
def again(request: HttpRequest, amendment_id: uuid.UUID) -> HttpResponse:
    """Look once more for what rests on the amended law: lists and procedures published since are added."""
    if request.method == "POST":
        count = acted(request, lambda: actions.list_again(amendment_id, actor=actor_of(request)))
        told = f"补列{count}项待复核。" if count else "没有新的内容引用这部法律，清单没有变化。"
        messages.success(request, told)
    return redirect("amendment", amendment_id)


def _state(thing: Reexamination) -> tuple[str, str, str]:
    """Colour, word and name of the state of a re-examination."""
    outcome = getattr(thing, "outcome", None)
    if outcome is None:
        return "warn", "待复核", "open"
    return ("ok" if outcome.result == Outcome.KEPT else "act"), outcome.get_result_display(), outcome.result


def _line(thing: Reexamination, own_rules: set[str]) -> dict[str, Any]:
    kind, label, name = _state(thing)
    open_to_us = thing.kind != "own-rule" or thing.target in own_rules
    url = link(_PAGES[thing.kind], thing.target) if thing.kind in _PAGES and open_to_us else ""
    return {
        "row": thing,
        "label": resting.label(thing.kind),
        "state": (kind, label),
        "open": name == "open",
        "outcome": getattr(thing, "outcome", None),
        "url": url,
    }


@viewers()
def export(request: HttpRequest, amendment_id: uuid.UUID) -> StreamingHttpResponse:
    row = statutes.amendment(amendment_id)
    things = statutes.reexaminations(actor_of(request).jurisdiction, row)
    return table_file(
        "reexaminations.csv",
        ["法律", "变动施行日期", "文件", "条目", "所引条文", "状态", "理由", "新的版本", "复核人"],
        (_cells(row, thing) for thing in things),
    )


def _cells(row: Amendment, thing: Reexamination) -> list[Any]:
    outcome = getattr(thing, "outcome", None)
    told = [outcome.reason, outcome.edition, outcome.officer] if outcome else ["", "", ""]
    where = [row.law_name, row.effective_from, thing.title, thing.place, "、".join(thing.citations)]
    return [*where, _state(thing)[1], *told]


@officials(Role.ADMIN, Role.REVIEWER)
def close(request: HttpRequest, reexamination_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    thing = statutes.reexamination(reexamination_id, actor.jurisdiction)
    form = OutcomeForm(request.POST or None)
    back = reverse("amendment", args=[thing.amendment_id])
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: str(actions.close(thing.id, actor=actor, **cleaned).id))
        if done is not None:
            return redirect(back)
    return form_page(
        request, form, title="复核", submit="办结复核", active="statutes", cancel_url=back,
        crumbs=[*AMENDMENT_CRUMBS, (f"《{thing.amendment.law_name}》", back)],
        lead=f"{thing.title}，{thing.place}，引用{'、'.join(thing.citations)}。", confirm="复核结论记入日志，不能再改。",
    )  # fmt: skip
