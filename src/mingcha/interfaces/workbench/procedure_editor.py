"""The editor of procedures (程序编辑): form and diagram side by side, every step saved at once, verified before review.

Drafts, review and publication are those of all lists (catalogues); what an edit does to a content is pure
(procedures.faces.editing). With scripts the page is refreshed in parts, without them each step reloads it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingcha.accounts.choices import Role
from mingcha.catalogues import access, actions
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.choices import Conclusion, DraftState
from mingcha.catalogues.models import Draft
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, MingchaError, NotFound, NotPermitted, Reason, Refused
from mingcha.disclosure import reading_procedures as reading
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.middleware import as_mingcha_error
from mingcha.interfaces.workbench import editing_view as shown
from mingcha.interfaces.workbench.base import Done, Form, date_field, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.procedures import CRUMBS
from mingcha.procedures import guards, queries
from mingcha.procedures.faces import comparing, editing
from mingcha.statutes import queries as statutes

_READERS = (Role.ADMIN, Role.UNIT_HEAD, Role.CLERK, Role.HEAD, Role.REVIEWER, Role.SUPERVISOR)
_MOST_UNDO = 30
_LISTS = {"roles"}
_FLAGS = {"parallel", "reason"}
_FIELDS = (
    "op", "stage", "name", "article", "recording", "party", "on", "by", "move", "to", "label", "when", "expiry", "part",
    "value", "first", "second", "basis",
)  # fmt: skip


class SubmitForm(Form):
    basis = forms.CharField(
        label="制定依据", max_length=200, help_text="例如：经本机关某年某月某日第几次办公会议讨论通过。"
    )


class ReviewForm(Form):
    conclusion = forms.ChoiceField(label="审核结论", choices=Conclusion.choices, widget=forms.RadioSelect)
    opinion = forms.CharField(label="审核意见", max_length=2000, widget=text_area(4))


class PublishForm(Form):
    effective_from = date_field("施行日期", help_text="施行以后立案的案件按新版办理，已经立案的仍按原版。")


class DiscardForm(Form):
    reason = forms.CharField(label="作废的理由", max_length=200)


def _draft(request: HttpRequest, draft_id: uuid.UUID) -> Draft:
    found = access.draft(actor_of(request), draft_id)
    if found.kind != "procedure":
        raise NotFound("没有找到这份程序草稿。")
    return found


def may_edit(request: HttpRequest, draft: Draft) -> bool:
    actor = actor_of(request)
    return draft.state == DraftState.OPEN and actor.has(Role.ADMIN) and draft.organisation_id == actor.organ_id


@officials(Role.ADMIN)
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin the next edition from a published or a shipped procedure; an unfinished draft is opened instead."""
    actor = actor_of(request)
    code, edition_id = request.POST.get("code", ""), request.POST.get("edition", "")
    try:
        if edition_id:
            base = access.edition(actor, uuid.UUID(edition_id))
            if base.kind != "procedure":
                raise NotFound("没有找到这份执法程序。")
            own = base if base.organisation_id == actor.organ_id else None
            draft = actions.begin(
                "procedure", base.key, title=base.title, actor=actor, base=own, content=None if own else base.content
            )
        elif code in queries.codes():
            content = queries.definition_file(code)
            draft = actions.begin("procedure", code, title=content["name"], actor=actor, content=content)
        else:
            raise NotFound("没有这个程序。")
    except ValueError:
        raise NotFound("没有找到这份执法程序。") from None
    except Conflict as error:
        if "draft" not in error.data:
            raise
        return HttpResponseRedirect(reverse("procedure-draft", args=[error.data["draft"]]))
    return HttpResponseRedirect(reverse("procedure-draft", args=[draft.id]))


@officials(*_READERS)
def draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """The editor. A post is one operation on the content."""
    found = _draft(request, draft_id)
    chosen = request.GET.get("stage", "")
    if request.method != "POST":
        return _show(request, found, chosen)
    if not may_edit(request, found):
        raise NotPermitted(message="只有本机关的系统管理员可以修改，并且只能修改起草中的草稿。")
    return _changed(request, found, lambda: _operate(request, found))


def _fields(request: HttpRequest) -> dict[str, Any]:
    post = request.POST
    change: dict[str, Any] = {name: post[name] for name in _FIELDS if name in post}
    change |= {name: post.getlist(name) for name in _LISTS if name in post or f"has_{name}" in post}
    change |= {name: name in post for name in _FLAGS if f"has_{name}" in post}
    if change.get("part") == "documents" and "value" in change:
        change["value"] = shown.document_code(change["value"])
    return change


