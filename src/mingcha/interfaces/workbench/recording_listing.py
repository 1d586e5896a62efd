"""The list of the inbox (音像收件箱): what waits, certain matches confirmed at once, saved as a table."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import acted, page, plainly
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.interfaces.workbench.recording_inbox import INBOX_READERS, minute, title_of
from mingcha.recordings import access
from mingcha.recordings.choices import Outcome
from mingcha.recordings.handing.queries import due_of
from mingcha.recordings.matching import actions, rules
from mingcha.recordings.matching import queries as matching
from mingcha.recordings.models import Assignment, Intake
from mingcha.recordings.secrets import queries as secret_queries

_SIZE = 20
_MOST_EXPORTED = 20_000
_ORDER = ("-received_at", "-id")
_HEADS = (
    "文件名", "设备编号", "录制人", "录制开始", "时长（秒）", "地点", "来源", "入库人", "入库时间", "入库期限", "归属", "SHA-256",
)  # fmt: skip
_OUTCOMES = {Outcome.LINKED: "ok", Outcome.UNRELATED: "empty", Outcome.SECRET: "law"}
_STATES = {"": "等候确认", "mine": "本人的", "done": "已有归属"}


@officials(*INBOX_READERS)
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits, with what the machine proposes; a post confirms the chosen ones, each looked at again."""
    actor = actor_of(request)
    if request.method == "POST":
        return _confirm(request, actor)
    state, rows = _asked(request, actor)
    found = page_of(
        rows.select_related("officer", "organisation"),
        order=_ORDER,
        cursor=request.GET.get("cursor"),
        size=_SIZE,
    )
    proposed = {} if state == "done" else matching.proposed(actor, found.rows)
    query = urlencode({name: value for name, value in request.GET.items() if value and name != "cursor"})
    lines = [_line(row, proposed.get(row.id)) for row in found.rows]
    context = {
        "lines": lines,
        "page": found,
        "q": request.GET.get("q", ""),
        "filtered": bool(request.GET.get("q") or state),
        "certain": sum(bool(line["certain"]) for line in lines),
        "may_confirm": actor.has(Role.HANDLER),
        "secret": secret_queries.count(actor.organ_id),
        "exports": [
            (ending, reverse("recordings-inbox-export", args=[ending]) + (f"?{query}" if query else ""))
            for ending in ("xlsx", "csv")
        ],
        "filters": [
            {"label": label, "url": f"?state={name}" if name else "?", "current": name == state}
            for name, label in _STATES.items()
        ],
    }
    return page(request, "workbench/recordings/inbox.html", context, title="音像收件箱", active="recordings-inbox")


def _asked(request: HttpRequest, actor: Actor) -> tuple[str, QuerySet[Intake]]:
    """The chosen state and the recordings that this person may see of it."""
    state = str(request.GET.get("state", ""))
    rows = access.intakes(actor) if state == "done" else matching.waiting(actor)
    if state == "done":
        rows = rows.filter(Exists(Assignment.objects.filter(intake_id=OuterRef("pk"))))
    if state == "mine":
        rows = rows.filter(Q(officer_id=actor.officer_id) | Q(received_by_id=actor.officer_id))
    if word := str(request.GET.get("q", "")).strip():
        named = Q(name__icontains=word) | Q(device_no__icontains=word) | Q(officer__name__icontains=word)
        rows = rows.filter(named | Q(place__icontains=word))
    return state, rows


@viewers(*INBOX_READERS)
def export_inbox(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The chosen recordings as XLSX or CSV, at most 20,000: what is handed in and where it belongs, no proposals."""

    def line(row: Intake) -> list[Any]:
        said = matching.standing(row)
        length = row.duration_ms // 1000 if row.duration_ms is not None else ""
        due = due_of(row)
        return [
            row.name,
            row.device_no,
            row.officer.name if row.officer else "",
            minute(row),
            length,
            row.place,
            row.get_origin_display(),
            row.received_name,
            row.received_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            due.value.isoformat() if due and due.value else "",
            "；".join(f"{item.get_outcome_display()} {item.case or ''}".strip() for item in said) or "等候确认",
            row.file_id,
        ]

    _, rows = _asked(request, actor_of(request))
    chosen = rows.select_related("officer").order_by(*_ORDER)[:_MOST_EXPORTED]
    return table_response(
        Table("音像收件箱", _HEADS, map(line, chosen.iterator(chunk_size=500))), ending, "recordings-inbox"
    )


def _line(row: Intake, match: Any) -> dict[str, Any]:
    best = match.value[0] if match is not None and match.value else None
    certain = match is not None and match.facts["certain"]
    due = due_of(row)
    late = due is not None and due.value is not None and clock.today() > due.value
    return {
        "row": row,
        "at": minute(row),
        "url": reverse("recording-received", args=[row.id]),
        "certain": best if certain else None,
        "why": plainly(rules.grounds(match)) if match is not None else None,
        "short": match.steps[-1] if match is not None and not certain and not match.value else "",
        "doubts": match.steps[1] if match is not None and not certain and len(match.steps) > 1 else "",
        "standing": [
            {"label": item.get_outcome_display(), "kind": _OUTCOMES[Outcome(item.outcome)], "case": item.case}
            for item in (matching.standing(row) if match is None else [])
        ],
        "late": late,
        "due": due.value if due else None,
    }


def _confirm(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Link the chosen recordings as proposed; what is no longer certain stays and says so."""
    keys = [uuid.UUID(value) for value in request.POST.getlist("intake") if _is_key(value)]
    if not keys:
        messages.warning(request, "没有选择音像。")
        return redirect("recordings-inbox")
    done, told = 0, []
    for key in keys[:_SIZE]:
        try:
            _confirm_one(actor, key)
            done += 1
        except MingchaError as error:
            told.append(error.message)
    if done:
        messages.success(request, f"已确认{done}段音像的归属。")
    for text in dict.fromkeys(told):
        messages.error(request, text)
    return redirect("recordings-inbox")


def _confirm_one(actor: Actor, key: uuid.UUID) -> Any:
    """Confirm one certain match. Raises InvalidInput where nothing is certain any more."""
    intake = access.intake(actor, key)
    match = matching.proposed(actor, [intake])[key]
    if not match.facts["certain"]:
        raise InvalidInput({"intake": [f"{intake.name}：现在有不止一种可能，请打开核对。"]})
    best = match.value[0]
    return actions.link(
        key,
        actor=actor,
        case_id=best.case_id,
        stage=best.stage,
        matter=best.matter,
        title=title_of(best.case_id, best.matter, intake),
        grounds=rules.grounds(match),
    )


def _is_key(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


@officials(*INBOX_READERS)
def confirm_one(request: HttpRequest, intake_id: uuid.UUID) -> HttpResponse:
    """Confirm the certain match of one recording with one click."""
    actor = actor_of(request)
    if request.method == "POST":
        try:
            acted(request, lambda: str(_confirm_one(actor, intake_id).id))
        except MingchaError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "已归入案件。")
    return redirect("recording-received", intake_id)
