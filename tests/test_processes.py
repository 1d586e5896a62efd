"""What real processes must survive: a kill in the middle of writing, many hands numbering at once, an old database."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mingcha.interfaces.demo.paper import recording
from tests.browser.server import Server, command, environment, free_port

# The district without cases, and a token for each of three people.
FOUND = """
import json, django
django.setup()
from mingcha.interfaces.commands.setting_up import run_migrations
run_migrations()
from mingcha.accounts.actions import create_token
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import User
from mingcha.interfaces.demo import district
district.create()
users = {user.username: user.officer for user in User.objects.select_related("officer__organisation")}
names = ("lince", "handu", "luming")
tokens = {name: create_token(users[name], label="test", days=1, by=SYSTEM) for name in names}
print(json.dumps({"tokens": tokens, "second": str(users["handu"].id)}))
"""


FILING = {
    "to": "file",
    "findings": [{"guard": "finding-gp-02@1", "met": True, "grounds": "符合立案标准。"}],
}


class Client:
    """The REST interface as another program uses it."""

    def __init__(self, server: Server, people: dict[str, Any]) -> None:
        self.server, self.people = server, people

    def post(self, who: str, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.server.url}/api/v1/{path}",
            data=json.dumps(fields).encode(),
            headers={"Authorization": f"Bearer {self.people['tokens'][who]}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def register(self, cause: str) -> str:
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
        fields = {
            "source": "report", "cause": cause, "facts": "群众反映施工扬尘严重。", "item_code": "3.14",
            "conduct_ended_on": day, "discovered_on": day, "party_kind": "organisation",
            "party_name": "清和建筑工程有限公司", "uscc": "91990100MA1QH00018", "legal_representative": "许山河",
            "address": "明水区望江路66号", "second_officer_id": self.people["second"],
        }  # fmt: skip
        return str(self.post("lince", "cases", fields)["id"])

    def ready_to_file(self, cause: str) -> str:
        case = self.register(cause)
        for who in ("lince", "handu"):
            self.post(who, f"cases/{case}/avoidance", {"conflict": False})
        self.post("lince", f"cases/{case}/moves", {"to": "verify-lead"})
        return case


Opened = Callable[[], tuple[Server, Client]]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    data = tmp_path_factory.mktemp("founded")
    done = subprocess.run(
        [sys.executable, "-c", FOUND], env=environment(data), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return data, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def data(founded: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(founded[0], tmp_path / "data"))


@pytest.fixture
def serve(data: Path, founded: tuple[Path, dict[str, Any]]) -> Iterator[Opened]:
    """Starts a server over the test's own data; none outlives the test."""
    started: list[Server] = []

    def start() -> tuple[Server, Client]:
        server = Server.start(data)
        started.append(server)
        return server, Client(server, founded[1])

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)


def sound(data: Path) -> dict[str, Any]:
    """The whole check of journal and log, after sequencing what waits."""
    sequenced = command(data, "ledger", "sequence")
    assert sequenced.returncode == 0, sequenced.stdout + sequenced.stderr
    checked = command(data, "ledger", "check", "--json")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    found: dict[str, Any] = json.loads(checked.stdout)
    return found


def test_a_kill_in_the_middle_of_writing_leaves_whole_cases(serve: Opened, data: Path) -> None:
    server, client = serve()
    acknowledged: list[str] = []
    cut_off: list[Exception] = []
    refused: list[str] = []

    def write(hand: int) -> None:
        for n in range(10_000):
            try:
                acknowledged.append(client.register(f"案由{hand}-{n}"))
            except urllib.error.HTTPError as error:
                refused.append(str(error.code))
                refused.append(error.read().decode())
                return
            except (OSError, http.client.HTTPException, ValueError) as error:
                cut_off.append(error)
                return

    hands = [threading.Thread(target=write, args=(hand,)) for hand in range(6)]
    for hand in hands:
        hand.start()
    until = time.monotonic() + 30
    while len(acknowledged) < 20 and time.monotonic() < until:
        time.sleep(0.02)
    server.stop(signal.SIGKILL)
    for hand in hands:
        hand.join(40)
    assert refused == []
    assert len(acknowledged) >= 20
    assert len(cut_off) == 6, "every hand was in the middle of something"

    report = sound(data)
    assert report["waiting"] == 0
    stored = {row[0] for row in server.rows("select id from cases_case")}
    lost = {case.replace("-", "") for case in acknowledged} - stored
    assert not lost, "what was acknowledged is there"
    parts = server.rows(
        "select (select count(*) from cases_party p where p.case_id = c.id),"
        " (select count(*) from cases_duty d where d.case_id = c.id),"
        " (select count(*) from ledger_journalentry e where e.case_id = c.id) from cases_case c"
    )
    assert set(parts) == {parts[0]}, "every case is whole: the same rows for each"
    assert parts[0][:2] == (1, 2)

    again, client = serve()
    client.register("重新启动以后")
    assert again.value("select count(*) from cases_case") == len(stored) + 1
    again.stop()