def _operate(request: HttpRequest, draft: Draft) -> str:
    """Carry out one operation; gives the stage to show next."""
    change = _fields(request)
    if wrong := statutes.unfounded([str(change.get("article", ""))], clock.today()):
        raise InvalidInput({"article": wrong})
    if change.get("op") == "guard-add" and guards.known(name := str(change.get("value", "")).strip()) is None and name:
        told = f"没有登记名为“{name[:60]}”的条件，没有加上。"
        raise Refused([Reason("guard-unknown", told, (), "请从列表中选择条件；办案系统只认登记过的条件。")], told)
    after = editing.apply(draft.content, change)
    _save(request, draft, after)
    _remember(request, draft, editing.patch(draft.content, after), draft.version + 1)
    before = {row["id"] for row in draft.content["stages"]}
    added = [row["id"] for row in after["stages"] if row["id"] not in before]
    kept = str(change.get("stage", ""))
    return added[0] if added else kept if any(row["id"] == kept for row in after["stages"]) else ""


def _save(request: HttpRequest, draft: Draft, content: dict[str, Any]) -> None:
    version = request.POST.get("version", "")
    actions.save_content(
        draft.id,
        content,
        actor=actor_of(request),
        version=int(version) if version.isdecimal() else -1,
        title=content["name"],
    )


def _key(draft: Draft) -> str:
    return f"procedure-undo:{draft.id}"


def _remember(request: HttpRequest, draft: Draft, back: dict[str, Any], version: int) -> None:
    """Keep the way back of this step. Steps of somebody else in between end what can be undone."""
    kept = request.session.get(_key(draft), {"at": 0, "steps": []})
    steps = kept["steps"] if kept["at"] == draft.version else []
    request.session[_key(draft)] = {"at": version, "steps": [*steps, back][-_MOST_UNDO:]}


def undoable(request: HttpRequest, draft: Draft) -> int:
    kept = request.session.get(_key(draft), {"at": 0, "steps": []})
    return len(kept["steps"]) if kept["at"] == draft.version else 0


