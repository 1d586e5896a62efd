"""Operator's commands for the search index (检索索引): make it anew, say how far it is."""

from __future__ import annotations

import json
import time

import click

from mingcha.disclosure.searching import following


@click.group()
def search() -> None:
    """公示检索索引。索引只含公开内容，可以随时重建；后台进程让它跟上公示和撤下。"""


@search.command("rebuild")
def rebuild() -> None:
    """重新建立索引。中途停止不影响正在使用的索引。"""
    begun = time.monotonic()

    def said(done: int, total: int) -> None:
        passed = max(time.monotonic() - begun, 0.001)
        click.echo(f"  {done}/{total}　每秒{done / passed:.0f}件", err=True)

    done = following.rebuild(progress=said)
    click.echo(f"已建立索引，共{done}件，用时{time.monotonic() - begun:.1f}秒。")


@search.command("status")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def status(as_json: bool) -> None:
    """索引有多少件、还差多少件、占多少空间。"""
    found = following.lag()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    elif found["there"]:
        click.echo(
            f"索引{found['rows']}件，还差{found['waiting']}件，{found['bytes'] / 1e6:.1f} MB，至{found['mark']}。"
        )
    else:
        click.echo(f"还没有索引，登记册有{found['waiting']}件。后台进程会建立，也可以运行 mingcha search rebuild。")
