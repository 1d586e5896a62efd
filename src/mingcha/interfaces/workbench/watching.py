"""The player of recordings (音像播放): purpose first, then picture, markers, transcript, stills, shares, who saw it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.cases import actions as cases
from mingcha.cases import queries as case_queries
from mingcha.cases.access import sees
from mingcha.common import clock
from mingcha.common.errors import MingchaError, NotFound
from mingcha.documents import queries as documents
from mingcha.files.actions import Incoming, receive_bytes
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import Form, form_page, page, refuse, submitted
from mingcha.interfaces.workbench.streaming import stretch
from mingcha.interfaces.workbench.watching_forms import (
    MarkerForm,
    PurposeForm,
    StillEvidenceForm,
    StillForm,
    TranscriptForm,
)
from mingcha.recordings.deriving import actions as deriving
from mingcha.recordings.deriving import machine
from mingcha.recordings.deriving import queries as derived
from mingcha.recordings.deriving.rules import timecode
from mingcha.recordings.models import Marker, Recording, Still, Viewing
from mingcha.recordings.watching import actions, door, queries, rules, terms, transcribing

_MOST_TEXT = 2 << 20


def session(request: HttpRequest) -> str:
    """What names this session in the log."""
    return door.session_of(request.session.session_key)


def crumbs(recording: Recording, actor: Actor) -> list[tuple[str, str]]:
    """From the case where this person sees it, from the list of shares otherwise."""
    if sees(actor, recording.case):
        case = recording.case
        return [("案件", reverse("cases")), (case.number or case.cause, reverse("case", args=[case.id]))]
    return [("音像查阅", reverse("watching"))]


@officials()
def player(request: HttpRequest, recording_id: uuid.UUID) -> HttpResponseBase:
    """The recording, after its purpose was stated once in this session."""
    actor = actor_of(request)
    found = door.opened(actor, recording_id)
    recording = found.recording
    if door.declared(actor, recording, session(request)) is None:
        return _purpose(request, found)
    playable, why = derived.playable(recording)
    copy = None if playable else derived.viewing_copy(recording)
    made = getattr(copy, "outcome", None)
    may_work = found.share is None
    transcript = next(iter(queries.transcripts(recording)), None)
    marks = list(queries.markers(recording))
    context = {
        "recording": recording,
        "facts": _facts(recording),
        "picture": recording.file.media_type.startswith("video/"),
        "playable": playable or made is not None,
        "why": why,
        "copy": copy,
        "copy_made": made,
        "machine": machine.available(),
        "start": _start(request),
        "stream": reverse("recording-stream", args=[recording.id]),
        "rate": _rate(recording),
        "guest": found.share,
        "may_work": may_work,
        "markers": [_marker(row) for row in marks],
        "old_markers": [_marker(row) for row in queries.superseded(recording)],
        "announcement": queries.announcement(recording),
        "announcement_source": terms.announcement_source(),
        "transcript": transcript,
        "cues": [
            {"at": cue[0], "time": timecode(cue[0]), "text": cue[2]} for cue in (transcript.cues if transcript else [])
        ],
        "transcriber": transcribing.transcriber(),
        "stills": list(derived.stills(recording)),
        "shares": [_share(row) for row in queries.shares(recording)] if may_work else [],
        "derivations": list(derived.of_recording(recording)) if may_work else [],
        "viewings": [_viewing(row) for row in queries.viewings(recording)[:50]] if may_work else [],
        "marker_form": MarkerForm(prefix="m", targets=_targets(recording)),
        "still_form": StillForm(prefix="s"),
    }
    title = recording.title
    return page(
        request, "workbench/watching/player.html", context, title=title, crumbs=crumbs(recording, actor), active="cases"
    )


def _purpose(request: HttpRequest, found: door.Opened) -> HttpResponse:
    actor = actor_of(request)
    form = PurposeForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: str(
                actions.declare(found.recording.id, actor=actor, session=session(request), **cleaned).id
            ),
        )
        if done:
            return redirect(request.get_full_path())
    lead = "打开音像以前说明用途。用途、查看人和时间记入日志，本案人员和监督机关都看得到。本次登录只问一次。"
    return form_page(
        request,
        form,
        title=f"查看音像：{found.recording.title}",
        submit="打开",
        crumbs=crumbs(found.recording, actor),
        lead=lead,
    )


def _start(request: HttpRequest) -> str:
    """Where the player begins, in seconds, from the address."""
    text = str(request.GET.get("t", ""))[:12]
    try:
        at = float(text)
    except ValueError:
        return ""
    return f"{at:.3f}" if 0 < at < 10**6 else ""


def _rate(recording: Recording) -> str:
    try:
        return f"{float(derived.medium(recording).rate):.3f}"
    except MingchaError:
        return "25"


def _facts(recording: Recording) -> list[dict[str, Any]]:
    return [
        {"label": "开始时间", "value": f"{recording.started_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}"},
        {"label": "记录人", "value": recording.recorded_by.name},
        {"label": "设备", "value": recording.device or "没有登记"},
        {"label": "环节", "value": case_queries.procedure(recording.case).stage(recording.stage).name},
        {"label": "SHA-256", "value": recording.file_id, "mono": True},
        {"label": "SM3", "value": recording.file.sm3 or "没有计算", "mono": True},
    ]


def _marker(row: Any) -> dict[str, Any]:
    kind = terms.marker_kinds().get(row.kind)
    item = terms.announcement().get(row.item)
    label = kind.plain if kind else row.kind
    return {
        "row": row,
        "time": timecode(row.at_ms),
        "seconds": f"{row.at_ms / 1000:.3f}",
        "label": f"{label}：{item.plain}" if item else label,
        "document": reverse("document-pdf", args=[row.document_id]) if row.document_id else "",
    }


def moments_of(rows: Iterable[Marker]) -> list[dict[str, str]]:
    """Where a document or a piece of evidence is seen or heard in a recording."""
    return [
        {
            "url": f"{reverse('recording', args=[row.recording_id])}?t={row.at_ms / 1000:.3f}",
            "time": timecode(row.at_ms),
        }
        for row in rows
    ]


def _viewing(row: Viewing) -> dict[str, Any]:
    purpose = terms.purposes().get(row.purpose)
    return {"row": row, "purpose": purpose.plain if purpose else row.purpose}


def _share(row: Any) -> dict[str, Any]:
    ended = getattr(row, "end", None)
    over = row.expires_at <= clock.now()
    state = ("empty", "已收回") if ended else ("empty", "已到期") if over else ("ok", "有效")
    purpose = terms.purposes().get(row.purpose)
    return {"row": row, "kind": state[0], "state": state[1], "open": not (ended or over), "purpose": purpose}


def _targets(recording: Recording) -> list[tuple[str, str]]:
    """What a marker can lead to: documents and evidence of the case, its stages."""
    case = recording.case
    rows = [(f"document:{row.id}", str(row)) for row in documents.of_case(case)]
    rows += [(f"evidence:{row.id}", f"证据{row.seq} {row.name}") for row in case_queries.evidence(case)]
    procedure = case_queries.procedure(case)
    return [*rows, *((f"stage:{name}", f"环节 {procedure.stage(name).name}") for name in procedure.stages)]


@officials()
def stream(request: HttpRequest, recording_id: uuid.UUID) -> HttpResponseBase:
    """The bytes that the player asks for, the viewing copy where the original cannot be played."""
    recording = door.unlocked(actor_of(request), recording_id, session(request)).recording
    file = recording.file
    if not derived.playable(recording)[0]:
        copy = derived.viewing_copy(recording)
        made = getattr(copy, "outcome", None)
        if made is None:
            raise NotFound("这段音像还没有浏览器能够播放的副本。")
        file = made.file
    return stretch(request, file, recording.title)


@officials()
def mark(request: HttpRequest, recording_id: uuid.UUID) -> HttpResponseBase:
    """A new marker, one in the place of another, or the withdrawal of one."""
    actor = actor_of(request)
    recording = door.unlocked(actor, recording_id, session(request)).recording
    known = dict(_targets(recording))
    corrects = str(request.POST.get("corrects") or request.GET.get("corrects") or "")
    before = next((row for row in queries.markers(recording) if str(row.id) == corrects), None)
    if corrects and before is None:
        raise NotFound("没有找到要更正的标记，或者它已经更正过。")
    initial = _initial(before) if before else {}
    prefix = "m" if "m-kind" in request.POST else None
    form = MarkerForm(request.POST or None, prefix=prefix, initial=initial, targets=list(known.items()))
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> str:
            kind, _, key = str(cleaned["target"]).partition(":")
            values = {
                "at_ms": cleaned["moment"],
                "kind": cleaned["kind"],
                "item": cleaned["item"],
                "text": cleaned["text"],
                "document_id": uuid.UUID(key) if kind == "document" else None,
                "evidence_id": uuid.UUID(key) if kind == "evidence" else None,
                "stage": key if kind == "stage" else "",
                "corrects": before.id if before else None,
                "withdrawn": request.POST.get("withdraw") == "1",
            }
            row = actions.mark(recording_id, actor=actor, session=session(request), values=values)
            return f"{row.at_ms / 1000:.3f}"

        done = submitted(request, form, act)
        if done:
            messages.success(request, "已更正标记。" if before else "已标记。")
            return redirect(f"{reverse('recording', args=[recording_id])}?t={done.result}")
    return form_page(
        request,
        form,
        title="更正标记" if before else "标记",
        submit="更正" if before else "标记",
        crumbs=[*crumbs(recording, actor), (recording.title, reverse("recording", args=[recording_id]))],
        cancel_url=reverse("recording", args=[recording_id]),
        template="workbench/watching/marker.html",
        corrects=corrects,
        lead="原来的标记留存，以新的为准。" if before else "标记后不能删除，可以更正或者撤回，原来的留存。",
    )


def _initial(row: Any) -> dict[str, Any]:
    target = (
        f"document:{row.document_id}" if row.document_id
        else f"evidence:{row.evidence_id}" if row.evidence_id
        else f"stage:{row.stage}" if row.stage
        else ""
    )  # fmt: skip
    return {"moment": timecode(row.at_ms), "kind": row.kind, "item": row.item, "target": target, "text": row.text}


@officials()
def grab(request: HttpRequest, recording_id: uuid.UUID) -> HttpResponseBase:
    """The picture at a moment, kept as an original."""
    actor = actor_of(request)
    recording = door.unlocked(actor, recording_id, session(request)).recording
    form = StillForm(request.POST or None, prefix="s" if "s-moment" in request.POST else None)
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> str:
            row = deriving.grab(
                recording_id, actor=actor, session=session(request), at_ms=cleaned["moment"], note=cleaned["note"]
            )
            return timecode(row.at_ms)

        done = submitted(request, form, act, single=False)
        if done:
            messages.success(request, f"已截取 {done.result} 的画面，作为原件保存。")
            return redirect(f"{reverse('recording', args=[recording_id])}#stills")
    return form_page(
        request,
        form,
        title="截取画面",
        submit="截图",
        crumbs=[*crumbs(recording, actor), (recording.title, reverse("recording", args=[recording_id]))],
        cancel_url=reverse("recording", args=[recording_id]),
    )


def _still(request: HttpRequest, still_id: uuid.UUID) -> Still:
    row = Still.objects.filter(id=still_id).select_related("file").first()
    if row is None:
        raise NotFound("没有找到这张截图。")
    door.unlocked(actor_of(request), row.recording_id, session(request))
    return row


@officials()
def still(request: HttpRequest, still_id: uuid.UUID) -> HttpResponseBase:
    """A still, shown only where its recording may be seen."""
    row = _still(request, still_id)
    return stretch(request, row.file, f"截图 {timecode(row.at_ms).replace(':', '-')}")


@officials()
def still_evidence(request: HttpRequest, still_id: uuid.UUID) -> HttpResponseBase:
    """A still registered as evidence: the same bytes, with parent and time as its origin."""
    actor = actor_of(request)
    row = _still(request, still_id)
    recording = door.opened(actor, row.recording_id).recording
    time = timecode(row.at_ms)
    form = StillEvidenceForm(request.POST or None, initial={"name": f"{recording.title}截图（{time}）"})
    if request.method == "POST":
        file = Incoming(row.file.sha256, row.file.sm3, row.file.size, row.file.media_type)
        done = submitted(
            request,
            form,
            lambda cleaned: (
                cases.record_evidence(
                    recording.case_id,
                    actor=actor,
                    origin=f"截自音像“{recording.title[:60]}”{time}处，原件SHA-256 {recording.file_id[:16]}…",
                    collected_at=min(row.at, clock.now()),
                    file=file,
                    **cleaned,
                ).seq
            ),
        )
        if done:
            messages.success(request, f"已登记证据{done.result}。")
            return redirect("case", recording.case_id)
    return form_page(
        request,
        form,
        title="截图登记为证据",
        submit="登记",
        crumbs=[*crumbs(recording, actor), (recording.title, reverse("recording", args=[recording.id]))],
        cancel_url=reverse("recording", args=[recording.id]),
        lead="来源写明截自哪段音像、哪个时刻和原件摘要值。",
    )


@officials()
def transcript(request: HttpRequest, recording_id: uuid.UUID) -> HttpResponseBase:
    """A transcript typed by a person or made by a program elsewhere."""
    actor = actor_of(request)
    recording = door.unlocked(actor, recording_id, session(request)).recording
    form: Form = TranscriptForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            data = upload.read(_MOST_TEXT + 1)
            cues = rules.read_transcript(data[:_MOST_TEXT])
            incoming = receive_bytes(data, allowed=("text/plain", "application/octet-stream"))
            done = submitted(
                request,
                form,
                lambda cleaned: str(
                    actions.transcribe(
                        recording_id,
                        actor=actor,
                        session=session(request),
                        file=incoming,
                        cues=cues,
                        origin=cleaned["origin"],
                        tool=cleaned["tool"],
                    ).id
                ),
            )
        except MingchaError as error:
            refuse(form, error)
            done = None
        if done:
            messages.success(request, f"文字稿已入卷，共{len(cues)}行。")
            return redirect(f"{reverse('recording', args=[recording_id])}#transcript")
    return form_page(
        request,
        form,
        title="上传文字稿",
        submit="上传",
        crumbs=[*crumbs(recording, actor), (recording.title, reverse("recording", args=[recording_id]))],
        cancel_url=reverse("recording", args=[recording_id]),
        lead="文字稿显示在画面旁边，可以搜索、点击跳转。以音像为准，机器生成的会标明。",
    )
