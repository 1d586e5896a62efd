"""Operator's command: full texts of statutes (导入法律全文)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from mingcha.statutes.actions import import_laws
from mingcha.statutes.importing import Report


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all-or-nothing", is_flag=True, help="有一条记录不能导入时，什么都不保存。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON：read、imported、categories、odd、refused等。")
def laws(file: Path, all_or_nothing: bool, as_json: bool) -> None:
    """把 FILE（.jsonl、.jsonl.gz 或 .jsonl.xz，一行一部，含 path、cat、articles、text）中的法律全文导入。

    按编章节、条款项拆分，按施行日期分版本。坏的记录逐条报告，其余照常导入。重复导入不产生变化。
    """
    report = import_laws(file, all_or_nothing=all_or_nothing, progress=_progress)
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        for line in told(report):
            click.echo(line)
    if report.refused:
        sys.exit(1)


def _progress(count: int) -> None:
    click.echo(f"已读{count}条", err=True)


def told(report: Report) -> list[str]:
    """The report in words."""
    lines = [
        f"读取{report.read}条：导入{report.imported}部（{report.articles}条条文），更新{report.renewed}部，"
        f"没有变化{report.unchanged}部，重复{len(report.duplicates)}部，"
        f"不是法律{len(report.passed_over)}条，拒绝{len(report.refused)}条。用时{report.seconds:.1f}秒。"
    ]
    for name, row in report.categories.items():
        share = f"{row.clean / row.texts:.1%}" if row.texts else "—"
        lines.append(f"  {name}　{row.clean}/{row.texts}部条数相符（{share}）　记录{row.stated}条，拆出{row.found}条")
    if report.odd:
        lines.append("条数与记录不符：")
        lines += [f"  {row['path']}　记录{row['stated']}条，拆出{row['found']}条　{row['cause']}" for row in report.odd]
    if report.remarks:
        lines.append("条数相符，但写法特别：")
        lines += [f"  {row['path']}　{row['cause']}" for row in report.remarks]
    lines += [f"  重复　{row['path']}　{row['message']}" for row in report.duplicates]
    lines += [f"  略过　第{row.line}行　{row.path}　{row.message}" for row in report.passed_over]
    lines += [f"  拒绝　第{row.line}行　{row.path or '（无名称）'}　{row.message}" for row in report.refused]
    if report.amendments:
        lines.append(f"有{report.amendments}部法律换了新文本，引用它们的清单和程序已列入待复核。")
    return lines
