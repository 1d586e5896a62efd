"""Bytes of signed files: whatever is changed, appended or cut off is found, by us and by poppler."""

from __future__ import annotations

import io
import os
import random
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdf
import pytest

from mingcha.documents.signing import container
from mingcha.documents.signing.authority import DemoAuthority
from mingcha.documents.signing.verifying import INVALID, UNREADABLE, UNSIGNED, UNSURE, VALID
from mingcha.documents.tests.signing_parts import changed, hole, other, poppler_accepts, verdict


def test_a_thousand_changed_bytes_are_all_found(signed: bytes) -> None:
    chance = random.Random(20260401)
    missed = [
        (where, shift)
        for where, shift in ((chance.randrange(len(signed)), chance.randrange(1, 256)) for _ in range(1000))
        if not container.fault(changed(signed, where, shift))
    ]
    assert missed == []


def told(signed: bytes, authority: DemoAuthority, folder: Path, count: int, seed: int) -> list[tuple[int, bool, bool]]:
    """For so many changed files: where, whether our whole check accepts it, whether poppler does."""
    chance = random.Random(seed)
    changes = [(chance.randrange(len(signed)), chance.randrange(1, 256)) for _ in range(count)]

    def one(number: int) -> tuple[int, bool, bool]:
        where, shift = changes[number]
        data = changed(signed, where, shift)
        ours = verdict(data, authority).state in (VALID, UNSURE)
        return where, ours, poppler_accepts(data, folder / f"{number}.pdf")

    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return list(pool.map(one, range(count)))


def agree(found: list[tuple[int, bool, bool]], begin: int, end: int) -> None:
    assert [where for where, ours, _ in found if ours] == []
    # Poppler does not look at time-stamps, so inside the container it may accept what we refuse; nowhere else.
    assert [where for where, _, theirs in found if theirs and not begin <= where < end] == []


def test_the_whole_check_agrees_on_a_sample_and_so_does_poppler(
    signed: bytes, authority: DemoAuthority, tmp_path: Path
) -> None:
    assert verdict(signed, authority).state == VALID
    assert poppler_accepts(signed, tmp_path / "whole.pdf")
    agree(told(signed, authority, tmp_path, 60, 7), *hole(signed))


@pytest.mark.slow
def test_a_thousand_changed_files_by_the_whole_check_and_by_poppler(
    signed: bytes, authority: DemoAuthority, tmp_path: Path
) -> None:
    found = told(signed, authority, tmp_path, 1000, 20260402)
    begin, end = hole(signed)
    agree(found, begin, end)
    inside = [theirs for where, _, theirs in found if begin <= where < end]
    print(f"1000 files: ours refuses all; poppler accepts {sum(inside)} of {len(inside)} changed inside the container")


@pytest.mark.slow
def test_each_byte_of_the_container_counts(signed: bytes, authority: DemoAuthority) -> None:
    begin, end = hole(signed)
    accepted = [
        where
        for where in range(begin + 1, end - 1)
        # The whole check takes ten times as long: it is asked only of what the container lets pass.
        if not container.fault(data := signed[:where] + other(signed[where]) + signed[where + 1 :])
        and verdict(data, authority).state in (VALID, UNSURE)
    ]
    assert accepted == []


def test_upper_case_and_padding_in_the_container_are_found(signed: bytes) -> None:
    begin, end = hole(signed)
    where = next(n for n in range(begin + 1, end) if signed[n : n + 1] in b"ABCDEF")
    assert container.fault(signed[:where] + signed[where : where + 1].lower() + signed[where + 1 :])
    assert container.fault(changed(signed, begin, 1))
    assert container.fault(changed(signed, end - 1, 1))


def test_the_time_stamp_is_not_hidden_under_another_tag(signed: bytes, authority: DemoAuthority) -> None:
    begin, end = hole(signed)
    raw = bytes.fromhex(signed[begin + 1 : end - 1].decode())
    signer = container.cms.ContentInfo.load(raw[: container.der_length(raw)])["content"]["signer_infos"][0]
    stamp = signer["unsigned_attrs"].dump()
    assert stamp[:1] == b"\xa1"
    where = begin + 1 + 2 * raw.rindex(stamp)
    for tag in (b"a0", b"a2", b"b1"):
        tag = tag if signed[begin + 1 : end - 1].islower() else tag.upper()
        data = signed[:where] + tag + signed[where + 2 :]
        assert container.fault(data)
        assert verdict(data, authority).state not in (VALID, UNSURE)


def test_appended_stripped_and_foreign_files_are_told_apart(
    signed: bytes, plain: bytes, authority: DemoAuthority
) -> None:
    assert verdict(signed + b"\n% more\n", authority).state == INVALID
    longer = pypdf.PdfWriter(io.BytesIO(signed), incremental=True)
    longer.pages[0].rotate(90)
    out = io.BytesIO()
    longer.write(out)
    assert out.getvalue().startswith(signed)
    found = verdict(out.getvalue(), authority)
    assert found.state == INVALID
    assert found.says == ("签名之后文件又被追加过内容。",)
    # The bytes before the last signature are the file as the officer signed it: whole, but without the seal.
    officer = list(re.finditer(rb"%%EOF\s", signed))[-2].end()
    early = verdict(signed[:officer], authority)
    assert [row.who for row in early.signatures] == ["林策"]
    stripped = pypdf.PdfWriter()
    stripped.append(pypdf.PdfReader(io.BytesIO(signed)))
    for page in stripped.pages:
        page.pop("/Annots", None)
    stripped.root_object.pop("/AcroForm", None)
    out = io.BytesIO()
    stripped.write(out)
    assert verdict(out.getvalue(), authority).state in (UNSIGNED, INVALID)
    assert verdict(plain, authority).state == UNSIGNED
    assert verdict(b"", authority).state == UNREADABLE
    assert verdict(b"%PDF-1.7\n", authority).state == UNREADABLE
    assert verdict(signed[: len(signed) // 2], authority).state in (INVALID, UNREADABLE)
