"""Derivatives on real media: what is hidden is gone on the output, a light blur does not pass, no tag survives."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from skimage.data import astronaut

from mingcha.common.errors import InvalidInput
from mingcha.recordings.deriving import covering, faces, machine, making, proving, rules
from mingcha.recordings.deriving.errors import MediaUnreadable, NotProved
from mingcha.recordings.tests import media

NOBODY: Callable[[int], None] = lambda _: None  # noqa: E731


def stored(place: Path, data: bytes, name: str = "original.mp4") -> Path:
    path = place / name
    path.write_bytes(data)
    return path


def plan_for(medium: machine.Medium, **value: Any) -> rules.Plan:
    return rules.read_plan(value, medium.duration_ms, picture=bool(medium.video), sound=bool(medium.audio))


def luma(path: Path, number: int) -> bytes:
    """The brightness of one picture of a file, decoded by itself."""
    return subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-i", path, "-vf", f"select='eq(n,{number})'", "-vsync", "0", "-frames:v", "1",
         "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"], capture_output=True, check=True,
    ).stdout[: 160 * 120]  # fmt: skip


def test_hidden_muted_cut_and_bare(tmp_path: Path) -> None:
    """One copy with everything done to it, measured here anew with an ffmpeg that knows nothing of the plan."""
    original = stored(tmp_path, media.mp4())
    before = original.read_bytes()
    medium = machine.probe(original, "video/mp4")
    assert medium.tags["title"] == "王某某家门口" and (medium.width, medium.height) == (160, 120)
    plan = plan_for(medium, areas=[[250, 250, 500, 500, 0, 2000]], mutes=[[500, 1000]], cuts=[[2500, 3000]])
    target, percent = tmp_path / "made.mp4", list[int]()
    proof = making.public_copy(original, "video/mp4", medium, plan, target, percent.append)
    assert original.read_bytes() == before
    assert float(proof["detail_most"]) < covering.MOST_DETAIL and float(proof["changed_inside_least"]) > 5
    assert percent == sorted(percent) and percent[-1] >= 60
    # Hidden: at most sixteen flat cells. Shown: the same picture as before; and after its time the area is back.
    part = covering.Box(40, 30, 120, 90)
    for number in (0, 11, 23):
        assert covering.detail(luma(target, number), 160, part, "mosaic") < covering.MOST_DETAIL
        assert covering.detail(luma(original, number), 160, part, "mosaic") > 3 * covering.MOST_DETAIL
        assert (covering.outside(luma(original, number), luma(target, number), (160, 120), [part]) or 0) < 4
    assert covering.detail(luma(target, 28), 160, part, "mosaic") > 3 * covering.MOST_DETAIL
    # Muted: silence to the last bit in the span, the tone outside of it.
    assert proving._loudness("mov", target, 500, 1000)[0] == 0
    assert proving._loudness("mov", target, 1200, 1700)[1] > 1000
    told = json.loads(
        subprocess.run(
            ["ffprobe", "-loglevel", "error", "-of", "json", "-show_format", "-show_streams", target],
            capture_output=True, check=True,
        ).stdout
    )  # fmt: skip
    assert abs(float(told["format"]["duration"]) - 2.5) < 0.15
    assert not any(word in json.dumps(told, ensure_ascii=False) for word in ("王某某", "39.9", "lince", "title"))


def test_a_light_blur_an_untouched_part_and_a_tag_fail_the_proof(tmp_path: Path) -> None:
    """The proof is run on outputs that other programs made badly; each is refused for its own reason."""
    original = stored(tmp_path, media.mp4(2))
    medium = machine.probe(original, "video/mp4")
    plan = plan_for(medium, areas=[[250, 250, 500, 500, 0, 2000]], mutes=[[500, 1000]])
    part = covering.Box(40, 30, 120, 90)
    samples = [proving.Sample(3, 3, (part,))]
    held = stored(tmp_path, luma(original, 3), "held")

    def made(name: str, *arguments: str) -> Path:
        target = tmp_path / name
        command = ["ffmpeg", "-loglevel", "error", "-i", original, *arguments, "-pix_fmt", "yuv420p", target]
        subprocess.run(command, check=True)
        return target

    box = "crop=80:60:40:30"
    blurred = made("blur.mp4", "-vf", f"split[a][b];[b]{box},gblur=sigma=3[c];[a][c]overlay=40:30")
    everything = made("all.mp4", "-vf", "hue=b=-4,drawbox=40:30:80:60:color=gray:t=fill")
    for target, words in ((original, "还有细节"), (blurred, "还有细节"), (everything, "区域以外也变了")):
        with held.open("rb") as handle, pytest.raises(NotProved, match=words):
            proving.pictures(target, (160, 120), plan, samples, handle)
    with pytest.raises(NotProved, match="还有声音"):
        proving.sound(original, "video/mp4", made("quiet.mp4", "-af", "volume=0.1"), plan, [(0, 2000)])
    with pytest.raises(NotProved, match="还有元数据"):
        proving.bare(made("tags.mp4", "-map_metadata", "0"), medium)
    with pytest.raises(NotProved, match="应为"):
        proving.length(original, [(0, 1000)])


def test_faces_are_found_and_hidden(tmp_path: Path) -> None:
    """A real face, drifting through the picture, is found before and not after; without faces nothing is hidden."""
    assert faces.available()
    picture = astronaut()[0:300, 120:420]
    original = stored(tmp_path, media.of_pictures(picture.tobytes(), 300, 300))
    medium = machine.probe(original, "video/mp4")
    assert len(faces.detector().find(picture.tobytes(), 300, 300)) == 1
    proof = making.public_copy(original, "video/mp4", medium, plan_for(medium, faces=True), tmp_path / "f.mp4", NOBODY)
    assert (
        proof["faces_left"] == 0
        and proof["parts"] == proof["pictures"] >= 6
        and float(proof["changed_inside_least"]) > 15
    )
    assert float(proof["detail_most"]) < covering.MOST_DETAIL


def test_sound_alone_is_muted_and_odd_formats_get_a_copy(tmp_path: Path) -> None:
    spoken = stored(tmp_path, media.wav(), "a.wav")
    medium = machine.probe(spoken, "audio/wav")
    target = tmp_path / "a.mp4"
    making.public_copy(spoken, "audio/wav", medium, plan_for(medium, mutes=[[0, 500]]), target, NOBODY)
    assert proving._loudness("mov", target, 0, 500)[0] <= 1 < proving._loudness("mov", target, 700, 1200)[0]
    odd = stored(tmp_path, media.avi(), "b.avi")
    making.viewing_copy(odd, "video/x-msvideo", machine.probe(odd, "video/x-msvideo"), tmp_path / "b.mp4", NOBODY)
    copy = machine.probe(tmp_path / "b.mp4", "video/mp4")
    assert (copy.video, copy.audio, copy.width) == ("h264", "aac", 160)
    assert making.still(odd, "video/x-msvideo", 1000).startswith(b"\x89PNG")
    with pytest.raises(MediaUnreadable):
        making.still(odd, "video/x-msvideo", 90_000)


def test_playlists_and_other_traps_read_nothing_else(tmp_path: Path) -> None:
    """A list that names another file is no medium, whatever it calls itself; broken bytes are refused in words."""
    secret = stored(tmp_path, media.wav(), "secret.wav")
    traps = {
        "concat": f"ffconcat version 1.0\nfile '{secret}'\n",
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        "remote": "#EXTM3U\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n",
    }
    for name, text in traps.items():
        path = stored(tmp_path, text.encode(), name)
        for media_type in ("video/mp4", "video/mp2t"):
            with pytest.raises(MediaUnreadable):
                making.still(path, media_type, 0)
        with pytest.raises(MediaUnreadable, match="不是可以播放的音像"):
            machine.probe(path, "text/plain")
    with pytest.raises(MediaUnreadable):
        machine.probe(stored(tmp_path, media.mp4()[:2000], "cut.mp4"), "video/mp4")
    # A name that looks like an option or a protocol is a path and nothing else.
    odd = stored(tmp_path, media.wav(), "-i concat:a|b.wav")
    assert machine.probe(odd, "audio/wav").audio == "pcm_s16le"
    with pytest.raises(MediaUnreadable, match="已经停止"):
        machine.run("ffmpeg", ["-f", "lavfi", "-i", "testsrc2=size=640x480", "-f", "null", "-"], seconds=1)


REFUSED = [
    ({}, "请至少选择一项"),
    ({"areas": [[0, 0, 1100, 100, 0, 1000]]}, "应在画面之内"),
    ({"areas": [[0, 0, 5, 5, 0, 1000]]}, "1.5%"),
    ({"areas": [[0, 0, 100, 100, 5000, 6000]]}, "起止时间不对"),
    ({"areas": [["0", 0, 100, 100, 0, 1000]]}, "整数"),
    ({"areas": [[0, 0, 100, 100, 0, 1000]] * 201}, "200"),
    ({"mutes": [[1000, 500]]}, "起止时间不对"),
    ({"cuts": [[0, 3000]]}, "整段"),
    ({"mutes": "all"}, "整数"),
    ({"faces": "yes"}, "是或者否"),
    ({"mutes": [[0, 1000]], "method": "gauss"}, "遮挡方式"),
]


@pytest.mark.parametrize(("value", "words"), REFUSED)
def test_plans_that_cannot_be_carried_out(value: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.read_plan(value, 3000, picture=True, sound=True)
    assert words in json.dumps(refused.value.fields, ensure_ascii=False)


def test_plans_are_put_in_order() -> None:
    value = {"cuts": [[2000, 2500], [100, 600], [500, 900]], "mutes": [[0, 99_000]]}
    plan = rules.read_plan(value, 3000, picture=True, sound=True)
    assert plan.cuts == ((100, 900), (2000, 2500)) and plan.mutes == ((0, 3000),)
    assert rules.kept(plan, 3000) == ((0, 100), (900, 2000), (2500, 3000))
    for value in ({"areas": [[0, 0, 100, 100, 0, 10]]}, {"faces": True}):
        with pytest.raises(InvalidInput, match="没有画面"):
            rules.read_plan(value, 3000, picture=False, sound=True)
    boxes = [covering.Box(0, 0, 10, 10), covering.Box(40, 40, 50, 50), covering.Box(8, 8, 42, 42)]
    assert covering.merged(boxes) == [covering.Box(0, 0, 50, 50)]


def test_what_a_killed_worker_left_is_swept(tmp_path: Path) -> None:
    for name, age in (("making-old", 25), ("making-new", 1), ("upload", 48)):
        place = tmp_path / name
        place.mkdir()
        (place / "made.mp4").write_bytes(b"x")
        moment = time.time() - age * 3600
        os.utime(place, (moment, moment))
    making.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["making-new", "upload"]
