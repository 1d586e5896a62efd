"""The shipped data against the sources beside the project: holidays day by day, lengths in the text of the articles."""

import datetime as dt
import json
import lzma
import re
from pathlib import Path

import pytest

from mingcha.deadlines import rulebook, shipped
from mingcha.statutes.numerals import to_chinese

pytestmark = pytest.mark.shared
# Policy documents and rules of one field whose text is not among the statutes.
_NOT_THERE = ("国办发", "信用修复管理办法", "监察法实施条例", "民法典")


def test_holidays_agree_on_every_day_of_the_announced_years(shared: Path | None) -> None:
    if shared is None:
        print("holidays: the real tables are not beside the project, only the shipped copy is checked")
        assert len([year for year in shipped.years() if year.announced]) == 20
        return
    table = shipped.calendar()
    off: dict[dt.date, bool] = {}
    for year in range(2007, 2028):
        for row in json.loads((shared / "holidays" / f"{year}.json").read_text("utf-8"))["days"]:
            off[dt.date.fromisoformat(row["date"])] = row["isOffDay"]
    first, last = dt.date(2007, 1, 1), dt.date(2026, 12, 31)
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    assert len(days) == 7305
    assert [one for one in days if table.is_workday(one) != (not off[one] if one in off else one.weekday() < 5)] == []
    assert not table.is_announced(dt.date(2027, 1, 4))


def test_lengths_stand_in_the_text_of_their_articles(shared: Path | None) -> None:
    if shared is None:
        print("statutes: the full texts are not beside the project, lengths are not compared with them")
        assert rulebook.rule("PEN-01", dt.date(2026, 1, 1)).length == 90
        return
    texts = _texts(shared)
    wrong, looked = [], 0
    for rule in rulebook.rules(dt.date(2026, 11, 22)):
        if not rule.verified or rule.length is None or rule.source not in ("statute", "sector") or not rule.length:
            continue
        law = re.match(r"(.+?)(第[一二三四五六七八九十百零]+条)", rule.article)
        assert law, rule.id
        if law[1].startswith(_NOT_THERE):
            continue
        article = _article(texts[law[1]], law[2])
        looked += 1
        if not re.search(_words(rule), article):
            wrong.append((rule.id, rule.article, article[:80]))
    assert wrong == []
    assert looked > 85


def _texts(shared: Path) -> dict[str, str]:
    found: dict[str, tuple[str, str]] = {}
    with lzma.open(shared / "laws" / "laws.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            title = re.match(r"#\s*(.+)", row["text"])
            name = re.sub(r"^中华人民共和国", "", title[1].strip()) if title else ""
            found[name] = max(found.get(name, ("", "")), (row["path"], row["text"]))
    return {name: text for name, (_, text) in found.items()}


def _article(text: str, number: str) -> str:
    found = re.search(rf"\n\s*{number}[\s　](.*?)(?=\n\s*第[一二三四五六七八九十百零]+条[\s　]|\Z)", text, re.DOTALL)
    assert found, number
    return found[1].translate(str.maketrans("０１２３４５６７８９", "0123456789"))


def _words(rule: rulebook.Rule) -> str:
    if rule.unit == "P":
        return "百分之三"
    unit = {"W": "(个工作)?日", "N": "日", "M": "个月", "Y": "年", "H": "小时"}[rule.unit]
    number = to_chinese(rule.length or 0)
    return f"({number}|{rule.length}|{'两' if rule.length == 2 else number}) ?{unit}"
