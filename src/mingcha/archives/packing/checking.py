"""The check of a package by itself (封存包核验): no database, no trust in anything that stands in the package.

Step by step: bag, manifests, contents, PREMIS, papers, journal, ledger, seal. The first fault is named with its cause.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2
from lxml import etree

from mingcha.archives.packing import premis, reading
from mingcha.archives.packing.bag import ALGORITHMS, DECLARATION, RECORDINGS, Digests, contents_digest, has_sm3
from mingcha.archives.packing.reading import Contents, Unreadable
from mingcha.common.canonical import canonical, digest
from mingcha.ledger.core import checkpoint, merkle, proof
from mingcha.ledger.core.bundle import Outcome, Step
from mingcha.ledger.core.entry import HEADER_FIELDS, header_digest, salted_digest
from mingcha.ledger.core.errors import ProofError
from mingcha.ledger.core.note import VerifierKey

__all__ = ["Fault", "Outcome", "Report", "check", "page_count"]

FORMAT = "mingcha-dossier@1"
DOSSIER = "data/dossier.json"
ENTRIES = "data/journal/entries.jsonl"
CHECKPOINT = "data/journal/checkpoint.txt"
KEY = "data/journal/log-key.txt"
PREMIS = "data/metadata/premis.xml"
PAGE = "index.html"


class Fault(Exception):
    """Something differs; the text names what and why."""


@dataclass
class Report:
    """All steps with the outcome; what was read stays at hand for the check of the four properties."""

    outcome: Outcome
    message: str
    steps: list[Step] = field(default_factory=list)
    dossier: dict[str, Any] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, Digests] = field(default_factory=dict)
    contents: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome.name.lower(),
            "exit_code": int(self.outcome),
            "message": self.message,
            "steps": [step.as_dict() for step in self.steps],
        }

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)


def check(
    path: Path,
    keys: Sequence[VerifierKey] = (),
    *,
    seal: Path | None = None,
    known: Mapping[str, Digests] | None = None,
) -> Report:
    """Check a package folder or tar against keys that the caller trusts. Never raises for what stands in the package.

    Without keys the ledger's signature is not looked at, and the report says so. `seal` is the file beside the package
    that proves the sealing itself; by default NAME.seal.json beside the folder where there is one.
    `known` are digests of files that the caller has read a moment ago while writing them: they are not read twice.
    """
    if path.is_file():
        with tempfile.TemporaryDirectory(prefix="mingcha-check-") as folder:
            try:
                return _check(reading.unpack(path, Path(folder)), keys, seal or _beside(path), {})
            except Unreadable as error:
                return _unreadable(str(error))
    return _check(path, keys, seal or _beside(path), known or {})


def _beside(path: Path) -> Path | None:
    name = path.name.removesuffix(".tar") if path.is_file() else path.name
    found = path.with_name(f"{name}.seal.json")
    return found if found.exists() else None


def _unreadable(message: str) -> Report:
    step = Step("读取封存包", "封存包可以读取", False, message, "unreadable")
    return Report(Outcome.UNREADABLE, f"无法读取：{message}", [step])


def _check(path: Path, keys: Sequence[VerifierKey], seal: Path | None, known: Mapping[str, Digests]) -> Report:
    report = Report(Outcome.GENUINE, "")
    try:
        found = reading.open_package(path)
        if "bagit.txt" not in found.names or found.read("bagit.txt") != DECLARATION:
            raise Unreadable("没有 bagit.txt，或者不是 BagIt 1.0。")
    except Unreadable as error:
        return _unreadable(str(error))
    state = _State(found, report, keys, seal, known)
    for name, says, code, step in (
        ("标签清单", "清单文件和说明文件没有改动", "tag-manifest", _tags),
        ("文件齐全", "清单上的文件都在，没有多余的文件", "completeness", _complete),
        ("文件摘要", "每个文件与两种摘要一致", "digest", _digests),
        ("案卷目录", "目录格式正确，所列文件都在包内", "dossier", _dossier),
        ("过程记录", "日志首尾相接，内容与摘要一致", "journal", _journal),
        ("文书", "文书能打开，页数相符，与过程记录中的摘要一致", "papers", _papers),
        ("音像和证据", "音像、证据的摘要与过程记录一致", "materials", _materials),
        ("元数据", "PREMIS 元数据的次序正确，与文件和日志一致", "premis", _premis),
        ("账本证明", "日志收录在由您信任的公钥签名的账本中", "ledger", _ledger),
        ("封存条目", "账本记录的封存摘要与本包一致", "seal", _seal),
    ):
        report.steps.append(_step(name, says, code, step, state))
    failed = [step for step in report.steps if not step.passed]
    if failed:
        report.outcome = Outcome.ALTERED
        report.message = f"核验未通过：{failed[0].name}——{failed[0].differs}"
        return report
    open_steps = [step for step in report.steps if step.differs]
    case = report.dossier["case"]
    report.message = (
        f"完好：案卷 {case['number'] or case['cause']}，{len(report.files)}个文件，{len(report.entries)}条过程记录。"
        + "".join(step.differs for step in open_steps)
    )
    return report


@dataclass
class _State:
    found: Contents
    report: Report
    keys: Sequence[VerifierKey]
    seal: Path | None
    known: Mapping[str, Digests]
    manifests: dict[str, dict[str, str]] = field(default_factory=dict)
    recorded: dict[str, str] = field(default_factory=dict)

    def info(self, name: str) -> str:
        """A line of bag-info.txt."""
        lines = self.found.read("bag-info.txt").decode().splitlines()
        return next((line.partition(": ")[2] for line in lines if line.startswith(f"{name}: ")), "")


class _Open(Exception):
    """A step that could not be taken with what the caller gave; no fault, but it is said."""


def _step(name: str, says: str, code: str, step: Callable[[_State], None], state: _State) -> Step:
    try:
        step(state)
    except _Open as note:
        return Step(name, says, True, str(note), f"{code}-not-checked")
    except (Fault, Unreadable) as error:
        return Step(name, says, False, str(error), code)
    except ProofError as error:
        return Step(name, says, False, error.message, error.code)
    except OSError as error:
        return Step(name, says, False, f"{Path(str(error.filename or '')).name} 打不开。", code)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        # What the manifests do not vouch for may hold anything.
        return Step(name, says, False, f"内容不合格式（{type(error).__name__}）。", code)
    return Step(name, says, True)


def _tags(state: _State) -> None:
    for algorithm in ALGORITHMS:
        name = f"tagmanifest-{algorithm}.txt"
        listed = reading.manifest(state.found.read(name), name)
        for path in sorted(listed):
            if path not in state.found.names:
                raise Fault(f"缺少 {path}，{name} 列有这个文件。")
        tags = {path for path in state.found.names if "/" not in path and not path.startswith("tagmanifest-")}
        if extra := sorted(tags - set(listed)):
            raise Fault(f"多出 {extra[0]}，{name} 没有列这个文件。")
        if algorithm == "sm3" and not has_sm3():
            continue
        for path, found in state.found.digests(sorted(listed)).items():
            if found.of(algorithm) != listed[path]:
                raise Fault(f"{path} 被改动过，与 {name} 的摘要不一致。")


def _complete(state: _State) -> None:
    for algorithm in ALGORITHMS:
        name = f"manifest-{algorithm}.txt"
        state.manifests[algorithm] = reading.manifest(state.found.read(name), name)
    first, second = state.manifests.values()
    if set(first) != set(second):
        path = sorted(set(first) ^ set(second))[0]
        raise Fault(f"两份清单所列的文件不同，例如 {path}。")
    present = {path for path in state.found.names if "/" in path}
    if missing := sorted(set(first) - present):
        raise Fault(f"缺少 {missing[0]}，清单列有这个文件。")
    if extra := sorted(present - set(first)):
        raise Fault(f"多出 {extra[0]}，清单没有列这个文件。")


def _digests(state: _State) -> None:
    names = sorted(state.manifests["sha256"])
    fresh = state.found.digests([name for name in names if name not in state.known])
    state.report.files = {name: fresh.get(name) or state.known[name] for name in names}
    for path, found in state.report.files.items():
        for algorithm, listed in state.manifests.items():
            if found.of(algorithm) and found.of(algorithm) != listed[path]:
                raise Fault(
                    f"{path} 被改动过，{algorithm.upper()} 摘要应为 {listed[path][:16]}…，实为 {found.of(algorithm)[:16]}…。"
                )
    if (
        state.info("Payload-Oxum")
        != f"{sum(found.size for found in state.report.files.values())}.{len(state.report.files)}"
    ):
        raise Fault("bag-info.txt 写明的文件总数和总字节数与实际不符。")
    state.report.contents = contents_digest(state.report.files)


def _items(dossier: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for part in dossier["volumes"] for item in part["items"]]


def _dossier(state: _State) -> None:
    dossier = state.found.json(DOSSIER)
    if not isinstance(dossier, dict) or dossier.get("format") != FORMAT:
        raise Fault(f"{DOSSIER} 不是 {FORMAT} 格式的案卷目录。")
    state.report.dossier = dossier
    named = {path for item in _items(dossier) for path in (item["file"], item["twin"]) if path}
    recordings = {row["path"] for row in dossier["recordings"]}
    if state.info("Mingcha-Recordings") == "included":
        named |= recordings
    named |= {path for part in dossier["volumes"] for path in part["frame"]}
    named |= set(dossier["proofs"])
    own = {DOSSIER, ENTRIES, CHECKPOINT, KEY, PREMIS}
    if missing := sorted(named - set(state.report.files)):
        raise Fault(f"目录列有 {missing[0]}，包内没有。")
    if extra := sorted(set(state.report.files) - named - own):
        raise Fault(f"包内有 {extra[0]}，目录没有列。")
    for part in dossier["volumes"]:
        _pages(part)


def _pages(part: dict[str, Any]) -> None:
    page = 0
    for n, item in enumerate(part["items"], 1):
        if item["n"] != n:
            raise Fault(f"{part['name']}的序号不连续，第{n}件写的是{item['n']}。")
        if item["pages_to"]:
            if item["pages_from"] != page + 1:
                raise Fault(f"{part['name']}的页号不连续，“{item['title']}”应从第{page + 1}页开始。")
            page = item["pages_to"]
    if page != part["pages"]:
        raise Fault(f"{part['name']}的总页数写的是{part['pages']}，实为{page}。")


def _journal(state: _State) -> None:
    entries = state.found.lines(ENTRIES)
    log = state.report.dossier["log"]
    before, number = log["continues"], log["first"]
    for entry in entries:
        header = entry["header"]
        where = f"第{number}条日志"
        if tuple(sorted(header)) != tuple(sorted(HEADER_FIELDS)):
            raise Fault(f"{where}的字段不对。")
        if header["case_id"] != state.report.dossier["case"]["id"] or header["log"] != log["name"]:
            raise Fault(f"{where}不属于本案。")
        if header["case_seq"] != number:
            raise Fault(f"日志不连续：应为第{number}条，实为第{header['case_seq']}条，有条目被删去、插入或者调换。")
        if header["prev_digest"] != before:
            raise Fault(f"{where}与前一条不相接，有条目被替换。")
        if header_digest(header) != entry["digest"]:
            raise Fault(f"{where}被改动过，与它的摘要不一致。")
        if entry["payload"] is not None:
            salt = entry["salt"]
            if salted_digest(salt, canonical(entry["payload"])) != header["payload_digest"]:
                raise Fault(f"{where}的内容被改动过。")
            if salted_digest(salt, canonical(entry["actor"])) != header["actor_digest"]:
                raise Fault(f"{where}的人员被改动过。")
        before, number = entry["digest"], number + 1
    if number - 1 != log["last"]:
        raise Fault(f"日志应到第{log['last']}条，实到第{number - 1}条。")
    state.report.entries = entries
    state.recorded = _recorded(entries)


def _recorded(entries: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Every digest that the journal keeps of a file or a document, with the kind of entry that keeps it."""
    found: dict[str, str] = {}
    for entry in entries:
        payload = entry["payload"] or {}
        for name in ("sha256", "digest", "after", "file", "source"):
            if isinstance(payload.get(name), str):
                found.setdefault(payload[name], entry["header"]["kind"])
        if entry["header"]["kind"] == "evidence-recorded":
            found.setdefault(digest(payload), "evidence-recorded")
    return found


