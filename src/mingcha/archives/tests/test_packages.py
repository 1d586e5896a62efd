"""A dossier is sealed, its package checked by itself, and every attack on it is named."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bagit
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, transaction
from django.test import override_settings
from lxml import etree

from mingcha.accounts.queries import actor_named
from mingcha.archives import actions, exporting, properties, queries, sealing, tasks
from mingcha.archives.choices import Moment, Retention
from mingcha.archives.errors import SealingFailed
from mingcha.archives.models import Package, Sealing
from mingcha.archives.packing import bag as bags
from mingcha.archives.packing import checking, premis
from mingcha.cases.models import Case, Evidence
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.canonical import digest
from mingcha.common.errors import Conflict, MingchaError, Refused
from mingcha.files.actions import path_of
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger import keys
from mingcha.ledger.actions import append
from mingcha.ledger.core.bundle import Outcome
from mingcha.ledger.core.bundle import verify as verify_bundle
from mingcha.ledger.core.note import Signer, VerifierKey
from mingcha.ledger.sequencer import sequence
from mingcha.recordings.models import Recording
from mingcha.recordings.watching import actions as watching
from mingcha.recordings.watching import door

Play = Callable[..., Journey]


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Path, VerifierKey, str]]:
    """One journey sealed and copied out twice; the tests that only read the copies share it. Rolled back at the end."""
    home = tmp_path_factory.mktemp("sealed")
    roots = override_settings(LOG_ROOT=home / "log", KEYS_ROOT=home / "keys", ARCHIVES_ROOT=home / "archives")
    with django_db_blocker.unblock(), roots:  # type: ignore[attr-defined]
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            journey = Journey(dt.date(2026, 9, 14))
            case = journey.run("archive")
            row = sealing.seal(case.id, sequence=True)
            sequence(case.jurisdiction)
            plain = exporting.export(row, home / "plain")
            full = exporting.export(row, home / "full", with_recordings=True)
            key = keys.verifier(case.jurisdiction)
            yield plain, full, key, row.contents
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


@pytest.fixture
def roots(settings: Any, tmp_path: Path) -> None:
    """A log and an archive of the test's own: the database is rolled back, files are not."""
    settings.LOG_ROOT, settings.KEYS_ROOT = tmp_path / "log", tmp_path / "keys"
    settings.ARCHIVES_ROOT = tmp_path / "archives"


@pytest.fixture
def copy(world: tuple[Path, Path, VerifierKey, str], tmp_path: Path) -> Path:
    """A copy of the package, with the proof of its sealing beside it, to be attacked."""
    plain = world[0]
    target = tmp_path / plain.name
    shutil.copytree(plain, target)
    shutil.copy(plain.with_name(f"{plain.name}.seal.json"), tmp_path)
    for path in target.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return target


def rewrite_manifests(root: Path) -> None:
    """What a forger does who knows the format: all manifests made anew over the altered files."""
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    payload = {name: bags.digests_of(data) for name, data in files.items() if name.startswith("data/")}
    info = (root / "bag-info.txt").read_text().splitlines()
    size = sum(found.size for found in payload.values())
    info = [line if not line.startswith("Payload-Oxum") else f"Payload-Oxum: {size}.{len(payload)}" for line in info]
    (root / "bag-info.txt").write_text("\n".join(info) + "\n")
    for name in bags.ALGORITHMS:
        (root / f"manifest-{name}.txt").write_bytes(bags.manifest(payload, name))
    tags = {
        path.name: bags.digests_of(path.read_bytes())
        for path in root.iterdir()
        if path.is_file() and not path.name.startswith("tagmanifest-")
    }
    for name in bags.ALGORITHMS:
        (root / f"tagmanifest-{name}.txt").write_bytes(bags.manifest(tags, name))


