"""`mingcha bench review`: each act of a reviewer among many cases, and the first screen of a large file, in one run."""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import click

from mingcha.interfaces.bench.figures import percentile
from mingcha.interfaces.commands.travelling import MODULE

ACT_MS = 200.0
FIRST_SCREEN_MS = 500.0
LARGE = 200
_START = dt.date(2026, 9, 14)
_REVIEWER = "zhouheng"
_ANSWERS = [{"code": "discretion", "text": "已经补充。"}]
_FETCH = {"X-Requested-With": "fetch"}


class Took(NamedTuple):
    """Seconds of one act: on the clock, and of the processor (what is left when others share the machine)."""

    wall: float
    processor: float


@click.command("review")
@click.option(
    "--cases", default=10_000, show_default=True, type=click.IntRange(0, 1_000_000), help="库中另有的案件数。"
)
@click.option("--rounds", default=10, show_default=True, type=click.IntRange(1, 1000), help="每项操作的次数。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
@click.option("--inside", is_flag=True, hidden=True)
@click.pass_context
def bench(context: click.Context, *, cases: int, rounds: int, as_json: bool, inside: bool) -> None:
    """法制审核工作台：审核人员每项操作的用时，与同次打开案件页面的用时相比；二百份文书的案卷的第一屏。"""
    if inside:
        click.echo(json.dumps(_measure(cases, rounds)))
        return
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-") as folder:
        kept = {name: value for name, value in os.environ.items() if name != "MINGCHA_DATABASE_URL"}
        command = [sys.executable, "-m", MODULE, "bench", "review", "--inside"]
        command += ["--cases", str(cases), "--rounds", str(rounds)]
        done = subprocess.run(  # noqa: S603
            command, env={**kept, "MINGCHA_DATA": folder}, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise click.ClickException(done.stderr.strip()[-2000:])
    result = json.loads(done.stdout.strip().splitlines()[-1])
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        _show(result)
    context.exit(0 if result["met"] else 1)


def _show(result: dict[str, Any]) -> None:
    click.echo(f"库中{result['cases']}件案件，每项{result['rounds']}次；案件页面用处理器 {result['case_page_ms']} ms")
    for row in result["acts"]:
        mark = "达到" if row["met"] else "未达到"
        click.echo(
            f"{mark}　{row['label']}：中位 {row['median_ms']} ms，p95 {row['p95_ms']} ms（要求 {row['limit_ms']:.0f} ms），"
            f"处理器 {row['processor_ms']} ms，是案件页面的 {row['ratio_to_case_page']} 倍"
        )


def _measure(count: int, rounds: int) -> dict[str, Any]:
    from mingcha.common import clock
    from mingcha.interfaces.bench.rows import fill
    from mingcha.interfaces.commands.setting_up import run_migrations
    from mingcha.interfaces.demo import district
    from mingcha.interfaces.demo.journey import Journey

    run_migrations()
    district.create()
    with clock.frozen(clock.at(_START, 8)):
        fill(count)
    journey = Journey(_START)
    journey.run("submit")
    with clock.frozen(clock.at(journey.day, 15)):
        desk = Desk(journey)
        times = {name: desk.timed(act, rounds) for name, act in desk.acts.items()}
        times["opinion"] = desk.opinions(rounds)
        desk.grow(LARGE)
        times |= {name: desk.timed(act, rounds) for name, act in desk.large.items()}
        # The peer is measured at the same size, in the same minute.
        plain = statistics.median(row.processor for row in desk.timed(desk.case_page, rounds))
    rows = [_row(name, found, plain) for name, found in times.items()]
    return {
        "cases": count,
        "rounds": rounds,
        "documents": desk.materials,
        "case_page_ms": _ms(plain),
        "acts": rows,
        "met": all(row["met"] for row in rows),
    }


_LABELS = {
    "queue": "待审案件列表",
    "first": "打开送审案卷",
    "document": "看一份文书",
    "pages": "看一份文书的页面",
    "sheet": "文书的一页图像",
    "recording": "看一段音像的登记",
    "note": "写一条批注",
    "unnote": "撤销一条批注",
    "preview": "预览意见书",
    "supplement": "要求补充材料",
    "figures": "审核统计",
    "opinion": "出具审核意见",
    "large-first": f"打开{LARGE}份文书的案卷（第一屏）",
    "large-document": f"在{LARGE}份文书的案卷中看一份文书",
    "large-preview": f"在{LARGE}份文书的案卷中预览意见书",
}


def _row(name: str, found: list[Took], plain: float) -> dict[str, Any]:
    limit = FIRST_SCREEN_MS if name == "large-first" else ACT_MS
    p95 = percentile([row.wall for row in found], 0.95)
    worked = statistics.median(row.processor for row in found)
    return {
        "name": name,
        "label": _LABELS[name],
        "median_ms": _ms(statistics.median(row.wall for row in found)),
        "p95_ms": _ms(p95),
        "limit_ms": limit,
        "processor_ms": _ms(worked),
        "ratio_to_case_page": round(worked / plain, 2),
        "met": p95 * 1000 <= limit,
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def took(act: Callable[[], object]) -> Took:
    begun, worked = time.perf_counter(), time.process_time()
    act()
    return Took(time.perf_counter() - begun, time.process_time() - worked)


class Desk:
    """A reviewer signed in over one file; every act goes through the pages, as the browser would ask for it."""

    def __init__(self, journey: Any) -> None:
        from django.conf import settings
        from django.test import Client
        from django.urls import reverse

        from mingcha.accounts.models import User

        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
        self.journey, self.reverse = journey, reverse
        self.client = Client()
        self.client.force_login(User.objects.get(username=_REVIEWER))
        self.url = reverse("review-case", args=[journey.id])
        self._keys()
        self.acts: dict[str, Callable[[], object]] = {
            "queue": lambda: self.get(reverse("review")),
            "first": lambda: self.get(self.url),
            "document": lambda: self.get(self.url, {"show": self.document}, _FETCH),
            "pages": lambda: self.get(self.url, {"show": self.document, "as": "pages"}, _FETCH),
            "sheet": lambda: self.get(reverse("review-page", args=[journey.id, uuid.UUID(self.document[9:]), 1])),
            "recording": lambda: self.get(self.url, {"show": self.recording}, _FETCH),
            "note": lambda: self.act("note", key="draft", page=1, place="", text="裁量理由不够"),
            "unnote": self.remove_note,
            "preview": lambda: self.post(self.url, self.marks("agree") | {"preview": "1"}, 200),
            "figures": lambda: self.get(reverse("review-figures")),
        }
        self.large: dict[str, Callable[[], object]] = {
            "large-first": self.acts["first"],
            "large-document": self.acts["document"],
            "large-preview": self.acts["preview"],
        }

    def _keys(self) -> None:
        from mingcha.review import queries

        found = queries.open_submission(self.journey.case)
        assert found is not None
        keys = [row["key"] for row in found.materials]
        self.materials = len(keys)
        self.document = next(key for key in keys if key.startswith("document:"))
        self.recording = next(key for key in keys if key.startswith("recording:"))

    def timed(self, act: Callable[[], object], rounds: int) -> list[Took]:
        """Each time but the first, which reads templates and prepares statements."""
        act()
        return [took(act) for _ in range(rounds)]

    def get(self, url: str, data: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> None:
        answer = self.client.get(url, data or {}, headers=headers or {})
        if answer.status_code != 200:
            raise click.ClickException(f"{url}: {answer.status_code}")
        # A file is read to its end, as the browser does.
        _ = answer.getvalue()

    def post(self, url: str, data: dict[str, Any], status: int) -> None:
        answer = self.client.post(url, data)
        if answer.status_code != status:
            raise click.ClickException(f"{url}: {answer.status_code}")

    def act(self, name: str, **fields: Any) -> None:
        self.post(self.reverse("review-act", args=[self.journey.id, name]), self.token() | fields, 302)

    def token(self) -> dict[str, str]:
        from mingcha.interfaces.workbench.base import fresh_token

        return {"form_token": fresh_token()}

    def remove_note(self) -> None:
        from mingcha.review.models import Note

        row = Note.objects.filter(submission__case_id=self.journey.id, removal=None).latest("at")
        self.post(self.reverse("review-note-remove", args=[self.journey.id, row.id]), self.token(), 302)

    def marks(self, conclusion: str) -> dict[str, str]:
        from mingcha.review.rules import checklist

        fields = {"conclusion": conclusion, "text": "审核意见如下。", **self.token()}
        for point in checklist():
            bad = conclusion != "agree" and point["code"] == "discretion"
            fields[f"mark-{point['code']}"] = "problem" if bad else "met"
            fields[f"link-{point['code']}"] = "" if bad else self.document
            fields[f"note-{point['code']}"] = "裁量理由不够，请补充。" if bad else ""
        return fields

    def opinions(self, rounds: int) -> list[Took]:
        """An opinion with a problem each time; in between the handler hands over anew."""
        from mingcha.accounts.queries import actor_named
        from mingcha.review import actions

        found = []
        handler = actor_named(self.journey.scenario.handlers[0])
        for _ in range(min(rounds, 5)):
            marks = self.marks("problems")
            found.append(took(lambda marks=marks: self.post(self.url, marks, 302)))  # type: ignore[misc]
            actions.submit(self.journey.id, actor=handler, attested=True, answers=_ANSWERS)
            self._keys()
        return found

    def grow(self, count: int) -> None:
        """The same file with many more papers, handed over anew."""
        from mingcha.accounts.queries import actor_named
        from mingcha.interfaces.bench.rows import copies
        from mingcha.review import actions

        copies(self.journey.case, count)
        handler = actor_named(self.journey.scenario.handlers[0])
        actions.withdraw(self.journey.id, actor=handler, reason="补充材料")
        actions.submit(self.journey.id, actor=handler, attested=True, answers=_ANSWERS)
        self._keys()

    def case_page(self) -> None:
        self.get(self.reverse("case", args=[self.journey.id]))
