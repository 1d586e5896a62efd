"""Question sets (询问提纲) by item, put into an inquiry record; who else has a draft open."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.documents import queries as documents
from mingcha.documents.presence import actions as presence
from mingcha.documents.questions import actions, queries
from mingcha.documents.questions.rules import FACTS, added, shipped
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.casepage import written
from mingcha.interfaces.workbench.draftfields import Typed

_CRUMBS = [("询问提纲", "/in/questions/")]
_ALL = "其他事项（通用）"
_READS = (Role.HANDLER, *actions.EDITORS, Role.SUPERVISOR)


class QuestionsForm(Form):
    questions = forms.CharField(
        label="问题",
        required=False,
        widget=text_area(16),
        help_text="一行一个问题。全部清空并保存，就恢复使用示例提纲。",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


def _items(organ_id: uuid.UUID) -> dict[str, str]:
    edition = catalogues.in_force(organ_id, "items", clock.today())
    entries = edition.content["entries"] if edition else []
    return {"": _ALL, **{row["code"]: row["name"] for row in entries}}


@viewers(*_READS)
def listing(request: HttpRequest) -> HttpResponse:
    """The items of the organ with the set that each one uses."""
    actor = actor_of(request)
    own = queries.newest(actor.organ_id)
    wanted = str(request.GET.get("q", "")).strip()[:40]
    rows = []
    for code, name in _items(actor.organ_id).items():
        if wanted and wanted not in name and wanted not in code:
            continue
        mine = own.get(code)
        if mine and mine.questions:
            state: dict[str, Any] = {"text": f"本机关第{mine.number}版", "note": mine.saved_by.name}
        elif code in shipped():
            state = {"text": "示例提纲", "note": "尚未改写"}
        else:
            state = {"text": "使用通用提纲"}
        count = len(queries.in_force(actor.organ_id, code))
        url = f"{reverse('question-set')}?item={code}"
        rows.append({"cells": [code or "—", {"text": name, "url": url}, state, f"{count}"]})
    context = {
        "rows": rows,
        "columns": [{"label": "编码"}, {"label": "执法事项"}, {"label": "提纲"}, {"label": "问题数", "num": True}],
        "q": wanted,
    }
    return page(request, "workbench/questions/list.html", context, title="询问提纲", active="questions")


@officials(*_READS)
def one(request: HttpRequest) -> HttpResponse:
    """The questions for an item: read by all who ask, edited by the heads and the administrator."""
    actor = actor_of(request)
    code = str(request.GET.get("item", ""))
    items = _items(actor.organ_id)
    if code not in items:
        raise NotFound("执法事项清单里没有这个事项。")
    versions = list(queries.versions(actor.organ_id, code))
    title = f"询问提纲：{items[code]}"
    edits = actor.has(*actions.EDITORS)
    questions = queries.in_force(actor.organ_id, code)
    context: dict[str, Any] = {
        "versions": versions,
        "facts": [{"name": f"{{{name}}}", "label": label} for name, (label, _) in FACTS.items()],
        "questions": questions,
        "item_name": items[code],
    }
    if not edits:
        return page(request, "workbench/questions/set.html", context, title=title, crumbs=_CRUMBS, active="questions")
    last = versions[0].number if versions else 0
    form = QuestionsForm(request.POST or None, initial={"questions": "\n".join(questions), "version": last})
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> int:
            seen = cleaned["version"]
            return actions.save(code, cleaned["questions"], actor=actor, version_seen=seen).number

        done = submitted(request, form, act)
        if done:
            messages.success(request, f"已保存为第{done.result}版。")
            return redirect(f"{reverse('question-set')}?item={code}")
    return form_page(
        request,
        form,
        title=title,
        submit="保存为新的一版",
        crumbs=_CRUMBS,
        active="questions",
        cancel_url=reverse("questions"),
        lead="在询问笔录页面点“插入询问提纲”，这些问题就列入笔录，已知的事实自动填入，回答留空。告知事项和核对的内容不在这里。",
        aside="workbench/questions/aside.html",
        **context,
    )


def with_questions(case: Case, kind: str, typed: Typed) -> Typed:
    """What is typed so far, with the questions of the case's item behind it."""
    if kind != "inquiry-record":
        return typed
    return {**typed, "questions": added(typed.get("questions") or [], queries.for_case(case))}


@require_POST
@officials(Role.HANDLER)
def heartbeat(request: HttpRequest, case_id: uuid.UUID, kind: str) -> JsonResponse:
    """The page of a draft says that it is open: who else has it open, and who saved after this page did."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    if not written(kind):
        raise NotFound("没有这种可以拟写的文书。")
    if request.POST.get("left") == "1":
        presence.left(case, kind, actor=actor)
        return JsonResponse({"others": [], "newer": None})
    others = presence.seen(case, kind, actor=actor)
    found = documents.draft(case, kind)
    token = str(request.POST.get("sitting", ""))[:64]
    kept = request.session.get("drafts", {}).get(f"{case.id}:{kind}:{token}")
    posted = str(request.POST.get("version", ""))
    mine = int(kept) if kept is not None else int(posted) if posted.isdigit() else 0
    newer = None
    if found is not None and found.version > mine and found.saved_by_id != actor.officer_id:
        at = found.saved_at.astimezone(clock.SHANGHAI)
        newer = {"name": found.saved_by.name, "at": f"{at:%H:%M}"}
    return JsonResponse({"others": [row.officer.name for row in others], "newer": newer})
