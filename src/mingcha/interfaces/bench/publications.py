"""`mingcha bench publications`: a backlog signed off while the public reads; how soon what is new is found, what is gone is gone."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import click

from mingcha.interfaces.bench.caseflow import MODULE, _environment, _server

_START = dt.date(2026, 9, 7)
_BACKLOG, _MINUTES, _PORTAL_SHARE, _FOUND_SECONDS = 10_000, 10, 0.5, 2.0
_READERS = 4
_PLANS = ("/p/decisions/", "/p/decisions/?q=%E6%89%AC%E5%B0%98", "/p/", "/p/data/decisions.atom")


@click.command("publications")
@click.option("--count", default=60, show_default=True, type=click.IntRange(5, 10_000), help="待公示的决定件数。")
@click.option(
    "--listing", default=2000, show_default=True, type=click.IntRange(0, 1_000_000), help="已公示的决定件数。"
)
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
@click.option("--inside", type=click.Choice(["prepare", "sign", "withdraw"]), hidden=True)
@click.pass_context
def bench(context: click.Context, *, count: int, listing: int, as_json: bool, inside: str | None) -> None:
    """年底积压的公示：成批签发的速度，公众查询的速度与签发以前的比值，公示后多久能查到，撤下后多久查不到。"""
    if inside:
        click.echo(json.dumps({"prepare": _prepare, "sign": _sign, "withdraw": _withdraw}[inside](count)))
        return
    result = _run(count, listing)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        for row in result["reach"]:
            mark = "达到" if row["met"] else "未达到"
            click.echo(f"{mark}　{row['name']}：测得 {row['measured']}，要求 {row['reach']}")
    context.exit(0 if all(row["met"] for row in result["reach"]) else 1)


def _prepare(count: int) -> dict[str, Any]:
    """So many decisions of cases that wait for publication, each played from the lead by the real actions."""
    from mingcha.disclosure.commitments import tasks
    from mingcha.disclosure.models import Publication
    from mingcha.interfaces.demo.journey import Journey

    for _ in range(count):
        Journey(_START).run("serve-decision")
    while tasks.commit_waiting(threading.Event(), {}):
        pass
    return {"waiting": Publication.objects.filter(release=None).count()}


def _sign(count: int) -> dict[str, Any]:
    from mingcha.accounts.queries import actor_named
    from mingcha.disclosure import backlog
    from mingcha.disclosure.models import Publication

    rows = Publication.objects.filter(release=None).order_by("due_on", "id")
    keys = list(rows.values_list("id", flat=True)[:count])
    begun, processor = time.perf_counter(), time.process_time()
    done = backlog.sign_off(keys, actor=actor_named("sutang"), attested=True)
    last = Publication.objects.select_related("decision").get(id=done.released[-1])
    return {
        "released": len(done.released),
        "refused": len(done.refused),
        "seconds": time.perf_counter() - begun,
        "processor_seconds": time.process_time() - processor,
        "last": str(last.id),
        "number": last.number,
        "ended": time.time(),
    }


def _withdraw(_: int) -> dict[str, Any]:
    from mingcha.accounts.queries import actor_named
    from mingcha.disclosure import actions
    from mingcha.disclosure.models import Release

    row = Release.objects.order_by("-released_at", "-publication_id").first()
    if row is None:
        raise click.ClickException("nothing was published")
    actions.withdraw(row.publication_id, actor=actor_named("sutang"), reason="内容有误")
    return {"id": str(row.publication_id), "ended": time.time()}


def _run(count: int, listing: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-") as folder:
        env = _environment(folder, "")

        def child(*words: str) -> Any:
            command = [sys.executable, "-m", MODULE, *words]
            done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603
            if done.returncode:
                raise click.ClickException(done.stderr.strip()[-2000:])
            lines = done.stdout.strip().splitlines()
            return json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}

        def inside(what: str) -> Any:
            return child("bench", "publications", "--inside", what, "--count", str(count))

        child("bench", "prepare")
        if listing:
            child("demo", "decisions", "-n", str(listing))
        inside("prepare")
        serve = [sys.executable, "-m", MODULE, "serve", "--workers", "1"]
        with _server(env, serve) as port:
            _until(lambda: _get(port, "/p/decisions/")[0] == 200, 60)
            _rate(port, lambda: time.sleep(3))
            alone, _ = _rate(port, lambda: time.sleep(10))
            during, signed = _rate(port, lambda: inside("sign"))
            found = _until(lambda: signed["last"] in _get(port, f"/p/decisions/?q={quote(signed['number'])}")[1], 30)
            # From the end of the writing, not from the moment at which we began to look.
            found = time.time() - signed["ended"] if found else 0.0
            gone = _gone(port, signed, inside)
    return _figures(count, listing, signed, alone, during, found, gone)


def _gone(port: int, signed: dict[str, Any], inside: Callable[[str], Any]) -> dict[str, float]:
    """Seconds from the withdrawal until each door is shut; all were open before."""
    doors = {
        "page": f"/p/decisions/{signed['last']}/",
        "search": f"/p/decisions/?q={quote(signed['number'])}&state=valid",
        "feed": "/p/data/decisions.atom",
        "export": f"/p/search/decisions.jsonl?q={quote(signed['number'])}",
    }
    key = signed["last"]

    def open_(name: str) -> bool:
        status, text = _get(port, doors[name])
        return status == 200 and (name == "page" or key in text)

    shut = [name for name in doors if not open_(name)]
    if shut:
        raise click.ClickException(f"not open before the withdrawal: {shut}")
    told = inside("withdraw")
    found = {}
    for name in doors:
        _until(lambda name=name: not open_(name), 30)  # type: ignore[misc]
        found[name] = round(time.time() - told["ended"], 2)
    return found


def _get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except OSError:
        return 0, ""
    finally:
        connection.close()


def _until(true: Callable[[], bool], most: float) -> float:
    begun = time.perf_counter()
    while not true():
        if time.perf_counter() - begun > most:
            raise click.ClickException(f"nothing after {most} seconds")
        time.sleep(0.05)
    return time.perf_counter() - begun


def _rate(port: int, act: Callable[[], Any]) -> tuple[float, Any]:
    """Pages of the portal a second, asked by readers over kept connections, while `act` runs; and what it returned."""
    stop, counts, failed = threading.Event(), [0] * _READERS, []

    def read(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        at = number
        while not stop.is_set():
            connection.request("GET", _PLANS[at % len(_PLANS)])
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                failed.append(answer.status)
            counts[number] += 1
            at += 1

    threads = [threading.Thread(target=read, args=(number,), daemon=True) for number in range(_READERS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    try:
        found = act()
    finally:
        seconds = time.perf_counter() - begun
        stop.set()
    for thread in threads:
        thread.join(60)
    if failed:
        raise click.ClickException(f"the portal answered {failed[:3]}")
    return sum(counts) / seconds, found


def _figures(
    count: int, listing: int, signed: dict[str, Any], alone: float, during: float, found: float, gone: dict[str, float]
) -> dict[str, Any]:
    rate = signed["released"] / signed["seconds"]
    minutes = _BACKLOG / rate / 60
    share = during / alone
    reach: list[tuple[str, Any, str, bool]] = [
        ("minutes_for_ten_thousand", round(minutes, 1), f"<= {_MINUTES}", minutes <= _MINUTES),
        ("portal_rate_during_to_before", round(share, 2), f">= {_PORTAL_SHARE}", share >= _PORTAL_SHARE),
        ("found_after_seconds", round(found, 2), f"<= {_FOUND_SECONDS}", found <= _FOUND_SECONDS),
        ("gone_after_seconds", max(gone.values()), f"<= {_FOUND_SECONDS}", max(gone.values()) <= _FOUND_SECONDS),
        ("refused", signed["refused"], "= 0", signed["refused"] == 0),
    ]
    return {
        "decisions": count,
        "listing": listing,
        "published_per_second": round(rate, 1),
        "processor_ms_each": round(signed["processor_seconds"] / max(1, signed["released"]) * 1000, 1),
        "portal_pages_per_second": {"before": round(alone, 1), "during": round(during, 1)},
        "gone": gone,
        "reach": [
            {"name": name, "measured": measured, "reach": wanted, "met": bool(met)}
            for name, measured, wanted, met in reach
        ],
    }