def _erased(state: _State, key: str) -> bool:
    """Whether the content of an entry about a subject was erased by law: then its digest is not in the journal any more."""
    return any(entry["payload"] is None and entry["header"]["subject_id"] == key for entry in state.report.entries)


def _papers(state: _State) -> None:
    for item in _items(state.report.dossier):
        if item["twin"]:
            twin = state.found.json(item["twin"])
            found = digest({"kind": twin["kind"], "template": twin["template"], "fields": twin["fields"]})
            if found != item["digest"] or (found not in state.recorded and not _erased(state, item["id"])):
                raise Fault(f"“{item['title']}”的数据与过程记录中制作文书时的摘要不一致。")
        if not item["file"]:
            continue
        if (
            item["twin"]
            and state.report.files[item["file"]].sha256 not in state.recorded
            and not _erased(state, item["id"])
        ):
            raise Fault(f"“{item['title']}”（{item['file']}）不是过程记录中的那个文件，可能被替换。")
        if item["media_type"] == "application/pdf" and page_count(state.found.root / item["file"]) != item["pages"]:
            raise Fault(f"“{item['title']}”（{item['file']}）打不开，或者页数不是{item['pages']}页。")
    for part in state.report.dossier["volumes"]:
        for path in part["frame"]:
            if path.endswith(".pdf") and not page_count(state.found.root / path):
                raise Fault(f"{path} 打不开。")
            if path.endswith(".pdf") and state.report.files[path].sha256 not in state.recorded:
                raise Fault(f"{path} 不是过程记录中的那个文件，可能被替换。")


