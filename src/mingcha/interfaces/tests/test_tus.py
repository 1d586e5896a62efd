"""tus 1.0 by the letter of the protocol, over both doors; every row is one demand of the specification or one attack."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from mingcha.accounts.actions import create_token
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import User
from mingcha.common import clock
from mingcha.common.errors import Conflict
from mingcha.files import folders, uploads
from mingcha.interfaces.demo.paper import recording
from mingcha.recordings.intake import tasks
from mingcha.recordings.intake.tasks import Trailing, finish_waiting
from mingcha.recordings.models import Intake

BODY = "application/offset+octet-stream"
NAME = "7000001_000231_20260914093000_0001.wav"
FILE = recording(mark=4711)


class Tus:
    """A client of one door."""

    def __init__(self, root: str, **headers: str) -> None:
        self.root, self.client = root, Client()
        self.headers = {"Tus-Resumable": "1.0.0", **headers}

    def ask(self, method: str, path: str = "", body: bytes = b"", kind: str = BODY, **headers: str | None) -> Any:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        sent = {key: value for key, value in {**self.headers, **named}.items() if value is not None}
        return self.client.generic(method, path or self.root, body, kind, headers=sent)

    def begin(self, length: int = len(FILE), name: str = NAME) -> str:
        made = self.ask("POST", Upload_Length=str(length), Upload_Metadata=f"filename {coded(name)}")
        assert made.status_code == 201, made.content.decode()
        return str(made["Location"])


def coded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.fixture
def tus(district: None, settings: Any, tmp_path: Path) -> Tus:
    settings.FILES_ROOT = tmp_path / "files"
    officer = User.objects.select_related("officer__organisation").get(username="lince").officer
    return Tus("/api/v1/uploads/", Authorization=f"Bearer {create_token(officer, label='测试', by=SYSTEM)}")


def test_an_upload_in_pieces_becomes_one_recording(tus: Tus) -> None:
    at = tus.begin()
    half = len(FILE) // 2
    empty = tus.ask("HEAD", at)
    assert (empty["Upload-Offset"], empty["Upload-Length"], empty["Cache-Control"]) == ("0", str(len(FILE)), "no-store")
    assert f"filename {coded(NAME)}" in empty["Upload-Metadata"] and empty["Upload-Expires"].endswith("GMT")
    first = tus.ask("PATCH", at, FILE[:half], Upload_Offset="0")
    assert (first.status_code, first["Upload-Offset"], first["Tus-Resumable"]) == (204, str(half), "1.0.0")
    assert not Intake.objects.exists()
    # Another process knows nothing of the digests so far and reads what is there.
    uploads._kept.clear()
    last = tus.ask(
        "PATCH",
        at,
        FILE[half:],
        Upload_Offset=str(half),
        Upload_Checksum=f"sha256 {coded(hashlib.sha256(FILE[half:]).digest())}",
    )
    assert (last.status_code, last["Upload-Offset"]) == (204, str(len(FILE)))
    row = Intake.objects.get()
    assert last["Mingcha-Recording"] == str(row.id)
    assert row.file_id == hashlib.sha256(FILE).hexdigest() and row.file.sm3 == hashlib.new("sm3", FILE).hexdigest()
    assert (row.device_no, row.officer.name if row.officer else "", row.origin) == ("7000001", "林策", "field")
    assert row.started_at and clock.legal_day(row.started_at).isoformat() == "2026-09-14"
    assert row.details["from"]["started_at"] == "pattern" and row.details["pattern_verified"] is False
    done = tus.ask("HEAD", at)
    assert (done["Upload-Offset"], done["Mingcha-Recording"]) == (str(len(FILE)), str(row.id))

    again = tus.begin(name="换了名字.wav")
    second = tus.ask("PATCH", again, FILE, Upload_Offset="0")
    assert (second["Mingcha-Duplicate"], second["Mingcha-Recording"]) == ("1", str(row.id))
    assert Intake.objects.count() == 1


def test_each_demand_of_the_protocol(tus: Tus, settings: Any) -> None:
    told = tus.ask("OPTIONS", Tus_Resumable=None)
    assert (told.status_code, told["Tus-Version"]) == (204, "1.0.0")
    assert set(told["Tus-Extension"].split(",")) == {"creation", "termination", "expiration", "checksum"}
    assert told["Tus-Max-Size"] == str(settings.UPLOAD_MOST_BYTES) and "sha1" in told["Tus-Checksum-Algorithm"]

    at = tus.begin()
    wrong = coded(hashlib.sha1(b"other").digest())
    rows: list[tuple[int, str, str, bytes, dict[str, Any]]] = [
        (412, "POST", "", b"", {"Tus_Resumable": None, "Upload_Length": "5"}),
        (412, "PATCH", at, b"x", {"Tus_Resumable": "0.2.2", "Upload_Offset": "0"}),
        (400, "POST", "", b"", {}),
        (400, "POST", "", b"", {"Upload_Length": "-1"}),
        (400, "POST", "", b"", {"Upload_Length": "五"}),
        (400, "POST", "", b"", {"Upload_Defer_Length": "1"}),
        (400, "POST", "", b"", {"Upload_Length": "5", "Upload_Metadata": "filename ***"}),
        (400, "POST", "", b"", {"Upload_Length": "5", "Upload_Metadata": "filename //4="}),
        (422, "POST", "", b"", {"Upload_Length": "5", "Upload_Metadata": f"filename {coded('a' * 201)}"}),
        (422, "POST", "", b"", {"Upload_Length": "5"}),
        (422, "POST", "", b"", {"Upload_Length": "0", "Upload_Metadata": f"filename {coded(NAME)}"}),
        (413, "POST", "", b"", {"Upload_Length": str(1 << 50), "Upload_Metadata": f"filename {coded(NAME)}"}),
        (405, "GET", at, b"", {}),
        (405, "PUT", "", b"", {}),
        (404, "HEAD", f"{tus.root}{'0' * 32}", b"", {}),
        (404, "HEAD", f"{tus.root}..", b"", {}),
        (409, "PATCH", at, b"x", {"Upload_Offset": "7"}),
        (400, "PATCH", at, b"x", {}),
        (415, "PATCH", at, b"x", {"Upload_Offset": "0", "kind": "application/octet-stream"}),
        (413, "PATCH", at, FILE + b"x", {"Upload_Offset": "0"}),
        (400, "PATCH", at, b"x", {"Upload_Offset": "0", "Upload_Checksum": "crc32 AAAA"}),
        (460, "PATCH", at, FILE[:9], {"Upload_Offset": "0", "Upload_Checksum": f"sha1 {wrong}"}),
    ]
    for status, method, path, body, more in rows:
        answer = tus.ask(method, path, body, **more)
        assert answer.status_code == status, (method, more, answer.status_code, answer.content.decode())
        assert answer["Tus-Resumable"] == "1.0.0"
        assert status != 412 or answer["Tus-Version"] == "1.0.0"
        if method == "HEAD" and status == 404:
            assert "Upload-Offset" not in answer
    assert tus.ask("HEAD", at)["Upload-Offset"] == "0", "nothing that was refused has been kept"
    # Servers must heed this header, for networks that let no PATCH through.
    assert tus.ask("POST", at, FILE[:9], Upload_Offset="0", X_HTTP_Method_Override="PATCH")["Upload-Offset"] == "9"

    assert tus.ask("DELETE", at).status_code == 204
    assert tus.ask("HEAD", at).status_code == 404
    old = tus.begin()
    settings.UPLOAD_HOURS = -1
    assert tus.ask("HEAD", old).status_code == 410
    assert tus.ask("PATCH", old, b"x", Upload_Offset="0").status_code == 404


def test_what_is_no_recording_is_refused_at_the_end_and_removed(tus: Tus, settings: Any) -> None:
    for data, words in ((b"%PDF-1.7\n%%EOF", "PDF"), (b"\x00\x00\x00\x10ftypisom" + bytes(64), "没有正常结束")):
        at = tus.begin(len(data))
        answer = tus.ask("PATCH", at, data, Upload_Offset="0")
        assert answer.status_code == 422 and words in answer.content.decode()
        assert tus.ask("HEAD", at).status_code == 404
    assert [path for path in settings.FILES_ROOT.rglob("*") if path.is_file()] == []
    assert not Intake.objects.exists()


def test_an_upload_belongs_to_the_person_who_began_it(tus: Tus, login: Callable[[str], Client]) -> None:
    at = tus.begin()
    other = Tus("/in/uploads/")
    inside = at.replace("/api/v1", "/in")
    assert other.ask("HEAD", inside).status_code == 401
    assert Tus("/api/v1/uploads/", Authorization="Bearer nonsense").ask("HEAD", at).status_code == 401
    other.client = login("handu")
    for method in ("HEAD", "PATCH", "DELETE"):
        assert other.ask(method, inside, b"x", Upload_Offset="0").status_code == 404
    other.client = login("lince")
    assert other.ask("HEAD", inside)["Upload-Offset"] == "0", "the same person at the other door"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="lince"))
    other.client = strict
    assert other.ask("PATCH", inside, FILE, Upload_Offset="0").status_code == 403, "a page of another site cannot send"
    assert tus.ask("HEAD", at)["Upload-Offset"] == "0"


def test_the_last_step_is_done_by_whoever_comes_next(tus: Tus) -> None:
    """A kill after the last byte, and one after the original was named: the bytes are there, the recording is not."""
    at = tus.begin()
    uploads.append(uploads.find(at[-32:], owner()), 0, [FILE])
    assert not Intake.objects.exists()
    assert tus.ask("HEAD", at)["Mingcha-Recording"] == str(Intake.objects.get().id)
    other = FILE + bytes(2)
    at = tus.begin(len(other), "b.wav")
    upload = uploads.find(at[-32:], owner())
    uploads.append(upload, 0, [other])
    uploads.complete(upload)
    assert finish_waiting() == 0, "a request may still be at it"
    assert finish_waiting(quiet=0) == 1
    assert Intake.objects.count() == 2
    assert finish_waiting(quiet=0) == 0


def test_nothing_is_made_of_a_long_upload_before_its_second_digest(
    tus: Tus, login: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its SM3 trails behind in a process of its own, which may be killed; the bytes are received, and safe, at once."""
    monkeypatch.setattr(folders, "LONG", 1 << 20)
    file = FILE + bytes(2 << 20)
    trailing = Trailing()
    at = tus.begin(len(file))
    assert tus.ask("PATCH", at, file[: 1 << 20], Upload_Offset="0").status_code == 204
    upload = uploads.find(at[-32:], owner())
    assert trailing.look() == 0
    follower = trailing._running[upload.id]
    assert not follower.done, "it waits for what has not come"
    follower._process.kill()
    last = tus.ask("PATCH", at, file[1 << 20 :], Upload_Offset=str(1 << 20))
    assert (last.status_code, last["Upload-Offset"], last["Mingcha-Pending"]) == (204, str(len(file)), "sm3")
    for answer in (last, tus.ask("HEAD", at)):
        assert "Mingcha-Recording" not in answer and not Intake.objects.exists()
    received = uploads.find(at[-32:], owner())
    assert uploads.pending_of(owner()) == [received] and finish_waiting(quiet=0) == 0
    with pytest.raises(Conflict) as refused:
        uploads.incoming_of(received)
    assert refused.value.code == "upload-second-digest"
    # Where no worker runs for weeks, what was received stays, and its sender is told whom to ask.
    page, client = "/in/recordings/upload/", login("lince")
    assert "正在计算第二种摘要" in (text := client.get(page).content.decode()) and "告诉管理员" not in text
    with clock.frozen(clock.now() + dt.timedelta(days=30)):
        assert uploads.sweep() == 0 and tus.ask("HEAD", at)["Mingcha-Pending"] == "sm3"
        assert "告诉管理员" in login("lince").get(page).content.decode()
    # Whoever looks next begins again, and one look later than the digest there is a recording.
    monkeypatch.setattr(tasks, "_RETRY", 0)
    until = time.monotonic() + 20
    while not trailing.look() and time.monotonic() < until:
        time.sleep(0.05)
    row = Intake.objects.select_related("file").get()
    assert row.file_id == hashlib.sha256(file).hexdigest() and row.file.sm3 == sm3_of(file)
    done = tus.ask("HEAD", at)
    assert done["Mingcha-Recording"] == str(row.id) and "Mingcha-Pending" not in done
    assert not received.part.exists() and list(folders.marks().iterdir()) == [] and trailing.look() == 0
    # The same bytes again: the store has both digests already, nobody waits.
    again = tus.begin(len(file))
    second = tus.ask("PATCH", again, file, Upload_Offset="0")
    assert (second["Mingcha-Duplicate"], second["Mingcha-Recording"]) == ("1", str(row.id))
    # One that is given up takes its follower along.
    other = tus.begin(len(file))
    tus.ask("PATCH", other, file[:10], Upload_Offset="0")
    trailing.look()
    left = trailing._running[other[-32:]]
    tus.ask("DELETE", other)
    assert trailing.look() == 0 and left.done and trailing._running == {}


