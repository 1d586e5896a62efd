"""`mingcha procedure`: what an operator asks of procedure definitions (程序定义)."""

from __future__ import annotations

import json

import click

from mingcha.procedures.queries import shipped
from mingcha.procedures.rules import check as reasons_of


@click.group()
def procedure() -> None:
    """程序定义：核验、流程图、导出。"""


@procedure.command()
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
@click.pass_context
def check(context: click.Context, *, code: str, as_json: bool) -> None:
    """核验随附的程序 CODE（例如 P-PT）。合格退出码0，不合格为1并逐条说明。"""
    reasons = reasons_of(shipped(code))
    if as_json:
        click.echo(json.dumps({"code": code, "reasons": [reason.as_dict() for reason in reasons]}, ensure_ascii=False))
    else:
        for reason in reasons:
            click.echo(f"{reason.code}：{reason.message}")
        click.echo(f"{code} {'合格' if not reasons else '不合格'}")
    context.exit(1 if reasons else 0)
