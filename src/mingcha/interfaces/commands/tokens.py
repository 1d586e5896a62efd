"""`mingcha token`: opens a token of the REST interface; the secret is shown once."""

from __future__ import annotations

import json

import click

from mingcha.accounts.actions import create_token
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import User
from mingcha.common.errors import NotFound


@click.command()
@click.argument("username")
@click.option("--label", default="接口调用", show_default=True, help="用途，写入日志。")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="有效天数。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
def token(username: str, label: str, days: int, as_json: bool) -> None:
    """为用户 USERNAME 开通接口令牌。令牌只显示这一次。"""
    user = User.objects.select_related("officer__organisation").filter(username=username).first()
    if user is None or user.officer is None:
        raise NotFound(f"没有用户“{username}”，或者该用户不是执法人员。")
    secret = create_token(user.officer, label=label, days=days, by=SYSTEM)
    click.echo(json.dumps({"username": username, "token": secret, "days": days}) if as_json else secret)
