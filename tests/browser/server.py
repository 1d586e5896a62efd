"""A real server over a data directory of its own, as an operator starts it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "mingcha.interfaces.commands.main")
READY_SECONDS = 60


def environment(data: Path) -> dict[str, str]:
    """The environment of a command over `data`: production settings, nothing of the tests."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("MINGCHA_") and name != "PYTHONPATH"
    }
    source = Path(__file__).resolve().parents[2] / "src"
    return {
        **kept,
        "MINGCHA_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "mingcha.project.settings",
        "PYTHONPATH": str(source),
    }


def command(data: Path, *arguments: str, timeout: float = 180) -> subprocess.CompletedProcess[str]:
    """Run `mingcha` over `data` to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], env=environment(data), capture_output=True, text=True, timeout=timeout, check=False
    )


def set_up(data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True)
    done = command(data, "setup", "--demo")
    assert done.returncode == 0, done.stderr


def found(data: Path) -> None:
    """The district of all browser tests, set up and worked off; a mark beside it says that it is whole."""
    set_up(data)
    _work_off(data)
    data.with_suffix(".done").touch()


def _work_off(data: Path) -> None:
    """Let the background worker make and sign what the founding left to it, until it has nothing to do."""
    worker = subprocess.Popen(
        [*COMMAND, "worker"], env=environment(data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    stat, ticks, quiet = Path(f"/proc/{worker.pid}/stat"), 0, 0
    until = time.monotonic() + 300
    try:
        while quiet < 3:
            assert worker.poll() is None and time.monotonic() < until
            time.sleep(1)
            used = sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13]))
            quiet, ticks = (quiet + 1 if used - ticks < 5 else 0), used
    finally:
        worker.terminate()
        worker.wait(20)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Server:
    """`mingcha serve` as a process group, so that its end takes web and background workers along."""

    data: Path
    process: subprocess.Popen[bytes]
    url: str
    log: Path

    @classmethod
    def start(cls, data: Path, *options: str) -> Server:
        port = free_port()
        log = data / f"server-{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(port), "--workers", "2", *options],
                env=environment(data),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server = cls(data, process, f"http://127.0.0.1:{port}", log)
        server.wait_ready()
        return server

    def wait_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            try:
                with urllib.request.urlopen(f"{self.url}/in/sign-in/", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise AssertionError(f"the server did not come up: {self.log.read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End the server; SIGKILL takes all its processes at once, as a power cut would."""
        if number == signal.SIGKILL:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.send_signal(number)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
        until = time.monotonic() + 20
        while self.living():
            assert time.monotonic() < until, "a process of the server would not die"
            time.sleep(0.01)

    def living(self) -> list[int]:
        """Threads of the server that still run: one killed inside a disk write dies only when the write is done, and
        what it wrote then is a commit that nobody had seen before. A process shows itself dead as soon as its first
        thread is, so each thread is asked."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/task/[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, _parent, group = stat.read_text().rpartition(")")[2].split()[:3]
                if int(group) == self.process.pid and state not in "ZX":
                    found.append(int(stat.parent.name))
        return found

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What the database holds, read past the application."""
        with closing(sqlite3.connect(f"file:{self.data / 'mingcha.sqlite3'}?mode=ro", uri=True, timeout=30)) as opened:
            return opened.execute(sql, values).fetchall()

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self.rows(sql, values)[0][0]


if __name__ == "__main__":
    found(Path(sys.argv[1]))
