"""`mingcha extract`: one text or many records, file or standard input."""

import json

import pytest
from click.testing import CliRunner

from mingcha.common.errors import InvalidInput
from mingcha.precedents.commands import extract
from mingcha.precedents.tests.test_extract import letter

KEYS = {
    "document_number", "party", "uscc", "authority", "date", "violated", "applied", "penalties", "fine", "confiscated",
}  # fmt: skip


@pytest.mark.parametrize("way", ["file", "stdin"])
def test_one_letter_as_json(tmp_path, way):
    path = tmp_path / "letter.txt"
    path.write_text(letter(), encoding="utf-8")
    arguments = {"file": [str(path), "--json"], "stdin": ["-", "--json"]}[way]
    run = CliRunner().invoke(extract, arguments, input=letter().encode())
    found = json.loads(run.output)
    assert run.exit_code == 0
    assert set(found) == KEYS
    assert (found["fine"], found["confiscated"], found["date"]) == ("2616.00", "872.00", "2026-04-12")


def test_one_letter_for_people():
    run = CliRunner().invoke(extract, ["-"], input="\ufeff" + letter())
    assert "罚款金额（元）：2616.00" in run.output
    assert "违反条款：《价格法》第十三条第一款；" in run.output
    assert "处罚种类：警告；罚款；没收违法所得" in run.output


def test_many_records():
    lines = [json.dumps({"id": str(n), "text": letter(fine=f"罚款{n}元")}) for n in (100, 200)]
    run = CliRunner().invoke(extract, ["-", "--jsonl"], input="\n".join([lines[0], "{", "", lines[1]]).encode())
    found = [json.loads(line) for line in run.output.splitlines()]
    assert run.exit_code == 1
    assert [item.get("fine") for item in found] == ["100.00", None, "200.00"]
    assert [item["id"] for item in found] == ["100", "", "200"]
    assert found[1]["error"]["code"] == "not-json"
    assert CliRunner().invoke(extract, ["-", "--jsonl"], input=lines[0].encode()).exit_code == 0


@pytest.mark.parametrize("data", [b"", b" \n", "处罚".encode("gbk"), b"%PDF-1.7\n\xff\xfe", "罚".encode() * 300_001])
def test_what_is_no_text(data):
    run = CliRunner().invoke(extract, ["-", "--json"], input=data)
    assert isinstance(run.exception, InvalidInput)
    assert run.output == ""
