"""`mingcha witness` (见证命令): a key, the service, and how it stands with the witnesses of our logs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from mingcha.common.errors import MingchaError
from mingcha.ledger.core.note import VerifierKey


@click.group()
def witness() -> None:
    """见证：生成密钥、运行见证服务、查看共签情况。"""


@witness.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def key(name: str, file: Path) -> None:
    """为见证 NAME（如 witness.example/moj）生成密钥文件 FILE，并显示公钥。"""
    from mingcha.ledger import keys
    from mingcha.ledger.core.cosignature import COSIGNATURE, Cosigner

    if file.exists():
        raise click.ClickException(f"文件 {file.name} 已经存在，没有改动它。")
    if not name or any(mark.isspace() or mark == "+" for mark in name):
        raise click.ClickException("见证的名称不能含有空格或加号。")
    click.echo(str(Cosigner(name, keys.make_private(name, COSIGNATURE, file)).verifier))


@witness.command()
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path), help="见证的密钥文件")
@click.option(
    "--logs", "logs_files", required=True, multiple=True, type=click.Path(path_type=Path),
    help="账本公钥，每行一个；或者一个账本的换钥记录 keys.json。可以多次给出",
)  # fmt: skip
@click.option("--state", required=True, type=click.Path(path_type=Path), help="状态文件，务必备份")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址")
@click.option("--port", default=8300, show_default=True, type=click.IntRange(0, 65535), help="监听端口；0 由系统选")
def serve(*, key_file: Path, logs_files: tuple[Path, ...], state: Path, host: str, port: int) -> None:
    """运行见证服务（C2SP tlog-witness），不需要数据库。"""
    from mingcha.ledger.cosigning import service
    from mingcha.ledger.keys import trusted

    logs: list[VerifierKey] = []
    for path in logs_files:
        try:
            logs += trusted(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            raise click.ClickException(f"读不出账本公钥文件 {path.name}。") from None
    with service.held(state):
        found = service.Witness(service.read_key(key_file), logs, state)
        with service.server(found, host, port) as listening:
            click.echo(f"见证 {found.cosigner.name} 已启动：http://{host}:{listening.server_address[1]}/")
            try:
                listening.serve_forever()
            except KeyboardInterrupt:
                click.echo("见证已停止。")


@witness.command()
@click.option("--ask", is_flag=True, help="先向各见证请求一次共签")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
@click.pass_context
def status(context: click.Context, ask: bool, as_json: bool) -> None:
    """各账本的见证情况。退出码：0 全部共签到最新，1 有缺。"""
    from mingcha.ledger import queries
    from mingcha.ledger.cosigning import client

    words = {
        client.CURRENT: "已共签到最新",
        client.WAITING: "等待共签",
        client.UNREACHABLE: "连不上",
        client.CONTRADICTS: "与本站矛盾",
    }
    rows: dict[str, list[client.Standing]] = {}
    for log in queries.logs():
        if ask:
            client.round_of(log)
        rows[log] = client.standings(log)
    if as_json:
        plain = {log: [asdict(row) for row in found] for log, found in rows.items()}
        click.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=str))
    else:
        for log, found in rows.items():
            try:
                final = queries.final_size(log)
            except MingchaError as error:
                raise click.ClickException(error.message) from error
            click.echo(f"账本 {log}：检查点到{queries.covered_size(log)}条，最终确认到{final}条")
            for row in found:
                click.echo(f"  {row.name}：{words[row.state]}，共签到{row.size}条。{row.message}")
    context.exit(0 if all(row.state == client.CURRENT for found in rows.values() for row in found) else 1)
