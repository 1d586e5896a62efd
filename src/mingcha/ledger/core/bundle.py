"""Proof bundle (证明包): one JSON file with which a stranger checks a published text offline, step by step.

The key never comes from the bundle: whoever forges a bundle would sign it with a key of their own.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mingcha.common.canonical import canonical, digest
from mingcha.ledger.core import checkpoint, committed, cosignature, merkle, note, proof, strict
from mingcha.ledger.core.cosignature import WitnessKey
from mingcha.ledger.core.entry import HEADER_FIELDS, VERSION, header_digest, salted_digest
from mingcha.ledger.core.errors import ProofError, UnreadableBundle
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.core.sdjwt import CommitmentBroken

FORMAT = "mingcha-proof@1"
# The same with the commitment of the letter, made when it was issued.
COMMITTED = "mingcha-proof@2"
COMMITMENT_FIELDS = ("presentation", "key", "header", "payload", "salt", "index", "proof")
FIELDS = ("format", "content", "content_digest", "header", "payload", "salt", "index", "proof", "checkpoint")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class Outcome(enum.IntEnum):
    """Exit codes of `mingcha verify`."""

    GENUINE = 0
    ALTERED = 1
    UNREADABLE = 2


@dataclass(frozen=True)
class Step:
    """One step of the check: what it shows, whether it passed, and what differs where it did not."""

    name: str
    says: str
    passed: bool
    differs: str = ""
    code: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "says": self.says, "passed": self.passed, "differs": self.differs, "code": self.code}


@dataclass
class Report:
    """All steps with the outcome; `facts` are shown only when it is genuine."""

    outcome: Outcome
    message: str
    steps: list[Step] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome.name.lower(),
            "exit_code": int(self.outcome),
            "message": self.message,
            "steps": [step.as_dict() for step in self.steps],
            "facts": self.facts,
        }


@dataclass(frozen=True)
class Bundle:
    """The fields of a bundle whose form has been checked, but nothing of their truth."""

    content: Any
    content_digest: str
    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    salt: str
    index: int
    proof: Sequence[str]
    checkpoint: str
    commitment: Mapping[str, Any] | None = None

    def as_bytes(self) -> bytes:
        """The file as it is offered for download."""
        more = {} if self.commitment is None else {"commitment": self.commitment}
        return (
            canonical(
                {
                    "format": COMMITTED if more else FORMAT,
                    **{name: getattr(self, name) for name in FIELDS[1:]},
                    **more,
                }
            )
            + b"\n"
        )


def parse(data: bytes) -> Bundle:
    """The bundle in a file. Raises UnreadableBundle for anything whose form is not exactly the format."""
    value = strict.loads(data)
    if not isinstance(value, dict) or value.get("format") not in (FORMAT, COMMITTED):
        raise UnreadableBundle(message=f"文件不是证明包，应有 format 字段，值为 {FORMAT} 或 {COMMITTED}。")
    names = FIELDS if value["format"] == FORMAT else (*FIELDS, "commitment")
    _require_fields(value, names, "证明包")
    _require_form("content", isinstance(value["content"], dict))
    _require_form("content_digest", _is_digest(value["content_digest"]))
    _require_form("checkpoint", isinstance(value["checkpoint"], str))
    _require_entry(value)
    if value["format"] == COMMITTED:
        more = value["commitment"]
        _require_form("commitment", isinstance(more, dict))
        _require_fields(more, COMMITMENT_FIELDS, "承诺")
        _require_form("commitment.presentation", isinstance(more["presentation"], str))
        _require_form("commitment.key", isinstance(more["key"], dict))
        _require_entry(more)
    return Bundle(**{name: value[name] for name in names[1:]})


def _require_entry(value: Mapping[str, Any]) -> None:
    """The form of an entry of the log with its content and its place."""
    header = value["header"]
    if not isinstance(header, dict):
        raise UnreadableBundle(message="字段“header”应为对象。")
    _require_fields(header, HEADER_FIELDS, "日志条目")
    if header["v"] is True or header["v"] != VERSION:
        raise UnreadableBundle(message="日志条目的版本不认识，请使用较新的验证程序。")
    hashes = value["proof"]
    for name, right in (
        ("payload", isinstance(value["payload"], dict)),
        ("salt", _is_digest(value["salt"])),
        ("index", isinstance(value["index"], int) and not isinstance(value["index"], bool)),
        ("proof", isinstance(hashes, list) and len(hashes) <= proof.MOST_HASHES and all(map(_is_digest, hashes))),
        ("header.log", isinstance(header["log"], str)),
        ("header.kind", isinstance(header["kind"], str)),
        ("header.payload_digest", _is_digest(header["payload_digest"])),
    ):
        _require_form(name, right)


def _require_form(name: str, right: bool) -> None:
    if not right:
        raise UnreadableBundle(message=f"字段“{name}”的类型或形式不对。", data={"field": name})


def verify(
    data: bytes, keys: Sequence[VerifierKey], witnesses: Sequence[WitnessKey] = (), *, demanded: int | None = None
) -> Report:
    """Check a bundle against keys that the caller trusts. Never raises for anything that stands in the bundle.

    With `witnesses`, `demanded` of them (all by default) must have cosigned the checkpoint.
    """
    try:
        bundle = parse(data)
    except UnreadableBundle as error:
        step = Step("读取证明包", "文件是格式正确的证明包", False, error.message, error.code)
        return Report(Outcome.UNREADABLE, f"无法读取：{error.message}", [step])
    heads: list[checkpoint.TreeHead] = []
    steps = [Step("读取证明包", "文件是格式正确的证明包", True)]
    for name, says, check in (
        ("公开内容", "内容与它的摘要一致，一个字也没有改动", _check_content),
        ("公开行为", "日志条目记录的正是公开这份内容", _check_payload),
        ("日志条目", "条目的内容与条目的摘要一致", _check_entry),
        ("检查点签名", "检查点由您信任的账本公钥签名", lambda found: heads.append(_check_signature(found, keys))),
        ("账本归属", "条目属于签名的这个账本", lambda found: _check_log(found, heads)),
        ("收录证明", "条目收录在该检查点的账本之中", lambda found: _check_inclusion(found, heads)),
    ):
        steps.append(_step(name, says, check, bundle))
    shown: list[committed.Shown] = []
    # A content without a mark was published before letters were committed; one with a mark must bring its commitment.
    if bundle.commitment is not None or "commitment" in bundle.content:
        says = "公开的每一段都与签发时逐项承诺的原文一致，隐去的每一处都有标明"
        steps.append(_step("逐项承诺", says, lambda found: shown.append(_check_committed(found, heads)), bundle))
    if witnesses:
        need = len(witnesses) if demanded is None else demanded
        says = f"检查点有您信任的{need}个见证共签"
        steps.append(_step("见证共签", says, lambda found: _check_witnesses(found, witnesses, need), bundle))
    failed = [step for step in steps if not step.passed]
    if failed:
        return Report(Outcome.ALTERED, f"验证未通过：{failed[0].name}——{failed[0].differs}", steps)
    head, header = heads[0], bundle.header
    facts = {
        "origin": head.origin,
        "size": head.size,
        "index": bundle.index,
        **{name: header[name] for name in ("log", "kind", "subject_type", "subject_id", "occurred_at", "recorded_at")},
        "content_digest": bundle.content_digest,
        "committed": {"disclosed": shown[0].disclosed, "withheld": shown[0].withheld} if shown else None,
    }
    message = (
        f"真实：内容与账本“{head.origin}”第{bundle.index}号记录一致，记录于{header['recorded_at']}，此后未被改动。"
    )
    if shown:
        message += f"与签发时的承诺一致：公开{shown[0].disclosed}段，隐去{shown[0].withheld}段。"
    else:
        message += "签发时没有逐项承诺，不能由此证明隐去的部分就是原文。"
    return Report(Outcome.GENUINE, message, steps, facts)


def _step(name: str, says: str, check: Callable[[Bundle], None], bundle: Bundle) -> Step:
    try:
        check(bundle)
    except ProofError as error:
        return Step(name, says, False, error.message, error.code)
    return Step(name, says, True)


class ContentAltered(ProofError):
    """The content is not the one whose digest the bundle names."""

    code = "content-altered"


class PayloadAltered(ProofError):
    """The entry's payload does not fit the content or its own digest."""

    code = "payload-altered"


