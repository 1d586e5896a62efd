"""Dual control of publication (双人公示): what waits for another's approval, the answer, the request not to publish."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.disclosure import access, approving, controls, preparing
from mingcha.disclosure.models import Publication, Submission
from mingcha.disclosure.models_controls import SubmissionKind
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.redacting import Piece


class AnswerForm(Form):
    """Yes, or back with a reason."""

    approved = forms.ChoiceField(label="审核", choices=[("yes", "同意"), ("no", "退回")], widget=forms.RadioSelect)
    reason = forms.CharField(
        label="理由",
        required=False,
        max_length=500,
        widget=text_area(3),
        help_text="退回的必填，公示员按它修改后重新送审。",
    )


class WithholdForm(Form):
    """The ground, and the facts that meet it."""

    ground = forms.ChoiceField(label="不公示的依据", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="事实和理由",
        max_length=500,
        widget=text_area(4),
        help_text="写明哪些事实符合这条依据，隐去以后为什么仍不能公开。",
    )

    def __init__(self, publication: Publication, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = controls.grounds_for(publication).items()
        choices = [(code, f"{row['label']}（{row['article']}）") for code, row in found]
        self.fields["ground"] = forms.ChoiceField(label="不公示的依据", choices=choices, widget=forms.RadioSelect)


def may_answer(actor: Actor, row: Submission) -> bool:
    """Whether this person is the other one."""
    own = actor.organ_id == row.publication.organisation_id
    return own and actor.has(Role.CLERK, Role.HEAD) and actor.officer_id != row.asked_by_id


def _sides(publication: Publication, row: Submission) -> tuple[list[Piece], list[Piece]] | None:
    """Original and public text as they were submitted, hidden places numbered; None where the letter changed since."""
    text = preparing.original(publication)
    if hashlib.sha256(text.encode()).hexdigest() != row.original_digest:
        return None
    left, right, at = [], [], 0
    spans = sorted((span for span in row.spans if "start" in span), key=lambda span: int(span["start"]))
    for number, span in enumerate(spans, 1):
        plain, state = Piece(text[at : span["start"]]), "added" if span["rule"] == "manual" else "hidden"
        left += [plain, Piece(text[span["start"] : span["end"]], state, number)]
        right += [plain, Piece(str(span["replacement"]), state, number)]
        at = span["end"]
    rest = Piece(text[at:])
    return [*left, rest], [*right, rest]


def submission_page(request: HttpRequest, publication: Publication, row: Submission) -> HttpResponse:
    """What was submitted, as the public would read it, or the ground not to publish."""
    actor = actor_of(request)
    hidden = row.content.get("hidden", [])
    context = {
        "publication": publication,
        "case": publication.case,
        "submission": row,
        "withholds": row.kind == SubmissionKind.WITHHOLD,
        "sides": _sides(publication, row) if row.kind == SubmissionKind.RELEASE else None,
        "ground": controls.grounds().get(row.ground),
        "hidden": [{**preparing.described(item["rule"]), "count": item["count"]} for item in hidden],
        "kept": [item["reason"] for item in row.spans if "rejected" in item],
        "may_answer": may_answer(actor, row),
    }
    return page(
        request,
        "workbench/disclosure/submitted.html",
        context,
        title=f"{row.get_kind_display()} {publication.number}",
        crumbs=[("公示", reverse("disclosure"))],
        active="disclosure",
    )


@officials(Role.CLERK, Role.HEAD)
def answer(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponse:
    """Approve or send back."""
    actor = actor_of(request)
    row = approving.find(actor, submission_id)
    publication = access.publication(actor, row.publication_id)
    form = AnswerForm(request.POST or None)
    back = reverse("disclosure-item", args=[publication.id])

    def act(cleaned: dict[str, Any]) -> None:
        approving.answer(row.id, actor=actor, approved=cleaned["approved"] == "yes", reason=cleaned["reason"])

    if request.method == "POST" and submitted(request, form, act, single=False):
        messages.success(request, "已登记审核意见。")
        return redirect(back)
    lead = (
        "同意不公示以后，这份决定离开待公示队列，数量计入年度统计。"
        if row.kind == SubmissionKind.WITHHOLD
        else ("同意以后公众立即可以查到这份决定。审核的人和送审的人不能是同一人。")
    )
    return form_page(
        request, form, title=f"审核 {publication.number}", submit="提交", lead=lead,
        crumbs=[("公示", reverse("disclosure")), (publication.number, back)], active="disclosure", cancel_url=back,
    )  # fmt: skip


@officials(Role.CLERK)
def withhold(request: HttpRequest, publication_id: uuid.UUID) -> HttpResponse:
    """Ask that a decision be not made public."""
    actor = actor_of(request)
    publication = access.publication(actor, publication_id)
    form = WithholdForm(publication, request.POST or None)
    back = reverse("disclosure-item", args=[publication.id])

    def act(cleaned: dict[str, Any]) -> str:
        made = controls.withhold(publication.id, actor=actor, ground=cleaned["ground"], reason=cleaned["reason"])
        return str(made.id)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "已送审，等待另一人审核。")
        return redirect(back)
    return form_page(
        request, form, title=f"申请不公示 {publication.number}", submit="送审",
        lead="不公示一份执法决定，要有法律依据，并由另一人审核；审核以前公示期限照常计算。",
        crumbs=[("公示", reverse("disclosure")), (publication.number, back)], active="disclosure", cancel_url=back,
    )  # fmt: skip