@officials(Role.ADMIN)
@require_POST
def undo(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Take back the last step of this person."""
    found = _draft(request, draft_id)
    if not may_edit(request, found):
        raise NotPermitted(message="只能修改起草中的草稿。")

    def step() -> str:
        if not undoable(request, found):
            raise InvalidInput({"op": ["没有可以撤销的修改：他人已经改过这份草稿，或者您刚刚打开它。"]})
        kept = request.session[_key(found)]
        _save(request, found, editing.undo(found.content, kept["steps"][-1]))
        request.session[_key(found)] = {"at": found.version + 1, "steps": kept["steps"][:-1]}
        return str(request.POST.get("stage", ""))

    return _changed(request, found, step)


def _changed(request: HttpRequest, draft: Draft, act: Callable[[], str]) -> HttpResponse:
    """Carry out a step and show the editor: in parts for scripts, as a page otherwise. Errors stand beside the field."""
    try:
        stage = act()
    except (MingchaError, DatabaseError) as error:
        told = as_mingcha_error(error)
        if told is None or isinstance(told, NotFound | NotPermitted):
            raise
        fresh = catalogues.draft(draft.id)
        fields = told.fields if isinstance(told, InvalidInput) else {}
        conflict = told.message if not fields else ""
        return _show(
            request,
            fresh,
            request.POST.get("stage", ""),
            errors=fields,
            conflict=conflict,
            status=told.status,
            failed=request.POST,
        )
    fresh = catalogues.draft(draft.id)
    if request.headers.get("HX-Request"):
        return _show(request, fresh, stage, saved=True)
    address = reverse("procedure-draft", args=[draft.id])
    check = "&check=1" if request.POST.get("check") else ""
    return HttpResponseRedirect(f"{address}?stage={stage}{check}#pc-form" if stage else f"{address}?{check}")


def _show(
    request: HttpRequest,
    draft: Draft,
    stage: str,
    *,
    errors: dict[str, list[str]] | None = None,
    conflict: str = "",
    saved: bool = False,
    status: int = 200,
    failed: Any = None,
) -> HttpResponse:
    checking = bool(request.GET.get("check") or request.POST.get("check"))
    words = reading.procedure_vocabulary(clock.today())
    editor = shown.editor(
        draft,
        words,
        stage=stage,
        checking=checking,
        example=request.GET.get("show", ""),
        failed=failed,
        errors=errors or {},
    )
    context = {
        **editor,
        "draft": draft,
        "editable": may_edit(request, draft),
        "errors": errors or {},
        "conflict": conflict,
        "saved": saved,
        "undoable": undoable(request, draft),
        "address": reverse("procedure-draft", args=[draft.id]),
    }
    if request.headers.get("HX-Request"):
        return render(request, "workbench/procedures/editor_parts.html", context)
    context |= _workflow(request, draft)
    return page(
        request,
        "workbench/procedures/editor.html",
        context,
        title=f"修改：{draft.title}",
        crumbs=CRUMBS,
        active="procedures",
        status=status,
    )


def _workflow(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    """What this person can do with the draft as a whole, by its state."""
    actor = actor_of(request)
    proposal = catalogues.latest_proposal(draft)
    own = draft.organisation_id == actor.organ_id
    return {
        "proposal": proposal,
        "opinion": catalogues.review_of(proposal) if proposal else None,
        "may_submit": own and draft.state == DraftState.OPEN and actor.has(*access.WRITERS),
        "may_review": draft.state == DraftState.SUBMITTED and actor.has(*access.REVIEWERS),
        "may_publish": own and draft.state == DraftState.APPROVED and actor.has(*access.PUBLISHERS),
        "edition": _edition_of(draft) if draft.state == DraftState.PUBLISHED else None,
    }


def _edition_of(draft: Draft) -> Any:
    rows = catalogues.published(draft.organisation.jurisdiction)
    return rows.filter(organisation_id=draft.organisation_id, kind="procedure", key=draft.key).first()


@viewers(*_READERS)
def changes(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """What the draft changes: against the edition it continues, or the procedure that ships."""
    found = _draft(request, draft_id)
    if found.base is not None:
        before, against = found.base.content, f"第{found.base.number}版"
    elif found.key in queries.codes():
        before, against = queries.definition_file(found.key), "随附版本"
    else:
        raise NotFound("没有可以对照的版本。")
    words = reading.procedure_vocabulary(clock.today())
    context = {"draft": found, "against": against, "changes": comparing.compare(before, found.content, words)}
    crumbs = [*CRUMBS, (found.title, reverse("procedure-draft", args=[draft_id]))]
    return page(
        request,
        "workbench/procedures/draft_changes.html",
        context,
        title="草稿改了什么",
        crumbs=crumbs,
        active="procedures",
    )


def _step(
    request: HttpRequest,
    draft_id: uuid.UUID,
    form_class: type[Form],
    title: str,
    submit: str,
    act: Callable[..., Any],
    lead: str,
) -> HttpResponse:
    """A page with one form for a step of the workflow; afterwards back to the draft."""
    found = _draft(request, draft_id)
    back = reverse("procedure-draft", args=[draft_id])
    form = form_class(request.POST or None)
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: act(found, cleaned))
        if isinstance(done, Done):
            return HttpResponseRedirect(back)
    crumbs = [*CRUMBS, (found.title, back)]
    return form_page(
        request, form, title=title, submit=submit, crumbs=crumbs, active="procedures", cancel_url=back, lead=lead
    )


@officials(*access.WRITERS)
def submit(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)

    def act(found: Draft, cleaned: dict[str, Any]) -> None:
        actions.submit(found.id, actor=actor, basis=cleaned["basis"])

    lead = "送审时再次核验。没有通过核验的程序不能送审，也不能公布。"
    return _step(request, draft_id, SubmitForm, "送审", "送审", act, lead)


@officials(*access.REVIEWERS)
def review(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)

    def act(found: Draft, cleaned: dict[str, Any]) -> None:
        proposal = catalogues.latest_proposal(found)
        if proposal is None:
            raise NotFound("这份草稿还没有送审。")
        actions.review(proposal.id, actor=actor, conclusion=cleaned["conclusion"], opinion=cleaned["opinion"])

    return _step(request, draft_id, ReviewForm, "审核程序", "提交审核意见", act, "由没有参与起草的法制审核人员审核。")


@officials(*access.PUBLISHERS)
def publish(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)

    def act(found: Draft, cleaned: dict[str, Any]) -> None:
        actions.put_in_force(found.id, actor=actor, effective_from=cleaned["effective_from"])

    return _step(
        request, draft_id, PublishForm, "公布程序", "公布", act, "公布后立即在公示网站上可以看到，不能再修改。"
    )


@officials(Role.ADMIN)
def discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)

    def act(found: Draft, cleaned: dict[str, Any]) -> None:
        actions.discard(found.id, actor=actor, reason=cleaned["reason"])

    return _step(request, draft_id, DiscardForm, "作废草稿", "作废", act, "作废后可以重新起草。")
