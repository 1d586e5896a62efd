"""Case flow: the writes of the journey over HTTP against a server on a temporary place, one client and four."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mingcha.common.errors import MingchaError
from mingcha.interfaces.bench.figures import REACH, of_samples, of_times
from mingcha.interfaces.bench.traffic import Client, Sample

MODULE = "mingcha.interfaces.commands.main"
SERVER_WORKERS = 2
START_SECONDS = 60
# Cases before the measurement, each over a connection of its own: the kernel deals connections out to the workers, and
# what is measured is the service, not how a second process prepares its statements.
WARM_UP = 6


class BenchFailed(MingchaError):
    """The measured system did not start or gave an error; a figure with errors is no figure."""

    code = "bench-failed"


def run(*, cases: int, listing: int, database_url: str = "") -> dict[str, Any]:
    """All figures of one database. `cases` are played by each client, `listing` rows stand in the list."""
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-") as folder:
        env = _environment(folder, database_url)
        made = _child(env, "prepare", "--cases", str(listing))
        with _server(env, [*_mingcha("serve"), "--workers", str(SERVER_WORKERS), "--only", "sequencer"]) as port:
            for number in range(WARM_UP):
                Client(port, made["tokens"], mark=10 * number).case(made["officers"])
            one = _traffic(port, made, clients=1, cases=cases)
            four = _traffic(port, made, clients=4, cases=cases)
            lists = _listing(port, made, pages=listing // 100)
        with _server(env, _bare_command()) as port:
            bare_one = _bare(port, made, clients=1)
            bare_four = _bare(port, made, clients=4)
        rendering = _child(env, "render", "--count", "20")
    return {
        "database": "postgresql" if database_url else "sqlite",
        "server_workers": SERVER_WORKERS,
        "one_client": one,
        "four_clients": four,
        "bare_insert_over_http": {"one_client": bare_one, "four_clients": bare_four},
        "ratio_to_bare_insert": {
            "one_client": round(one["writes_per_second"] / bare_one["writes_per_second"], 3),
            "four_clients": round(four["writes_per_second"] / bare_four["writes_per_second"], 3),
        },
        "listing": {"rows": listing, "page": 100, **lists},
        "pdf_rendering": rendering,
    }


def against_reach(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Each reach with what was measured and whether it is met."""
    one, four = figures["one_client"], figures["four_clients"]
    rows = [
        ("one_client_writes_per_second", one["writes_per_second"], True),
        ("four_clients_writes_per_second", four["writes_per_second"], True),
        ("p99_ms", max(one["p99_ms"], four["p99_ms"]), False),
        ("ratio_to_bare_insert", min(figures["ratio_to_bare_insert"].values()), True),
        ("listing_p95_ms", figures["listing"]["p95_ms"], False),
    ]
    return [
        {
            "name": name,
            "measured": value,
            "reach": REACH[name],
            "met": value >= REACH[name] if up else value < REACH[name],
        }
        for name, value, up in rows
    ]


def _environment(folder: str, database_url: str) -> dict[str, str]:
    drop = ("MINGCHA_", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(drop)}
    return {**kept, "MINGCHA_DATA": folder, "MINGCHA_DATABASE_URL": database_url}


def _mingcha(*words: str) -> list[str]:
    return [sys.executable, "-m", MODULE, *words]


def _bare_command() -> list[str]:
    words = ["-m", "granian", "mingcha.interfaces.bench.bare:application", "--interface", "wsgi"]
    return [sys.executable, *words, "--workers", str(SERVER_WORKERS), "--blocking-threads", "2", "--log-level", "error"]


def _child(env: dict[str, str], *words: str) -> Any:
    done = subprocess.run(_mingcha("bench", *words), env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BenchFailed(message=f"准备测量失败：{done.stderr.strip()[-500:]}")
    return json.loads(done.stdout.splitlines()[-1])


@contextlib.contextmanager
def _server(env: dict[str, str], command: list[str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = Path(env["MINGCHA_DATA"]) / f"server-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603
            [*command, "--port", str(port)], env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait(port, process, log)
            yield port
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise BenchFailed(message=f"被测服务没有启动：{log.read_text('utf-8', 'replace')[-500:]}")


def _together(work: list[Any]) -> float:
    """Run all at once; returns the seconds."""
    failures: list[BaseException] = []

    def guarded(job: Any) -> None:
        try:
            job()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in work]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if failures:
        raise BenchFailed(message=f"测量中出现错误：{failures[0]}")
    return seconds


def _traffic(port: int, made: dict[str, Any], *, clients: int, cases: int) -> dict[str, Any]:
    players = [Client(port, made["tokens"], mark=1000 * clients + 200 * number) for number in range(clients)]

    def play(client: Client) -> None:
        for _ in range(cases):
            client.case(made["officers"])

    seconds = _together([lambda client=client: play(client) for client in players])
    samples = [sample for client in players for sample in client.samples]
    return {"clients": clients, "cases": cases * clients, **of_samples(samples, seconds)}


def _listing(port: int, made: dict[str, Any], *, pages: int, times: int = 60) -> dict[str, float]:
    client = Client(port, made["tokens"])
    cursor = ""
    for number in range(times):
        if number % pages == 0:
            cursor = ""
        found = client.get("read", "luming", f"/cases?size=100&cursor={cursor}")
        if len(found["items"]) != 100:
            raise BenchFailed(message="列表没有给出100条。")
        cursor = found["next_cursor"]
    return of_times([sample.seconds for sample in client.samples[5:]])


def _bare(port: int, made: dict[str, Any], *, clients: int, times: int = 300) -> dict[str, Any]:
    samples: list[Sample] = []
    officer = made["officers"]["lince"]

    def play() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(times):
            begun = time.perf_counter()
            connection.request("POST", "/bare", body=b"{}", headers={"Officer": officer})
            answer = connection.getresponse()
            answer.read()
            samples.append(Sample("insert", time.perf_counter() - begun, answer.status))

    seconds = _together([play] * clients)
    figures = of_samples(samples, seconds)
    if figures["errors"]:
        raise BenchFailed(message="单条写入的对照测量出现错误。")
    figures.pop("median_ms_by_kind")
    return figures