def test_both_copies_prove_themselves_and_a_stock_validator_accepts_them(
    world: tuple[Path, Path, VerifierKey, str], tmp_path: Path
) -> None:
    plain, full, key, contents = world
    for path in (plain, full):
        report = checking.check(path, [key])
        assert report.outcome == Outcome.GENUINE, report.message
        assert [step.code for step in report.steps if step.code] == []
        assert report.contents == contents
        bagit.Bag(str(path)).validate()
    assert not (plain / "data/recordings").exists()
    assert len(list((full / "data/recordings").iterdir())) == 1
    without = checking.check(plain)
    assert without.outcome == Outcome.GENUINE and "没有核对" in without.message
    # What the case published verifies with the portal's own command, out of the package.
    proofs = list((plain / "data/proofs").iterdir())
    assert proofs and all(verify_bundle(path.read_bytes(), [key]).outcome == Outcome.GENUINE for path in proofs)
    page = (plain / "index.html").read_text()
    assert "正卷" in page and "副卷" in page and "<script" not in page
    root = premis.read((plain / "data/metadata/premis.xml").read_bytes())
    assert premis.disorder(root) == "" and root.get("version") == "3.0"
    first, second = root[0], root[1]
    root.insert(0, etree.fromstring(etree.tostring(root[-1])))
    assert premis.disorder(root) != "" and first is not second


def test_page_numbers_are_those_of_the_prints(world: tuple[Path, Path, VerifierKey, str]) -> None:
    dossier = json.loads((world[0] / "data/dossier.json").read_bytes())
    for part in dossier["volumes"]:
        expected = 1
        for item in part["items"]:
            if item["file"].endswith(".pdf"):
                pages = checking.page_count(world[0] / item["file"])
                assert (item["pages_from"], item["pages_to"]) == (expected, expected + pages - 1)
                expected += pages
        index = json.loads((world[0] / f"data/papers/{part['id']}/dossier-index.json").read_bytes())["fields"]
        assert index["pages_total"] == part["pages"] == expected - 1
        assert index["retention"] in Retention.labels, "the word, not its key, is printed"
        assert [row["name"] for row in index["entries"]] == [item["title"] for item in part["items"]]
    main = [item["kind"] for item in dossier["volumes"][0]["items"]]
    assert main[:3] == ["case-filing-approval", "penalty-decision", "service-receipt"]


