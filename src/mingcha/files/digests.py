"""SHA-256 and SM3 of a stream in one pass, and the disk kept busy meanwhile."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

from mingcha.files import sm3

# Where SM3 is not to be had, the file is addressed by SHA-256 alone, and the empty field says so.
ALGORITHMS = frozenset({"sha256", "sm3"} if sm3.available() else {"sha256"})
_ASIDE = 1 << 20
_WAITING = 14
_WRITEBACK = 64 << 20


class Digests:
    """Both digests of what was fed; SHA-256 alone where the second one trails behind (files.following).

    From the second megabyte on the slower of them runs in a thread of its own: SM3 by far, or SHA-256 where it is alone,
    so that reading and writing go on meanwhile. `settle()` waits for that thread; only then do the digests speak of
    everything fed. Feeding may go on afterwards.
    """

    def __init__(self, *, both: bool = True) -> None:
        self.size = 0
        self._sha = hashlib.sha256()
        self._sm3 = sm3.new() if both and "sm3" in ALGORITHMS else None
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[Future[None]] = deque()
        self._near = 0

    def update(self, data: bytes) -> None:
        self.size += len(data)
        self._near += len(data)
        slower = self._sha if self._sm3 is None else self._sm3
        if self._pool is None and self._near > _ASIDE:
            self._pool = ThreadPoolExecutor(1, "digest")
        if self._pool is None:
            slower.update(data)
        else:
            # Bounded: a source faster than the digest waits here, and memory stays constant.
            while len(self._waiting) >= _WAITING:
                self._waiting.popleft().result()
            self._waiting.append(self._pool.submit(slower.update, data))
        if slower is not self._sha:
            self._sha.update(data)

    def settle(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        while self._waiting:
            self._waiting.popleft().result()
        self._near = 0

    @property
    def sha256(self) -> str:
        return self._sha.hexdigest()

    @property
    def sm3(self) -> str:
        return self._sm3.hexdigest() if self._sm3 is not None else ""


class Writeback:
    """Sends written bytes to the disk while more come in, so that the fsync at the end has little left to do."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._dirty = 0
        self._pool: ThreadPoolExecutor | None = None
        self._running: Future[None] | None = None

    def wrote(self, count: int) -> None:
        self._dirty += count
        if self._dirty < _WRITEBACK or (self._running is not None and not self._running.done()):
            return
        # The kernel reports an error of the disk once: a failed sync in between must not be forgotten.
        self._check()
        self._dirty = 0
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "writeback")
        self._running = self._pool.submit(os.fdatasync, self._fd)

    def finish(self) -> None:
        """Everything written is on the disk when this returns. Raises OSError."""
        self.stop()
        self._check()
        os.fsync(self._fd)

    def stop(self) -> None:
        """Wait for the thread, before the file is closed."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _check(self) -> None:
        if self._running is not None:
            self._running.result()
            self._running = None
