"""`mingcha procedure`: what an operator asks of procedure definitions (程序定义)."""

from __future__ import annotations

import importlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import click

from mingcha.common.errors import MingchaError, Reason
from mingcha.procedures.definition import parse
from mingcha.procedures.queries import codes, definition_file
from mingcha.procedures.rules import check as reasons_of
from mingcha.procedures.rules import report


@click.group()
def procedure() -> None:
    """程序定义：列表、核验、流程图、导出。"""


@procedure.command("list")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def list_(*, as_json: bool) -> None:
    """列出随附的全部程序定义。"""
    rows = []
    for code in codes():
        content = definition_file(code)
        moves = sum(len(stage["moves"]) for stage in content["stages"])
        rows.append({"code": code, "name": content["name"], "stages": len(content["stages"]), "moves": moves})
    if as_json:
        click.echo(json.dumps({"procedures": rows, "stages": sum(row["stages"] for row in rows)}, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['code']}  {row['name']}  {row['stages']}个环节 {row['moves']}个移动")
    click.echo(f"共{len(rows)}种程序，{sum(row['stages'] for row in rows)}个环节。")


@procedure.command()
@click.argument("subject", metavar="CODE|FILE")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
@click.pass_context
def check(context: click.Context, *, subject: str, as_json: bool) -> None:
    """核验随附的程序 CODE（例如 P-PT）或者文件 FILE。合格退出码0，不合格为1，逐条说明违反的属性和路径。"""
    content = _content(subject)
    reasons = reasons_of(content)
    code = str(content.get("code") or subject)
    malformed = any(reason.code.startswith("procedure-malformed") for reason in reasons)
    found = None if malformed else report(parse(content))
    proved = list(found.proved) if found else []
    if as_json:
        rows = [{**reason.as_dict(), **reason.data} for reason in reasons]
        states = found.states if found else 0
        click.echo(json.dumps({"code": code, "proved": proved, "states": states, "refuted": rows}, ensure_ascii=False))
    else:
        for reason in reasons:
            _say(reason)
        verdict = "合格" if not reasons else f"不合格，{len(reasons)}处"
        click.echo(f"{code} {verdict}。核验了{found.states if found else 0}种状态，证明的属性：{'、'.join(proved)}")
    context.exit(1 if reasons else 0)


def _say(reason: Reason) -> None:
    if reason.data.get("property"):
        click.echo(f"{reason.data['property']} {reason.data['statement']}")
    click.echo(f"    {reason.message}")
    if reason.articles:
        click.echo(f"    依据：{'、'.join(reason.articles)}")
    if reason.fix:
        click.echo(f"    {reason.fix}")


def _content(subject: str) -> dict[str, Any]:
    if subject in codes():
        return definition_file(subject)
    path = Path(subject)
    if not path.is_file():
        raise MingchaError(
            "procedure-unknown", f"没有编号为“{subject}”的程序，也没有这个文件。现有：{'、'.join(codes())}。"
        )
    try:
        content = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise MingchaError("procedure-malformed", f"文件“{path.name}”不是有效的JSON：{error}。") from error
    if not isinstance(content, dict):
        raise MingchaError("procedure-malformed", f"文件“{path.name}”的最外层应是一个程序定义。")
    return content


def _faces() -> None:
    """Commands of the faces (chart, export) stand in a module of their own."""
    if importlib.util.find_spec("mingcha.procedures.faces.commands"):
        for value in vars(importlib.import_module("mingcha.procedures.faces.commands")).values():
            if isinstance(value, click.Command) and not isinstance(value, click.Group):
                procedure.add_command(value)


_faces()
