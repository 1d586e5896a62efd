"""`mingcha scan`: scanned paper from a folder (扫描件批量入库). A second run takes in nothing twice; the source stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from mingcha.accounts.queries import actor_named
from mingcha.archives.scanning import actions
from mingcha.common.errors import Conflict, InvalidInput
from mingcha.files.actions import receive

_PICTURES = (".png", ".jpg", ".jpeg")
_CHUNK = 1 << 20


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--as", "who", required=True, help="档案员的用户名。")
def scan(folder: Path, who: str) -> None:
    """把一个文件夹的扫描件入库：一个 PDF 是一份材料，一个子文件夹里的图片按文件名排序是一份材料。已经入库的不重复保存，原文件不动。"""
    actor = actor_named(who)
    counts = {"入库": 0, "已有": 0, "不能入库": 0}
    for name, paths in papers(folder):
        try:
            incoming = [receive(_chunks(path), field="files", allowed=actions.ALLOWED) for path in paths]
            row = actions.take_in(incoming, actor=actor, name=name[:120], origin="folder")
        except Conflict:
            counts["已有"] += 1
        except (InvalidInput, OSError) as error:
            counts["不能入库"] += 1
            click.echo(f"{name}：{getattr(error, 'message', '') or '读不出文件。'}", err=True)
        else:
            counts["入库"] += 1
            click.echo(f"{name}：{row.pages} 页")
    click.echo("，".join(f"{label} {count} 份" for label, count in counts.items()))


def papers(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Name and files of each paper below a folder, in order of names; hidden files are left."""
    for place in sorted({folder, *(path for path in folder.rglob("*") if path.is_dir())}):
        files = sorted(path for path in place.iterdir() if path.is_file() and not path.name.startswith("."))
        own = "" if place == folder else str(place.relative_to(folder))
        for path in files:
            if path.suffix.lower() == ".pdf":
                yield "／".join(filter(None, (own, path.stem))), [path]
        pictures = [path for path in files if path.suffix.lower() in _PICTURES]
        if pictures and own:
            yield own, pictures
        elif pictures:
            yield from ((path.stem, [path]) for path in pictures)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            yield chunk