def page_count(path: Path) -> int:
    """Pages of a PDF, 0 where it does not open."""
    try:
        with pypdfium2.PdfDocument(path) as document:
            return len(document)
    except (pypdfium2.PdfiumError, OSError, ValueError):
        return 0


# Papers of others whose bytes the journal names.
_ANNEXED = ("appeal", "appeal-end")


def _materials(state: _State) -> None:
    for item in _items(state.report.dossier):
        if item["kind"] == "evidence" and item["digest"] not in state.recorded and not _erased(state, item["id"]):
            raise Fault(f"“{item['title']}”的摘要不在过程记录中。")
        annexed = item["kind"] in _ANNEXED and item["file"] and item["sha256"] not in state.recorded
        if annexed and not _erased(state, item["id"].partition("#")[0]):
            raise Fault(f"“{item['title']}”（{item['file']}）不是登记复议、诉讼时收下的那个文件，可能被替换。")
        if item["file"] and state.report.files[item["file"]].sha256 != item["sha256"]:
            raise Fault(f"“{item['title']}”（{item['file']}）与目录写明的摘要不一致。")
    for row in state.report.dossier["recordings"]:
        if row["sha256"] not in state.recorded and not _erased(state, row["id"]):
            raise Fault(f"音像“{row['title']}”的摘要不在过程记录中。")
        held = state.report.files.get(row["path"])
        if held is not None and held.sha256 != row["sha256"]:
            raise Fault(f"音像“{row['title']}”（{row['path']}）与目录写明的摘要不一致。")


