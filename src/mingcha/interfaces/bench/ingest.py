"""`mingcha bench ingest`: taking a large recording in, against copy, SHA-256 and SM3 alone; over tus, against an unhashed copy."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from mingcha.interfaces.bench import caseflow
from mingcha.interfaces.demo.paper import recording

_CHUNK = 1 << 20
_MOST_MIB = 200
_PATIENCE = 3600
_NETWORK = {
    "同一服务器上不算摘要的复制": "unhashed_mib_per_second",
    "断点续传，到应答": "tus_mib_per_second",
    "断点续传，到两种摘要都有": "tus_both_digests_mib_per_second",
}


@click.command("ingest")
@click.option("--size", default=1024, show_default=True, type=click.IntRange(16, 64 * 1024), help="文件大小，MiB。")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50), help="轮数，取中位。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
@click.pass_context
def bench(context: click.Context, *, size: int, rounds: int, as_json: bool) -> None:
    """音像入库：导入大文件，与同次测得的复制落盘、单算SHA-256、单算SM3相比；断点续传与同一服务器上不算摘要的复制相比。"""
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-") as folder:
        home = Path(folder)
        source = home / "source.wav"
        _fill(source, size << 20)
        # The network first: a virtual machine gives fresh memory slowly, and copies leave it in a state that decides the turns.
        network = _network(source, home, rounds)
        files = _files(source, home, rounds)
    result = {"mib": size, "rounds": rounds, **files, **network, "reach": [*files["reach"], *network["reach"]]}
    result["met"] = all(row["met"] for row in result["reach"])
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        for name, figure in result["mib_per_second"].items():
            click.echo(f"  {name}：每秒 {figure} MiB")
        for name, key in _NETWORK.items():
            click.echo(f"  {name}：每秒 {result[key]} MiB")
        for row in result["reach"]:
            click.echo(
                f"{'达到' if row['met'] else '未达到'}　{row['name']}：测得 {row['measured']}，要求 {row['wanted']}"
            )
    context.exit(0 if result["met"] else 1)


def _fill(path: Path, size: int) -> None:
    """A recording of `size` bytes that does not compress: the head of a WAV file, then noise."""
    with path.open("wb") as out:
        out.write(recording(seconds=1))
        while (left := size - out.tell()) > 0:
            out.write(os.urandom(min(_CHUNK, left)))
        out.flush()
        os.fsync(out.fileno())


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _files(source: Path, home: Path, rounds: int) -> dict[str, Any]:
    """The importer's way (one pass, both digests, safe on disk) and what it is compared with, turn by turn."""
    from django.test.utils import override_settings

    from mingcha.files import digests, sm3
    from mingcha.files.actions import receive

    def copied(*names: str) -> None:
        counters = [hashlib.new(name) for name in names]
        with (home / "copy").open("wb", buffering=0) as out:
            for chunk in _blocks(source):
                for counter in counters:
                    counter.update(chunk)
                out.write(chunk)
            os.fsync(out.fileno())

    def hashed(name: str) -> None:
        counter = sm3.new() if name == "sm3" else hashlib.new(name)
        for chunk in _blocks(source):
            counter.update(chunk)

    def taken_in() -> None:
        with override_settings(FILES_ROOT=home / "files"):
            receive(_blocks(source))

    def without_sm3() -> None:
        # What a build of OpenSSL without SM3 does, measured on one that has it.
        available = digests.ALGORITHMS
        digests.ALGORITHMS = available - {"sm3"}
        try:
            taken_in()
        finally:
            digests.ALGORITHMS = available

    ways: dict[str, Callable[[], None]] = {
        "复制落盘": copied,
        "单算SHA-256": lambda: hashed("sha256"),
        "单算SM3": lambda: hashed("sm3"),
        "复制落盘并算SHA-256": lambda: copied("sha256"),
        "入库": taken_in,
        "入库（不算SM3）": without_sm3,
    }
    size = source.stat().st_size
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            for path in (home / "copy", home / "files"):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            os.sync()
            begun = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - begun)
    middle = {name: statistics.median(times) for name, times in seconds.items()}
    slowest = max(middle[name] for name in ("复制落盘", "单算SHA-256", "单算SM3"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return {
        "mib_per_second": {name: round(size / (1 << 20) / value, 1) for name, value in middle.items()},
        "importer_peak_mib": memory,
        "reach": [
            _reach("入库与三者中最慢的相比", slowest / middle["入库"], 0.8),
            _reach(
                "不算SM3的入库与复制落盘并算SHA-256相比", middle["复制落盘并算SHA-256"] / middle["入库（不算SM3）"], 0.8
            ),
            {
                "name": "导入进程内存峰值（MiB）",
                "measured": memory,
                "wanted": f"< {_MOST_MIB}",
                "met": memory < _MOST_MIB,
            },
        ],
    }


def _reach(name: str, measured: float, wanted: float) -> dict[str, Any]:
    return {"name": name, "measured": round(measured, 3), "wanted": wanted, "met": measured >= wanted}


def _network(source: Path, home: Path, rounds: int) -> dict[str, Any]:
    """Over tus, and the same bytes through the same kind of server that writes them and makes no digest."""
    env = caseflow._environment(str(home / "site"), "")
    (home / "site").mkdir()
    token = caseflow._child(env, "prepare")["tokens"]["lince"]
    bare_words = ["-m", "granian", "mingcha.interfaces.bench.bare_upload:application", "--interface", "wsgi"]
    bare_command = [sys.executable, *bare_words, "--workers", "1", "--blocking-threads", "2", "--log-level", "error"]
    hashed, both, bare = [], [], []
    with (
        caseflow._server(env, caseflow._mingcha("serve", "--workers", "1", "--only", "uploads")) as ours,
        caseflow._server({**env, "BENCH_COPY_TO": str(home / "plain")}, bare_command) as plain,
    ):
        for _ in range(rounds):
            _forget(home)
            bare.append(_put(plain, source))
            _forget(home)
            answer, made = _tus(ours, source, token)
            hashed.append(answer)
            both.append(made)
        memory = max(_peak(pid) for pid in _family(os.getpid())[1:])
    mib = source.stat().st_size / (1 << 20)
    ratio = statistics.median(bare) / statistics.median(hashed)
    return {
        "turns": {"unhashed_seconds": _rounded(bare), "tus_seconds": _rounded(hashed)},
        "server_peak_mib": memory,
        "tus_mib_per_second": round(mib / statistics.median(hashed), 1),
        # The answer says: every byte safe, SHA-256 known. The recording is made once SM3 stands too.
        "tus_both_digests_mib_per_second": round(mib / statistics.median(both), 1),
        "unhashed_mib_per_second": round(mib / statistics.median(bare), 1),
        "reach": [
            _reach("断点续传（到应答）与同一服务器上不算摘要的复制相比", ratio, 0.6),
            {
                "name": "网页和后台进程内存峰值（MiB）",
                "measured": memory,
                "wanted": f"< {_MOST_MIB}",
                "met": memory < _MOST_MIB,
            },
        ],
    }


def _rounded(seconds: list[float]) -> list[float]:
    return [round(value, 2) for value in seconds]


def _forget(home: Path) -> None:
    """Remove what the last turn wrote: a virtual machine gives fresh memory at a tenth of the pace of memory used before."""
    for path in (home / "plain", *(home / "site" / "files").glob("??/??/*")):
        path.unlink(missing_ok=True)
    os.sync()


def _put(port: int, source: Path) -> float:
    begun = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    line.request("PATCH", "/", body=_blocks(source), headers={"Content-Length": str(source.stat().st_size)})
    answer = line.getresponse()
    answer.read()
    if answer.status != 204:
        raise RuntimeError(f"unhashed copy: {answer.status}")
    return time.perf_counter() - begun


def _tus(port: int, source: Path, token: str) -> tuple[float, float]:
    """Seconds until the answer, and until there is a recording: one upload in one piece, never a duplicate."""
    size = source.stat().st_size
    with source.open("r+b") as out:
        out.seek(size - 16)
        out.write(os.urandom(16))
    headers = {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"}
    name = base64.b64encode(b"bench.wav").decode()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    begun = time.perf_counter()
    line.request(
        "POST",
        "/api/v1/uploads/",
        headers={**headers, "Upload-Length": str(size), "Upload-Metadata": f"filename {name}"},
    )
    answer = line.getresponse()
    at = answer.headers["Location"]
    answer.read()
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream", "Content-Length": str(size)}
    line.request("PATCH", at, body=_blocks(source), headers={**headers, **piece})
    answer = line.getresponse()
    told = answer.read()
    if answer.status != 204:
        raise RuntimeError(f"tus: {answer.status} {told.decode()}")
    answered = time.perf_counter() - begun
    while not answer.headers["Mingcha-Recording"]:
        time.sleep(0.05)
        line.request("HEAD", at, headers=headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200 or time.perf_counter() - begun > _PATIENCE:
            raise RuntimeError(f"tus: {answer.status}, no recording")
    return answered, time.perf_counter() - begun


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        listed = Path(f"/proc/{parent}/task/{parent}/children")
        found += [int(child) for child in listed.read_text().split()] if listed.exists() else []
    return found


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) >> 10
    return 0