class OtherLog(ProofError):
    """The entry belongs to another log than the one that signed."""

    code = "other-log"


def _check_content(bundle: Bundle) -> None:
    found = digest(bundle.content)
    if found != bundle.content_digest:
        raise ContentAltered(
            message=f"内容的摘要是 {found[:16]}…，证明包写明的是 {bundle.content_digest[:16]}…，内容被改动过。"
        )


def _check_payload(bundle: Bundle) -> None:
    if not bundle.header["kind"].endswith("-published"):
        raise PayloadAltered(message=f"条目的类别是“{bundle.header['kind'][:60]}”，它不是公开行为的记录。")
    if bundle.payload.get("content_digest") != bundle.content_digest:
        raise PayloadAltered(message="条目记录的内容摘要与证明包的内容摘要不同，公开的是另一份内容。")


def _check_entry(bundle: Bundle) -> None:
    if salted_digest(bundle.salt, canonical(bundle.payload)) != bundle.header["payload_digest"]:
        raise PayloadAltered(message="条目内容或盐值与条目的摘要不符，条目内容被改动过。")


def _check_signature(bundle: Bundle, keys: Sequence[VerifierKey]) -> checkpoint.TreeHead:
    return checkpoint.open_signed(bundle.checkpoint, keys)


class NotCosigned(ProofError):
    """Too few of the trusted witnesses have cosigned the checkpoint."""

    code = "checkpoint-not-cosigned"


