"""`mingcha signatures`: check a PDF, look after the certificates of the demonstration."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from django.conf import settings

from mingcha.common.clock import SHANGHAI
from mingcha.documents.sealing import actions
from mingcha.documents.signing import trust
from mingcha.documents.signing.authority import DemoAuthority
from mingcha.documents.signing.verifying import VALID, check


@click.group()
def signatures() -> None:
    """电子签名和电子印章：核验PDF、管理演示证书。"""


@signatures.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def check_command(file: Path, as_json: bool) -> None:
    """核验一个PDF里的签名：谁签的、什么证书、什么时间、有没有改动。全部有效时退出码为0，否则为1。"""
    found = check(file.read_bytes(), trust.load(settings.SIGNING_ROOT))
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo(f"{found.words}：{' '.join(found.says)}")
        for n, row in enumerate(found.signatures, 1):
            at = row.signed_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if row.signed_at else "没有可信时间"
            covers = "覆盖整份文件" if row.covers_whole_file else "之后还有签名"
            click.echo(f"{n}. {row.who}　{row.words}　{at}　{row.reason}　{covers}")
            click.echo(f"   证书 {row.serial}　签发机构 {row.issuer}　主体单位 {row.organisation}")
            until = row.valid_until.astimezone(SHANGHAI).date()
            click.echo(f"   有效期至 {until}　时间戳机构 {row.stamped_by or '无'}")
            for line in row.says:
                click.echo(f"   {line}")
        click.echo(f"SHA-256 {found.sha256}")
    sys.exit(0 if found.state == VALID else 1)


@signatures.command("demo")
def demo() -> None:
    """建立演示证书（不具法律效力）并设为证书来源。已经有的不再重复。"""
    actions.adopt_demo()
    click.echo("演示证书就绪。演示证书不具法律效力，正式使用请设置 MINGCHA_SIGNING。")


@signatures.command("revoke")
@click.argument("serial")
def revoke(serial: str) -> None:
    """吊销一张演示证书，SERIAL 是核验结果里的证书序列号。"""
    authority = DemoAuthority(settings.SIGNING_ROOT / "demo")
    if not authority.exists:
        raise click.ClickException("还没有建立演示证书。请运行 mingcha signatures demo。")
    try:
        number = int(serial, 16)
    except ValueError:
        raise click.ClickException("证书序列号应为十六进制数字，请从核验结果里复制。") from None
    authority.revoke(number)
    click.echo(f"已吊销 {serial}。")
