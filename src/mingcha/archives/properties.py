"""The four properties (四性检测: 真实性、完整性、可用性、安全性) of a package at one moment — DA/T 70-2018."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from django.conf import settings

from mingcha.archives import queries
from mingcha.archives.models import Package, PropertyCheck
from mingcha.archives.ordering import FRAME
from mingcha.archives.packing import checking
from mingcha.archives.packing.bag import Digests
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents.models import Document
from mingcha.documents.rendering import restricted
from mingcha.documents.signing import trust
from mingcha.documents.signing import verifying as signatures
from mingcha.files import queries as files
from mingcha.ledger import keys
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.core.bundle import Outcome

PASSED, FAILED, ABSENT = "passed", "failed", "absent"
WORDS = {PASSED: "通过", FAILED: "未通过", ABSENT: "不适用"}
_VIRUS_SECONDS = 600
_ACTIVE = ("/JavaScript", "/JS", "/OpenAction", "/AA", "/Launch", "/EmbeddedFiles", "/RichMedia")


@dataclass(frozen=True)
class Found:
    """What one item came to, in words."""

    state: str
    words: str = ""


@dataclass
class Subject:
    """A package under examination: what the check of the package alone said, and the case where its rows are at hand."""

    path: Path
    moment: str
    report: checking.Report
    case: Case | None
    package: Package | None

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for part in self.report.dossier.get("volumes", []) for item in part["items"]]

    def step(self, *names: str) -> Found:
        """The answer of steps of the package's own check."""
        for name in names:
            step = self.report.step(name)
            if step is None:
                return Found(FAILED, self.report.message)
            if not step.passed:
                return Found(FAILED, step.differs)
        return Found(PASSED)


@dataclass
class Examined:
    """All items of one moment with their answers."""

    moment: str
    items: list[dict[str, str]] = field(default_factory=list)

    def count(self, state: str) -> int:
        return sum(1 for item in self.items if item["state"] == state)

    @property
    def failed(self) -> int:
        return self.count(FAILED)

    @property
    def first_fault(self) -> str:
        return next((f"{item['what']}——{item['words']}" for item in self.items if item["state"] == FAILED), "")


_functions: dict[str, Callable[[Subject], Found]] = {}


def item(name: str) -> Callable[[Callable[[Subject], Found]], Callable[[Subject], Found]]:
    """Register how an item of the table is found out."""

    def register(function: Callable[[Subject], Found]) -> Callable[[Subject], Found]:
        _functions[name] = function
        return function

    return register


@cache
def table() -> Mapping[str, Any]:
    """The table of items with their sources."""
    found: Mapping[str, Any] = json.loads(
        resources.files("mingcha.archives").joinpath("data/properties.json").read_text(encoding="utf-8")
    )
    return found


def examine(
    path: Path,
    moment: str,
    *,
    case: Case | None = None,
    package: Package | None = None,
    known: Mapping[str, Digests] | None = None,
) -> Examined:
    """Check a package folder at one moment. Never raises for what stands in it. `known`: see checking.check."""
    owner = package.case if package else case
    trusted = keys.verifiers(owner.jurisdiction) if owner else []
    seal = path.with_name(f"{path.name}.seal.json")
    report = checking.check(path, trusted, seal=seal if seal.exists() else None, known=known)
    subject = Subject(path, moment, report, case, package)
    found = Examined(moment)
    for row in table()["items"]:
        if moment in row["moments"]:
            answer = _functions[row["id"]](subject)
            found.items.append(
                {
                    "id": row["id"],
                    "property": row["property"],
                    "what": row["what"],
                    "source": row["source"],
                    "state": answer.state,
                    "words": answer.words,
                }
            )
    return found


def record(package: Package, found: Examined, *, by: ActorSnapshot) -> PropertyCheck:
    """Keep a check as a row and an entry, in the caller's transaction."""
    row = PropertyCheck.objects.create(
        package=package,
        moment=found.moment,
        passed=found.count(PASSED),
        failed=found.failed,
        absent=found.count(ABSENT),
        items=found.items,
        by=by.name,
        at=clock.now(),
    )
    append(
        "archive-checked",
        log=package.case.jurisdiction,
        # On the package, not on the case: the case lock is not held, and its journal has ended with the sealing.
        subject=("package", str(package.id)),
        actor=by,
        payload={
            "moment": found.moment,
            "passed": row.passed,
            "failed": [item["id"] for item in found.items if item["state"] == FAILED],
            "absent": row.absent,
        },
    )
    return row


