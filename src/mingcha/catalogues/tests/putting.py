"""Putting a list in force through the real actions, for the tests of every room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from mingcha.accounts.queries import actor_named
from mingcha.catalogues import actions
from mingcha.catalogues.models import Edition
from mingcha.catalogues.schemas import schema
from mingcha.common import clock
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.paper import paper_decision


def put(
    kind: str,
    content: Mapping[str, Any],
    *,
    key: str = "all",
    day: dt.date | None = None,
    writer: str = "admin",
    reviewer: str = "zhouheng",
    publisher: str = "shenyi",
) -> Edition:
    """Draft, submit, review and publish `content` for the organ of `writer`, in force from `day` (today)."""
    draft = actions.begin(kind, key, title=schema(kind).label, actor=actor_named(writer), content=content)
    proposal = actions.submit(draft.id, actor=actor_named(writer), basis="测试用的制定依据")
    letter: dict[str, Any] = {}
    if schema(kind).reviewed_by == "superior":
        scan = receive_bytes(paper_decision("明水市综合行政执法局", clock.today()))
        letter = {"organ": "明水市综合行政执法局", "document_number": "明市综执函〔2026〕3号", "scan": scan}
    actions.review(proposal.id, actor=actor_named(reviewer), conclusion="agree", opinion="同意。", **letter)
    return actions.put_in_force(draft.id, actor=actor_named(publisher), effective_from=day or clock.today())
