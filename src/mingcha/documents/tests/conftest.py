"""Fixtures of signatures: an authority, a print, a signed letter."""

from __future__ import annotations

import pytest

from mingcha.documents.rendering import render
from mingcha.documents.signing import strokes, timestamps
from mingcha.documents.signing.authority import DemoAuthority
from mingcha.documents.signing.pictures import SheetRow, sheet
from mingcha.documents.signing.signer import OfficerSignature, Seal, sign
from mingcha.documents.tests.golden import ALL
from mingcha.documents.tests.signing_parts import NAME, ORGAN


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> DemoAuthority:
    found = DemoAuthority(tmp_path_factory.mktemp("signing") / "demo")
    found.create()
    return found


@pytest.fixture(scope="module")
def plain() -> bytes:
    return render("penalty-decision", ALL["penalty-decision"]).pdf


@pytest.fixture(scope="module")
def signed(authority: DemoAuthority, plain: bytes) -> bytes:
    """An officer's signature, then the seal, over a decision with a sheet of signatures."""
    drawn = strokes.svg(strokes.read(NAME))
    page = sheet(
        "签名页", ["《行政处罚决定书》"], [SheetRow("当事人　许山河", ("手写签名",), drawn, "许山河的手写签名")]
    )
    return sign(
        plain,
        timestamper=timestamps.local(authority.timestamping()),
        officers=[OfficerSignature(authority.holder("officer", "1", "林策"), "林策", "承办人员")],
        seal=Seal(authority.holder("seal", "1", ORGAN), ORGAN, "2026年4月21日", "演示印章"),
        sheet=page,
    )
