"""`mingcha migrate`, `mingcha setup`."""

from __future__ import annotations

import click
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

from mingcha.common import triggers
from mingcha.common.errors import MingchaError
from mingcha.documents.sealing.actions import adopt_demo
from mingcha.interfaces.demo import district


class StaticsMissing(MingchaError):
    """The installation lacks the files of the interface."""

    status = 503
    code = "statics-missing"


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="逐项列出升级步骤。")
def migrate(verbose: bool) -> None:
    """升级数据库结构，重建并核对全部保护触发器。"""
    run_migrations(verbose=verbose)
    click.echo(f"数据库已是最新结构，{len(triggers.registered())}个保护触发器完整。")


def run_migrations(*, verbose: bool = False) -> None:
    """Migrate and demand every trigger. Raises TriggersMissing."""
    call_command("migrate", verbosity=1 if verbose else 0, interactive=False)
    triggers.require()


def require_statics() -> None:
    """Every folder of static files is in place. Raises StaticsMissing."""
    for folder in settings.STATICFILES_DIRS:
        if not any(folder.glob("**/*.css")):
            raise StaticsMissing(message="安装不完整：缺少界面样式文件。请重新安装明察。")
    if finders.find("django_htmx/htmx-2.min.js") is None:
        raise StaticsMissing(message="安装不完整：缺少界面脚本文件。请重新安装明察的依赖。")


@click.command()
@click.option("--demo/--no-demo", default=False, help="同时装入演示区县明水区（机构、人员、清单和若干案件）。")
def setup(demo: bool) -> None:
    """建立或者升级数据库，装入工作日历和法律条文摘要。可以重复运行，不影响已有数据。"""
    run_migrations()
    require_statics()
    district.load_foundations()
    click.echo(f"数据库就绪：{settings.DATA}")
    if demo:
        from mingcha.interfaces.commands.demonstration import load

        load(click.echo)
        adopt_demo()