def test_many_hands_number_without_gap_or_twin(serve: Opened, data: Path) -> None:
    server, client = serve()
    with ThreadPoolExecutor(8) as pool:
        cases = list(pool.map(client.ready_to_file, [f"案由{n}" for n in range(16)]))
        answers = list(pool.map(lambda case: client.post("luming", f"cases/{case}/moves", FILING), cases))
    numbers = sorted(int(answer["number"].split("〕")[1].removesuffix("号")) for answer in answers)
    assert numbers == list(range(1, 17))
    series = server.rows("select code, year, n from cases_issuednumber order by code, year, n")
    for code in {row[0] for row in series}:
        taken = [row[2] for row in series if row[0] == code]
        assert taken == list(range(1, len(taken) + 1)), code
    server.stop()
    sound(data)


def test_a_database_older_than_the_signed_checkpoint_is_refused(serve: Opened, data: Path, tmp_path: Path) -> None:
    server, client = serve()
    client.register("备份以前")
    until = time.monotonic() + 15
    while not server.value("select count(*) from ledger_checkpoint") and time.monotonic() < until:
        time.sleep(0.2)
    database = data / "mingcha.sqlite3"
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(tmp_path / "backup")) as backup:
        source.backup(backup)
    client.register("备份以后")
    server.stop()
    sound(data)
    checkpoint = next((data / "log").glob("*/checkpoint")).read_bytes()

    for left in data.glob("mingcha.sqlite3*"):
        left.unlink()
    shutil.copy(tmp_path / "backup", database)
    refused = command(data, "ledger", "sequence", "--json")
    assert refused.returncode == 1, refused.stdout
    assert "log-diverged" in refused.stdout, refused.stdout
    assert next((data / "log").glob("*/checkpoint")).read_bytes() == checkpoint, "nothing was signed over it"
    started = command(data, "serve", "--port", str(free_port()), timeout=30)
    assert started.returncode != 0
    assert "比已签名的检查点旧" in started.stdout + started.stderr


@pytest.mark.parametrize("rounds", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_a_kill_while_recordings_come_in_loses_nothing(data: Path, rounds: int) -> None:
    """Two kills a round, by turns in the importer and in an upload; afterwards the work is taken up where it stood."""
    told = killing(data, "tests.killing", rounds, 20261122 if rounds < 10 else time.time_ns())
    assert told["killed"] >= rounds
    sound(data)


@pytest.mark.slow
def test_a_kill_while_papers_are_signed_and_dossiers_sealed_loses_nothing(data: Path) -> None:
    """By turns: a record signed on the pad and printed, a dossier sealed; each killed up to four times."""
    told = killing(data, "tests.killing_papers", 64, time.time_ns())
    assert told["signing-killed"] >= 32 and told["sealing-killed"] >= 32
    sound(data)


def killing(data: Path, module: str, rounds: int, seed: int) -> dict[str, int]:
    root = Path(__file__).resolve().parents[1]
    env = environment(data)
    done = subprocess.run(
        [sys.executable, "-m", module, str(rounds), str(seed)],
        env={**env, "PYTHONPATH": f"{env['PYTHONPATH']}:{root}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_an_upload_goes_on_after_the_server_was_killed(serve: Opened, data: Path) -> None:
    server, client = serve()
    file = recording(seconds=1) + os.urandom(24 << 20)
    headers = {"Authorization": f"Bearer {client.people['tokens']['lince']}", "Tus-Resumable": "1.0.0"}

    def ask(url: str, method: str, path: str, body: bytes | None = None, **more: str) -> Any:
        named = {key.replace("_", "-"): value for key, value in more.items()}
        kind = {"Content-Type": "application/offset+octet-stream"}
        request = urllib.request.Request(f"{url}{path}", data=body, method=method, headers={**headers, **kind, **named})
        return urllib.request.urlopen(request, timeout=60)

    name = "filename " + base64.b64encode("执法现场.wav".encode()).decode()
    begun = ask(server.url, "POST", "/api/v1/uploads/", Upload_Length=str(len(file)), Upload_Metadata=name)
    at = begun.headers["Location"]
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) as line:
        sent = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
        line.sendall(
            f"PATCH {at} HTTP/1.1\r\nHost: localhost\r\n{sent}Upload-Offset: 0\r\nContent-Length: {len(file)}\r\n"
            "Content-Type: application/offset+octet-stream\r\n\r\n".encode()
            + file[: 10 << 20]
        )
        until = time.monotonic() + 20
        while int(ask(server.url, "HEAD", at).headers["Upload-Offset"]) < 4 << 20 and time.monotonic() < until:
            time.sleep(0.05)
        server.stop(signal.SIGKILL)
    server, _ = serve()
    offset = int(ask(server.url, "HEAD", at).headers["Upload-Offset"])
    assert 4 << 20 <= offset < len(file)
    ended = ask(server.url, "PATCH", at, file[offset:], Upload_Offset=str(offset))
    assert ended.headers["Mingcha-Recording"]
    assert server.rows("select file_id, name from recordings_intake") == [
        (hashlib.sha256(file).hexdigest(), "执法现场.wav")
    ]
    server.stop()
    sound(data)
