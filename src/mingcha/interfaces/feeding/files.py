"""Public files that the portal serves or computes with: tiles, checkpoints, public keys, demanded witnesses."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

from mingcha.ledger import place
from mingcha.ledger.cosigning import policy

ALLOWED = re.compile(
    r"log/[a-z0-9-]+/(checkpoint|checkpoint\.witnessed|tile/[0-9a-z]+(/[0-9x]+)+(\.p/[0-9]+)?)"
    r"|log/[a-z0-9-]+\.witnesses|log/witnesses\.json|keys/[a-z0-9-]+\.(pub|history)"
)
Found = tuple[str, str, Callable[[], str | None]]


def public() -> Iterator[Found]:
    """Path in the portal's zone, what tells one version from another, and the content; checkpoints last."""
    last: list[Found] = []
    for log in place.logs():
        for suffix in ("pub", "history"):
            yield from _one(f"keys/{log}.{suffix}", Path(settings.KEYS_ROOT) / f"{log}.{suffix}")
        yield from _one(f"log/{log}.witnesses", Path(settings.LOG_ROOT) / f"{log}.witnesses")
        root = place.root(log)
        for folder, _, names in os.walk(root / "tile"):
            for name in sorted(names):
                if not name.endswith(".tmp"):
                    path = Path(folder) / name
                    yield from _one(f"log/{log}/{path.relative_to(root).as_posix()}", path)
        for name in (place.CHECKPOINT, place.WITNESSED):
            last += _one(f"log/{log}/{name}", root / name)
    demanded = os.environ.get("MINGCHA_LOG_WITNESSES") or Path(settings.LOG_ROOT) / policy.FILE
    yield from _one(f"log/{policy.FILE}", Path(demanded))
    yield from last


def _one(name: str, path: Path) -> Iterator[Found]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return
    if ALLOWED.fullmatch(name):
        yield name, f"{stat.st_size}:{stat.st_mtime_ns}", lambda: _read(path)


def _read(path: Path) -> str | None:
    try:
        return base64.b64encode(path.read_bytes()).decode()
    except FileNotFoundError:
        # A partial tile goes when the full one stands.
        return None
