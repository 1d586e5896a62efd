"""Remarks on the pages of the materials (批注)."""

from __future__ import annotations

import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import NotFound, NotPermitted
from mingcha.common.prepared import insert
from mingcha.review import queries
from mingcha.review.actions import writing
from mingcha.review.models import Note, NoteRemoval


@transaction.atomic
def add_note(case_id: uuid.UUID, *, actor: Actor, key: str, page: int, text: str, place: str = "") -> Note:
    """Write a remark on a page of a material; `place` is the passage meant. The handler reads it with the opinion."""
    case, submission = writing.reviewing(case_id, actor)
    check = Check()
    check.one_of("key", key, "批注的材料", {"draft", *(row["key"] for row in submission.materials)})
    text = check.text("text", text, "批注", most=1000)
    place = check.text("place", place, "批注的文字", most=200, required=False)
    if not isinstance(page, int) or isinstance(page, bool) or not 1 <= page <= 9999:
        check.add("page", "请填写页码（从1开始的数字）。")
    check.done()
    row = insert(
        Note(
            submission=submission,
            key=key,
            page=page,
            place=place,
            text=text,
            by_id=actor.officer_id,
            at=clock.now(),
        )
    )
    payload = {"material": key, "page": page, "place": place, "text": text}
    writing.entered("review-noted", case, submission, actor.snapshot(Role.REVIEWER), payload)
    return row


@transaction.atomic
def remove_note(case_id: uuid.UUID, note_id: uuid.UUID, *, actor: Actor) -> None:
    """Take back a remark of one's own before the opinion; the row stays. Raises NotFound, NotPermitted."""
    case, submission = writing.reviewing(case_id, actor)
    found = queries.note(submission, note_id)
    if found is None:
        raise NotFound("没有找到这条批注，可能已经撤销。")
    if found.by_id != actor.officer_id:
        raise NotPermitted(message="只能撤销本人写的批注。")
    insert(NoteRemoval(note=found, at=clock.now()))
    writing.entered("review-note-removed", case, submission, actor.snapshot(Role.REVIEWER), {"note": str(found.id)})
