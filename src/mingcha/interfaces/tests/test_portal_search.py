"""The portal's search and open data over HTTP: what is withdrawn is gone from everywhere, nothing comes out sideways."""

import csv
import datetime as dt
import importlib
import io
import json
import re
import uuid
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from django.test import Client

from mingcha.accounts.queries import actor_named
from mingcha.disclosure import actions, opendata
from mingcha.disclosure.demonstration import writing
from mingcha.disclosure.models import Publication, PublicEntry
from mingcha.disclosure.searching import following
from mingcha.interfaces.demo import district
from mingcha.interfaces.demo.journey import Scenario

PARTY = "清和建筑工程有限公司"


@pytest.fixture
def portal(play: Any, settings: Any, tmp_path: Path) -> dict[str, Any]:
    """A published decision, thirty made-up ones, an index."""
    for name in ("LOG_ROOT", "KEYS_ROOT", "FILES_ROOT", "SEARCH_ROOT"):
        setattr(settings, name, tmp_path / name)
    settings.BASE_URL = "https://portal.example"
    public = Publication.objects.get(decision__case=play("publish").case)
    writing.write(30, jurisdiction=district.JURISDICTION)
    following.rebuild()
    return {"public": public, "row": PublicEntry.objects.get(id=public.id)}


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def get(url: str, **query: str) -> str:
    answer = Client().get(url, query)
    assert answer.status_code == 200, (url, answer.status_code)
    return body(answer).decode("utf-8", "replace")


def everywhere(row: PublicEntry) -> list[str]:
    """Every address that showed the decision."""
    month = f"{row.listed_on:%Y-%m}"
    files = [f"/p/data/decisions-{month}.{form}" for form in ("csv", "jsonl")]
    return [
        f"/p/decisions/?q={PARTY}", f"/p/search/?q={PARTY}", f"/p/data/decisions.atom?q={PARTY}",
        "/p/data/decisions.atom", f"/p/search/decisions.csv?q={PARTY}", f"/p/search/decisions.jsonl?q={PARTY}",
        "/p/data/decisions.jsonl", *files, f"/p/search/names.json?q={PARTY[:3]}", f"/api/v1/public/decisions?q={PARTY}",
    ]  # fmt: skip


