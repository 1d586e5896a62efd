"""Which witnesses a log demands (见证要求): the file `witnesses.json` beside the logs, or MINGCHA_LOG_WITNESSES.

`{"*": {"demanded": 1, "witnesses": [{"key": "name+id+base64", "url": "https://…"}]}}` — the name of a log or `*`.
"""

from __future__ import annotations

import functools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from mingcha.ledger.core.cosignature import WitnessKey
from mingcha.ledger.core.errors import MalformedKey
from mingcha.ledger.errors import WitnessPolicyBroken

FILE = "witnesses.json"


@dataclass(frozen=True)
class WitnessAt:
    """A witness: its key and where it listens."""

    key: WitnessKey
    url: str


@dataclass(frozen=True)
class Policy:
    """How many of which witnesses must have cosigned before a checkpoint is final."""

    demanded: int = 0
    witnesses: tuple[WitnessAt, ...] = ()

    @property
    def keys(self) -> list[WitnessKey]:
        return [witness.key for witness in self.witnesses]


def of(log: str) -> Policy:
    """The policy of a log; without a file nothing is demanded. Raises WitnessPolicyBroken."""
    path = Path(os.environ.get("MINGCHA_LOG_WITNESSES") or Path(settings.LOG_ROOT) / FILE)
    try:
        stat = path.stat()
    except FileNotFoundError:
        return Policy()
    policies = _read(path, stat.st_mtime_ns, stat.st_size)
    return policies.get(log) or policies.get("*") or Policy()


@functools.lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> dict[str, Policy]:
    try:
        return {log: _policy(value) for log, value in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, MalformedKey) as error:
        detail = error.message if isinstance(error, MalformedKey) else "格式不对。"
        raise WitnessPolicyBroken(message=f"见证要求文件 {path.name} 无法读取：{detail}请改正后再试。") from error


def _policy(value: dict[str, Any]) -> Policy:
    witnesses = tuple(WitnessAt(WitnessKey.parse(item["key"]), str(item["url"])) for item in value["witnesses"])
    demanded = value["demanded"]
    names = {witness.key.name for witness in witnesses}
    if isinstance(demanded, bool) or not isinstance(demanded, int) or not 0 <= demanded <= len(names):
        raise ValueError("demanded")
    if len(names) != len(witnesses) or any(not at.url.startswith(("http://", "https://")) for at in witnesses):
        raise ValueError("witnesses")
    return Policy(demanded, witnesses)
