"""The player over HTTP: nothing without a purpose, stretches of the file, a phone, guests, copies, lists — as a browser asks."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.workbench import streaming
from mingcha.interfaces.workbench.watching_forms import moment
from mingcha.recordings import actions as recordings
from mingcha.recordings.deriving.tasks import make_waiting
from mingcha.recordings.models import Derivation, Marker, Recording, Share, Still, Viewing
from mingcha.recordings.tests import media

pytestmark = pytest.mark.django_db
PURPOSE = {"purpose": "handling", "note": ""}


@pytest.fixture
def recording(play: Callable[..., Journey]) -> Iterator[Recording]:
    journey = play("inquiry-record")
    with clock.frozen(clock.at(journey.day, 15)):
        yield recordings.add(
            journey.case.id,
            actor=actor_named("lince"),
            stage="investigate",
            matter="1",
            title="现场检查全程音像",
            file=receive_bytes(media.mp4(2)),
            started_at=clock.now() - dt.timedelta(hours=2),
        )


def address(recording: Recording, rest: str = "") -> str:
    return f"/in/recordings/{recording.id}/{rest}"


def opened(login: Callable[[str], Client], name: str, recording: Recording) -> Client:
    client = login(name)
    assert client.post(address(recording), PURPOSE).status_code == 302
    return client


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def text(response: Any) -> str:
    return str(response.content.decode())


def test_no_byte_leaves_without_a_purpose(recording: Recording, login: Callable[[str], Client]) -> None:
    lince = login("lince")
    assert "打开音像以前说明用途" in text(lince.get(address(recording)))
    for rest in ("stream/", "mark/", "still/", "transcript/", "derive/"):
        assert lince.get(address(recording, rest)).status_code == 403, rest
    # The door for files of a case leads to the player, which asks.
    assert lince.get(f"/in/files/{recording.file_id}/").headers["Location"] == address(recording)
    assert lince.post(address(recording), {"purpose": "other"}).status_code == 422
    assert Viewing.objects.count() == 0
    assert lince.post(address(recording), PURPOSE).status_code == 302
    page = text(lince.get(address(recording)))
    assert "<video" in page and address(recording, "stream/") in page and "没有标记" in page
    # Another session of the same person is asked anew; strangers get nothing at all.
    assert login("lince").get(address(recording, "stream/")).status_code == 403
    for name in ("luochuan", "weiqing", "qiman", "zhouheng"):
        client = login(name)
        for rest in ("", "stream/", "download/", "share/", "derive/"):
            assert client.get(address(recording, rest)).status_code == 404, (name, rest)
    assert Client().get(address(recording, "stream/")).status_code == 302


def test_stretches_of_the_file(recording: Recording, login: Callable[[str], Client], monkeypatch: Any) -> None:
    lince, whole = opened(login, "lince", recording), media.mp4(2)
    size = len(whole)

    def ask(header: str = "", **more: Any) -> Any:
        return lince.get(address(recording, "stream/"), **({"HTTP_RANGE": header} if header else {}), **more)

    plain = ask()
    assert (plain.status_code, plain["Content-Length"], plain["Accept-Ranges"]) == (200, str(size), "bytes")
    assert body(plain) == whole and "sandbox" in plain["Content-Security-Policy"]
    for header, first, last in (("bytes=0-", 0, size - 1), ("bytes=10-19", 10, 19), ("bytes=-7", size - 7, size - 1)):
        answer = ask(header)
        assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes {first}-{last}/{size}")
        assert body(answer) == whole[first : last + 1]
    beyond = ask(f"bytes={size}-")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{size}")
    head = lince.head(address(recording, "stream/"))
    assert head.status_code == 200 and head["Content-Length"] == str(size) and body(head) == b""
    # A slow viewer holds no thread: an open end is answered in pieces.
    monkeypatch.setattr(streaming, "MOST", 1000)
    piece = ask("bytes=500-")
    assert piece["Content-Range"] == f"bytes 500-1499/{size}" and body(piece) == whole[500:1500]


def test_the_work_of_an_officer_at_the_player(recording: Recording, login: Callable[[str], Client]) -> None:
    """Mark, correct, still, evidence, transcript, share: each by its form, each shown on the page afterwards."""
    lince = opened(login, "lince", recording)
    page = text(lince.get(address(recording)))
    target = re.search(r'value="(document:[0-9a-f-]+)"', page)
    assert target
    values = {"m-moment": "00:01.2", "m-kind": "certificate", "m-target": target[1], "m-text": "出示证件", "m-item": ""}
    done = lince.post(address(recording, "mark/"), values)
    assert done.headers["Location"] == address(recording) + "?t=1.200"
    mark = Marker.objects.get()
    assert (mark.at_ms, str(mark.document_id)) == (1200, target[1].partition(":")[2])
    assert lince.post(address(recording, "mark/"), {**values, "m-moment": "soon"}).status_code == 422
    better = {"moment": "00:00.9", "kind": "certificate", "target": target[1], "text": "两人", "corrects": str(mark.id)}
    assert lince.post(address(recording, "mark/"), better).status_code == 302
    assert lince.post(address(recording, "still/"), {"s-moment": "00:01", "s-note": "证件"}).status_code == 302
    still = Still.objects.get()
    picture = lince.get(f"/in/recordings/stills/{still.id}/")
    assert picture["Content-Type"] == "image/png" and body(picture).startswith(b"\x89PNG")
    proof = {"kind": "audiovisual", "name": "证件截图", "proves": "执法人员出示证件"}
    assert lince.post(f"/in/recordings/stills/{still.id}/evidence/", proof).status_code == 302
    assert recording.case.evidence.filter(file_id=still.file_id, origin__contains="截自音像").exists()
    from django.core.files.uploadedfile import SimpleUploadedFile

    lines = "1\n00:00:00,500 --> 00:00:01,000\n现在<script>全程录音录像\n".encode()
    sent = {"file": SimpleUploadedFile("a.srt", lines), "origin": "typed"}
    assert lince.post(address(recording, "transcript/"), sent).status_code == 302
    page = text(lince.get(address(recording)))
    for words in ("两人", "更正和撤回过的标记 1 个", "全程录音录像", "人工整理", "登记为证据", "林策"):
        assert words in page, words
    assert "现在<script>" not in page
    # On the case, the record leads to the moment.
    assert f"{address(recording)}?t=0.900" in text(lince.get(f"/in/cases/{recording.case_id}/"))


def test_guests_look_until_the_share_ends(recording: Recording, login: Callable[[str], Client]) -> None:
    lince, guest = opened(login, "lince", recording), login("luochuan")
    until = (clock.now() + dt.timedelta(days=2)).astimezone(clock.SHANGHAI)
    to = str(actor_named("luochuan").officer_id)
    values = {"to": to, "purpose": "training", "expires_at": f"{until:%Y-%m-%dT%H:%M}"}
    assert (
        lince.post(address(recording, "share/"), {**values, "to": str(actor_named("qiman").officer_id)}).status_code
        == 422
    )
    assert lince.post(address(recording, "share/"), values).status_code == 302
    assert recording.title in text(guest.get("/in/recordings/shared/"))
    assert guest.post(address(recording), {"purpose": "training"}).status_code == 302
    page = text(guest.get(address(recording)))
    assert "由林策共享" in page and "下载原件" not in page and "谁看过" not in page
    assert guest.get(address(recording, "stream/"), HTTP_RANGE="bytes=0-9").status_code == 206
    for rest in ("mark/", "still/", "derive/", "transcript/"):
        assert guest.post(address(recording, rest), {"moment": "0:01", "kind": "scene"}).status_code in (403, 409, 422)
    assert guest.post(address(recording, "download/"), PURPOSE).status_code == 403
    assert Marker.objects.count() == Still.objects.count() == Derivation.objects.count() == 0
    end = address(recording, f"share/{Share.objects.get().id}/end/")
    assert lince.post(end, {"reason": "看完了"}).status_code == 302
    for rest in ("", "stream/"):
        assert guest.get(address(recording, rest)).status_code == 403
    log = login("fangzhi").get("/in/recordings/viewings/?q=罗川")
    assert "罗川" in text(log) and "由林策共享" in text(log)
    table = login("fangzhi").get("/in/recordings/viewings/export.csv?act=view")
    assert body(table).decode().count("现场检查全程音像") == 2
    assert recording.title not in text(login("heshan").get("/in/recordings/viewings/"))


def test_a_copy_from_the_form_to_the_download(recording: Recording, login: Callable[[str], Client]) -> None:
    lince, handu = opened(login, "lince", recording), opened(login, "handu", recording)
    plan = {"purpose": "publication", "reason": "公开", "areas": "25 25 50 50 00:00-00:01", "mutes": "0:00.5-0:01",
            "cuts": "", "method": "fill"}  # fmt: skip
    for wrong in ({"areas": "25 25"}, {"mutes": "early"}, {"areas": "90 90 50 50 00:00-00:01"}, {"reason": ""}):
        assert lince.post(address(recording, "derive/"), {**plan, **wrong}).status_code == 422, wrong
    assert lince.post(address(recording, "derive/"), plan).status_code == 302
    row = Derivation.objects.get()
    place = f"/in/recordings/derivatives/{row.id}/"
    assert lince.get(f"{place}progress/").json() == {"state": "waiting", "percent": 0}
    assert "正在制作" in text(lince.get(place))
    assert make_waiting(threading.Event(), {}) == 1
    page = text(lince.get(place))
    assert "静音时段内最大采样值0" in page and "等待另一名人员核对" in page and "去除原件的全部元数据" in page
    assert lince.post(f"{place}download/", PURPOSE).status_code == 403
    assert lince.post(place, {"agreed": "yes"}).status_code == 422, "the maker does not release"
    assert handu.get(f"{place}stream/", HTTP_RANGE="bytes=0-99").status_code == 206
    assert handu.post(place, {"agreed": "no", "note": ""}).status_code == 422
    assert handu.post(place, {"agreed": "yes", "note": "已看完"}).status_code == 302
    done = lince.post(f"{place}download/", PURPOSE)
    saved = lince.get(done.headers["Location"])
    row.refresh_from_db()
    assert "attachment" in saved["Content-Disposition"] and len(body(saved)) == row.outcome.file.size
    assert handu.get(done.headers["Location"]).status_code == 404, "a download belongs to one person"
    sheet = lince.get(f"{place}sheet/")
    assert recording.file_id in body(sheet).decode()
    assert "已放行" in text(lince.get("/in/recordings/derivatives/?state=released"))
    assert recording.title not in text(lince.get("/in/recordings/derivatives/?state=made"))
    with clock.frozen(clock.now() + dt.timedelta(hours=3)):
        assert lince.get(done.headers["Location"]).status_code == 403
    assert login("luochuan").get(place).status_code == 404


MOMENTS = [("0:01", 1000), ("01:30.5", 90_500), ("1:02:03.25", 3_723_250), ("", None), ("1", None), ("0:99", None),
           ("a:01", None), ("0：07", 7000), ("0:01.2345", None)]  # fmt: skip


@pytest.mark.parametrize(("typed", "ms"), MOMENTS)
def test_moments_as_people_type_them(typed: str, ms: int | None) -> None:
    assert moment(typed) == ms
