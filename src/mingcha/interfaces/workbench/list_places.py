"""Several entries of a list draft at once (批量): removed together, or one put at any place."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.catalogues import access, actions, queries
from mingcha.common.errors import InvalidInput
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import acted


@officials(*access.WRITERS)
def remove_many(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Remove the entries that were ticked, each as it was seen (`chosen` = key:version)."""
    if request.method == "POST":
        actor = actor_of(request)
        draft = access.draft(actor, draft_id)
        seen = dict(map(_seen, request.POST.getlist("chosen")))
        if not seen:
            raise InvalidInput({"chosen": ["请先选中要删除的条目。"]})
        count = acted(request, lambda: actions.remove_entries(draft.id, seen, actor=actor))
        messages.success(request, f"删除了{count}条。")
    return redirect(reverse("list-draft", args=[draft_id]) + "#e")


def _seen(text: str) -> tuple[uuid.UUID, int]:
    key, _, version = text.partition(":")
    try:
        return uuid.UUID(key), int(version)
    except ValueError:
        raise InvalidInput({"chosen": ["选中的条目读不懂，请刷新页面后重选。"]}) from None


@officials(*access.WRITERS)
def move_to(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Put the entry of a code (or at a place) at another place; the others keep their order."""
    address = reverse("list-draft", args=[draft_id])
    if request.method == "POST":
        actor = actor_of(request)
        draft = access.draft(actor, draft_id)
        wanted, to = request.POST.get("entry", "").strip(), request.POST.get("to", "").strip()
        rows = queries.draft_entries(draft)
        row = rows.filter(code=wanted).first() or (
            rows.filter(position=int(wanted)).first() if _whole(wanted) else None
        )
        if row is None:
            raise InvalidInput({"entry": [f"草稿里没有编码或者序号是“{wanted[:40]}”的条目。"]})
        if not _whole(to):
            raise InvalidInput({"to": ["请填写要移到第几位，例如 3。"]})
        acted(request, lambda: actions.move_entry(draft.id, row.id, actor=actor, to=int(to)))
        messages.success(request, f"“{row.code or wanted}”已经移到第{to}位。")
        address += f"#e{row.id}"
    return redirect(address)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 0
