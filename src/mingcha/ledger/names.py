"""Names of logs (账本编号): the jurisdiction code, which is also a folder and the end of the origin."""

from __future__ import annotations

import os
import re

from mingcha.ledger.errors import BadLogName

_LOG_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}\Z")


def require_log_name(log: str) -> str:
    """The name itself. Raises BadLogName."""
    if not _LOG_NAME.match(log):
        raise BadLogName(log)
    return log


def origin(log: str) -> str:
    """Origin line of the log's checkpoints and name of its key: MINGCHA_LOG_ORIGIN, then the name of the log."""
    prefix = os.environ.get("MINGCHA_LOG_ORIGIN") or "mingcha.example"
    return f"{prefix.rstrip('/')}/{require_log_name(log)}"
