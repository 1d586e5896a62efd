"""What the tests of signatures share: a made-up hand, signing, both verdicts, changed bytes."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from pathlib import Path

from mingcha.documents.signing import timestamps, trust
from mingcha.documents.signing.authority import DemoAuthority
from mingcha.documents.signing.signer import Seal, sign
from mingcha.documents.signing.verifying import Report, check

ORGAN = "明水区综合行政执法局"
NAME = [
    [[100 + 10 * n, 200 + 7 * (n % 5), n * 16, 500] for n in range(40)],
    [[600, 100, 900, 800], [700, 300, 980, 400]],
]


def verdict(data: bytes, authority: DemoAuthority, **more: dt.datetime) -> Report:
    return check(data, trust.load(authority.home.parent), **more)


def sealed(plain: bytes, authority: DemoAuthority, *, fixed: dt.datetime | None = None, key: str = "1") -> bytes:
    return sign(
        plain,
        timestamper=timestamps.local(authority.timestamping(), fixed=fixed),
        seal=Seal(authority.holder("seal", key, ORGAN), ORGAN),
    )


def changed(data: bytes, where: int, shift: int) -> bytes:
    return data[:where] + bytes([(data[where] + shift) % 256]) + data[where + 1 :]


def pdfsig(data: bytes, path: Path) -> str:
    """Poppler's verdict on each signature, and whether the last one covers the file."""
    program = shutil.which("pdfsig")
    assert program, "pdfsig is missing: install poppler-utils"
    path.write_bytes(data)
    return subprocess.run([program, "-nocert", str(path)], check=False, capture_output=True, timeout=60).stdout.decode(
        "utf-8", "replace"
    )


def poppler_accepts(data: bytes, path: Path) -> bool:
    said = pdfsig(data, path)
    states = re.findall(r"Signature Validation: (.*)", said)
    return bool(states) and all(state == "Signature is Valid." for state in states) and "Total document signed" in said


def other(digit: int) -> bytes:
    return b"%X" % (int(chr(digit), 16) ^ 1)


def hole(data: bytes) -> tuple[int, int]:
    found = list(re.finditer(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+\d+", data))[-1]
    return int(found[1]), int(found[2])
