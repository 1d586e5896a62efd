"""`mingcha serve`: web workers and one background worker under one command."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import click
from django.conf import settings
from django.db import connections
from django.urls import resolve
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from mingcha.common.errors import MingchaError
from mingcha.common.memory import loading
from mingcha.interfaces.commands.setting_up import require_statics
from mingcha.interfaces.commands.working import JOBS
from mingcha.interfaces.demo import district
from mingcha.interfaces.feeding.starting import start_portal
from mingcha.ledger.checks import require_ready

MODULE = "mingcha.interfaces.commands.main"


class PortTaken(MingchaError):
    """Another program listens on the port; two servers would share its requests at random."""

    status = 503
    code = "port-taken"


def require_free(host: str, port: int) -> None:
    """Raises PortTaken when something listens there already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1" if host == "0.0.0.0" else host, port)) == 0:  # noqa: S104
            raise PortTaken(message=f"端口{port}已被占用，可能明察已经在运行。请停止它，或者用 --port 换一个端口。")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址；0.0.0.0 对外服务。")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="监听端口。")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="网页进程数。")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64), help="每个网页进程的线程数。")
@click.option("--zones", is_flag=True, help="门户用自己的进程和数据库，端口是 --portal-port。")
@click.option("--portal-port", type=click.IntRange(1, 65535), help="门户的端口；默认是 --port 加一。")
@click.option("--no-worker", is_flag=True, help="不启动后台进程（另行运行 mingcha worker）。")
@click.option("--only", type=click.Choice(JOBS), help="后台进程只做一项。")
def serve(
    *,
    host: str,
    port: int,
    workers: int,
    threads: int,
    zones: bool,
    portal_port: int | None,
    no_worker: bool,
    only: str | None,
) -> None:
    """启动服务。数据库触发器不全或者账本与检查点不符时拒绝启动。"""
    require_statics()
    require_ready()
    require_free(host, port)
    demonstration = district.sign_ins()
    connections.close_all()
    where = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}"  # noqa: S104
    zones = zones or settings.ZONES
    portal = f"{where.rsplit(':', 1)[0]}:{portal_port or port + 1}" if zones else where
    if zones:
        require_free(host, portal_port or port + 1)
        settings.ZONES, settings.PORTAL_URL = True, os.environ.get("MINGCHA_PORTAL_URL", portal).rstrip("/")
        os.environ |= {"MINGCHA_ZONES": "1", "MINGCHA_PORTAL_URL": settings.PORTAL_URL}
    click.echo(f"明察已启动：{where}/　公众门户 {portal}/p/　工作台 {where}/in/　接口 {where}/api/")
    for username, name, title in demonstration:
        click.echo(f"  {username:<10}{name}　{title}")
    if demonstration:
        click.echo(f"  演示账号的密码都是 {district.PASSWORD}　按 Ctrl-C 停止")
    sys.stdout.flush()
    outside = start_portal(host=host, port=portal_port or port + 1) if zones else None
    if "MINGCHA_BASE_URL" not in os.environ:
        # Both for workers that inherit this process and for those that start anew. Letters name the public address.
        os.environ["MINGCHA_BASE_URL"] = settings.BASE_URL = settings.PORTAL_URL or where
    background = None
    if not no_worker:
        more = ["--only", only] if only else []
        background = subprocess.Popen([sys.executable, "-m", MODULE, "worker", *more])  # noqa: S603
    # Loaded once, before the web workers branch off, and shared by them. Not what starts threads: those stay behind.
    with loading():
        resolve("/p/")
    try:
        Granian(
            "mingcha.project.served:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=threads,
            backlog=1024,
            websockets=False,
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
        ).serve()
    finally:
        for process in (outside, background):
            if process is not None:
                process.terminate()
                process.wait(15)
