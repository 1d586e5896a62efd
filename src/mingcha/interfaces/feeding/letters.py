"""The way back (来信回传): letters that citizens wrote in the portal's zone, each as a file that the inner zone takes once.

In the portal's zone the letter stays until the feed brings the word that it was taken; then its content and the file go.
"""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from mingcha.interfaces.feeding import selection
from mingcha.interfaces.feeding.sending import back, lay
from mingcha.petitions.choices import Standing
from mingcha.petitions.inbox import MOST_EVIDENCE, MOST_TEXT, kinds
from mingcha.petitions.models import InboxItem

log = logging.getLogger("mingcha.feed")
# Files that were refused, said once.
_refused: set[str] = set()
NAME = re.compile(r"letter-([0-9a-f]{32})\.json")
MOST_BYTES = 256 << 10
_TOLD = ("id", "jurisdiction", "receipt", "code_digest", "kind", "received_at")
_CONTENT = {"organisation": 100, "about": 120, "entry": 36, "text": MOST_TEXT, "evidence": MOST_EVIDENCE, "name": 60,
            "contact": 120}  # fmt: skip


def lay_out() -> int:
    """In the portal's zone: lay out what waits, take away what has arrived; returns how many wait."""
    folder = Path(settings.DATA) / "up"
    folder.mkdir(parents=True, exist_ok=True)
    waiting = set()
    for row in InboxItem.objects.filter(pulled_at=None, content__isnull=False).order_by("received_at")[:500]:
        name = f"letter-{row.id.hex}.json"
        waiting.add(name)
        if not (folder / name).exists():
            told = {
                field.name: selection.dumped(field, row) for field in row._meta.concrete_fields if field.name in _TOLD
            }
            lay(folder, name, json.dumps({**told, "content": row.content}, ensure_ascii=False).encode())
    for name in os.listdir(folder):
        if NAME.fullmatch(name) and name not in waiting:
            (folder / name).unlink(missing_ok=True)
    return len(waiting)


def take_in() -> int:
    """In the inner zone: enter the letters that were not entered yet, in the inbox from which they are pulled."""
    taken = 0
    if not back().exists():
        return 0
    for name in sorted(os.listdir(back())):
        match = NAME.fullmatch(name)
        if match is None or name in _refused or InboxItem.objects.filter(id=match[1]).exists():
            continue
        try:
            row = _read(back() / name)
            if row.id.hex != match[1]:
                raise ValueError("another letter's name")
            with transaction.atomic():
                row.save(force_insert=True)
            taken += 1
        except (ValueError, KeyError, TypeError, ValidationError, IntegrityError) as error:
            # From a zone that everybody can reach: one bad file must not stop the others.
            _refused.add(name)
            log.error("来信文件 %s 不能收下：%s", name, type(error).__name__)
    return taken


def _read(path: Path) -> InboxItem:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError("too large")
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if set(told) != {*_TOLD, "content"} or set(told["content"]) != set(_CONTENT) or told["kind"] not in kinds():
        raise ValueError("fields")
    if any(not isinstance(value, str) or len(value) > _CONTENT[name] for name, value in told["content"].items()):
        raise ValueError("content")
    row = InboxItem(content=told["content"], state=Standing.WAITING)
    for field in row._meta.concrete_fields:
        if field.name in _TOLD:
            setattr(row, field.attname, selection.loaded(field, told[field.name]))
    row.progress = [{"on": row.received_at.date().isoformat(), "state": Standing.WAITING.value, "text": ""}]
    row.clean_fields(exclude=["content", "progress", "pulled_at"])
    return row
