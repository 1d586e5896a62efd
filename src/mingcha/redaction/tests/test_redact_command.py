"""`mingcha redact`: one text or many, in order, positions in code points of the original."""

import json

import pytest
from click.testing import CliRunner

from mingcha.common.errors import MingchaError
from mingcha.redaction import redact
from mingcha.redaction.commands import command
from mingcha.redaction.engine import Span, apply

TEXT = "证人张晓川称，\r\n电话13800138000，𠮷店铺。"


def run(*args: str, data: bytes) -> tuple[int, list[dict]]:
    result = CliRunner().invoke(command, ["-", *args], input=data, catch_exceptions=False)
    return result.exit_code, [json.loads(line) for line in result.stdout_bytes.decode().splitlines()]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_one_text(mark):
    code, [found] = run("--json", data=mark + TEXT.encode())
    assert code == 0
    assert found["text"] == redact(TEXT).text and "\r\n" in found["text"]
    assert [TEXT[span["start"] : span["end"]] for span in found["spans"]] == ["张晓川", "13800138000"]
    assert apply(TEXT, [Span(**span) for span in found["spans"]]) == found["text"]


def test_many_in_order_and_a_bad_line_stops_nobody():
    lines = [
        '{"id": 7, "text": "证人张晓川称"}',
        "{broken",
        "",
        "[1]",
        '{"id": "no-text"}',
        '{"id": "half", "text": "\\ud83d 13800138000"}',
    ]
    code, found = run("--jsonl", data=("\ufeff" + "\r\n".join(lines)).encode())
    assert code == 1
    assert [row["id"] for row in found] == [7, None, None, "no-text", "half"]
    assert [row.get("error", {}).get("line") for row in found] == [None, 2, 4, 5, None]
    assert [(span["start"], span["end"]) for span in found[-1]["spans"]] == [(2, 13)]


def test_many_processes_keep_the_order():
    padding = "货物运抵，" * 2000
    data = "".join(json.dumps({"id": n, "text": f"{padding}证人张晓川称{n}"}) + "\n" for n in range(15)).encode()
    assert len(data) > 800_000
    code, found = run("--jsonl", data=data)
    assert code == 0
    assert [row["id"] for row in found] == list(range(15))
    assert all(row["text"].endswith(f"证人张某某称{row['id']}") for row in found)


@pytest.mark.parametrize(("args", "data"), [([], "证人".encode("gb18030")), (["--profile", "open"], b"")])
def test_what_cannot_be_read_is_told(args, data):
    result = CliRunner().invoke(command, ["-", *args], input=data)
    assert isinstance(result.exception, MingchaError)
    assert any(word in str(result.exception.message) for word in ("UTF-8", "public-strict"))
