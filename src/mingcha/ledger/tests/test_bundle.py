"""Proof bundle: a genuine one passes, every altered one is refused and says what differs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import transaction

from mingcha.common.canonical import canonical, digest
from mingcha.common.errors import NotFound
from mingcha.ledger import actions, commands, keys, queries, sequencer
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.core import bundle
from mingcha.ledger.core.bundle import Outcome
from mingcha.ledger.errors import NotYetSequenced
from mingcha.ledger.models import JournalEntry
from mingcha.ledger.tests.conftest import LOG

CONTENT = {"document_number": "明综执罚〔2026〕1号", "text": "罚款人民币贰万元整。", "fine": 2000000}
Append = Callable[..., list[JournalEntry]]


def publish(actor: ActorSnapshot, content: dict[str, Any], *, log: str = LOG, kind: str = "test-published") -> Any:
    payload = {"content_digest": digest(content), "by": "公示"}
    return actions.append(kind, log=log, subject=("decision", "d1"), actor=actor, payload=payload, case_id=uuid.uuid4())


@pytest.fixture
def good(append: Append, actor: ActorSnapshot) -> dict[str, Any]:
    append(5)
    entry = publish(actor, CONTENT)
    append(300)
    append(2, log="990200")
    sequencer.sequence(LOG)
    sequencer.sequence("990200")
    return json.loads(queries.bundle_for(entry.pk, CONTENT))


def check(value: Any, log: str = LOG) -> bundle.Report:
    return bundle.verify(canonical(value), [keys.verifier(log)])


def failed(report: bundle.Report) -> set[str]:
    return {step.code for step in report.steps if not step.passed}


def test_genuine_bundle(good: dict[str, Any]) -> None:
    report = check(good)
    assert (report.outcome, failed(report)) == (Outcome.GENUINE, set())
    assert [step.name for step in report.steps] == [
        "读取证明包", "公开内容", "公开行为", "日志条目", "检查点签名", "账本归属", "收录证明",
    ]  # fmt: skip
    assert report.facts["index"] == 5
    assert report.facts["origin"] == f"mingcha.example/{LOG}"
    assert report.as_dict()["exit_code"] == 0


def test_spacing_and_order_do_not_matter(good: dict[str, Any]) -> None:
    loose = json.dumps(dict(reversed(good.items())), indent=4).encode()
    assert bundle.verify(loose, [keys.verifier(LOG)]).outcome is Outcome.GENUINE


def test_another_logs_key_fails(good: dict[str, Any]) -> None:
    report = check(good, "990200")
    assert (report.outcome, "note-unknown-signer" in failed(report)) == (Outcome.ALTERED, True)
    assert bundle.verify(canonical(good), []).outcome is Outcome.ALTERED


def forge(value: dict[str, Any]) -> None:
    """What someone does who knows the format, but not the log's key."""
    from mingcha.ledger.core.entry import salted_digest

    value["content"]["fine"] = 200
    value["content_digest"] = value["payload"]["content_digest"] = digest(value["content"])
    value["header"]["payload_digest"] = salted_digest(value["salt"], canonical(value["payload"]))


ALTERED = {
    "content": (lambda b: b["content"].update(fine=200), "content-altered"),
    "content-and-digest": (
        lambda b: (b["content"].update(fine=200), b.update(content_digest=digest(b["content"]))), "payload-altered"),
    "content-digest-and-payload": (
        lambda b: (b["content"].update(fine=200), b.update(content_digest=digest(b["content"])),
                   b["payload"].update(content_digest=b["content_digest"])), "payload-altered"),
    "all-but-the-log": (forge, "proof-root-mismatch"),
    "kind": (lambda b: b["header"].update(kind="decision-drafted"), "payload-altered"),
    "time": (lambda b: b["header"].update(occurred_at="2020-01-01T00:00:00.000Z"), "proof-root-mismatch"),
    "actor": (lambda b: b["header"].update(actor_digest="0" * 64), "proof-root-mismatch"),
    "salt": (lambda b: b.update(salt="0" * 64), "payload-altered"),
    "index": (lambda b: b.update(index=4), "proof-root-mismatch"),
    "index-negative": (lambda b: b.update(index=-1), "proof-out-of-range"),
    "index-beyond": (lambda b: b.update(index=10**9), "proof-out-of-range"),
    "proof-short": (lambda b: b["proof"].pop(), "proof-wrong-length"),
    "proof-long": (lambda b: b["proof"].append("0" * 64), "proof-wrong-length"),
    "proof-swapped": (lambda b: b["proof"].reverse(), "proof-root-mismatch"),
    "checkpoint-size": (
        lambda b: b.update(checkpoint=b["checkpoint"].replace("\n306\n", "\n307\n")), "note-bad-signature"),
    "checkpoint-origin": (
        lambda b: b.update(checkpoint=b["checkpoint"].replace(f"/{LOG}", "/990300")), "note-unknown-signer"),
    "checkpoint-no-note": (lambda b: b.update(checkpoint="x"), "note-malformed"),
    "log": (lambda b: b["header"].update(log="990200"), "other-log"),
}  # fmt: skip


@pytest.mark.parametrize("name", ALTERED)
def test_altered_bundle_is_refused(good: dict[str, Any], name: str) -> None:
    change, code = ALTERED[name]
    change(good)
    report = check(good)
    assert report.outcome is Outcome.ALTERED
    assert code in failed(report)
    assert all(step.differs for step in report.steps if not step.passed)
    assert report.facts == {}


