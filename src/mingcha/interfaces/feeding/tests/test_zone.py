"""The portal's zone alone: the same pages as inside, nothing more in its files, nothing taken that is not from inside."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.disclosure import actions as disclosure
from mingcha.disclosure.models import Publication, PublicEntry
from mingcha.disclosure.reading_cases import case_code
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.feeding import applying, batches, keeping, letters, selection, standing
from mingcha.interfaces.feeding.sending import Sender
from mingcha.ledger.sequencer import sequence
from mingcha.petitions import actions as petitions
from mingcha.petitions.models import InboxItem, Petition

LOG = "990100"
SECRET = Scenario(
    party="未公开的丙有限公司", representative="闵秘言", cause="涉嫌未公开的事由甲乙", place="未公开的街77号", mark=2
)
TABLES = {*selection.held(), "feed_state", "feed_row", "feed_answer"}


class Zone:
    """A portal's data directory with a process over it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir(parents=True, exist_ok=True)
        (place / applying.KEY).write_text(keeping.public_text(keeping.signing_key().public_key()))
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
        source = str(Path(__file__).resolve().parents[4])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mingcha.interfaces.feeding.tests.zone"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**kept, "PYTHONPATH": source, "MINGCHA_PORTAL_DATA": str(place), **_own_database(place)},
            text=True,
        )

    def __call__(self, what: str, **given: Any) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"do": what, **given}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the zone's process ended"
        return json.loads(line)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def _own_database(place: Path) -> dict[str, str]:
    """On PostgreSQL a database of the zone's own beside the one of the tests; else its file."""
    if connection.vendor != "postgresql":
        return {}
    import psycopg

    told = connection.settings_dict
    name = f"portal_{uuid.uuid4().hex}"
    with psycopg.connect(
        dbname="postgres", user=told["USER"], password=told["PASSWORD"], host=told["HOST"], port=told["PORT"] or None,
        autocommit=True,
    ) as server:  # fmt: skip
        server.execute(f'CREATE DATABASE "{name}"')
    who = f"{told['USER']}:{told['PASSWORD']}" if told["PASSWORD"] else told["USER"]
    where = f"/{name}?host={told['HOST']}" if told["HOST"].startswith("/") else f"{told['HOST']}:{told['PORT']}/{name}"
    return {"MINGCHA_PORTAL_DATABASE_URL": f"postgresql://{who}@{where}"}


@pytest.fixture
def world(
    db: None, own_log: None, settings: Any, tmp_path: Path, play: Callable[..., Journey]
) -> tuple[Journey, Journey]:
    """One public decision and one case that is not public."""
    settings.FEED_ROOT, settings.PORTAL_ROOT = tmp_path / "feed", tmp_path / "portal"
    settings.FEED_OUT, settings.FEED_BACK = tmp_path / "portal" / "in", tmp_path / "portal" / "up"
    journey = play("publish")
    hidden = play("site-record", SECRET)
    sequence(LOG)
    # Not on a frozen clock: the zone has its own.
    return journey, hidden


@pytest.fixture
def zone(world: object, tmp_path: Path) -> Iterator[Zone]:
    found = Zone(tmp_path / "portal")
    yield found
    found.end()


def told(**given: Any) -> int:
    sender = Sender()
    try:
        return sender.step(whole=True, **given)
    finally:
        sender.close()


def same(text: str) -> str:
    """A page without what differs at each request."""
    text = re.sub(r'value="[\w:.-]{40,}"', "", text)
    return re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d|T\d\d:\d\d:\d\d[\d.+:]*)", "", text)


def test_the_zone_alone_shows_the_same_pages_and_holds_nothing_else(
    world: tuple[Journey, Journey], zone: Zone, client: Client
) -> None:
    _journey, hidden = world
    told()
    assert zone("apply")["problem"] == ""
    row = PublicEntry.objects.get()
    decision = reverse("portal:decision", args=[row.id])
    urls = [
        reverse(f"portal:{name}")
        for name in ("home", "results", "who", "officers", "how", "log", "verify", "hearings", "procedures", "laws",
                     "data", "jsonl", "package", "map", "channels", "card", "petition", "own-case", "sitemap")
    ]  # fmt: skip
    urls += [decision, f"{decision}proof.json", f"{decision}text.txt", f"{reverse('portal:results')}?q=扬尘"]
    urls += [reverse("portal:document", args=[Publication.objects.get(id=row.id).decision.document_id])]
    for url in urls:
        inside, outside = client.get(url), zone("get", url=url)
        body = b"".join(inside.streaming_content) if inside.streaming else inside.content
        assert outside["status"] == inside.status_code == 200, (url, outside)
        if url not in (reverse("portal:laws"), reverse("portal:how"), reverse("portal:procedures")):
            assert same(outside["body"]) == same(body.decode()), url
    for url in ("/in/", "/in/sign-in/", "/api/v1/cases", "/api/v1/openapi.json"):
        assert zone("get", url=url)["status"] == 404, url
    assert set(zone("tables")) == TABLES
    case = hidden.case
    secrets = [SECRET.party, SECRET.representative, SECRET.cause, SECRET.place, case.number, str(case.id), case.id.hex]
    assert zone("files_holding", words=[*secrets, "argon2", "PRIVATE KEY"]) == []
    assert zone("files_holding", words=[row.number]) != []
    # Its party, with number and code, reads the progress that the zone itself cannot read.
    fields = {"number": case.number, "code": case_code(case.id)}
    answer = zone("post", url=reverse("portal:own-case"), fields=fields)
    assert answer["status"] == 200 and "立案" in answer["body"]
    assert zone("post", url=reverse("portal:own-case"), fields={**fields, "code": "22222222"})["status"] == 404