def test_withdrawn_is_gone_from_page_feed_export_and_search(
    portal: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held open: a page, a feed, an export being sent, a page of results. The very next look shows it nowhere."""
    row, url, mark = portal["row"], f"/p/decisions/{portal['public'].id}/", str(portal["public"].id)
    reader = Client()
    page = reader.get(url)
    # A browser keeps nothing of it: what is asked for again is answered anew.
    assert page.status_code == 200 and PARTY in page.content.decode() and page.headers["Cache-Control"] == "no-store"
    places = everywhere(row)
    for place in places:
        assert (PARTY if "names" in place else mark) in get(place), place
    monkeypatch.setattr(opendata, "CHUNK", 10)
    PublicEntry.objects.filter(source="demonstration").update(listed_on=dt.date(2026, 12, 31))
    # An export that has begun, and whose later portions are not asked for yet: the decision is in the last one.
    sending = iter(reader.get("/p/data/decisions.jsonl").streaming_content)
    begun = [next(sending)]
    results = get("/p/decisions/", q="当事人")
    cursor = re.search(r"cursor=([\w-]+)", results)
    assert cursor is not None
    actions.withdraw(portal["public"].id, actor=actor_named("sutang"), reason="名称有误")
    for place in places:
        assert (PARTY if "names" in place else mark) not in get(place), place
    sent = b"".join([*begun, *sending])
    assert sent.count(b"\n") == 30 and PARTY.encode() not in sent
    gone = reader.get(url)
    assert gone.status_code == 410 and PARTY not in gone.content.decode() and "名称有误" in gone.content.decode()
    for tail in ("proof.json", "text.txt", "signed.pdf", "code.svg"):
        assert reader.get(url + tail).status_code == 410, tail
    assert mark not in get("/p/decisions/", q="当事人", cursor=cursor[1])
    assert mark in get("/p/decisions/", q=row.number) and PARTY not in get("/p/decisions/", q=row.number)
    assert mark not in get(f"/p/sitemap-{row.listed_on:%Y-%m}.xml")
    following.Follower().step()
    for place in places:
        assert (PARTY if "names" in place else mark) not in get(place), place


def test_nothing_unpublished_by_any_side_door(portal: dict[str, Any], play: Any) -> None:
    """Ids that exist and are not public, cursors made by strangers, names of files, odd addresses."""
    other = Scenario(party="恒远运输有限公司", uscc="91990100MA1QH00026", mark=2)
    hidden, row = Publication.objects.get(decision__case=play("serve-decision", other).case), portal["row"]
    client = Client()
    others = (hidden.id, hidden.decision_id, hidden.decision.document_id, hidden.decision.case_id, uuid.uuid4())
    answers = set()
    for key in (*others, portal["public"].decision_id):
        for tail in ("", "proof.json", "text.txt", "signed.pdf", "code.svg"):
            answer = client.get(f"/p/decisions/{key}/{tail}")
            # What is not public and what does not exist look the same.
            answers.add((answer.status_code, re.sub(r"[0-9a-f-]{36}", "", answer.content.decode())))
    assert {status for status, _ in answers} == {404}
    everything = get("/p/data/decisions.jsonl") + get("/p/data/decisions.atom") + get("/p/search/decisions.csv")
    assert "恒远运输" not in everything and str(hidden.id) not in everything
    assert "恒远运输" not in get("/p/search/names.json", q="恒远") and '"names": []' in get(
        "/p/search/names.json", q="hyys"
    )
    assert '<span class="num">0</span>' in get("/p/decisions/", q="恒远运输")
    # Places where the original letter names people: nothing of them is in any answer about the public one.
    for name in ("许山河",):
        assert name not in everything and '<span class="num">0</span>' in get("/p/decisions/", q=name)
    for cursor in ("AAAA", "WzEsMl0", "bnVsbA", "' OR 1=1", "WyIyMDI2LTAxLTAxIiwgIngiXQ", "[]", "W10", "9" * 400):
        assert client.get("/p/decisions/", {"cursor": cursor}).status_code == 422, cursor
    for odd in ("\0", "\ud800", "%", "_", "*", "AND OR", '"', "(" * 90, "text:x", "a" * 3000, "\u202e罚款"):
        assert client.get("/p/decisions/", {"q": odd.encode("utf-8", "replace")}).status_code == 200, odd
        assert client.get("/p/search/names.json", {"q": odd.encode("utf-8", "replace")}).status_code == 200, odd
    for bad in ("/p/data/decisions-2026-13.csv", "/p/data/decisions-2026-09.exe", "/p/search/decisions.html",
                "/p/data/decisions-..%2f.csv", "/p/sitemap-0000-00.xml", "/p/data/decisions-2026-09.csv/x"):  # fmt: skip
        assert client.get(bad).status_code == 404, bad
    assert client.get("/p/decisions/", {"since": "x", "least": "-1", "most": "1e9", "order": "x"}).status_code == 200
    for form in opendata.formats():
        head = client.get(f"/p/data/decisions-{row.listed_on:%Y-%m}.{form}").headers["Content-Disposition"]
        assert re.fullmatch(r'attachment; filename="decisions-\d{4}-\d{2}\.[a-z]+"', head)


def test_the_same_rows_in_every_format(portal: dict[str, Any], tmp_path: Path) -> None:
    """A stranger's program reads each format and finds the same decisions; a formula in a cell stays text."""
    month = f"{portal['row'].listed_on:%Y-%m}"
    PublicEntry.objects.filter(source="demonstration").update(listed_on=portal["row"].listed_on)
    dangerous = PublicEntry.objects.filter(source="demonstration").first()
    assert dangerous is not None
    PublicEntry.objects.filter(id=dangerous.id).update(cause="=1+1")
    right = {str(key) for key in PublicEntry.objects.filter(state="valid").values_list("id", flat=True)}
    files = {form: body(Client().get(f"/p/data/decisions-{month}.{form}")) for form in opendata.formats()}
    names = [name for name, *_ in opendata.COLUMNS]
    lines = [json.loads(line) for line in files["jsonl"].decode().splitlines()]
    assert list(lines[0]) == names and {line["id"] for line in lines} == right
    sheet = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert {row["id"] for row in sheet} == right and "'=1+1" in {row["cause"] for row in sheet}
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]), read_only=True).active
    cells = list(book.iter_rows(values_only=True))
    assert list(cells[0]) == names and {row[0] for row in cells[1:]} == right
    table = importlib.import_module("pyarrow.parquet").read_table(io.BytesIO(files["parquet"]))
    assert table.column_names == names and set(table["id"].to_pylist()) == right
    assert sum(table["fine_fen"].to_pylist()) == sum(line["fine_fen"] for line in lines)
    package = json.loads(get("/p/data/datapackage.json"))
    assert [field["name"] for field in package["resources"][0]["schema"]["fields"]] == names
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    tree = ElementTree.fromstring(get(f"/p/sitemap-{month}.xml"))
    assert len(tree) == len(right) and len(ElementTree.fromstring(get("/p/sitemap.xml"))) == 1


def test_pages_of_search_say_what_was_found_and_where_else(portal: dict[str, Any]) -> None:
    row = PublicEntry.objects.filter(source="demonstration").order_by("id").first()
    assert row is not None and row.fine_fen is not None
    page = get("/p/decisions/", q=row.cause, least=str(row.fine_fen // 100), most=str(row.fine_fen // 100))
    assert f"<mark>{row.cause}</mark>" in page and str(row.id) in page
    # The saved link, the files and the feed carry the same question.
    assert page.count("least=") >= 4 and "decisions.atom?q=" in page
    exported = get("/p/search/decisions.jsonl", q=row.cause, least=str(row.fine_fen // 100))
    assert str(row.id) in exported
    feed = ElementTree.fromstring(get("/p/data/decisions.atom", q=row.cause).encode())
    space = "{http://www.w3.org/2005/Atom}"
    assert f"urn:uuid:{row.id}" in [item.findtext(f"{space}id") for item in feed.iter(f"{space}entry")]
    assert "日期应写成" in get("/p/decisions/", since="昨天") and "请填写整数" in get("/p/decisions/", least="一万")
    sounds = get("/p/decisions/", q="演仕" + row.authority[2:4])
    assert "读音相近的" in sounds and row.authority in sounds
    found = get("/p/search/", q="综合行政执法局")
    for label in ("公开的决定", "清单", "执法机构", "执法人员", "法条"):
        assert label in found
    assert "<mark>林策</mark>" in get("/p/search/", q="林策") and "请输入" in get("/p/search/")
    assert 'href="/p/laws/article/?ref=' in get("/p/search/", q="罚款")
    marked = get(f"/p/decisions/{row.id}/")
    assert "演示数据，内容虚构" in marked and 'itemtype="https://schema.org/DigitalDocument"' in marked
