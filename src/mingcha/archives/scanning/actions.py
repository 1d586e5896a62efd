"""Writes of scanned paper (扫描入库、机读、核对): the pictures stay as they came, a person's check makes the text count — R076."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.lending.marking import pages_of
from mingcha.archives.models_scanning import PageText, Scan, ScanCheck, ScanPage
from mingcha.archives.scanning import queries, readers
from mingcha.common import clock
from mingcha.common.canonical import digest
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, NotFound
from mingcha.files import queries as files
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append

ALLOWED = ("application/pdf", "image/png", "image/jpeg")
MAY_SCAN = (Role.ARCHIVIST,)
MOST_PAGES = 500
_LONGEST = 20_000


def take_in(incoming: Sequence[Incoming], *, actor: Actor, name: str, origin: str = "upload") -> Scan:
    """Take in one paper: its files in order, each a PDF or a picture. The bytes are in the store already.

    Raises NotPermitted, InvalidInput, Conflict for a paper that was taken in before.
    """
    role = actor.require(*MAY_SCAN)
    check = Check()
    name = check.text("name", name, "扫描件名称", most=120)
    if not incoming:
        check.add("files", "请选择扫描件（PDF 或者图片）。")
    if any(row.media_type not in ALLOWED for row in incoming):
        check.add("files", "扫描件须为 PDF、PNG 或者 JPEG。")
    check.done()
    sheets: list[tuple[Incoming, int]] = []
    for row in incoming:
        with files.local_path(row.sha256) as path:
            try:
                count = pages_of(path, row.media_type)
            except (OSError, RuntimeError):
                raise InvalidInput({"files": ["文件损坏，打不开。请重新扫描。"]}) from None
        sheets += [(row, place) for place in range(1, count + 1)]
    if not 1 <= len(sheets) <= MOST_PAGES:
        raise InvalidInput({"files": [f"一份材料最多{MOST_PAGES}页，这里有{len(sheets)}页。"]})
    whole = hashlib.sha256("".join(row.sha256 for row in incoming).encode()).hexdigest()
    with transaction.atomic():
        if Scan.objects.filter(organisation_id=actor.organ_id, digest=whole).exists():
            raise Conflict("scan-known", "这份扫描件已经入库，没有重复保存。")
        scan = Scan.objects.create(
            jurisdiction=actor.jurisdiction,
            organisation_id=actor.organ_id,
            name=name,
            origin=origin,
            pages=len(sheets),
            digest=whole,
            received_by_id=actor.officer_id,
            received_at=clock.now(),
        )
        stored = {row.sha256: keep(row) for row in incoming}
        for n, (row, place) in enumerate(sheets, 1):
            ScanPage.objects.create(scan=scan, n=n, file=stored[row.sha256], place=place)
        append(
            "paper-scanned",
            log=actor.jurisdiction,
            subject=("scan", str(scan.id)),
            actor=actor.snapshot(role),
            payload={"name": name, "origin": origin, "pages": len(sheets), "files": [row.sha256 for row in incoming]},
        )
    return scan


def read_page(page_id: uuid.UUID) -> PageText:
    """Let the machine read a page, outside a transaction; what it read stays a proposal. Safe to repeat."""
    page = ScanPage.objects.select_related("file").get(id=page_id)
    with files.local_path(page.file_id) as path:
        name, found = readers.read(path, page.file.media_type, page.place)
    with transaction.atomic():
        row, _ = PageText.objects.get_or_create(
            page=page,
            defaults={
                "reader": name,
                "text": _clean(found.text),
                "plain": queries.squeezed(_clean(found.text)),
                "confidence": found.confidence,
                "at": clock.now(),
            },
        )
    return row


def _clean(text: str) -> str:
    """Neither database keeps everything that a machine may read."""
    kept = "".join(char for char in text if char in "\n　" or char.isprintable())
    return kept[:_LONGEST]


@transaction.atomic
def check(
    scan_id: uuid.UUID,
    *,
    actor: Actor,
    title: str,
    texts: Sequence[str],
    number: str = "",
    party: str = "",
    authority: str = "",
    day: dt.date | None = None,
    version_seen: int = 0,
) -> ScanCheck:
    """A person has compared fields and text of every page with the picture; from now on they count.

    Raises NotPermitted, NotFound, InvalidInput, Conflict when somebody else checked since `version_seen`.
    """
    role = actor.require(*MAY_SCAN)
    if not Scan.objects.select_for_update().filter(id=scan_id, organisation_id=actor.organ_id).exists():
        raise NotFound("没有找到这份扫描件。")
    scan = queries.scan(actor, scan_id)
    last = ScanCheck.objects.filter(scan=scan).aggregate(last=Max("version"))["last"] or 0
    if last != version_seen:
        raise Conflict("scan-checked", "其他人刚刚核对过这份扫描件，您的核对没有覆盖它。请刷新页面后再核对。")
    given = Check()
    title = given.text("title", title, "文书名称", most=120)
    number = given.text("number", number, "文号", most=60, required=False)
    party = given.text("party", party, "当事人", most=120, required=False)
    authority = given.text("authority", authority, "机关", most=120, required=False)
    if day is not None:
        given.date("day", day, "日期", latest=clock.today())
    pages = [
        given.text(f"text_{n}", text, f"第{n}页文字", most=_LONGEST, required=False) for n, text in enumerate(texts, 1)
    ]
    if len(pages) != scan.pages:
        given.add("texts", f"扫描件有{scan.pages}页，请逐页核对。")
    given.done()
    content = {
        "title": title, "number": number, "party": party, "authority": authority, "day": day, "texts": pages,
        "pictures": scan.digest,
    }  # fmt: skip
    row = ScanCheck.objects.create(
        scan=scan,
        version=last + 1,
        title=title,
        number=number,
        party=party,
        authority=authority,
        day=day,
        texts=pages,
        plain="\n".join(queries.squeezed(text) for text in pages),
        digest=digest(content),
        by_id=actor.officer_id,
        at=clock.now(),
    )
    append(
        "paper-checked",
        log=actor.jurisdiction,
        subject=("scan", str(scan.id)),
        actor=actor.snapshot(role),
        payload={"version": row.version, "digest": row.digest, "title": title, "number": number},
    )
    return row
