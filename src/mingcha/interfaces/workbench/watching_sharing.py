"""Recordings given on (音像共享和下载): to a named officer for a time, as a file for a stated purpose."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import form_page, submitted
from mingcha.interfaces.workbench.streaming import stretch
from mingcha.interfaces.workbench.watching import crumbs, session
from mingcha.interfaces.workbench.watching_forms import EndShareForm, PurposeForm, ShareForm
from mingcha.recordings.deriving import queries as derived
from mingcha.recordings.models import Viewing
from mingcha.recordings.watching import actions, door, queries
from mingcha.recordings.watching.errors import PurposeMissing

# A save that was declared can be carried out, and resumed, for so long.
_SAVE_HOURS = 2


@officials()
def share(request: HttpRequest, recording_id: uuid.UUID) -> HttpResponseBase:
    """A share with a named officer."""
    actor = actor_of(request)
    recording = door.opened(actor, recording_id).recording
    people = [(str(row.id), f"{row.name}（{row.organisation.name}）") for row in queries.officers_to_share_with(actor)]
    form = ShareForm(request.POST or None, people=people)
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> str:
            to_id = uuid.UUID(cleaned.pop("to"))
            return str(actions.share(recording_id, actor=actor, to_id=to_id, **cleaned).id)

        done = submitted(request, form, act)
        if done:
            messages.success(request, "已共享。对方登录后在“音像查阅”中看到，只能查看，不能下载。")
            return redirect(f"{reverse('recording', args=[recording_id])}#shares")
    return form_page(
        request,
        form,
        title=f"共享音像：{recording.title}",
        submit="共享",
        crumbs=crumbs(recording, actor),
        cancel_url=reverse("recording", args=[recording_id]),
    )


@officials()
def end_share(request: HttpRequest, recording_id: uuid.UUID, share_id: uuid.UUID) -> HttpResponseBase:
    """A share taken back."""
    actor = actor_of(request)
    recording = door.opened(actor, recording_id).recording
    if not queries.shares(recording).filter(id=share_id).exists():
        raise NotFound("没有找到这次共享。")
    form = EndShareForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: str(actions.end_share(share_id, actor=actor, **cleaned).share_id)
        )
        if done:
            messages.success(request, "已收回共享，对方立即不能再查看。")
            return redirect(f"{reverse('recording', args=[recording_id])}#shares")
    return form_page(
        request,
        form,
        title="收回共享",
        submit="收回",
        crumbs=crumbs(recording, actor),
        cancel_url=reverse("recording", args=[recording_id]),
    )


@officials()
def download(request: HttpRequest, recording_id: uuid.UUID) -> HttpResponseBase:
    """Save the original: a purpose of its own each time."""
    actor = actor_of(request)
    recording = door.opened(actor, recording_id).recording
    form = PurposeForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: str(
                actions.declare(recording_id, actor=actor, session=session(request), act="download", **cleaned).id
            ),
        )
        if done:
            return redirect("recording-saved", done.result)
    return form_page(
        request,
        form,
        title=f"下载音像原件：{recording.title}",
        submit="下载",
        crumbs=crumbs(recording, actor),
        cancel_url=reverse("recording", args=[recording_id]),
        lead=f"每次下载都记入日志。下载{_SAVE_HOURS}小时内可以续传。对外提供的，请制作副本并经核对。",
    )


@officials()
def saved(request: HttpRequest, viewing_id: uuid.UUID) -> HttpResponseBase:
    """The bytes of a declared download; a broken one is resumed with a range."""
    actor = actor_of(request)
    row = Viewing.objects.filter(id=viewing_id, act="download", officer_id=actor.officer_id).first()
    if row is None:
        raise NotFound("没有找到这次下载。")
    if row.session != session(request) or (clock.now() - row.at).total_seconds() > _SAVE_HOURS * 3600:
        raise PurposeMissing
    recording = door.opened(actor, row.recording_id).recording
    if row.derivation_id:
        outcome = derived.derivation(row.derivation_id).outcome
        if outcome.file is None:
            raise NotFound("这份副本没有制成。")
        return stretch(request, outcome.file, f"{recording.title}（副本）", save=True)
    return stretch(request, recording.file, recording.title, save=True)
