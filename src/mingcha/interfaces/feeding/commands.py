"""`mingcha feed` (inner zone) and `mingcha portal` (the portal's own processes)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import click
from django.conf import settings
from django.db import connections
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from mingcha.common.memory import settle
from mingcha.disclosure.searching import following
from mingcha.interfaces.commands.serving import MODULE, require_free
from mingcha.interfaces.commands.setting_up import require_statics
from mingcha.interfaces.feeding import applying, keeping, running, schema, standing
from mingcha.interfaces.feeding.sending import Sender, drop
from mingcha.subscriptions import tasks as subscriptions


@click.group()
def feed() -> None:
    """向门户推送：公钥、情况、立即推送、重新推送全部内容。"""


@feed.command()
def key() -> None:
    """输出推送公钥；放进门户数据目录，文件名 feed.pub。"""
    click.echo(keeping.public_text(keeping.signing_key().public_key()), nl=False)


@feed.command()
def status() -> None:
    """推送到哪里、门户应用到哪里、还有什么没有送达。"""
    found = standing.standing()
    click.echo(f"批次目录：{drop()}")
    click.echo(f"轮次 {found.epoch}　已推送 {found.sent} 批　门户已应用 {found.applied if found.heard else '未知'}")
    click.echo(found.words)


@feed.command()
@click.option("--again", is_flag=True, help="从头推送全部公开内容（门户数据丢失或者换机以后）。")
def send(again: bool) -> None:
    """立即比对并推送一次。"""
    sender = Sender()
    try:
        done = sender.begin() if again else sender.step(whole=True)
    finally:
        sender.close()
    click.echo(f"推送了{done}批。")


@click.group()
def portal() -> None:
    """公众门户：自己的进程和数据库，只有已公开的内容。"""


@portal.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址；0.0.0.0 对外服务。")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(1, 65535), help="监听端口。")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="网页进程数。")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1, 64), help="每个网页进程的线程数。")
@click.option("--no-worker", is_flag=True, help="不启动后台进程（另行运行 mingcha portal worker）。")
def serve(*, host: str, port: int, workers: int, threads: int, no_worker: bool) -> None:
    """启动公众门户。只打开门户自己的数据目录，不需要内网的任何文件。"""
    require_statics()
    schema.ensure()
    applying.trusted()
    require_free(host, port)
    connections.close_all()
    where = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}"  # noqa: S104
    click.echo(f"公众门户已启动：{where}/p/")
    sys.stdout.flush()
    if "MINGCHA_BASE_URL" not in os.environ:
        os.environ["MINGCHA_BASE_URL"] = settings.BASE_URL = where
    background = None if no_worker else subprocess.Popen([sys.executable, "-m", MODULE, "portal", "worker"])  # noqa: S603
    try:
        Granian(
            "mingcha.project.served_portal:application",
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
        if background is not None:
            background.terminate()
            background.wait(15)


@portal.command()
def worker() -> None:
    """门户的后台进程：应用推送、回传来信、检索索引、订阅邮件。"""
    schema.ensure()
    settle()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    jobs: dict[str, Callable[[threading.Event], None]] = {
        "applying": running.apply_forever,
        "searching": following.run_forever,
        "subscriptions": subscriptions.run_forever,
    }
    threads = [threading.Thread(target=job, args=(stop,), name=name) for name, job in jobs.items()]
    for thread in threads:
        thread.start()
    parent = os.getppid()
    while not stop.wait(1):
        if os.getppid() != parent or not all(thread.is_alive() for thread in threads):
            stop.set()
            raise SystemExit(1)
    for thread in threads:
        thread.join()


@portal.command(name="apply")
def apply_now() -> None:
    """立即应用一次已到的批次。"""
    applier = applying.Applier()
    done = applier.step()
    click.echo(f"应用了{done}批。" + (f"停止原因：{applier.problem}" if applier.problem else ""))
