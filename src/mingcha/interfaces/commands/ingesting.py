"""`mingcha ingest`: recordings from a folder, a card or a docking station."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.accounts.queries import actor_named
from mingcha.common.errors import NotFound
from mingcha.ledger.actors import ActorSnapshot, system
from mingcha.recordings.intake.importing import Importer, as_json

_WORDS = {"taken": "入库", "duplicate": "已有", "left": "留待", "refused": "拒收"}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--organisation", "code", default="", help="机关代字；不写时用 --as 所指人员的机关。")
@click.option("--as", "username", default="", help="以哪个用户的名义入库；不写时记为系统导入。")
@click.option("--origin", type=click.Choice(["folder", "dock"]), default="folder", show_default=True, help="来源。")
@click.option("--dry-run", is_flag=True, help="只读取和判断，什么都不保存。")
@click.option("--json", "as_text", is_flag=True, help="输出JSON。")
def ingest(folder: Path, *, code: str, username: str, origin: str, dry_run: bool, as_text: bool) -> None:
    """把文件夹 FOLDER（含下级）中的音像入库。原文件不删除、不改动；中断后再运行一次即可，已入库的不会重复保存。

    设备号、警号和时间先按文件名的规则读取，再看文件内部信息。本机关自己的规则写在数据目录的 recording-names.json 中。
    """
    who: Actor | ActorSnapshot = actor_named(username) if username else system("音像导入")
    importer = Importer(folder, actor=who, organisation=_organ(code, who), origin=origin, dry=dry_run)
    counts: Counter[str] = Counter()
    rows = []
    for row in importer.run():
        counts[row.outcome] += 1
        rows.append(as_json(row))
        if not as_text:
            unsure = "（按文件时间推断，不可靠）" if row.time_from == "file-time" else ""
            told = row.reason or "　".join(filter(None, (row.device_no, row.officer, row.started_at + unsure)))
            click.echo(f"{_WORDS[row.outcome]}　{row.path}　{told}".rstrip())
    total = {"read": len(rows), **{name: counts[name] for name in _WORDS}}
    if as_text:
        click.echo(json.dumps({**total, "dry_run": dry_run, "files": rows}, ensure_ascii=False, indent=2))
    else:
        mode = "（试运行，没有保存）" if dry_run else ""
        click.echo("，".join([f"读取 {total['read']}", *(f"{_WORDS[name]} {counts[name]}" for name in _WORDS)]) + mode)


def _organ(code: str, who: Actor | ActorSnapshot) -> Organisation:
    if code:
        found = Organisation.objects.select_related("organ").filter(code=code).first()
        if found is None:
            raise NotFound(f"没有代字为“{code}”的机关。")
        return found
    if isinstance(who, Actor):
        return Organisation.objects.select_related("organ").get(id=who.organ_id)
    raise click.UsageError("请用 --organisation 写明机关代字，或者用 --as 写明用户。")
