"""Memory of long-running processes, and how much there is for a long task.

Thousands of classes never go away, and looking at them again and again would cost each task.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def loading() -> Iterator[None]:
    """While modules load, all that is made stays: nobody looks for garbage, which would take a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Leave what is loaded by now out of garbage collection, and look at the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def available() -> int:
    """Bytes that this process may still take, by the machine and by the container it runs in; 0 where nobody says."""
    found = re.search(r"MemAvailable:\s+(\d+) kB", _read("/proc/meminfo"))
    left = [int(found[1]) * 1024] if found else []
    most, taken = (_read(f"/sys/fs/cgroup/memory.{name}").strip() for name in ("max", "current"))
    if most.isdigit() and taken.isdigit():
        left.append(int(most) - int(taken))
    return max(min(left, default=0), 0)


def _read(file: str) -> str:
    try:
        return Path(file).read_text("ascii")
    except (OSError, UnicodeError):
        return ""
