"""SM3 of libgcrypt and of OpenSSL agree at every boundary; without the library OpenSSL does the work."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

import pytest

from mingcha.files import sm3

# GB/T 32905 A.1, A.2
EXAMPLES = {
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}


@pytest.fixture(params=["as found", "without the library"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param != "as found":
        monkeypatch.setattr(sm3, "_LIBRARY", "libnowhere.so.0")
    sm3._native.cache_clear()
    yield sm3.source()
    sm3._native.cache_clear()


def test_both_ways_give_the_digest_of_the_standard(kind: str) -> None:
    for data, right in EXAMPLES.items():
        found = sm3.new()
        found.update(data)
        assert found.hexdigest() == right, kind
    chance = random.Random(5)
    whole, running, control = b"", sm3.new(), hashlib.new("sm3")
    for size in (0, 1, 55, 56, 63, 64, 65, 127, 4096, 70001):
        part = chance.randbytes(size)
        whole += part
        running.update(part)
        control.update(part)
        # Read in between, then fed on.
        assert running.hexdigest() == control.hexdigest() == hashlib.new("sm3", whole).hexdigest()


def test_a_library_that_reckons_wrongly_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm3, "_EXAMPLE", "0" * 64)
    sm3._native.cache_clear()
    try:
        assert sm3.source() == "OpenSSL" and sm3.new().hexdigest() == hashlib.new("sm3").hexdigest()
    finally:
        monkeypatch.undo()
        sm3._native.cache_clear()
