"""Commands of the archive (案卷命令): `archive seal|export|check|recheck|transfer`."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import click

from mingcha.common.errors import MingchaError, NotFound
from mingcha.ledger.core.bundle import Outcome
from mingcha.ledger.core.note import VerifierKey

_json = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
_with = click.option("--with-recordings", is_flag=True, help="连同音像一起")


@click.group()
def archive() -> None:
    """案卷：封存、导出、核验、四性检测、进馆移交。"""


@archive.command()
@click.argument("case")
@_with
def seal(case: str, *, with_recordings: bool) -> None:
    """现在封存案件 CASE（案号或者编号）等待封存的一卷，不等后台进程。"""
    from mingcha.archives import sealing

    row = sealing.seal(_case(case), with_recordings=with_recordings, sequence=True)
    click.echo(f"已封存 {row.name}：{row.papers}件，{row.pages}页，{row.files}个文件。")


@archive.command()
@click.argument("case")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@_with
@click.option("--tar", is_flag=True, help="打成一个 tar 文件")
def export(case: str, directory: Path, *, with_recordings: bool, tar: bool) -> None:
    """把案件 CASE 的全部封存包导出到 DIRECTORY，逐字节核对。"""
    from mingcha.archives import exporting, queries
    from mingcha.cases.models import Case

    rows = list(queries.packages(Case.objects.get(id=_case(case))))
    if not rows:
        raise NotFound("这个案件还没有封存包。")
    for row in rows:
        click.echo(str(exporting.export(row, directory, with_recordings=with_recordings, tar=tar)))


@archive.command()
@click.argument("package", type=click.Path(path_type=Path))
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="信任的账本公钥文件，每行一个")
@click.option(
    "--seal", "seal_file", type=click.Path(path_type=Path), help="封存条目文件；默认取包旁边的 包名.seal.json"
)
@_json
@click.pass_context
def check(
    context: click.Context, package: Path, key_file: Path | None, seal_file: Path | None, *, as_json: bool
) -> None:
    """核验封存包 PACKAGE（目录或者 tar），只看包本身。退出码：0 完好，1 被改动，2 无法读取。"""
    from mingcha.archives.packing import checking

    try:
        report = checking.check(package, _keys(key_file), seal=seal_file)
    except (OSError, UnicodeDecodeError, MingchaError) as error:
        message = error.message if isinstance(error, MingchaError) else "公钥文件打不开，或者不是文本。"
        report = checking.Report(Outcome.UNREADABLE, f"无法读取：{message}")
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
    else:
        for step in report.steps:
            mark = "未通过" if not step.passed else "未核对" if step.code else "通过"
            click.echo(f"{mark}  {step.name}：{step.differs or step.says}")
        click.echo(report.message)
    context.exit(int(report.outcome))


@archive.command()
@click.argument("case")
@_json
@click.pass_context
def recheck(context: click.Context, case: str, *, as_json: bool) -> None:
    """对案件 CASE 的封存包做四性检测（长期保存环节），留下记录。退出码：0 全部通过，1 有未通过。"""
    from django.db import transaction

    from mingcha.archives import properties, queries
    from mingcha.archives.choices import Moment
    from mingcha.archives.sealing import folder
    from mingcha.cases.models import Case
    from mingcha.ledger.actors import system

    told: list[dict[str, Any]] = []
    for row in queries.packages(Case.objects.get(id=_case(case))).select_related("case"):
        found = properties.examine(folder(row.name), Moment.KEEPING, package=row)
        with transaction.atomic():
            properties.record(row, found, by=system("四性检测"))
        told.append({"package": row.name, "failed": found.failed, "items": found.items})
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for package in told:
            click.echo(package["package"])
            for item in package["items"]:
                click.echo(f"  {properties.WORDS[item['state']]}  {item['property']}：{item['what']}　{item['words']}")
    context.exit(1 if any(package["failed"] for package in told) else 0)


@archive.command()
@click.argument("transfer_id", metavar="TRANSFER", type=click.UUID)
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--without-recordings", is_flag=True, help="不带音像")
def transfer(transfer_id: uuid.UUID, directory: Path, *, without_recordings: bool) -> None:
    """把移交清册 TRANSFER 的全部封存包和清册写入 DIRECTORY，交给档案馆。"""
    from mingcha.archives import transferring
    from mingcha.archives.models import Transfer

    row = Transfer.objects.filter(id=transfer_id).first()
    if row is None:
        raise NotFound("没有找到这份移交清册。")
    for path in transferring.hand_over(row, directory, with_recordings=not without_recordings):
        click.echo(str(path))


def _case(text: str) -> uuid.UUID:
    from mingcha.cases.models import Case

    try:
        rows = Case.objects.filter(id=uuid.UUID(text))
    except ValueError:
        rows = Case.objects.filter(number=text)
    found = list(rows.values_list("id", flat=True)[:2])
    if len(found) != 1:
        raise NotFound("没有找到这个案件。请写完整的案号，或者案件编号。")
    return found[0]


def _keys(path: Path | None) -> list[VerifierKey]:
    from mingcha.ledger.keys import trusted

    return trusted(path.read_text(encoding="utf-8")) if path else []
