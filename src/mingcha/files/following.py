"""The second digest (SM3) of a long upload trails behind the stream: `python -m mingcha.files.following PATH LENGTH`.

SM3 is several times slower than everything else that an upload needs. A process of its own at the lowest priority reads
what has been written from the memory of the system, shares no lock of the interpreter with those who serve people, and
prints the digest once it has read LENGTH bytes. An upload only grows, so what was read stays true. While bytes come
faster than it could read them it keeps still: beside such a stream it would only take the memory's pace away.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mingcha.files import sm3

_BLOCK = 1 << 20
_WAIT = 0.02
_LOOK = 0.2
# Bytes a second, about a third of what SM3 makes: a slower stream leaves it time to come along.
_FAST = 100 << 20
_LOWEST = 19
# A stalled upload is left after so many seconds; who looks for it again begins anew.
_PATIENCE = 600.0


def follow(path: str, length: int, alive: Callable[[], bool], *, patience: float = _PATIENCE) -> str | None:
    """SM3 of the first `length` bytes of a growing file; None when it stalls or nobody is `alive` to be told."""
    digest, at = sm3.new(), 0
    fd = os.open(path, os.O_RDONLY)
    try:
        size, fast = os.fstat(fd).st_size, True
        while size < length and fast and alive():
            time.sleep(_LOOK)
            before, size = size, os.fstat(fd).st_size
            fast = size - before > _FAST * _LOOK
        last = time.monotonic()
        while at < length:
            block = os.pread(fd, min(_BLOCK, length - at), at)
            if block:
                digest.update(block)
                at, last = at + len(block), time.monotonic()
            elif time.monotonic() - last > patience or not alive():
                return None
            else:
                time.sleep(_WAIT)
            if at % (64 * _BLOCK) == 0 and not alive():
                return None
    finally:
        os.close(fd)
    return digest.hexdigest()


class Follower:
    """The process that follows one file, seen from its parent."""

    def __init__(self, path: Path, length: int) -> None:
        command = [sys.executable, "-m", "mingcha.files.following", str(path), str(length)]
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )

    @property
    def done(self) -> bool:
        return self._process.poll() is not None

    def digest(self) -> str:
        """What a follower that is done has found, or nothing."""
        return self._process.communicate()[0].strip() if self._process.returncode == 0 else ""

    def stop(self) -> None:
        """End it; what it has read is read again by the next."""
        self._process.kill()
        self._process.communicate()


def main() -> int:
    parent = os.getppid()
    os.nice(_LOWEST)
    # Beside a nice value the kernel still gives this process turns; of this class it runs where nobody else would.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    try:
        found = follow(sys.argv[1], int(sys.argv[2]), lambda: os.getppid() == parent)
    except FileNotFoundError:  # given up meanwhile
        found = None
    if found is None:
        return 1
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