def recheck_days() -> int:
    """Natural days after which a sealed package is checked again: MINGCHA_ARCHIVE_RECHECK_DAYS or the table's."""
    return int(os.environ.get("MINGCHA_ARCHIVE_RECHECK_DAYS") or table()["recheck_days"])


def due_before(now: dt.datetime) -> dt.datetime:
    return now - dt.timedelta(days=recheck_days())


@item("auth-fixity")
def _fixity(subject: Subject) -> Found:
    return subject.step("标签清单", "文件摘要")


@item("auth-journal")
def _journal(subject: Subject) -> Found:
    return subject.step("过程记录")


@item("auth-ledger")
def _ledger(subject: Subject) -> Found:
    return subject.step("账本证明")


@item("auth-metadata")
def _metadata(subject: Subject) -> Found:
    return subject.step("文书", "音像和证据", "元数据")


@item("auth-signatures")
def _signatures(subject: Subject) -> Found:
    known, signed = trust.load(settings.SIGNING_ROOT), 0
    for row in subject.items:
        if row["media_type"] != "application/pdf" or not row["twin"]:
            continue
        found = signatures.check((subject.path / row["file"]).read_bytes(), known)
        if found.state == signatures.UNSIGNED:
            continue
        signed += 1
        if found.state in (signatures.INVALID, signatures.UNREADABLE):
            return Found(FAILED, f"“{row['title']}”：{'；'.join(found.says)}")
    if not signed:
        return Found(ABSENT, "卷内没有带电子签名的文书。")
    return Found(PASSED, f"{signed}份带签名的文书，签后没有改动。")


@item("auth-seal")
def _seal(subject: Subject) -> Found:
    if subject.package is None:
        return Found(ABSENT, "还没有封存。")
    if subject.report.contents != subject.package.contents:
        return Found(FAILED, "封存包的内容摘要与封存时写入账本的不同。")
    return Found(PASSED)


@item("whole-count")
def _count(subject: Subject) -> Found:
    return subject.step("文件齐全", "文件摘要")


@item("whole-pages")
def _pages(subject: Subject) -> Found:
    return subject.step("案卷目录")


@item("whole-elements")
def _elements(subject: Subject) -> Found:
    case = subject.report.dossier.get("case", {})
    needed = {"cause": "案由", "party": "当事人", "organisation": "执法机关", "closed_on": "结案日期"}
    lacking = [label for name, label in needed.items() if not case.get(name)]
    for row in subject.items:
        lacking += [
            f"“{row['title']}”的{label}" for name, label in (("maker", "责任者"), ("date", "日期")) if not row[name]
        ]
        try:
            dt.date.fromisoformat(row["date"])
        except ValueError:
            lacking.append(f"“{row['title']}”的日期")
        if len(row["title"]) > 200:
            lacking.append(f"“{row['title'][:20]}…”的题名过长")
    return Found(FAILED, f"缺少或者不合格：{'、'.join(lacking[:5])}。") if lacking else Found(PASSED)


@item("whole-papers")
def _papers(subject: Subject) -> Found:
    case = subject.case
    if case is None:
        return Found(ABSENT, "不在原系统上检测。")
    held = {row["id"] for row in subject.items} | {row["id"] for row in subject.report.dossier.get("recordings", [])}
    for package in queries.packages(case):
        earlier = checking.check(Path(subject.path).parent / package.name)
        held |= {row["id"] for part in earlier.dossier.get("volumes", []) for row in part["items"]}
        held |= {row["id"] for row in earlier.dossier.get("recordings", [])}
    whole = queries.dossier(case)
    absent = [paper.title for paper in (*whole.main, *whole.second) if paper.key not in held]
    placed = {paper.key for paper in (*whole.main, *whole.second)}
    rows = Document.objects.filter(case=case).exclude(kind__in=[*FRAME, *restricted()])
    absent += [row.title for row in rows.defer("fields") if str(row.id) not in placed]
    return Found(FAILED, f"没有入卷：{'、'.join(absent[:5])}。") if absent else Found(PASSED)


