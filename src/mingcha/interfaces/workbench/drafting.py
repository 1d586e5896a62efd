"""Writing documents: forms filled from the case, saved as one types, composed for reading, issued."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, MingchaError, NotFound, NotPermitted, Reason, Refused
from mingcha.documents import actions as documents
from mingcha.documents import queries
from mingcha.documents.approving import actions as approvals
from mingcha.documents.approving import queries as approving
from mingcha.documents.circles import actions as circles
from mingcha.documents.examining import as_made, draft_marks
from mingcha.documents.models import Draft
from mingcha.documents.rendering import Unprintable, template
from mingcha.documents.rendering.compose import Composer
from mingcha.documents.rendering.fields import checked
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.middleware import as_mingcha_error
from mingcha.interfaces.workbench.asking import with_questions
from mingcha.interfaces.workbench.base import acted, fresh_token, page
from mingcha.interfaces.workbench.casepage import may_draft, written
from mingcha.interfaces.workbench.draftfields import Typed, asked, first_contents, inputs, parse

# Records are made several times in a case; the proposal is carried from paper to paper.
_RECORDS = ("site-record", "inquiry-record")
_SITTINGS = 20


class Sitting:
    """One page of one writer: autosaves of the same page follow each other, another writer's save in between shows.

    The version last saved by this page is kept in the session, since the page itself keeps the one it was made with.
    """

    def __init__(self, request: HttpRequest, case: Case, kind: str) -> None:
        self.request = request
        self.token = str(request.POST.get("sitting", "")) or fresh_token()
        self.key = f"{case.id}:{kind}:{self.token}"

    def version(self) -> int | None:
        kept = self.request.session.get("drafts", {}).get(self.key)
        posted = str(self.request.POST.get("version", ""))
        return int(kept) if kept is not None else int(posted) if posted.isdigit() else None

    def saved(self, version: int) -> None:
        kept = dict(self.request.session.get("drafts", {}))
        kept.pop(self.key, None)
        kept[self.key] = version
        self.request.session["drafts"] = dict(list(kept.items())[-_SITTINGS:])


def _open(request: HttpRequest, case_id: uuid.UUID, kind: str) -> Case:
    case = access.own_case(actor_of(request), case_id)
    if not written(kind) or queries.by_act(case, kind):
        raise NotFound("没有这种可以拟写的文书。")
    circles.may_begin(actor_of(request), case, kind)
    return case


def _is_due(case: Case, kind: str) -> bool:
    """Whether a stage of the case makes this document now, or it may be made at any time."""
    flow = cases.procedure(case)
    stages = [flow.stage(place) for place in cases.places(case)]
    return template(kind).about.anytime or any(kind in may_draft(stage.id, stage.documents) for stage in stages)


def _save(request: HttpRequest, case: Case, kind: str, typed: Typed, sitting: Sitting) -> Draft:
    """Save a draft. A page opened before anything was saved must not overwrite what another person saved since."""
    version = sitting.version()
    overwrite = str(request.POST.get("overwrite", ""))
    if overwrite.isdigit():
        version = int(overwrite)
    if version is None and queries.draft(case, kind) is not None:
        version = 0
    found = documents.save_draft(case.id, kind, typed, actor=actor_of(request), version=version)
    sitting.saved(found.version)
    return found


@officials(Role.HANDLER)
def draft(request: HttpRequest, case_id: uuid.UUID, kind: str) -> HttpResponse:
    """The page on which a document is written."""
    actor = actor_of(request)
    case = _open(request, case_id, kind)
    due = _is_due(case, kind)
    fields = asked(kind)
    sitting = Sitting(request, case, kind)
    if request.method != "POST":
        return _page(request, case, kind, _start(case, kind, actor.name), sitting, due=due)
    typed, errors, raw = parse(fields, request.POST)
    if more := str(request.POST.get("more", "")):
        return _page(request, case, kind, typed, sitting, due=due, raw=raw, more=more)
    if request.POST.get("do") == "questions":
        return _page(request, case, kind, with_questions(case, kind, typed), sitting, due=due, raw=raw)
    if errors:
        return _page(request, case, kind, typed, sitting, due=due, errors=errors, raw=raw, status=422)
    todo = str(request.POST.get("do", "save"))
    try:
        saved = _save(request, case, kind, typed, sitting)
    except Conflict as error:
        return _page(request, case, kind, typed, sitting, due=due, conflict=error.message, status=409)
    except (Refused, InvalidInput) as error:
        return _page(request, case, kind, typed, sitting, due=due, refused=_reasons(error), status=error.status)
    if todo == "preview":
        return redirect("draft-preview", case.id, kind)
    if todo in ("issue", "ask"):
        try:
            if todo == "ask":
                acted(request, lambda: str(approvals.ask(case.id, kind, actor=actor).id))
                messages.success(request, f"《{template(kind).title}》已提交审批，批准后自动制作。")
                return redirect("case-papers", case.id)
            done = acted(request, lambda: str(documents.issue(case.id, kind, actor=actor)))
        except (MingchaError, DatabaseError) as error:
            shown = as_mingcha_error(error)
            if shown is None or isinstance(shown, NotPermitted | NotFound):
                raise
            return _page(request, case, kind, typed, sitting, due=due, refused=_reasons(shown), status=shown.status)
        messages.success(request, f"已制作{done}。文书不能修改，有误的另行制作更正文书。")
        return redirect("case", case.id)
    messages.success(request, f"草稿已保存（{clock.now().astimezone(clock.SHANGHAI):%H:%M}）。")
    return _page(request, case, kind, dict(saved.fields), sitting, due=due)


def _start(case: Case, kind: str, writer: str) -> Typed:
    """What stands in the form when it opens: the draft, what was written before it, or the case's own data."""
    found = queries.draft(case, kind)
    last = queries.latest(case, kind)
    if kind in _RECORDS and found is not None and last is not None and last.issued_at >= found.saved_at:
        # That record is made; the next one is another event.
        found = None
    if found is not None:
        return dict(found.fields)
    before = {} if kind in _RECORDS else queries.typed(case, kind)
    return before or first_contents(case, kind, writer)


