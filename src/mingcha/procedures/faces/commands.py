"""`mingcha procedure chart` and `export`: a definition as flow chart, BPMN or JSON (流程图、导出)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.procedures import shipped
from mingcha.procedures.definition import Definition, parse
from mingcha.procedures.faces import bpmn, words
from mingcha.procedures.faces import chart as drawing


def _content(named: str) -> dict[str, Any]:
    """The content of a file, or of a shipped procedure by its code."""
    path = Path(named)
    if path.suffix == ".json" and path.is_file():
        try:
            content = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise click.ClickException(f"{named}不是有效的JSON：{error}") from error
        if not isinstance(content, dict):
            raise click.ClickException(f"{named}不是一份程序定义。")
        return content
    try:
        found: dict[str, Any] = shipped.definition_file(named)
    except MingchaError as error:
        raise click.ClickException(f"没有“{named}”这个程序，也没有这个文件。") from error
    return found


def _read(named: str) -> tuple[dict[str, Any], Definition]:
    content = _content(named)
    try:
        return content, parse(content)
    except (KeyError, TypeError, AttributeError) as error:
        raise click.ClickException(f"{named}缺少必要的部分：{error}") from error


def _write(text: str, out: str | None) -> None:
    if out:
        Path(out).write_text(text, "utf-8")
        click.echo(f"已写入 {out}")
    else:
        click.echo(text, nl=not text.endswith("\n"))


def _words() -> words.Words:
    return words.of(clock.today(), names=words.procedure_names())


@click.command()
@click.argument("code")
@click.option("--out", type=click.Path(dir_okay=False), help="写入的文件，缺省为标准输出。")
@click.option("--official", is_flag=True, help="同时画出每一步的条件（给办案人员）。")
def chart(*, code: str, out: str | None, official: bool) -> None:
    """画出程序 CODE（或者JSON文件）的流程图（SVG）。"""
    _, definition = _read(code)
    _write(drawing.svg(definition, _words(), look=drawing.Look(official=official)), out)


@click.command()
@click.argument("code")
@click.option("--format", "form", type=click.Choice(["bpmn", "json"]), default="bpmn", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False), help="写入的文件，缺省为标准输出。")
def export(*, code: str, form: str, out: str | None) -> None:
    """导出程序 CODE（或者JSON文件）：BPMN 2.0 或者JSON。"""
    content, definition = _read(code)
    if form == "json":
        _write(json.dumps(content, ensure_ascii=False, indent=1) + "\n", out)
    else:
        _write(bpmn.xml(definition, _words()), out)