@item("whole-receipts")
def _receipts(subject: Subject) -> Found:
    case = subject.case
    if case is None:
        return Found(ABSENT, "不在原系统上检测。")
    order = {
        row["id"]: (part["id"], row["n"]) for part in subject.report.dossier.get("volumes", []) for row in part["items"]
    }
    services = Document.objects.filter(case=case, service__isnull=False).select_related("service").defer("fields")
    count = 0
    for row in services:
        receipt = str(row.service.receipt_id)
        if receipt not in order or str(row.id) not in order:
            continue
        count += 1
        volume, n = order[str(row.id)]
        if order[receipt] not in {(volume, n + 1), (volume, n + 2)}:
            return Found(FAILED, f"《{row.title}》的送达回证没有紧跟在它后面。")
    return Found(PASSED) if count else Found(ABSENT, "本卷没有送达的文书。")


@item("use-open")
def _open(subject: Subject) -> Found:
    return subject.step("文书")


@item("use-metadata")
def _readable(subject: Subject) -> Found:
    return subject.step("案卷目录", "元数据")


@item("use-formats")
def _formats(subject: Subject) -> Found:
    allowed = set(table()["long_term_formats"])
    rows = [*subject.items, *subject.report.dossier.get("recordings", [])]
    wrong = [
        f"{row['title']}（{row['media_type']}）"
        for row in rows
        if row["media_type"] and row["media_type"] not in allowed
    ]
    return (
        Found(FAILED, f"格式不在长期保存格式之内：{'、'.join(wrong[:5])}。请转换后保存，原件一并保留。")
        if wrong
        else Found(PASSED)
    )


@item("use-originals")
def _originals(subject: Subject) -> Found:
    outside = [row for row in subject.report.dossier.get("recordings", []) if row["path"] not in subject.report.files]
    if not outside:
        return Found(ABSENT, "没有只记位置的音像。")
    gone = [row["title"] for row in outside if not files.held(row["sha256"])]
    return (
        Found(FAILED, f"原件库中没有：{'、'.join(gone[:5])}。")
        if gone
        else Found(PASSED, f"{len(outside)}段音像都在原件库。")
    )


@item("safe-virus")
def _virus(subject: Subject) -> Found:
    scanner = shutil.which("clamdscan") or shutil.which("clamscan")
    if scanner is None:
        return Found(ABSENT, "本机没有安装病毒检测程序（clamav）。")
    try:
        done = subprocess.run(  # noqa: S603 - the path of the program and of our own folder
            [scanner, "--no-summary", "-r", str(subject.path)], capture_output=True, timeout=_VIRUS_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Found(FAILED, "病毒检测没有在规定时间内完成。")
    if done.returncode == 0:
        return Found(PASSED)
    words = "发现病毒" if done.returncode == 1 else "病毒检测程序出错"
    return Found(FAILED, f"{words}：{done.stdout.decode(errors='replace')[:200]}")


@item("safe-active")
def _active(subject: Subject) -> Found:
    for row in subject.items:
        if row["media_type"] == "application/pdf" and (name := active_part((subject.path / row["file"]).read_bytes())):
            return Found(FAILED, f"“{row['title']}”中有 {name}。")
    return Found(PASSED)


def active_part(data: bytes) -> str:
    """The first thing in the catalogue or a page of a PDF that would act by itself, or nothing."""
    from pyhanko.pdf_utils.generic import DictionaryObject
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        root = PdfFileReader(io.BytesIO(data)).root
        holders = [root, root.get("/Names")]
        pages = [root["/Pages"]]
        while pages:
            node = pages.pop()
            holders.append(node)
            pages += list(node.get("/Kids", []))
    except Exception:
        # A library that reads hostile bytes may raise anything; whether the file opens is another item.
        return ""
    for holder in holders:
        if isinstance(holder, DictionaryObject):
            for name in _ACTIVE:
                if name in holder:
                    return name
    return ""


@item("safe-readonly")
def _readonly(subject: Subject) -> Found:
    for name in subject.report.files:
        if (subject.path / name).stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            return Found(FAILED, f"{name} 可以写入，请改为只读并查明原因。")
    return subject.step("文件齐全") if subject.report.files else Found(FAILED, subject.report.message)


@item("safe-carrier")
def _carrier(subject: Subject) -> Found:
    if subject.report.outcome == Outcome.UNREADABLE or not subject.report.files:
        return Found(FAILED, subject.report.message)
    size = sum(found.size for found in subject.report.files.values())
    return Found(PASSED, f"读出{len(subject.report.files)}个文件，{size}字节。")