def _reasons(error: MingchaError) -> list[Reason]:
    if isinstance(error, Refused):
        return error.reasons
    if isinstance(error, InvalidInput):
        return [Reason(error.code, text) for texts in error.fields.values() for text in texts]
    return [Reason(error.code, error.message)]


def _page(
    request: HttpRequest,
    case: Case,
    kind: str,
    typed: Typed,
    sitting: Sitting,
    *,
    due: bool,
    errors: dict[str, list[str]] | None = None,
    raw: dict[str, str] | None = None,
    more: str = "",
    refused: list[Reason] | None = None,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    form = template(kind)
    about = form.about
    saved, decided = queries.draft(case, kind), queries.by_decision(case, kind)
    posted = str(request.POST.get("version", "")) if request.method == "POST" else ""
    context = {
        "case": case,
        "kind": kind,
        "form_title": form.title,
        "inputs": inputs(asked(kind), typed, errors or {}, raw=raw, more=more),
        "errors": errors or {},
        "refused": refused or [],
        "conflict": conflict,
        "saved": saved,
        "version": posted if conflict else (saved.version if saved else ""),
        "sitting": sitting.token,
        "due": due,
        **(_lacks(case, kind) if saved or not asked(kind) else {"gaps": None}),
        "issue": due and not decided and about.made != "approved",
        "ask": due and not decided and about.made == "approved",
        "approval": approving.open_for(case, kind) if about.made == "approved" else None,
        "about": about,
        "phrases": _phrases(kind),
        "decision": decided,
        "known": _known(case, kind),
    }
    return page(
        request,
        "workbench/documents/draft.html",
        context,
        title=f"写{form.title}",
        crumbs=_crumbs(case),
        active="cases",
        status=status,
    )


def _lacks(case: Case, kind: str) -> dict[str, Any]:
    """What the saved draft lacks, and what the checks say of it as it stands, finished or not."""
    missing = queries.gaps(case, kind)
    found = queries.draft(case, kind)
    try:
        marks: list[Any] = list(draft_marks(case, kind, found.fields if found else {}))
    except (InvalidInput, Unprintable) as error:
        marks = [{"reason": reason, "refuses": True} for reason in _reasons(error)]
    return {"gaps": missing, "marks": marks}


def _phrases(kind: str) -> list[dict[str, Any]]:
    """Standard phrases by the field they belong to, for the one that is asked on the page."""
    form = template(kind)
    names = {field.name: field.label_zh for field in form.fields}
    return [
        {"name": name, "label": names[name], "texts": texts}
        for name, texts in form.about.phrases.items()
        if name in names
    ]


def _crumbs(case: Case) -> list[tuple[str, str]]:
    return [("案件", reverse("cases")), (case.number or case.cause, reverse("case", args=[case.id]))]


def _known(case: Case, kind: str) -> list[str]:
    """What the document takes from the case without being typed, in words."""
    typed_names = {field.name for field in asked(kind)}
    return [
        field.label_zh
        for field in template(kind).fields
        if field.name not in typed_names and field.source in ("c", "x", "p", "s") and field.required
    ]


@require_POST
@officials(Role.HANDLER)
def autosave(request: HttpRequest, case_id: uuid.UUID, kind: str) -> JsonResponse:
    """Save what is typed so far; unreadable inputs are left out until they can be read. Errors come as JSON."""
    case = _open(request, case_id, kind)
    sitting = Sitting(request, case, kind)
    typed, _, _ = parse(asked(kind), request.POST)
    try:
        saved = _save(request, case, kind, typed, sitting)
    except MingchaError as error:
        return JsonResponse({"code": error.code, "message": error.message}, status=error.status)
    return JsonResponse({"version": saved.version})


@viewers(Role.HANDLER)
def gaps(request: HttpRequest, case_id: uuid.UUID, kind: str) -> HttpResponse:
    """What the saved draft still lacks, as a part of the page that is fetched again after each save."""
    case = _open(request, case_id, kind)
    context = {**_lacks(case, kind), "case": case, "kind": kind}
    return render(request, "workbench/documents/gaps.html", context)


def sheet(case: Case, kind: str, typed: Typed) -> list[dict[str, Any]]:
    """The document as it would be made now, as printable blocks; number, date and address are marked as coming later.

    Raises InvalidInput with what is missing or wrong.
    """
    return Composer(template(kind), checked(kind, as_made(case, kind, typed))).blocks()


@viewers(Role.HANDLER)
def preview(request: HttpRequest, case_id: uuid.UUID, kind: str) -> HttpResponse:
    """The saved draft composed with what the case knows, to be read before it is made."""
    actor = actor_of(request)
    case = _open(request, case_id, kind)
    found = queries.draft(case, kind)
    typed = dict(found.fields) if found else _start(case, kind, actor.name)
    missing = queries.gaps(case, kind)
    blocks: list[dict[str, Any]] = []
    wrong: list[str] = []
    if not missing:
        try:
            blocks = sheet(case, kind, typed)
        except InvalidInput as error:
            wrong = [text for texts in error.fields.values() for text in texts]
    context = {
        "case": case,
        "kind": kind,
        "form_title": template(kind).title,
        "blocks": blocks,
        "gaps": missing,
        "wrong": wrong,
        "issue": not queries.by_decision(case, kind) and _is_due(case, kind) and blocks,
    }
    title = f"预览{template(kind).title}"
    crumbs = [*_crumbs(case), (f"写{template(kind).title}", reverse("draft", args=[case.id, kind]))]
    return page(request, "workbench/documents/preview.html", context, title=title, crumbs=crumbs, active="cases")
