"""`mingcha import list`: a list from XLSX, CSV, JSON or a printed standard into a draft (导入清单), with a report."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mingcha.accounts.queries import actor_named
from mingcha.catalogues import actions, queries, sheets, tables
from mingcha.catalogues.schemas import kinds, schema
from mingcha.common.errors import MingchaError


@click.command("list")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, help="清单种类，例如 discretion（裁量基准）、items（事项清单）。")
@click.option("--key", default="all", show_default=True, help="清单编号；同一种只有一份的用 all。")
@click.option("--as", "username", required=True, help="以哪个账号的名义导入。")
@click.option("--replace", is_flag=True, help="替换草稿现有的条目，不加时并入。")
@click.option("--all-or-nothing", is_flag=True, help="有一行不合格就什么都不导入。")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="把不合格的单元格写成 CSV。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def list_command(
    *,
    file: Path,
    kind: str,
    key: str,
    username: str,
    replace: bool,
    all_or_nothing: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """把清单 FILE（.xlsx、.csv、.json；裁量表可以是保留版面的 .txt）读进草稿；不合格的行逐条报告。公布仍要送审、审核、公布。"""
    found = schema(kind)
    if not found.columns:
        known = "、".join(item.kind for item in kinds() if item.columns)
        raise MingchaError("list-kind-wrong", f"“{found.label}”不是按条目编制的清单，请选择：{known}。")
    actor = actor_named(username)
    reading = tables.read(file.read_bytes(), file.name, found.label, found.columns)
    if report is not None:
        report.write_text(sheets.report_csv(reading.problems), "utf-8")
    if reading.problems and all_or_nothing:
        first = reading.problems[0]
        raise MingchaError(
            "list-import-refused",
            f"{reading.refused}行不合格，按要求什么都没有导入。第{first.row}行{first.field}：{first.message}",
        )
    draft = queries.open_draft(actor.organ_id, kind, key) or actions.begin(kind, key, title=found.label, actor=actor)
    count = actions.import_entries(draft.id, reading.entries, actor=actor, replace=replace)
    if as_json:
        told = {
            "draft": str(draft.id),
            "rows": reading.rows,
            "imported": count,
            "refused": reading.refused,
            "notes": reading.notes,
        }
        click.echo(json.dumps({**told, "problems": [vars(row) for row in reading.problems]}, ensure_ascii=False))
        return
    click.echo(f"读到 {reading.rows} 行：导入草稿 {count} 条，不合格 {reading.refused} 行。")
    for note in reading.notes:
        click.echo(note)
    for row in reading.problems[:50]:
        click.echo(f"  第{row.row}行　{row.field}：{row.message}")
    if len(reading.problems) > 50:
        click.echo(f"  另有 {len(reading.problems) - 50} 处，用 --report 写成 CSV 查看。")