def test_checkpoint_of_another_log_does_not_help(good: dict[str, Any]) -> None:
    """A trusted key of one log may not vouch for entries of another."""
    good["checkpoint"] = queries.latest_checkpoint("990200").note  # type: ignore[union-attr]
    report = bundle.verify(canonical(good), [keys.verifier(LOG), keys.verifier("990200")])
    assert {"other-log", "proof-out-of-range"} <= failed(report)


UNREADABLE = {
    "empty": lambda b: b"",
    "not-json": lambda b: b"PK\x03\x04",
    "list": lambda b: b"[]",
    "other-format": lambda b: canonical({**b, "format": "mingcha-proof@2"}),
    "missing-field": lambda b: canonical({k: v for k, v in b.items() if k != "salt"}),
    "unknown-field": lambda b: canonical({**b, "key": "mine"}),
    "unknown-header-field": lambda b: canonical({**b, "header": {**b["header"], "x": 1}}),
    "header-version": lambda b: canonical({**b, "header": {**b["header"], "v": 2}}),
    "duplicate-key": lambda b: canonical(b).replace(b'"index":5', b'"index":5,"index":5'),
    "fraction": lambda b: canonical(b).replace(b'"index":5', b'"index":5.0'),
    "nan": lambda b: canonical(b).replace(b'"index":5', b'"index":NaN'),
    "boolean-index": lambda b: canonical({**b, "index": True}),
    "proof-of-numbers": lambda b: canonical({**b, "proof": [1]}),
    "proof-too-long": lambda b: canonical({**b, "proof": ["0" * 64] * 64}),
    "upper-case-digest": lambda b: canonical({**b, "content_digest": b["content_digest"].upper() + "A"}),
    "content-text": lambda b: canonical({**b, "content": "text"}),
    "truncated": lambda b: canonical(b)[:-10],
    "byte-order-mark": lambda b: b"\xef\xbb\xbf" + canonical(b),
    "lone-surrogate": lambda b: canonical(b).replace(b'"index":5', b'"index":"\\ud800"'),
    "deep": lambda b: b"[" * 200_000,
    "huge": lambda b: b" " * (17 << 20),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_bundle_is_no_verdict(good: dict[str, Any], name: str) -> None:
    data = UNREADABLE[name](good)
    assert data != canonical(good)
    report = bundle.verify(data, [keys.verifier(LOG)])
    assert report.outcome is Outcome.UNREADABLE
    assert failed(report) == {"bundle-unreadable"}


def test_every_single_byte_counts(good: dict[str, Any]) -> None:
    """Changing any one byte never yields another genuine bundle with other facts."""
    data = canonical(good)
    trusted = [keys.verifier(LOG)]
    expected = bundle.verify(data, trusted)
    for at in range(0, len(data), 7):
        bent = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        report = bundle.verify(bent, trusted)
        assert report.outcome is not Outcome.GENUINE or report.facts == expected.facts
        assert report.outcome is not Outcome.GENUINE or json.loads(bent)["content"] == CONTENT


def test_bundle_needs_a_covered_and_unerased_entry(append: Append, actor: ActorSnapshot) -> None:
    entry = publish(actor, CONTENT)
    with pytest.raises(NotYetSequenced):
        queries.bundle_for(entry.pk, CONTENT)
    sequencer.sequence(LOG)
    with pytest.raises(ValueError, match="another content"):
        queries.bundle_for(entry.pk, {**CONTENT, "fine": 1})
    later = publish(actor, CONTENT)
    with pytest.raises(NotYetSequenced):
        queries.bundle_for(later.pk, CONTENT)
    actions.erase(entry, actor=actor, ground="个人信息保护法第四十七条")
    with pytest.raises(NotFound):
        queries.bundle_for(entry.pk, CONTENT)
    with pytest.raises(NotFound):
        queries.bundle_for(10**9, CONTENT)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(commands.verify, arguments)


def test_verify_command(good: dict[str, Any], tmp_path: Path) -> None:
    file, trust, other = tmp_path / "bundle.json", tmp_path / "trust", tmp_path / "other"
    file.write_bytes(canonical(good))
    trust.write_text(f"# 明水区\n\n{keys.verifier(LOG)}\n", encoding="utf-8")
    other.write_text(str(keys.verifier("990200")))
    done = run(str(file), "--key", str(trust))
    assert (done.exit_code, "真实" in done.output) == (0, True)
    shown = json.loads(run(str(file), "--key", str(trust), "--json").output)
    assert (shown["outcome"], shown["exit_code"]) == ("genuine", 0)
    assert run(str(file), "--key", str(other)).exit_code == 1
    good["content"]["fine"] = 1
    file.write_bytes(canonical(good))
    done = run(str(file), "--key", str(trust))
    assert (done.exit_code, "公开内容" in done.output) == (1, True)
    assert run(str(tmp_path / "absent"), "--key", str(trust)).exit_code == 2
    assert run(str(file), "--key", str(tmp_path / "absent")).exit_code == 2
    for bad in ("", "# nothing\n", "x\n"):
        trust.write_text(bad)
        assert run(str(file), "--key", str(trust)).exit_code == 2
    trust.write_bytes(b"\xff")
    assert run(str(file), "--key", str(trust)).exit_code == 2
    file.write_bytes(b"")
    assert run(str(file), "--key", str(other)).exit_code == 2


def test_rollback_leaves_no_entry(db: None, actor: ActorSnapshot) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        publish(actor, CONTENT)
        raise RuntimeError
    assert not JournalEntry.objects.exists()