def _check_witnesses(bundle: Bundle, witnesses: Sequence[WitnessKey], need: int) -> None:
    found = cosignature.times(note.parse(bundle.checkpoint), witnesses)
    if len(found) < need:
        names = "、".join(found) or "没有"
        raise NotCosigned(message=f"要求{need}个见证共签，检查点上有{len(found)}个（{names}）。")


def _head(heads: Sequence[checkpoint.TreeHead]) -> checkpoint.TreeHead:
    if not heads:
        raise ProofError("checkpoint-untrusted", "检查点未通过签名验证，无从判断。")
    return heads[0]


def _check_log(bundle: Bundle, heads: Sequence[checkpoint.TreeHead]) -> None:
    head = _head(heads)
    if head.origin.rpartition("/")[2] != bundle.header["log"]:
        raise OtherLog(message=f"条目属于账本“{bundle.header['log'][:60]}”，检查点属于“{head.origin}”。")


def _check_inclusion(bundle: Bundle, heads: Sequence[checkpoint.TreeHead]) -> None:
    head = _head(heads)
    leaf = merkle.leaf_hash(bytes.fromhex(header_digest(bundle.header)))
    merkle.verify_inclusion(leaf, bundle.index, head.size, proof.from_hex(bundle.proof), head.root)


def _check_committed(bundle: Bundle, heads: Sequence[checkpoint.TreeHead]) -> committed.Shown:
    """The commitment's own entry stands in the same log, before the publication; then the content against it."""
    more = bundle.commitment
    if more is None:
        raise CommitmentBroken(message="公开内容写明了签发时的承诺，证明包中却没有它。")
    header, head = more["header"], _head(heads)
    if (
        header["kind"] != committed.KIND
        or salted_digest(more["salt"], canonical(more["payload"])) != header["payload_digest"]
    ):
        raise CommitmentBroken(message="承诺的日志条目类别不对，或者内容与它的摘要不符。")
    if header["log"] != bundle.header["log"] or more["index"] >= bundle.index:
        raise CommitmentBroken(message="承诺不在同一个账本中，或者晚于公开。")
    leaf = merkle.leaf_hash(bytes.fromhex(header_digest(header)))
    merkle.verify_inclusion(leaf, more["index"], head.size, proof.from_hex(more["proof"]), head.root)
    return committed.check(bundle.content, more["presentation"], more["key"], more["payload"])


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.match(value) is not None


def _require_fields(value: Mapping[str, Any], names: Sequence[str], label: str) -> None:
    absent = [name for name in names if name not in value]
    if absent:
        raise UnreadableBundle(message=f"{label}缺少字段“{absent[0]}”。", data={"field": absent[0]})
    unknown = [name for name in value if name not in names]
    if unknown:
        raise UnreadableBundle(message=f"{label}有不认识的字段“{unknown[0][:60]}”。", data={"field": unknown[0][:60]})
