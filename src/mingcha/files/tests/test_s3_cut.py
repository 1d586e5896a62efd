"""The network is cut in the middle of a part on its way to the bucket: a proxy resets the connection."""

from __future__ import annotations

import hashlib
import os
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from mingcha.files import queries
from mingcha.files.actions import receive
from mingcha.files.s3 import StoreFailed
from mingcha.files.store import store
from mingcha.files.tests.test_s3 import MIB, client, endpoint, near

__all__ = ["client", "endpoint"]
BLOCK = os.urandom(MIB)
PARTS = 65
SHA256 = hashlib.sha256(BLOCK * PARTS).hexdigest()
# In the middle of a part of 16 MiB.
MIDDLE = 5 * MIB


class Wire(socketserver.ThreadingTCPServer):
    """A wire to the store that breaks `breaks` times, each time when MIDDLE bytes of a request have gone through."""

    daemon_threads = True
    breaks = 0

    def __init__(self, store_address: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), Ends)
        self.store_address, self.lock, self.broken = store_address, threading.Lock(), 0

    def breaks_now(self) -> bool:
        with self.lock:
            now = self.broken < self.breaks
            self.broken += now
            return now


class Ends(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire: Any = self.server
        with socket.create_connection(wire.store_address) as far:
            back = threading.Thread(target=self.answer, args=(far,))
            back.start()
            self.ask(wire, far)
            back.join()

    def ask(self, wire: Wire, far: socket.socket) -> None:
        gone = 0
        with suppress(OSError):
            while data := self.request.recv(1 << 16):
                far.sendall(data)
                gone += len(data)
                if gone > MIDDLE and wire.breaks_now():
                    # No farewell: both sides get a reset, as when a cable is pulled and a router answers for it.
                    for end in (self.request, far):
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
        with suppress(OSError):
            far.shutdown(socket.SHUT_RDWR)

    def answer(self, far: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(1 << 16):
                self.request.sendall(data)
        with suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def wire(client: Any, endpoint: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    client.create_bucket(Bucket=settings.S3_BUCKET, ObjectLockEnabledForBucket=True)
    # The pause before another try is not what is tested.
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda self, context: 0.01)
    with Wire((urlsplit(endpoint).hostname or "", urlsplit(endpoint).port or 0)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.S3_ENDPOINT = "http://{}:{}".format(*server.server_address[:2])
        yield server
        server.shutdown()


def send() -> str:
    return receive(BLOCK for _ in range(PARTS)).sha256


def whole() -> bool:
    found = hashlib.sha256()
    with queries.open_stored(SHA256) as handle:
        while block := handle.read(MIB):
            found.update(block)
    return found.hexdigest() == SHA256


def begun(client: Any, settings: Any) -> list[Any]:
    return list(client.list_multipart_uploads(Bucket=settings.S3_BUCKET).get("Uploads", []))


def test_a_cut_in_the_middle_of_a_part_sends_only_that_part_again(client: Any, settings: Any, wire: Wire) -> None:
    parts: list[int] = []
    place: Any = store()
    place.client.meta.events.register(
        "before-parameter-build.s3.UploadPart", lambda params, **more: parts.append(params["PartNumber"])
    )
    wire.breaks = 2
    assert send() == SHA256
    assert wire.broken == 2 and sorted(parts) == [1, 2, 3, 4, 5], "the parts that had arrived are not asked for again"
    assert whole() and begun(client, settings) == []
    head = client.head_object(Bucket=settings.S3_BUCKET, Key=place.key(SHA256))
    assert head["ContentLength"] == PARTS * MIB and head["ObjectLockMode"] == "COMPLIANCE"
    assert near(settings.FILES_ROOT) == []


def test_a_network_that_stays_cut_leaves_nothing_half_written(client: Any, settings: Any, wire: Wire) -> None:
    wire.breaks = 1_000
    with pytest.raises(StoreFailed, match="没有入库，请稍后重试"):
        send()
    assert wire.broken >= 5, "it was tried again before it was given up"
    assert not queries.held(SHA256) and begun(client, settings) == []
    assert client.list_objects_v2(Bucket=settings.S3_BUCKET)["KeyCount"] == 0
    assert near(settings.FILES_ROOT) == []
    wire.breaks = 0
    assert send() == SHA256 and whole()
