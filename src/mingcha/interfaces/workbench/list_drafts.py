"""The next edition of a list in the browser: entries one by one, import, submission, review, publication."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingcha.accounts.actors import Actor
from mingcha.catalogues import access, actions, comparing, queries, sheets
from mingcha.catalogues.choices import Conclusion, DraftState
from mingcha.catalogues.models import Draft, DraftEntry, Edition
from mingcha.catalogues.schemas import Schema, schema
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, MingchaError, NotFound
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, date_field, form_page, page, refuse, submitted, text_area
from mingcha.interfaces.workbench.list_forms import EntryForm
from mingcha.interfaces.workbench.lists import CRUMBS, attachment, rows_of

_SHOWN = 100


class BeginForm(Form):
    title = forms.CharField(label="清单名称", max_length=120)
    key = forms.CharField(
        label="清单编号",
        max_length=30,
        initial="all",
        help_text="同一种清单只有一份的，填 all；按季度的计划填 2026Q1。",
    )


def suggestions(found: Schema, organ_id: uuid.UUID) -> dict[str, str]:
    """Codes with labels that a form offers: stages for recordings, procedures for conditions, from what is published."""
    wanted = {column.suggest for column in found.columns} | {column.type for column in found.columns}
    rows = Edition.objects.filter(organisation_id=organ_id, kind="procedure").order_by("key", "number")
    names: dict[str, str] = {}
    for row in rows if {"stages", "condition"} & wanted else []:
        if "condition" in wanted:
            names[row.content["code"]] = row.content["name"]
        else:
            names |= {stage["id"]: stage["name"] for stage in row.content["stages"]}
    return names


def here(draft: Draft) -> list[tuple[str, str]]:
    return [*CRUMBS, (str(draft), reverse("list-draft", args=[draft.id]))]


@officials(*access.WRITERS)
def begin(request: HttpRequest, kind: str) -> HttpResponse:
    """Begin the next edition of a list of the own organ; an unfinished one is opened instead."""
    actor, found = actor_of(request), schema(kind)
    key = request.GET.get("key", "")
    form = BeginForm(request.POST or None, initial={"title": found.label, "key": key or "all"})
    made: list[str] = []

    def act(cleaned: dict[str, Any]) -> None:
        made.append(str(actions.begin(kind, cleaned["key"], title=cleaned["title"], actor=actor).id))

    if kind in ("procedure", "policy-profile"):
        raise NotFound("程序在“执法程序”中修订，政策参数在“政策参数”页修订。")
    if request.method == "POST":
        try:
            if submitted(request, form, act, single=False):
                return redirect("list-draft", made[0])
        except Conflict as error:
            return redirect("list-draft", error.data["draft"])
    running = queries.in_force(actor.organ_id, kind, clock.today(), key)
    lead = f"从现行的第{running.number}版开始修订。" if running else f"还没有公布过{found.label}，从空白开始。"
    return form_page(
        request, form, title=f"修订{found.label}", submit="开始修订", lead=lead, crumbs=CRUMBS, active="lists",
        cancel_url=reverse("lists"),
    )  # fmt: skip


@viewers()
def draft_page(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """A draft: entries in order, what it lacks, how it differs from the one in force, what comes next."""
    actor = actor_of(request)
    draft = access.draft(actor, draft_id)
    found = schema(draft.kind)
    own = draft.organisation_id == actor.organ_id
    writes = own and actor.has(*access.WRITERS) and draft.state == DraftState.OPEN
    rows = list(queries.draft_entries(draft)) if draft.state == DraftState.OPEN and found.columns else []
    obstacles = actions.obstacles(draft) if draft.state == DraftState.OPEN else []
    lacking: dict[int, list[str]] = {}
    for reason in obstacles:
        if "row" in reason.data:
            lacking.setdefault(int(reason.data["row"]), []).append(reason.message)
    proposal = queries.latest_proposal(draft)
    content = proposal.content if proposal and draft.state != DraftState.OPEN else queries.composed(draft)
    base = draft.base.content if draft.base else {}
    text = request.GET.get("q", "").strip()[:60]
    entries = [
        {"row": row, "place": place, "title": _title(row), "lacking": lacking.get(place, [])}
        for place, row in enumerate(rows, 1)
        if not text or text in row.code or any(text in str(value) for value in row.data.values())
    ]
    pages = max(1, -(-len(entries) // _SHOWN))
    at = request.GET.get("page", "1")
    number = min(max(int(at), 1), pages) if at.isascii() and at.isdigit() and len(at) < 7 else 1
    changes = comparing.differences(draft.kind, found.columns, base, content)
    context = {
        "draft": draft, "schema": found, "writes": writes, "own": own, "text": text,
        "entries": entries[(number - 1) * _SHOWN : number * _SHOWN], "number": number, "pages": pages, "matching": len(entries),
        "before": number - 1 if number > 1 else None, "after": number + 1 if number < pages else None, "total": len(rows),
        "obstacles": obstacles[:20], "obstacle_count": len(obstacles),
        "changes": changes[:_SHOWN], "change_count": len(changes),
        "proposal": proposal, "review": queries.review_of(proposal) if proposal else None,
        "above": queries.superiors(draft.organisation_id, draft.kind, clock.today()) if found.columns else [],
        "may_review": draft.state == DraftState.SUBMITTED and actor.has(*access.REVIEWERS),
        "may_publish": own and draft.state == DraftState.APPROVED and actor.has(*access.PUBLISHERS),
        "may_recall": own and actor.has(*access.WRITERS) and draft.state in (DraftState.SUBMITTED, DraftState.APPROVED),
    }  # fmt: skip
    if found.columns and draft.state != DraftState.OPEN:
        context["list"] = rows_of(found, content, request)
    return page(request, "workbench/lists/draft.html", context, title=str(draft), crumbs=CRUMBS, active="lists")


def _title(row: DraftEntry) -> str:
    data = row.data
    return str(data.get("name") or data.get("item") or data.get("plain") or data.get("object") or "（还没有填写）")


@officials(*access.WRITERS)
def entry(request: HttpRequest, draft_id: uuid.UUID, entry_id: uuid.UUID | None = None) -> HttpResponse:
    """The form of one entry, new or stored; on a conflict both texts stand side by side."""
    actor = actor_of(request)
    draft = access.draft(actor, draft_id)
    found = schema(draft.kind)
    row = queries.draft_entries(draft).filter(id=entry_id).first() if entry_id else None
    if entry_id and row is None:
        raise NotFound("这一条已经被删除，请回到草稿页。")
    form = _form(request, actor, draft, found, row)
    theirs: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(form, actor, draft, row)
            if request.POST.get("next") == "stay":
                return redirect("list-entry", draft.id, saved.id)
            return redirect(reverse("list-draft", args=[draft.id]) + f"#e{saved.id}")
        except Conflict as error:
            theirs = {**error.data, "message": error.message, "rows": _both(found, error.data)}
            form.fields["version"].initial = error.data.get("version")
        except MingchaError as error:
            refuse(form, error)
    context = {
        "draft": draft, "row": row, "form": form, "schema": found, "theirs": theirs,
        "autosave": reverse("list-entry-save", args=[draft.id, row.id]) if row and not row.inherited else "",
    }  # fmt: skip
    title = f"第{row.position}条 {row.code}" if row else "增加一条"
    status = 409 if theirs else 422 if request.method == "POST" else 200
    return page(
        request, "workbench/lists/entry.html", context, title=title, crumbs=here(draft), active="lists", status=status
    )


def _both(found: Schema, data: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = []
    for column in found.columns:
        mine, other = column.words(data["yours"].get(column.name)), column.words(data["data"].get(column.name))
        if mine != other:
            rows.append({"label": column.label, "theirs": other or "（空）", "mine": mine or "（空）"})
    return rows


def _form(request: HttpRequest, actor: Actor, draft: Draft, found: Schema, row: DraftEntry | None) -> EntryForm:
    posted = request.POST if request.method == "POST" else None
    hints = suggestions(found, draft.organisation_id)
    version = {"version": row.version if row else 0}
    return EntryForm(found, row.data if row else {}, posted, suggestions=hints, initial=version)


def _save(form: EntryForm, actor: Actor, draft: Draft, row: DraftEntry | None) -> DraftEntry:
    version = form.cleaned_data.get("version") or 0
    return actions.save_entry(draft.id, form.entry(), actor=actor, entry_id=row.id if row else None, version=version)


@require_POST
@officials(*access.WRITERS)
def entry_save(request: HttpRequest, draft_id: uuid.UUID, entry_id: uuid.UUID) -> JsonResponse:
    """Save an entry while it is being typed; errors come as JSON."""
    actor = actor_of(request)
    draft = access.draft(actor, draft_id)
    row = queries.draft_entries(draft).filter(id=entry_id).first()
    if row is None:
        return JsonResponse({"code": "not-found", "message": "这一条已经被删除。"}, status=404)
    form = _form(request, actor, draft, schema(draft.kind), row)
    try:
        if not form.is_valid():
            raise InvalidInput({name: [str(item) for item in errors] for name, errors in form.errors.items()})
        saved = _save(form, actor, draft, row)
    except MingchaError as error:
        return JsonResponse({"code": error.code, "message": error.message}, status=error.status)
    return JsonResponse({"version": saved.version})


@require_POST
@officials(*access.WRITERS)
def entry_act(request: HttpRequest, draft_id: uuid.UUID, entry_id: uuid.UUID, act: str) -> HttpResponse:
    """Move an entry one place, or remove it."""
    actor = actor_of(request)
    draft = access.draft(actor, draft_id)
    row = queries.draft_entries(draft).filter(id=entry_id).first()
    if row is None or act not in ("up", "down", "remove"):
        raise NotFound("这一条已经被删除，请刷新页面。")
    if act == "remove":
        version = request.POST.get("version", "")
        actions.remove_entry(draft.id, row.id, actor=actor, version=int(version) if version.isdigit() else 0)
    else:
        actions.move_entry(draft.id, row.id, actor=actor, to=row.position + (1 if act == "down" else -1))
    return redirect(reverse("list-draft", args=[draft.id]) + (f"#e{row.id}" if act != "remove" else ""))


@viewers(*access.WRITERS)
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty workbook of a kind of list, with choices and explanations."""
    found = schema(kind)
    if not found.columns:
        raise NotFound("这类内容没有表格模板。")
    return attachment(sheets.write(found.label, found.columns, []), sheets.MEDIA_TYPE, f"{found.label}模板.xlsx")