def _premis(state: _State) -> None:
    try:
        root = premis.read(state.found.read(PREMIS))
    except etree.XMLSyntaxError:
        raise Fault(f"{PREMIS} 不是格式正确的 XML。") from None
    if wrong := premis.disorder(root):
        raise Fault(f"{PREMIS}：{wrong}。")
    told = premis.objects(root)
    for path, found in state.report.files.items():
        if path != PREMIS and not path.startswith(RECORDINGS) and told.get(path) != (found.sha256, found.size):
            raise Fault(f"{PREMIS} 没有 {path}，或者所记的摘要、大小不符。")
    outside = {row["where"] for row in state.report.dossier["recordings"]}
    if lacking := sorted(outside - set(told)):
        raise Fault(f"{PREMIS} 没有音像 {lacking[0]}。")
    if extra := sorted(set(told) - set(state.report.files) - outside):
        raise Fault(f"{PREMIS} 记有 {extra[0]}，包内没有。")
    if premis.events(root) != [entry["digest"] for entry in state.report.entries]:
        raise Fault(f"{PREMIS} 的事件与过程记录不一致。")


def _ledger(state: _State) -> None:
    if not state.keys:
        raise _Open("没有给出账本公钥，签名和收录证明没有核对（请用 --key 指定）。")
    head = checkpoint.open_signed(state.found.read(CHECKPOINT).decode(), state.keys)
    log = state.report.dossier["log"]
    if head.origin != log["origin"] or head.origin.rpartition("/")[2] != log["name"]:
        raise Fault(f"检查点属于账本“{head.origin}”，案卷属于“{log['origin']}”。")
    for entry in state.report.entries:
        leaf = merkle.leaf_hash(bytes.fromhex(entry["digest"]))
        try:
            merkle.verify_inclusion(leaf, entry["index"], head.size, proof.from_hex(entry["proof"]), head.root)
        except ProofError as error:
            raise Fault(f"第{entry['header']['case_seq']}条日志没有收录在账本中：{error.message}") from None


def _seal(state: _State) -> None:
    if state.seal is None:
        raise _Open("没有封存条目文件（包名.seal.json），只核对了包的内部。")
    found = Contents(state.seal.parent, (state.seal.name,)).json(state.seal.name)
    header, payload = found["header"], found["payload"]
    if header["kind"] != "dossier-sealed" or header["case_id"] != state.report.dossier["case"]["id"]:
        raise Fault("封存条目不是本案的封存记录。")
    if salted_digest(found["salt"], canonical(payload)) != header["payload_digest"]:
        raise Fault("封存条目的内容被改动过。")
    if payload["contents"] != state.report.contents or payload["volume"] != state.report.dossier["volume"]:
        raise Fault("本包的内容不是封存时的内容。")
    if not state.keys:
        raise _Open("封存摘要一致；没有给出账本公钥，封存条目的签名没有核对。")
    head = checkpoint.open_signed(found["checkpoint"], state.keys)
    if head.origin != state.report.dossier["log"]["origin"]:
        raise Fault("封存条目属于另一个账本。")
    leaf = merkle.leaf_hash(bytes.fromhex(header_digest(header)))
    merkle.verify_inclusion(leaf, found["index"], head.size, proof.from_hex(found["proof"]), head.root)
