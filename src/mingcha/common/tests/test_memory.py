"""How much memory a long task may take."""

from __future__ import annotations

import pytest

from mingcha.common import memory


def test_what_is_left_is_the_less_of_machine_and_container(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "/proc/meminfo": "MemTotal:  8000 kB\nMemAvailable:  2000 kB\n",
        "/sys/fs/cgroup/memory.max": "1500000\n",
        "/sys/fs/cgroup/memory.current": "500000\n",
    }
    monkeypatch.setattr(memory, "_read", lambda file: files.get(file, ""))
    assert memory.available() == 1_000_000
    files["/sys/fs/cgroup/memory.max"] = "max\n"
    assert memory.available() == 2_048_000
    files.clear()
    assert memory.available() == 0


def test_this_machine_says_it() -> None:
    assert memory.available() > 0
