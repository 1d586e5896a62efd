"""Copies of recordings (音像副本): viewing copies, copies with parts hidden, their proof, their release by a second person."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.common import clock
from mingcha.common.errors import MingchaError, NotFound
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import acted, form_page, page, submitted
from mingcha.interfaces.workbench.streaming import stretch
from mingcha.interfaces.workbench.watching import crumbs, session
from mingcha.interfaces.workbench.watching_forms import DeriveForm, PurposeForm, SignOffForm
from mingcha.recordings.deriving import actions, faces, machine
from mingcha.recordings.deriving import queries as derived
from mingcha.recordings.deriving.rules import timecode
from mingcha.recordings.models import Derivation
from mingcha.recordings.watching import actions as watching
from mingcha.recordings.watching import door, terms

STATES = {
    "waiting": ("warn", "正在制作"),
    "failed": ("late", "没有制成"),
    "made": ("act", "待核对放行"),
    "released": ("ok", "已放行"),
    "refused": ("late", "不同意放行"),
    "ready": ("ok", "已制成"),
}


def state(row: Derivation) -> str:
    """Where an order stands."""
    outcome = getattr(row, "outcome", None)
    if outcome is None:
        return "waiting"
    if outcome.file_id is None:
        return "failed"
    if row.kind != "public":
        return "ready"
    signed = getattr(row, "signoff", None)
    return "made" if signed is None else "released" if signed.agreed else "refused"


def purpose_of(row: Derivation) -> str:
    """The purpose of an order in words."""
    found = terms.derivation_purposes().get(row.purpose)
    return found.plain if found else row.get_kind_display()


@officials()
def copy(request: HttpRequest, recording_id: uuid.UUID) -> HttpResponseBase:
    """Order a copy that browsers play, or a transcript by the plug-in. A button without fields."""
    actor = actor_of(request)
    if request.method == "POST":
        kind = "transcript" if request.POST.get("kind") == "transcript" else "viewing"
        acted(
            request,
            lambda: str(actions.order(recording_id, actor=actor, session=session(request), kind=kind).id),
        )
        messages.success(request, "已开始制作，可以离开这个页面。")
    return redirect("recording", recording_id)


@officials()
def derive(request: HttpRequest, recording_id: uuid.UUID) -> HttpResponseBase:
    """What is hidden, muted and left out, drawn on the player or typed."""
    actor = actor_of(request)
    recording = door.unlocked(actor, recording_id, session(request)).recording
    form = DeriveForm(request.POST or None)
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> str:
            row = actions.order(
                recording_id,
                actor=actor,
                session=session(request),
                kind="public",
                purpose=cleaned["purpose"],
                reason=cleaned["reason"],
                plan=form.plan(),
            )
            return str(row.id)

        done = submitted(request, form, act)
        if done:
            messages.success(request, "已开始制作，制成后先检验，再由另一名人员核对放行。")
            return redirect("derivation", done.result)
    if not faces.available():
        form.fields["faces"].disabled = True
        form.fields["faces"].help_text = "服务器没有安装人脸检测组件（faces），请手工画出遮挡区域。"
    playable, _ = derived.playable(recording)
    made = getattr(derived.viewing_copy(recording), "outcome", None)
    context: dict[str, Any] = {
        "recording": recording,
        "machine": machine.available(),
        "playable": playable or made is not None,
        "picture": recording.file.media_type.startswith("video/"),
        "stream": reverse("recording-stream", args=[recording.id]),
        "rate": _rate(recording),
    }
    return form_page(
        request,
        form,
        title=f"制作副本：{recording.title}",
        submit="开始制作",
        crumbs=[*crumbs(recording, actor), (recording.title, reverse("recording", args=[recording_id]))],
        cancel_url=reverse("recording", args=[recording_id]),
        template="workbench/watching/derive.html",
        lead="原件不动。副本不带原件的任何元数据，遮挡和静音逐处检验，检验不过的不提供。",
        **context,
    )


def _rate(recording: Any) -> str:
    try:
        return f"{float(derived.medium(recording).rate):.3f}"
    except MingchaError:
        return "25"


def _row(request: HttpRequest, derivation_id: uuid.UUID) -> tuple[Derivation, door.Opened]:
    """An order of a recording that this person may see through its case. A guest of a share sees no copies."""
    row = derived.derivation(derivation_id)
    found = door.opened(actor_of(request), row.recording_id)
    if found.share is not None:
        raise NotFound("没有找到这份副本。")
    return row, found


@officials()
def one(request: HttpRequest, derivation_id: uuid.UUID) -> HttpResponseBase:
    """A copy: what was done, the proof, the release."""
    actor = actor_of(request)
    row, found = _row(request, derivation_id)
    standing = state(row)
    unlocked = door.declared(actor, found.recording, session(request)) is not None
    form = SignOffForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: str(
                actions.sign_off(
                    derivation_id,
                    actor=actor,
                    session=session(request),
                    agreed=cleaned["agreed"] == "yes",
                    note=cleaned["note"],
                ).derivation_id
            ),
        )
        if done:
            messages.success(request, "已记录核对结论。")
            return redirect("derivation", derivation_id)
    outcome = getattr(row, "outcome", None)
    context = {
        "row": row,
        "recording": found.recording,
        "outcome": outcome,
        "state": STATES[standing],
        "standing": standing,
        "done": derived.done_in_words(row),
        "proof": proof_lines(outcome.proof) if outcome else [],
        "facts": _facts(row),
        "progress": getattr(row, "progress", None),
        "unlocked": unlocked,
        "form": form,
        "may_sign": standing == "made" and row.by_id != actor.officer_id,
        "own": row.by_id == actor.officer_id,
        "video": bool(outcome and outcome.file and outcome.file.media_type.startswith("video/")),
        "written": row.kind == "transcript",
    }
    return page(
        request,
        "workbench/watching/derivation.html",
        context,
        title=f"{row.get_kind_display()}：{found.recording.title}",
        crumbs=[
            *crumbs(found.recording, actor),
            (found.recording.title, reverse("recording", args=[row.recording_id])),
        ],
        active="watching",
        status=422 if form.is_bound and (form.errors or form.refused) else 200,
    )


def proof_lines(proof: dict[str, Any]) -> list[str]:
    """The proof in words."""
    lines = []
    if proof.get("pictures"):
        lines.append(f"解码成品，抽查{proof['pictures']}帧画面。")
    if proof.get("parts"):
        lines.append(
            f"遮挡区域{proof['parts']}处次，区内残留细节最大{proof['detail_most']}（上限{proof['detail_bound']}），"
            f"与原件相差最小{proof['changed_inside_least']}。"
        )
    if proof.get("changed_outside_most") and proof.get("pictures"):
        lines.append(f"区域以外与原件相差最大{proof['changed_outside_most']}（上限{proof['changed_outside_bound']}）。")
    if proof.get("faces_left") is not None:
        lines.append(f"遮挡后再次检测人脸：找到{proof['faces_left']}处。")
    if "muted_loudest" in proof:
        lines.append(f"静音时段内最大采样值{proof['muted_loudest']}（上限{proof['muted_bound']}，即-90分贝）。")
    if "length_ms" in proof:
        lines.append(f"成品长{timecode(proof['length_ms'])}，应为{timecode(proof['length_expected_ms'])}。")
    if "tags" in proof:
        lines.append("成品中没有原件的元数据。")
    return lines


def _facts(row: Derivation) -> list[dict[str, Any]]:
    outcome = getattr(row, "outcome", None)
    signed = getattr(row, "signoff", None)
    facts: list[dict[str, Any]] = [
        {"label": "用途", "value": purpose_of(row)},
        {"label": "理由", "value": row.reason},
        {"label": "制作人", "value": f"{row.by_name}　{row.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"},
        {"label": "原件 SHA-256", "value": row.recording.file_id, "mono": True},
    ]
    if outcome and outcome.file:
        facts += [
            {"label": "副本 SHA-256", "value": outcome.file_id, "mono": True},
            {"label": "副本 SM3", "value": outcome.file.sm3 or "没有计算", "mono": True},
            {"label": "说明单 SHA-256", "value": outcome.sheet_id, "mono": True},
        ]
    if signed:
        text = "同意" if signed.agreed else "不同意"
        told = f"{signed.by_name}　{text}　{signed.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}　{signed.note}"
        facts.append({"label": "核对", "value": told.strip()})
    return facts


@viewers()
def progress(request: HttpRequest, derivation_id: uuid.UUID) -> HttpResponseBase:
    """How far the worker is, for the script of the page."""
    row, _ = _row(request, derivation_id)
    going = getattr(row, "progress", None)
    return JsonResponse({"state": state(row), "percent": going.percent if going else 0})


@officials()
def stream(request: HttpRequest, derivation_id: uuid.UUID) -> HttpResponseBase:
    """The copy for looking at it here: whoever releases it has to see it."""
    row, _ = _row(request, derivation_id)
    found = door.unlocked(actor_of(request), row.recording_id, session(request))
    outcome = getattr(row, "outcome", None)
    if outcome is None or outcome.file is None:
        raise NotFound("这份副本没有制成。")
    return stretch(request, outcome.file, f"{found.recording.title}（副本）")


@officials()
def sheet(request: HttpRequest, derivation_id: uuid.UUID) -> HttpResponseBase:
    """The sheet of a copy: parent, what was done, why, by whom, proof."""
    row, _ = _row(request, derivation_id)
    door.unlocked(actor_of(request), row.recording_id, session(request))
    outcome = getattr(row, "outcome", None)
    if outcome is None or outcome.sheet is None:
        raise NotFound("这份副本没有制成。")
    response = stretch(request, outcome.sheet, "说明单", save=True)
    response["Content-Type"] = "application/json"
    response["Content-Disposition"] = f'attachment; filename="derivative-{row.id}.json"'
    return response


@officials()
def download(request: HttpRequest, derivation_id: uuid.UUID) -> HttpResponseBase:
    """Save a released copy: a purpose of its own each time."""
    actor = actor_of(request)
    row, found = _row(request, derivation_id)
    form = PurposeForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: str(
                watching.declare(
                    row.recording_id,
                    actor=actor,
                    session=session(request),
                    act="download",
                    derivation=row,
                    **cleaned,
                ).id
            ),
        )
        if done:
            return redirect("recording-saved", done.result)
    return form_page(
        request,
        form,
        title=f"下载副本：{found.recording.title}",
        submit="下载",
        crumbs=[*crumbs(found.recording, actor), ("副本", reverse("derivation", args=[row.id]))],
        active="watching",
        cancel_url=reverse("derivation", args=[row.id]),
        lead="每次下载都记入日志。",
    )


def as_cells(row: Derivation) -> list[Any]:
    """One line of a list of copies."""
    kind, label = STATES[state(row)]
    case = row.recording.case
    return [
        {"text": row.recording.title, "url": reverse("derivation", args=[row.id]), "note": case.number or case.cause},
        {"tag": label, "tag_kind": kind},
        {"text": purpose_of(row), "note": row.reason},
        {"text": row.by_name, "note": f"{row.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"},
        row.signoff.by_name if hasattr(row, "signoff") else "—",
    ]
