"""`mingcha worker`: the background process. Ledger, PDFs, periods: each job finds its work itself."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable

import click
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from mingcha.archives import tasks as archives
from mingcha.archives.keeping import tasks as destroying
from mingcha.archives.scanning import tasks as scanning
from mingcha.cases import tasks as expiries
from mingcha.catalogues import tasks as lists
from mingcha.common import triggers
from mingcha.common.errors import MingchaError
from mingcha.common.memory import settle
from mingcha.deadlines import tasks as periods
from mingcha.disclosure import ending
from mingcha.disclosure import tasks as figures
from mingcha.disclosure.commitments import tasks as committing
from mingcha.disclosure.searching import following as searching
from mingcha.documents.actions import ensure_rendered
from mingcha.documents.queries import unrendered
from mingcha.documents.sealing import tasks as signatures
from mingcha.interfaces.commands import writing_back
from mingcha.interfaces.feeding import running as feeding
from mingcha.ledger import sweeping
from mingcha.ledger.cosigning import client as cosigning
from mingcha.ledger.sequencer import run_forever
from mingcha.petitions import tasks as petitions
from mingcha.recordings.deriving import tasks as derivatives
from mingcha.recordings.intake import tasks as uploads
from mingcha.subscriptions import tasks as subscriptions

log = logging.getLogger("mingcha.worker")
RETRY_SECONDS = 300.0
PROMPT = ("sequencer", "cosigning", "searching", "feeding")
JOBS = [
    "sequencer", "cosigning", "checking", "rendering", "signing", "periods", "expiries", "lists", "uploads", "deriving",
    "archives", "scanning", "destroying", "searching", "committing", "ending", "figures",
    "petitions", "subscriptions", "feeding",
]  # fmt: skip


@click.command()
@click.option(
    "--only",
    type=click.Choice(JOBS),
    help="只做一项：定序、请求见证共签、巡检账本、制作PDF、电子签章、期限重算和提醒、期限届满的法定后果、导入清单、制作音像副本、封存和检测案卷、识别扫描件、完成清册销毁、公示检索索引、决定书逐项承诺、公示期满撤下、汇总年度数据、取来信、发订阅邮件、向门户推送。",
)
def worker(only: str | None) -> None:
    """后台进程：两秒内把新日志写入账本并签名，请见证共签，为新文书制作PDF并签章，重算和提醒期限，办理届满的后果，导入清单。Ctrl-C 停止。"""
    triggers.require()
    settle()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    jobs: dict[str, Callable[[threading.Event], None]] = {
        "sequencer": run_forever,
        "cosigning": cosigning.run_forever,
        "checking": sweeping.run_forever,
        "rendering": render_forever,
        "signing": signatures.run_forever,
        "deriving": derivatives.run_forever,
        "periods": periods.run_forever,
        "expiries": expiries.run_forever,
        "lists": lists.run_forever,
        "uploads": uploads.run_forever,
        "archives": archives.run_forever,
        "scanning": scanning.run_forever,
        "destroying": destroying.run_forever,
        "searching": searching.run_forever,
        "committing": committing.run_forever,
        "ending": ending.run_forever,
        "figures": figures.run_forever,
        "petitions": petitions.run_forever,
        "subscriptions": subscriptions.run_forever,
        "feeding": feeding.tell_forever,
    }
    # Who subscribes is known in the portal's zone alone; a portal in this process needs no feed.
    del jobs["subscriptions" if settings.ZONES else "feeding"]
    threads = [
        threading.Thread(target=_beginning, args=(name, job, stop), name=name)
        for name, job in jobs.items()
        if only in (None, name)
    ]
    # Not a job to be chosen: whoever works here also keeps the embedded database's log short.
    threads.append(threading.Thread(target=_beginning, args=("writing-back", writing_back.run_forever, stop)))
    for thread in threads:
        thread.start()
    while not stop.wait(1):
        if not all(thread.is_alive() for thread in threads):
            # A thread that died by a fault of ours takes the process down, so that the supervisor restarts it.
            stop.set()
            raise SystemExit(1)
    for thread in threads:
        thread.join()


def _beginning(name: str, job: Callable[[threading.Event], None], stop: threading.Event) -> None:
    if name not in PROMPT:
        # People wait for their requests; a PDF or a recalculation may come a second later.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
    job(stop)


def render_forever(stop: threading.Event, *, interval: float = 1.0) -> None:
    """Make the PDF of every issued document until `stop` is set."""
    failed: dict[uuid.UUID, float] = {}
    while not stop.is_set():
        if not render_waiting(stop, failed):
            close_old_connections()
            stop.wait(interval)


def render_waiting(stop: threading.Event, failed: dict[uuid.UUID, float]) -> int:
    """One look for documents without PDF; returns how many were made. One that fails is tried again later."""
    made = 0
    try:
        for document in unrendered(20 + len(failed)):
            if stop.is_set():
                break
            if time.monotonic() - failed.get(document.id, -RETRY_SECONDS) < RETRY_SECONDS:
                continue
            try:
                ensure_rendered(document.id)
                failed.pop(document.id, None)
                made += 1
            except (MingchaError, OSError) as error:
                failed[document.id] = time.monotonic()
                log.error("文书 %s 没有制成PDF，%d秒后重试：%s", document.id, RETRY_SECONDS, type(error).__name__)
    except DatabaseError:
        # The database may be away or busy for a moment; what is missing is found again at the next look.
        log.exception("rendering: database not reachable")
    return made
