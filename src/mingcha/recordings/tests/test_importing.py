"""The importer: each file is dealt with once and in words, the source is never touched."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.common import clock
from mingcha.interfaces.demo.paper import recording
from mingcha.recordings import probing
from mingcha.recordings.intake import names
from mingcha.recordings.intake.importing import Importer, Row, SourceMissing
from mingcha.recordings.models import Intake

NAME = "7000001_000231_20260914093000_0001.wav"


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("video") / "made.mp4"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=s=64x48:d=1", "-metadata",
         "creation_time=2026-09-14T01:30:00Z", "-metadata", "location=+30.5702+104.0648/", str(path)],
        check=True,
    )  # fmt: skip
    return path.read_bytes()


@pytest.fixture
def source(tmp_path: Path, settings: Any, video: bytes) -> Path:
    settings.FILES_ROOT, settings.DATA = tmp_path / "files", tmp_path / "data"
    card = tmp_path / "card"
    (card / "DCIM" / "100").mkdir(parents=True)
    (card / ".Trashes").mkdir()
    inside = {
        NAME: recording(mark=1),
        "DCIM/100/clip.mp4": video,
        "DCIM/100/copy of clip.mp4": video,
        "DCIM/100/sound.wav": recording(mark=2),
        "cut.mp4": video[:-100],
        "open.mp4": video[: video.index(b"moov") - 4],
        "playlist.mp4": b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n",
        "zero.mp4": b"",
        "device.log": "设备日志".encode(),
        "half.mp4.part": video,
        ".hidden.wav": recording(mark=3),
        ".Trashes/gone.wav": recording(mark=4),
    }
    for name, data in inside.items():
        (card / name).write_bytes(data)
        os.utime(card / name, (1789349400, 1789349400))
    (card / "link.wav").symlink_to(card / NAME)
    os.mkfifo(card / "pipe.mp4")
    return card


def run(folder: Path, actor: Actor, **more: Any) -> dict[str, Row]:
    organ = Organisation.objects.get(id=actor.organ_id)
    return {row.path: row for row in Importer(folder, actor=actor, organisation=organ, origin="dock", **more).run()}


def stood(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in sorted(folder.rglob("*"))}


def test_a_card_is_read_once_and_left_as_it_was(
    source: Path, actor: Callable[[str], Actor], caplog: pytest.LogCaptureFixture
) -> None:
    lince, before = actor("lince"), stood(source)
    trial = run(source, lince, dry=True)
    assert not Intake.objects.exists() and sum(row.outcome == "taken" for row in trial.values()) == 4
    first = run(source, lince)
    expected = {
        NAME: ("taken", ""),
        "DCIM/100/clip.mp4": ("taken", ""),
        "DCIM/100/copy of clip.mp4": ("duplicate", "没有重复保存"),
        "DCIM/100/sound.wav": ("taken", ""),
        "cut.mp4": ("refused", "中途断开"),
        "open.mp4": ("refused", "没有正常结束"),
        "playlist.mp4": ("refused", "文本"),
        "zero.mp4": ("refused", "0 字节"),
        "device.log": ("refused", "文本"),
        "link.wav": ("refused", "符号链接"),
        "pipe.mp4": ("refused", "不是普通文件"),
    }
    assert {path: row.outcome for path, row in first.items()} == {path: want[0] for path, want in expected.items()}
    for path, (_, words) in expected.items():
        assert words in first[path].reason, path
    second = run(source, lince)
    assert [row.outcome for row in second.values() if row.outcome == "taken"] == []
    assert Intake.objects.count() == 3
    assert stood(source) == before
    assert caplog.records == []

    named = Intake.objects.get(name=NAME)
    assert (named.device_no, named.officer.name if named.officer else "") == ("7000001", "林策")
    assert named.details["from"]["officer"] == "pattern" and named.details["badge"] == "000231"
    clip = Intake.objects.get(name="clip.mp4")
    assert (clip.started_at, clip.place) == (dt.datetime(2026, 9, 14, 1, 30, tzinfo=dt.UTC), "30.570200,104.064800")
    assert clip.duration_ms == 1000 and clip.details["from"]["started_at"] == "metadata"
    weak = Intake.objects.get(name="sound.wav")
    assert weak.details["from"]["started_at"] == "file-time" and weak.details["weak"] == ["started_at"]
    assert {row.origin for row in Intake.objects.all()} == {"dock"}
    # Another organ has its own row of the same bytes; the store keeps them once.
    luochuan = actor("luochuan")
    assert run(source / "DCIM", luochuan)["100/clip.mp4"].outcome == "taken"
    assert Intake.objects.filter(file=clip.file_id).count() == 2


def test_a_file_that_is_still_written_is_left(source: Path, actor: Callable[[str], Actor]) -> None:
    for path in list(source.rglob("*")):
        if not path.is_dir():
            path.unlink()
    growing, held = source / "growing.wav", source / "held.wav"
    growing.write_bytes(recording(mark=5))
    held.write_bytes(recording(mark=6))
    os.utime(held, (1789349400, 1789349400))
    stop = threading.Event()

    def write() -> None:
        with growing.open("ab") as out:
            while not stop.wait(0.05):
                out.write(bytes(100))
                out.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with held.open("ab"):
            rows = run(source, actor("lince"))
    finally:
        stop.set()
        writer.join()
    assert {path: row.outcome for path, row in rows.items()} == {"growing.wav": "left", "held.wav": "left"}
    assert not Intake.objects.exists()
    os.utime(growing, (time.time() - 60,) * 2)
    assert {row.outcome for row in run(source, actor("lince")).values()} == {"taken"}


@pytest.mark.parametrize(
    ("name", "device", "badge", "moment"),
    [
        (NAME, "7000001", "000231", "2026-09-14 09:30:00"),
        ("7000001_000231_20260914_093000_0001.MP4", "7000001", "000231", "2026-09-14 09:30:00"),
        ("DJI_20260914093000_0003_V.MP4", "", "", "2026-09-14 09:30:00"),
        ("VID_20260914_093000~2.mp4", "", "", "2026-09-14 09:30:00"),
        ("7000001_000231_20261314093000_0001.mp4", None, None, None),
        ("现场检查.mp4", None, None, None),
    ],
)
def test_names_by_the_shipped_patterns(name: str, device: str | None, badge: str, moment: str) -> None:
    found = names.read(name, names.patterns())
    if device is None:
        assert found is None
        return
    assert found and (found.device_no, found.badge) == (device, badge)
    assert found.started_at and found.started_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") == moment
    assert not found.pattern.verified


def test_a_site_adds_its_own_patterns_before_them(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    own = {"patterns": [{"id": "own", "label": "本机关", "pattern": "MS<device4>-<YYYYMMDD>T<HHMMSS>.<seq>",
                         "source": "厂商说明书", "verified": True}]}  # fmt: skip
    names.own_file().write_text(json.dumps(own), "utf-8")
    found = names.read("MS0042-20260914T093000.7.mp4", names.patterns())
    assert found and found.device_no == "0042" and found.pattern.verified
    assert names.read(NAME, names.patterns()), "those that ship still count"
    for broken in (
        "{",
        '{"patterns": [{"id": "x"}]}',
        json.dumps({"patterns": [{**own["patterns"][0], "pattern": "<wrong>"}]}),
    ):
        names.own_file().write_text(broken, "utf-8")
        with pytest.raises(names.BadPattern, match=r"recording-names\.json"):
            names.patterns()


def test_boxes_are_read_where_ffmpeg_is_missing(video: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(video)
    assert shutil.which("ffprobe")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = probing.probe(path, "video/mp4")
    assert (found.duration_ms, found.started_at, found.broken) == (
        1000,
        dt.datetime(2026, 9, 14, 1, 30, tzinfo=dt.UTC),
        "",
    )
    assert "ffmpeg" in probing.probe(path, "video/webm").unread
    for cut in (8, 40, len(video) // 2, len(video) - 1):
        path.write_bytes(video[:cut])
        assert probing.probe(path, "video/mp4").broken


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, actor: Callable[[str], Actor]) -> None:
    with pytest.raises(SourceMissing):
        run(tmp_path / "nowhere", actor("lince"))
