"""`mingcha procedure list|check`: what an operator sees, and the exit code that a script reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mingcha.common.errors import MingchaError
from mingcha.interfaces.bench.procedure import run
from mingcha.procedures.commands import procedure
from mingcha.procedures.tests.mutants import add_move, whole


def call(*arguments: str) -> Result:
    return CliRunner().invoke(procedure, arguments)


def test_list_counts_procedures_and_stages() -> None:
    shown = call("list")
    assert shown.exit_code == 0 and "共15种程序，284个环节。" in shown.output
    found = json.loads(call("list", "--json").output)
    assert found["stages"] == 284 and len(found["procedures"]) == 15


def test_check_of_what_ships_is_zero() -> None:
    shown = call("check", "P-CS")
    assert shown.exit_code == 0 and "P-CS 合格" in shown.output
    found = json.loads(call("check", "P-CS", "--json").output)
    assert found["refuted"] == [] and {"S14", "S15", "L01"} <= set(found["proved"])


def test_check_of_a_harmful_file_tells_property_path_and_remedy(tmp_path: Path) -> None:
    file = tmp_path / "variant.json"
    file.write_text(json.dumps(add_move(whole("P-CS"), "emergency-act", "in-force"), ensure_ascii=False), "utf-8")
    shown = call("check", str(file))
    assert shown.exit_code == 1
    assert "S14 强制措施未经事前批准或者二十四小时内补批，不得存续" in shown.output
    assert "“紧急当场实施” —直接转入→ “措施存续”" in shown.output
    assert "依据：行政强制法第十八条、第十九条" in shown.output and "请删去" in shown.output
    found = json.loads(call("check", str(file), "--json").output)
    assert {"S14", "T13"} <= {row["property"] for row in found["refuted"]}
    assert found["refuted"][0]["path"][-1] == "in-force"


@pytest.mark.parametrize("text", ["{", "[]", '{"code": "P-PT"}'])
def test_check_of_no_definition_is_a_clear_refusal(text: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text, "utf-8")
    shown = call("check", str(file))
    assert shown.exit_code == 1
    assert "缺少必要的部分" in shown.output or isinstance(shown.exception, MingchaError)


def test_check_of_an_unknown_code_names_those_there_are() -> None:
    shown = call("check", "P-NO")
    assert isinstance(shown.exception, MingchaError) and "P-JY、P-PT" in shown.exception.message


def test_bench_verifies_each_definition_and_moves() -> None:
    found = run(moves=2000, rounds=1)
    assert len(found["verifier"]) == 15 and all(row["holds"] for row in found["verifier"])
    assert found["largest"] == "P-TZ" and found["moves"] >= 2000 and found["moves_per_second"] > 1000