def test_a_withdrawal_leaves_and_a_letter_comes_once(
    world: tuple[Journey, Journey],
    zone: Zone,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    login: Callable[[str], Client],
) -> None:
    told()
    zone("apply")
    row = PublicEntry.objects.get()
    text = row.content["text"]
    assert zone("files_holding", words=[row.number]) != []
    form = re.search(r'name="form" value="([^"]+)"', zone("get", url=reverse("portal:petition"))["body"])
    assert form
    letter = {"kind": "conduct", "organisation": "明水区综合行政执法局", "text": "来信原文甲乙丙丁。", "name": "江某某",
              "contact": "信箱七号", "form": form[1]}  # fmt: skip
    for _ in range(2):
        assert zone("post", url=reverse("portal:petition"), fields=letter)["status"] == 200
    assert zone("apply")["waiting"] == 1
    (letters.back() / "letter-00000000000000000000000000000001.json").write_text("{}")
    assert (letters.take_in(), letters.take_in()) == (1, 0)
    petitions.pull()
    assert Petition.objects.get().text == letter["text"] and InboxItem.objects.get().content is None
    disclosure.withdraw(row.id, actor=actor_named("sutang"), reason="决定书引用的条文有误，依职权撤下。")
    told()
    assert standing.standing().withdrawals == 1
    settings.ZONES = True
    monkeypatch.setattr(standing, "LATE_SECONDS", -1.0)
    for who, page in (("fangzhi", "supervision"), ("sutang", "disclosure")):
        assert "其中撤下1件" in login(who).get(reverse(page)).content.decode()
    applied = zone("apply")
    assert (applied["problem"], applied["waiting"]) == ("", 0)
    gone = zone("get", url=reverse("portal:decision", args=[row.id]))
    assert gone["status"] == 410 and text[40:60] not in gone["body"]
    assert zone("get", url=reverse("portal:decision", args=[row.id]) + "proof.json")["status"] == 410
    assert [path.name for path in letters.back().glob("letter-*")] == []
    told()
    assert standing.standing().words == "门户内容是最新的。"


@pytest.mark.slow
def test_only_the_inner_zone_is_believed_and_a_kill_leaves_it_whole(
    world: tuple[Journey, Journey], zone: Zone, tmp_path: Path
) -> None:
    told()
    inside = tmp_path / "portal" / "in"
    files = {path.name: path.read_bytes() for path in sorted(inside.glob("*.batch"))}
    names = list(files)
    assert len(names) > 5
    key = keeping.signing_key()
    first, _digest = batches.unpack(files[names[0]], names[0], key.public_key())
    stranger, _ = batches.pack(first, Ed25519PrivateKey.generate())
    changed = bytearray(files[names[0]])
    changed[-20] ^= 1
    unchained, _ = batches.pack(batches.Batch(**{**vars(first), "prev": "0" * 64}), key)
    bad = {"t": "accounts_user", "k": "1", "v": {}}
    inner, _ = batches.pack(batches.Batch(**{**vars(first), "changes": (bad,)}), key)
    outside = {"f": "../../etc/x", "v": ""}
    climbing, _ = batches.pack(batches.Batch(**{**vars(first), "changes": (outside,)}), key)
    for data, code in (
        (bytes(changed), "feed-signature"),
        (stranger, "feed-signature"),
        (files[names[1]], "feed-malformed"),
        (unchained, "feed-chain"),
        (inner, "feed-content"),
        (climbing, "feed-content"),
    ):
        (inside / names[0]).write_bytes(data)
        assert zone("apply") == {"done": 0, "problem": code, "waiting": 0}
        assert not (inside / names[0]).exists()
    for path in inside.glob("*.refused"):
        path.unlink()
    # A gap stops, and is filled later.
    (inside / names[0]).write_bytes(files[names[0]])
    (inside / names[2]).unlink()
    assert zone("apply") == {"done": 2, "problem": "feed-gap", "waiting": 0}
    (inside / names[2]).write_bytes(files[names[2]])
    ends = [zone("killed", seconds=step * 0.02) for step in range(1, 15)]
    assert not all(ends) and set(zone("tables")) == TABLES
    assert zone("apply")["problem"] == "" and not list(inside.glob("*.batch"))
    whole = zone("tables")
    # All of it once more: nothing changes.
    for name, data in files.items():
        (inside / name).write_bytes(data)
    assert zone("apply")["done"] == 0 and zone("tables") == whole
    other = Zone(tmp_path / "other")
    try:
        shutil.copytree(tmp_path / "portal" / "in", tmp_path / "other" / "in")
        for name, data in files.items():
            (tmp_path / "other" / "in" / name).write_bytes(data)
        assert other("apply")["problem"] == ""
        assert other("tables") == whole
    finally:
        other.end()


def test_an_unjudged_column_stops_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that nobody has judged is not told by default."""
    selection.require_judged.cache_clear()
    table = selection.Table(PublicEntry, selection.ENTRIES.told[1:])
    monkeypatch.setattr(selection, "ENTRIES", table)
    with pytest.raises(selection.ColumnsUnjudged):
        selection.require_judged()
    selection.require_judged.cache_clear()


def test_answers_come_back_as_they_were() -> None:
    from mingcha.disclosure.queries import Withheld
    from mingcha.interfaces.feeding import codec

    moment = dt.datetime(2026, 9, 14, 8, tzinfo=dt.UTC)
    value = {"a": [Withheld(1, 2, "姓名", "依据")], "b": (moment, moment.date(), None, b"\x00"), "c": {"d": 1.5}}
    assert codec.loads(codec.dumps(value), {"Withheld": Withheld}) == value
    with pytest.raises(ValueError, match="Withheld"):
        codec.loads(codec.dumps(value), {})
    with pytest.raises(TypeError):
        codec.dumps(object())
