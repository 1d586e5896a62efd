"""`mingcha bench archive`: sealing a dossier with many papers and large recordings against hashing it, in the same run."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from mingcha.files import sm3
from mingcha.interfaces.commands.travelling import MODULE

MOST_RATIO = 1.3
_BLOCK = 1 << 20
_RECORDINGS = 4


@click.command("archive")
@click.option("--size", default=2048, show_default=True, type=click.IntRange(1, 1 << 20), help="音像总大小，MB。")
@click.option("--papers", default=60, show_default=True, type=click.IntRange(30, 1000), help="卷内文书和证据的件数。")
@click.option("--reference", is_flag=True, help="音像只记位置，不放入封存包。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
@click.option("--inside", is_flag=True, hidden=True)
@click.pass_context
def bench(context: click.Context, *, size: int, papers: int, reference: bool, as_json: bool, inside: bool) -> None:
    """封存一卷的用时，与同次对同样的文件计算摘要的用时相比。"""
    if inside:
        click.echo(json.dumps(_measure(size << 20, papers, with_recordings=not reference)))
        return
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-") as folder:
        kept = {name: value for name, value in os.environ.items() if name != "MINGCHA_DATABASE_URL"}
        command = [sys.executable, "-m", MODULE, "bench", "archive", "--inside", "--size", str(size)]
        command += ["--papers", str(papers), *(["--reference"] if reference else [])]
        done = subprocess.run(  # noqa: S603
            command, env={**kept, "MINGCHA_DATA": folder}, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise click.ClickException(done.stderr.strip()[-2000:])
    result = json.loads(done.stdout.strip().splitlines()[-1])
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        click.echo(
            f"{'达到' if result['met'] else '未达到'}　封存{result['papers']}件、音像{result['megabytes']} MB："
            f"{result['seal_seconds']} s，算两种摘要 {result['both_seconds']} s（比值 {result['ratio']}，要求 {MOST_RATIO}），"
            f"只算 SHA-256 {result['sha256_seconds']} s（比值 {result['ratio_to_sha256']}）"
        )
        click.echo(f"  随后核验整个包：{result['check_seconds']} s")
    context.exit(0 if result["met"] else 1)


def _measure(size: int, papers: int, *, with_recordings: bool) -> dict[str, Any]:
    from mingcha.archives import framing, sealing
    from mingcha.archives.packing import checking
    from mingcha.cases.models import Case
    from mingcha.common import clock
    from mingcha.files.models import StoredFile
    from mingcha.files.queries import content_path
    from mingcha.interfaces.commands.setting_up import run_migrations
    from mingcha.interfaces.demo import district
    from mingcha.interfaces.demo.journey import LENGTH, Journey
    from mingcha.ledger import keys
    from mingcha.ledger.sequencer import sequence

    run_migrations()
    district.create()
    start = max(clock.today() - dt.timedelta(days=LENGTH), district.FOUNDED)
    played = _large(Journey, size, papers)(start)
    case: Case = played.run()
    # What the background process has long done when a case is closed: prints and places in the ledger.
    framing.render_all(framing.papers(case, 0))
    sequence(case.jurisdiction)
    paths = [content_path(sha256) for sha256 in StoredFile.objects.values_list("sha256", flat=True)]
    times: dict[str, list[float]] = {"sha256": [], "both": []}
    for _ in range(3):
        times["sha256"].append(_timed(lambda: _hash(paths, ("sha256",))))
        times["both"].append(_timed(lambda: _hash(paths, ("sha256", "sm3"))))
    begun = time.perf_counter()
    row = sealing.seal(case.id, with_recordings=with_recordings, sequence=True)
    sealed = time.perf_counter() - begun
    trusted = keys.verifiers(case.jurisdiction)
    checked = _timed(lambda: checking.check(sealing.folder(row.name), trusted))
    sha256, both = statistics.median(times["sha256"]), statistics.median(times["both"])
    return {
        "papers": row.papers,
        "megabytes": size >> 20,
        "recordings": "included" if with_recordings else "referenced",
        "seal_seconds": round(sealed, 2),
        "both_seconds": round(both, 2),
        "sha256_seconds": round(sha256, 2),
        "ratio": round(sealed / both, 2),
        "ratio_to_sha256": round(sealed / sha256, 2),
        "check_seconds": round(checked, 2),
        "met": sealed / both < MOST_RATIO,
    }


def _large(base: type, size: int, papers: int) -> Callable[[Any], Any]:
    """A journey whose case has many pieces of evidence and large recordings; all through the real actions."""
    from mingcha.cases import actions as cases
    from mingcha.common import clock
    from mingcha.files.actions import receive, receive_bytes
    from mingcha.interfaces.demo.paper import paper_decision, recording
    from mingcha.recordings import actions as recordings

    # What the journey makes by itself, receipts included.
    own = 16

    class Large(base):
        def evidence(self, actor: Any) -> None:
            super().evidence(actor)
            at = clock.now() - dt.timedelta(minutes=30)
            for number in range(max(0, papers - own)):
                cases.record_evidence(
                    self.id,
                    actor=actor,
                    kind="documentary",
                    name=f"现场照片{number + 1}",
                    proves="现场状况",
                    origin="现场检查提取",
                    collected_at=at,
                    file=receive_bytes(paper_decision(f"现场照片第{number + 1}张", self.day)),
                )

        def recording(self, actor: Any) -> None:
            super().recording(actor)
            for number in range(_RECORDINGS):
                recordings.add(
                    self.id,
                    actor=actor,
                    stage="investigate",
                    matter="1",
                    title=f"现场音像{number + 1}",
                    file=receive(_sound(recording(mark=2), size // _RECORDINGS, number), allowed=recordings.MEDIA),
                    started_at=clock.now() - dt.timedelta(minutes=50 - number),
                    device="A1027",
                )

    return Large


def _sound(head: bytes, size: int, number: int) -> Iterator[bytes]:
    """A sound file of about `size` bytes whose samples are noise: nothing on the way can shrink it."""
    yield head
    for place in range(size // _BLOCK):
        yield hashlib.shake_128(f"{number}/{place}".encode()).digest(_BLOCK)


def _hash(paths: list[Path], algorithms: tuple[str, ...]) -> None:
    """Every file once, in one pass; with two digests each in a thread of its own, as on arrival."""
    for path in paths:
        found = [sm3.new() if name == "sm3" else hashlib.new(name) for name in algorithms]
        with path.open("rb") as handle, ThreadPoolExecutor(len(found)) as pool:
            while block := handle.read(_BLOCK):
                if len(found) == 1:
                    found[0].update(block)
                else:
                    list(pool.map(lambda one, block=block: one.update(block), found))


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