def sm3_of(data: bytes) -> str:
    return hashlib.new("sm3", data).hexdigest()


def test_a_hanging_connection_cannot_write_into_its_successor(tus: Tus) -> None:
    at = tus.begin()
    upload = uploads.find(at[-32:], owner())

    def hangs() -> Any:
        yield FILE[:10]
        # Meanwhile the client has come back on another line and gone on.
        assert tus.ask("PATCH", at, FILE[10:50], Upload_Offset="10").status_code == 204
        yield FILE[10:20]

    with pytest.raises(uploads.OffsetConflict):
        uploads.append(upload, 0, hangs())
    assert tus.ask("PATCH", at, FILE[50:], Upload_Offset="50").status_code == 204
    assert Intake.objects.get().file_id == hashlib.sha256(FILE).hexdigest()


def owner() -> str:
    return str(User.objects.get(username="lince").officer_id)


def test_the_page_works_without_scripts(login: Callable[[str], Client], settings: Any, tmp_path: Path) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.FILES_ROOT = tmp_path / "files"
    client, page = login("lince"), "/in/recordings/upload/"
    good, bad = SimpleUploadedFile(NAME, FILE), SimpleUploadedFile("x.mp4", b"not a video")
    assert "请选择音像文件" in client.post(page, {}).content.decode()
    text = client.post(page, {"files": [good, bad]}).content.decode()
    assert "x.mp4：这个文件的内容是文本" in text and NAME in text
    assert Intake.objects.get().origin == "browser"
    assert uploads.open_of(owner()) == []
    begun = Tus("/in/uploads/")
    begun.client = client
    begun.begin(name="断了.wav")
    assert "断了.wav" in client.get(page).content.decode()
    assert "断了.wav" not in login("handu").get(page).content.decode()