@viewers(*access.WRITERS)
def draft_xlsx(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """The draft as a workbook, to be worked on outside and imported again."""
    draft = access.draft(actor_of(request), draft_id)
    found = schema(draft.kind)
    if not found.columns:
        raise NotFound("这类内容没有表格。")
    data = sheets.write(found.label, found.columns, queries.composed(draft)["entries"])
    return attachment(data, sheets.MEDIA_TYPE, f"{draft.title}草稿.xlsx")


class SubmitForm(Form):
    basis = forms.CharField(label="制定依据", max_length=200, help_text="写明决定制定或者修订的会议、文件名称和文号。")


class ReviewForm(Form):
    conclusion = forms.ChoiceField(label="审核结论", choices=Conclusion.choices, widget=forms.RadioSelect)
    opinion = forms.CharField(label="审核意见", max_length=2000, widget=text_area(5))
    organ = forms.CharField(label="审定机关", max_length=100, required=False)
    document_number = forms.CharField(label="审定文号", max_length=60, required=False)
    scan = forms.FileField(label="审定文件的扫描件", required=False)

    def __init__(self, superior: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in () if superior else ("organ", "document_number", "scan"):
            del self.fields[name]


class PublishForm(Form):
    effective_from = date_field("施行日期", help_text="今天或者以后。公布以后不能修改，现行的一版在前一天终止。")


class ReasonForm(Form):
    reason = forms.CharField(label="理由", max_length=200)


@officials(*access.WRITERS)
def submit(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Hand a draft to the reviewer."""
    draft = access.draft(actor_of(request), draft_id)
    form = SubmitForm(request.POST or None, initial={"basis": draft.basis})
    who = "上级业务主管部门" if schema(draft.kind).reviewed_by == "superior" else "同级法制机构"
    lead = f"送审后不能再修改，由{who}审核；起草过的人不能审核。"
    return _act(
        request, draft, form, "送审", "送审", lead,
        lambda cleaned, actor: actions.submit(draft.id, actor=actor, basis=cleaned["basis"]),
    )  # fmt: skip


@officials(*access.REVIEWERS)
def review(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Give the opinion on the newest round."""
    actor = actor_of(request)
    draft = access.draft(actor, draft_id)
    proposal = queries.latest_proposal(draft)
    if proposal is None:
        raise NotFound("这份草稿还没有送审。")
    superior = schema(draft.kind).reviewed_by == "superior"
    form = ReviewForm(superior, request.POST or None, request.FILES or None)
    lead = f"第{proposal.round}轮，{proposal.submitted_by.name}送审。依据：{proposal.basis}。"
    if superior:
        lead += "这类清单由上级业务主管部门审定，请录入审定文件。"

    def act(cleaned: dict[str, Any], actor: Actor) -> Any:
        return actions.review(proposal.id, actor=actor, **cleaned)

    return _act(request, draft, form, "审核", "提交审核意见", lead, act, uploads={"scan": ()} if superior else None)


@officials(*access.PUBLISHERS)
def publish(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Put an approved draft in force."""
    draft = access.draft(actor_of(request), draft_id)
    form = PublishForm(request.POST or None, initial={"effective_from": clock.today()})
    lead = "公布后向社会公开，系统按它办案；已经立案的案件仍按立案时的版本办理。"
    return _act(
        request, draft, form, "公布", "公布", lead,
        lambda cleaned, actor: actions.put_in_force(draft.id, actor=actor, effective_from=cleaned["effective_from"]),
        confirm="公布后不能修改。确认公布？",
    )  # fmt: skip


@officials(*access.WRITERS)
def discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Give a draft up."""
    draft = access.draft(actor_of(request), draft_id)
    form = ReasonForm(request.POST or None)
    return _act(
        request, draft, form, "作废草稿", "作废", "作废后草稿不能恢复，现行的清单不受影响。",
        lambda cleaned, actor: actions.discard(draft.id, actor=actor, reason=cleaned["reason"]), danger=True,
    )  # fmt: skip


def _act(
    request: HttpRequest, draft: Draft, form: Form, title: str, button: str, lead: str, act: Any,
    uploads: dict[str, tuple[str, ...]] | None = None, **more: Any,
) -> HttpResponse:  # fmt: skip
    actor = actor_of(request)

    def run(cleaned: dict[str, Any]) -> None:
        act(cleaned, actor)

    if request.method == "POST" and submitted(request, form, run, uploads=uploads):
        return redirect("list-draft", draft.id)
    return form_page(
        request, form, title=f"{title}：{draft.title}", submit=button, lead=lead, crumbs=here(draft), active="lists",
        cancel_url=reverse("list-draft", args=[draft.id]), **more,
    )  # fmt: skip


@require_POST
@officials(*access.WRITERS)
def back(request: HttpRequest, draft_id: uuid.UUID, act: str) -> HttpResponse:
    """Take a draft back to writing, or take over what the superior fixes."""
    actor = actor_of(request)
    draft = access.draft(actor, draft_id)
    if act == "recall":
        (actions.recall if draft.state == DraftState.SUBMITTED else actions.reopen)(draft.id, actor=actor)
    elif act == "follow":
        actions.follow_superior(draft.id, actor=actor)
    else:
        raise NotFound("没有这项操作。")
    return redirect("list-draft", draft.id)
