"""`mingcha journey`: the whole journey on an empty temporary database, then the check that a stranger would make."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from mingcha.common import clock
from mingcha.disclosure import queries as disclosure
from mingcha.disclosure.models import Publication
from mingcha.interfaces.commands.setting_up import run_migrations
from mingcha.interfaces.demo import district
from mingcha.interfaces.demo.journey import LENGTH, Journey
from mingcha.ledger import queries as ledger
from mingcha.ledger.sequencer import sequence

MODULE = "mingcha.interfaces.commands.main"


@click.command()
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="把证明包和公钥另存到这个目录。")
@click.option("--inside", is_flag=True, hidden=True)
@click.pass_context
def journey(context: click.Context, keep: Path | None, inside: bool) -> None:
    """在空的临时数据库上走完一个案件：立案到公示、归档，逐步打印；决定可离线验证时退出码为 0。"""
    if inside:
        context.exit(_travel(Path(os.environ["MINGCHA_DATA"])))
    with tempfile.TemporaryDirectory(prefix="mingcha-journey-") as folder:
        # The process that plays starts with the temporary place, so that nothing of this installation is touched.
        code = subprocess.call(  # noqa: S603
            [sys.executable, "-m", MODULE, "journey", "--inside"], env=_elsewhere(Path(folder))
        )
        if keep is not None and code == 0:
            keep.mkdir(parents=True, exist_ok=True)
            for name in ("decision.bundle.json", "log.key"):
                (keep / name).write_bytes((Path(folder) / name).read_bytes())
            click.echo(f"证明包和公钥已存到 {keep}")
    context.exit(code)


def _elsewhere(folder: Path) -> dict[str, str]:
    drop = ("MINGCHA_DATABASE_URL", "MINGCHA_DATA")
    kept = {name: value for name, value in os.environ.items() if name not in drop}
    return {**kept, "MINGCHA_DATA": str(folder)}


def _travel(folder: Path) -> int:
    run_migrations()
    district.create()
    click.echo(f"演示区县已建立：{district.ORGAN}等机构，清单自{district.FOUNDED.isoformat()}起施行")
    start = max(clock.today() - dt.timedelta(days=LENGTH), district.FOUNDED)
    played = Journey(start, say=click.echo)
    case = played.run()
    added = sequence(case.jurisdiction)
    click.echo(f"账本定序：{added}条记录写入公开账本并签名")
    publication = Publication.objects.get(decision__case_id=case.id)
    data = disclosure.bundle(publication.id)
    if data is None:
        click.echo("没有取得证明包。", err=True)
        return 1
    bundle, key = folder / "decision.bundle.json", folder / "log.key"
    bundle.write_bytes(data)
    key.write_text(ledger.verifier_key(case.jurisdiction) + "\n", encoding="utf-8")
    click.echo(f"{case.number} 的决定已公示，离线验证证明包（{len(data)}字节）：")
    sys.stdout.flush()
    # A process of its own with another data folder: nothing but the bundle and the key can help it.
    with tempfile.TemporaryDirectory(prefix="mingcha-stranger-") as empty:
        command = [sys.executable, "-m", MODULE, "verify", str(bundle), "--key", str(key)]
        code = subprocess.call(command, env={**_elsewhere(Path(empty))})  # noqa: S603
    click.echo("全程完成，决定可以由任何人验证。" if code == 0 else "验证没有通过。")
    return code
