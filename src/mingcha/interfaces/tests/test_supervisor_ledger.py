"""What the background check of the ledger found stands before the supervisor, who needs no administrator for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from mingcha.common import clock
from mingcha.ledger import sweeping
from mingcha.ledger.models import CheckRun

pytestmark = pytest.mark.django_db


def test_the_supervisor_reads_what_the_background_check_found(district: None, login: Callable[[str], Client]) -> None:
    client = login("fangzhi")
    assert "还没有核验" in client.get("/in/supervision/").content.decode()
    assert not sweeping.look("counters").findings
    assert "完好" in client.get("/in/supervision/").content.decode()
    now = clock.now()
    CheckRun.objects.create(
        part="files", counts={}, started_at=now, finished_at=now,
        findings=[{"code": "file-altered", "message": "原件 ab12 的内容与入库时的摘要不符。", "data": {}}],
    )  # fmt: skip
    page = client.get("/in/supervision/").content.decode()
    assert "发现不符" in page and "原件 ab12 的内容与入库时的摘要不符。" in page
