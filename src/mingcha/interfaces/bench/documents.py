"""`mingcha bench documents`: a page of every kind against a bare Typst page of one line in the same run; signing apart."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from mingcha.interfaces.bench.figures import percentile

MEDIAN_MS = 25.0
_SIGNED = "penalty-decision"
_VARIED = ("doc_no", "case_no")


@click.command("documents")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 1000), help="每种文书制作的次数。")
@click.option("--signing/--no-signing", default=True, help="另行测量电子签名（一名执法人员签名，再盖印章）。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。")
@click.pass_context
def bench(context: click.Context, *, rounds: int, signing: bool, as_json: bool) -> None:
    """文书：每种文书制作PDF的中位和p95，与同次只排一行字的Typst页面相比；签名另计。"""
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-") as folder:
        result = _rendering(rounds, Path(folder))
    if signing:
        result["signing"] = _signing(rounds)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        _show(result)
    context.exit(0 if result["met"] else 1)


def _show(result: dict[str, Any]) -> None:
    mark = "达到" if result["met"] else "未达到"
    click.echo(f"{mark}　{result['kinds']}种文书，制作{result['documents']}份，每份{result['pages_per_document']}页")
    click.echo(
        f"  中位 {result['median_ms']} ms（要求 {MEDIAN_MS} ms），p95 {result['p95_ms']} ms，"
        f"处理器每份 {result['processor_ms_each']} ms"
    )
    click.echo(f"  只排一行字的Typst页面：中位 {result['bare_median_ms']} ms，比值 {result['ratio_to_bare']}")
    for row in result["slowest"]:
        click.echo(f"  最慢：{row['kind']} 中位 {row['median_ms']} ms，{row['pages']}页")
    if row := result.get("signing"):
        click.echo(f"  签名（两个签名、时间戳在本机）：中位 {row['median_ms']} ms，p95 {row['p95_ms']} ms")


def _rendering(rounds: int, home: Path) -> dict[str, Any]:
    import pypdfium2

    from mingcha.documents.rendering import render
    from mingcha.documents.tests.golden import ALL

    bare = _bare(home)
    every: list[float] = []
    worked = time.process_time()
    bare_worked = 0.0
    plain: list[float] = []
    rows: list[dict[str, Any]] = []
    for kind, fields in sorted(ALL.items()):
        # The first page of a kind pays for reading its form: that belongs to the start of a process.
        pages = len(pypdfium2.PdfDocument(render(kind, fields).pdf))
        times = [_timed(partial(render, kind, _varied(fields, n))) for n in range(rounds)]
        begun = time.process_time()
        plain += [_timed(partial(bare, f"{kind}{n}")) for n in range(rounds)]
        bare_worked += time.process_time() - begun
        every += times
        rows.append({"kind": kind, "median_ms": _ms(statistics.median(times)), "pages": pages})
    # Each kind was set once more to count its pages.
    worked = (time.process_time() - worked - bare_worked) / (len(every) + len(rows))
    median, single = statistics.median(every), statistics.median(plain)
    return {
        "kinds": len(rows),
        "documents": len(every),
        "median_ms": _ms(median),
        "p95_ms": _ms(percentile(every, 0.95)),
        "processor_ms_each": _ms(worked),
        "pages_per_document": round(sum(row["pages"] for row in rows) / len(rows), 1),
        "bare_median_ms": _ms(single),
        "ratio_to_bare": round(median / single, 1),
        "slowest": sorted(rows, key=lambda row: row["median_ms"], reverse=True)[:3],
        "by_kind": rows,
        "met": median * 1000 <= MEDIAN_MS,
    }


def _varied(fields: dict[str, Any], seq: int) -> dict[str, Any]:
    """The same document with another number: Typst remembers pages that it has set before."""
    name = next((name for name in _VARIED if name in fields), "")
    return {**fields, name: f"{fields[name]}{seq}"} if name else fields


def _bare(home: Path) -> Callable[[str], object]:
    import typst

    page = home / "line.typ"
    page.write_text('#set page(paper: "a4")\n#sys.inputs.line\n', encoding="utf-8")
    compiler = typst.Compiler(page, root=home)
    return lambda line: compiler.compile(format="pdf", sys_inputs={"line": line})


def _signing(rounds: int) -> dict[str, Any]:
    from mingcha.documents.rendering import render
    from mingcha.documents.signing import timestamps
    from mingcha.documents.signing.authority import DemoAuthority
    from mingcha.documents.signing.signer import OfficerSignature, Seal, sign
    from mingcha.documents.tests.golden import ALL

    pdf, organ = render(_SIGNED, ALL[_SIGNED]).pdf, ALL[_SIGNED]["organ_name"]
    with tempfile.TemporaryDirectory(prefix="mingcha-bench-") as folder:
        authority = DemoAuthority(Path(folder) / "signing")
        authority.create()
        work = partial(
            sign,
            pdf,
            timestamper=timestamps.local(authority.timestamping()),
            officers=[OfficerSignature(authority.holder("officer", "1", "周明远"), "周明远", "承办人员")],
            seal=Seal(authority.holder("seal", "1", organ), organ),
        )
        times = [_timed(work) for _ in range(rounds)]
    return {"median_ms": _ms(statistics.median(times)), "p95_ms": _ms(percentile(times, 0.95)), "signatures": 2}


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