def _flip(root: Path) -> None:
    path = next((root / "data/papers/main").glob("*penalty-decision.pdf"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _truncate(root: Path) -> None:
    path = next((root / "data/papers/main").glob("*penalty-notice.pdf"))
    path.write_bytes(path.read_bytes()[:-1])


def _remove(root: Path) -> None:
    next((root / "data/papers/second").glob("*investigation-report.pdf")).unlink()


def _add(root: Path) -> None:
    (root / "data/papers/main/099-more.pdf").write_bytes(b"%PDF-1.7")


def _swap(root: Path) -> None:
    """Two papers change places, all manifests made anew."""
    first, second = sorted((root / "data/papers/main").glob("*.pdf"))[:2]
    first_data, second_data = first.read_bytes(), second.read_bytes()
    first.write_bytes(second_data)
    second.write_bytes(first_data)
    rewrite_manifests(root)


def _forge_pdf(root: Path) -> None:
    """Another PDF in the place of the decision, told of everywhere as if it had always been there."""
    path = next((root / "data/papers/main").glob("*penalty-decision.pdf"))
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b"\n%changed\n")
    _retell(root, path, old)


def _retell(root: Path, path: Path, old: str) -> None:
    new = bags.digests_of(path.read_bytes())
    for name in ("data/dossier.json", "data/metadata/premis.xml"):
        text = (root / name).read_text().replace(old, new.sha256)
        (root / name).write_text(text)
    rewrite_manifests(root)


def _forge_twin(root: Path) -> None:
    path = next((root / "data/papers/main").glob("*penalty-decision.json"))
    path.write_bytes(path.read_bytes().replace("清和".encode(), "浊和".encode()))
    rewrite_manifests(root)


def _entries(root: Path) -> tuple[Path, list[bytes]]:
    path = root / "data/journal/entries.jsonl"
    return path, path.read_bytes().splitlines(keepends=True)


def _reorder(root: Path) -> None:
    path, lines = _entries(root)
    lines[4], lines[5] = lines[5], lines[4]
    path.write_bytes(b"".join(lines))
    rewrite_manifests(root)


def _drop_entry(root: Path) -> None:
    path, lines = _entries(root)
    path.write_bytes(b"".join(lines[:7] + lines[8:]))
    rewrite_manifests(root)


def _cut_tail(root: Path) -> None:
    """The last entry is left out and the table of contents says so: only the proof of the sealing knows better."""
    path, lines = _entries(root)
    path.write_bytes(b"".join(lines[:-1]))
    told = json.loads((root / "data/dossier.json").read_bytes())
    told["log"]["last"] -= 1
    (root / "data/dossier.json").write_text(json.dumps(told))
    rewrite_manifests(root)


def _edit_payload(root: Path) -> None:
    path, lines = _entries(root)
    entry = json.loads(lines[0])
    entry["payload"]["cause"] = "另一案由"
    lines[0] = json.dumps(entry).encode() + b"\n"
    path.write_bytes(b"".join(lines))
    rewrite_manifests(root)


def _edit_page(root: Path) -> None:
    path = root / "index.html"
    path.write_text(path.read_text().replace("正卷", "副本"))


def _edit_metadata(root: Path) -> None:
    path = root / "data/metadata/premis.xml"
    path.write_text(path.read_text().replace("creation", "deletion", 1).replace("<premis:size>", "<premis:size>1", 1))
    rewrite_manifests(root)


def _untag(root: Path) -> None:
    (root / "manifest-sm3.txt").unlink()


def _link(root: Path) -> None:
    (root / "data/outside").symlink_to("/etc/hostname")


def _no_bag(root: Path) -> None:
    (root / "bagit.txt").write_text("BagIt-Version: 0.97\n")


ATTACKS: list[tuple[Callable[[Path], None], Outcome, str, str]] = [
    (_flip, Outcome.ALTERED, "文件摘要", "penalty-decision.pdf 被改动过"),
    (_truncate, Outcome.ALTERED, "文件摘要", "penalty-notice.pdf 被改动过"),
    (_remove, Outcome.ALTERED, "文件齐全", "investigation-report.pdf"),
    (_add, Outcome.ALTERED, "文件齐全", "多出 data/papers/main/099-more.pdf"),
    (_swap, Outcome.ALTERED, "文书", "不是过程记录中的那个文件|页数不是"),
    (_forge_pdf, Outcome.ALTERED, "文书", "不是过程记录中的那个文件"),
    (_forge_twin, Outcome.ALTERED, "文书", "与过程记录中制作文书时的摘要不一致"),
    (_reorder, Outcome.ALTERED, "过程记录", "日志不连续"),
    (_drop_entry, Outcome.ALTERED, "过程记录", "应为第8条，实为第9条"),
    (_cut_tail, Outcome.ALTERED, "", "封存时的内容|事件与过程记录不一致|不是过程记录中的那个文件"),
    (_edit_payload, Outcome.ALTERED, "过程记录", "第1条日志的内容被改动过"),
    (_edit_page, Outcome.ALTERED, "标签清单", "index.html 被改动过"),
    (_edit_metadata, Outcome.ALTERED, "元数据", "premis.xml"),
    (_untag, Outcome.ALTERED, "标签清单", "manifest-sm3.txt"),
    (_link, Outcome.UNREADABLE, "读取封存包", "不是普通文件"),
    (_no_bag, Outcome.UNREADABLE, "读取封存包", "不是 BagIt 1.0"),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda row: row[0].__name__.strip("_"))
def test_every_attack_on_a_package_is_named(
    attack: tuple[Callable[[Path], None], Outcome, str, str],
    world: tuple[Path, Path, VerifierKey, str],
    copy: Path,
) -> None:
    act, outcome, step, words = attack
    act(copy)
    report = checking.check(copy, [world[2]])
    assert report.outcome == outcome
    first = next(found for found in report.steps if not found.passed)
    assert not step or first.name == step, report.message
    assert any(word in first.differs for word in words.split("|")), report.message
    # The proof of the sealing vouches for what the manifests list, and for nothing beside it.
    sealed = report.step("封存条目")
    assert sealed is None or not sealed.passed or act in (_edit_page, _untag, _add)


def test_another_key_and_another_sealing_are_refused(
    world: tuple[Path, Path, VerifierKey, str], copy: Path, tmp_path: Path
) -> None:
    stranger = Signer(world[2].name, Ed25519PrivateKey.generate()).verifier
    report = checking.check(copy, [stranger])
    assert report.outcome == Outcome.ALTERED and "账本证明" in report.message
    beside = copy.with_name(f"{copy.name}.seal.json")
    seal = json.loads(beside.read_bytes())
    seal["payload"]["contents"] = "0" * 64
    beside.write_text(json.dumps(seal))
    report = checking.check(copy, [world[2]])
    assert report.outcome == Outcome.ALTERED and "封存条目" in report.message


def test_a_tar_checks_like_the_folder_and_a_cut_one_is_unreadable(
    world: tuple[Path, Path, VerifierKey, str], tmp_path: Path
) -> None:
    plain, _, key, _ = world
    packed = tmp_path / f"{plain.name}.tar"
    with tarfile.open(packed, "w") as archive:
        archive.add(plain, plain.name)
    keyfile = tmp_path / "log.key"
    keyfile.write_text(f"{key}\n")
    command = [sys.executable, "-m", "mingcha.interfaces.commands.main", "archive", "check"]
    # A process of its own with another data folder: nothing but the package and the key can help it.
    env = {**os.environ, "MINGCHA_DATA": str(tmp_path / "empty"), "DJANGO_SETTINGS_MODULE": "mingcha.project.settings"}
    done = subprocess.run(
        [*command, str(packed), "--key", str(keyfile)], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    packed.write_bytes(packed.read_bytes()[: packed.stat().st_size // 2])
    assert checking.check(packed, [key]).outcome == Outcome.UNREADABLE


@pytest.mark.django_db
def test_custody_is_returned_with_a_reason_and_offered_again(play: Play) -> None:
    journey = play(until="close")
    case = journey.case
    assert [(step.kind, step.name) for step in queries.custody(case)] == [("offered", actor_named("luming").name)]
    archivist, handler = actor_named("jiangmu"), actor_named("lince")
    with clock.frozen(clock.at(journey.day, 10)):
        with pytest.raises(Conflict):
            actions.offer(case.id, actor=handler, note="再次移交")
        with pytest.raises(MingchaError):
            actions.send_back(case.id, actor=handler, reason="缺证据")
        actions.send_back(case.id, actor=archivist, reason="现场照片没有注明拍摄人")
        with pytest.raises(Refused, match="退回"):
            actions.accept(case.id, actor=archivist)
        with pytest.raises(IntegrityError, match="dossier-returned"), transaction.atomic():
            queries.Acceptance.objects.create(
                case=case, digest="0" * 64, entries=1, accepted_by_id=archivist.officer_id, accepted_at=clock.now(),
                terms=Edition.objects.get(kind="retention-list", organisation=case.organisation),
            )  # fmt: skip
        assert case not in queries.awaiting(case.organisation_id)
        actions.offer(case.id, actor=handler, note="已补注拍摄人")
        actions.accept(case.id, actor=archivist, fonds_no="J012", retention="permanent")
    assert [step.kind for step in queries.custody(case)] == ["offered", "returned", "offered", "received"]
    assert "档案部门" in queries.holder(case)


@pytest.mark.django_db
def test_sealing_is_a_job_that_can_be_broken_off_and_a_supplement_the_only_way_to_add(roots: None, play: Play) -> None:
    journey = play(until="archive")
    case = journey.case
    archivist = actor_named("jiangmu")
    # A recording whose bytes are not those that came in: nothing is sealed, the cause is told.
    recording = next(paper for paper in queries.dossier(case).main if paper.recording is not None)
    original = path_of(recording.file)
    data = original.read_bytes()
    original.chmod(0o644)
    original.write_bytes(data[:-1] + b"\x01")
    with pytest.raises(SealingFailed, match="original-altered"):
        sealing.seal(case.id, sequence=True)
    assert "摘要不一致" in Sealing.objects.get(case=case).error and not Package.objects.filter(case=case).exists()
    assert not sealing.folder(f"dossier-{case.id}-1").exists()
    original.write_bytes(data)
    original.chmod(0o444)
    first = sealing.seal(case.id, sequence=True, with_recordings=True)
    assert not Sealing.objects.filter(case=case).exists()
    with pytest.raises(Conflict):
        sealing.seal(case.id, sequence=True)
    for late in (_late_evidence, _late_marker):
        with pytest.raises(IntegrityError, match="dossier-sealed"), transaction.atomic():
            late(case)
    with pytest.raises(MingchaError):
        actions.close_supplement(case.id, actor=archivist)
    actions.open_supplement(case.id, actor=archivist, reason="当事人归档后补交缴款凭证")
    _late_evidence(case)
    actions.close_supplement(case.id, actor=archivist)
    with pytest.raises(IntegrityError, match="dossier-sealed"), transaction.atomic():
        _late_evidence(case, seq=99)
    second = sealing.seal(case.id, sequence=True)
    assert (second.volume_no, second.papers, second.first_entry) == (2, 1, first.last_entry + 1)
    key = keys.verifier(case.jurisdiction)
    assert checking.check(sealing.folder(second.name), [key]).outcome == Outcome.GENUINE
    # On schedule the one checked longest ago comes first; damage is found, kept and shown.
    damaged = next((sealing.folder(first.name) / "data/papers/main").glob("*.pdf"))
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-2])
    with clock.frozen(clock.now() + dt.timedelta(days=properties.recheck_days() + 1)):
        found = [tasks.recheck_next(), tasks.recheck_next()]
        assert tasks.recheck_next() is None
    assert sorted((row.package_id == first.id, row.failed > 0) for row in found if row) == [
        (False, False),
        (True, True),
    ]
    assert [row.package_id for row in queries.failing(case.jurisdiction)] == [first.id]
    with pytest.raises(SealingFailed):
        exporting.export(first, sealing.folder("x").parent / "out")


def _late_marker(case: Case) -> None:
    """Through the real actions: purpose, then the mark."""
    recording, lince, session = Recording.objects.get(case=case), actor_named("lince"), door.session_of("late")
    watching.declare(recording.id, actor=lince, session=session, purpose="handling")
    watching.mark(recording.id, actor=lince, session=session, values={"at_ms": 0, "kind": "scene"})


def _late_evidence(case: Case, seq: int = 50) -> None:
    content = {"seq": seq, "kind": "documentary", "name": "缴款凭证", "file": None}
    with transaction.atomic():
        row = Evidence.objects.create(
            case=case, seq=seq, kind="documentary", name="缴款凭证", proves="已缴款", origin="当事人提供",
            collected_at=clock.now(), collected_by="林策", digest=digest(content), created_at=clock.now(),
        )  # fmt: skip
        append(
            "evidence-recorded", log=case.jurisdiction, subject=("evidence", str(row.id)), case_id=case.id,
            actor=sealing.SYSTEM, payload=content,
        )  # fmt: skip


def test_every_item_of_the_table_has_its_function() -> None:
    items = {row["id"] for row in properties.table()["items"]}
    assert items == set(properties._functions)
    assert {row["property"] for row in properties.table()["items"]} == {"真实性", "完整性", "可用性", "安全性"}
    assert all(set(row["moments"]) <= set(Moment.values) for row in properties.table()["items"])


_KILLED = """
import os, sys
from pathlib import Path
from mingcha.archives.packing import bag as bags
b = bags.Bag(info=[("Source-Organization", "x")])
for n in range(40):
    b.add(f"papers/{n:03d}.txt", os.urandom(1) * 20000)
print("go", flush=True)
while True:
    bags.write(b, Path(sys.argv[1]))
"""


def test_killed_while_writing_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    target = tmp_path / "dossier-x-1"
    for wait in (0.0, 0.01, 0.03, 0.07):
        child = subprocess.Popen([sys.executable, "-c", _KILLED, str(target)], stdout=subprocess.PIPE)
        assert child.stdout is not None and child.stdout.readline() == b"go\n"
        time.sleep(wait)
        child.kill()
        child.wait()
        if target.exists():
            bagit.Bag(str(target)).validate()
    bag = bags.Bag()
    bag.add("one.txt", b"1")
    bags.write(bag, target)
    bagit.Bag(str(target)).validate()
    assert sorted(path.name for path in tmp_path.iterdir()) == [target.name]
