"""Laws at hand (法条与制度): search over laws and articles, a law as a whole, one article beside the work."""

from __future__ import annotations

import csv
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from mingcha.common import clock
from mingcha.common.errors import InvalidInput
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench.base import page
from mingcha.statutes import clocks, refs
from mingcha.statutes import queries as statutes
from mingcha.statutes.errors import CitationUnreadable
from mingcha.statutes.models import Article, Law
from mingcha.statutes.naming import Names

CRUMBS = [("法条与制度", "/in/statutes/")]
_TABS = (
    ("statutes", "法条检索"),
    ("rules", "制度文件"),
    ("amendments", "法律变动和复核"),
    ("statutes-dates", "待核实的日期"),
)
_SIZE = 30
_LAWS_SHOWN = 8
_MOST_EXPORTED = 5_000


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The parts of the room, with the number of re-examinations that wait."""
    waiting = statutes.open_counts(actor_of(request).jurisdiction)
    return [
        {
            "label": label,
            "url": reverse(route),
            "current": route == current,
            "count": waiting if route == "amendments" and waiting else None,
        }
        for route, label in _TABS
    ]


def asked_day(request: HttpRequest) -> tuple[dt.date, str]:
    """The day asked for (today without one) and what is wrong with it."""
    text = str(request.GET.get("on", "")).strip()
    if not text:
        return clock.today(), ""
    try:
        return dt.date.fromisoformat(text), ""
    except ValueError:
        return clock.today(), "日期请写成年-月-日，例如2026-11-22；现在按今天显示。"


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    """Search over names and articles; without words the list of laws in force."""
    day, wrong = asked_day(request)
    asked = _asked(request)
    again = {"words": asked["q"], "category": asked["category"], "on": day.isoformat()}
    context: dict[str, Any] = {
        "tabs": tabs(request, "statutes"),
        "q": asked["q"],
        "day": day,
        "today": clock.today(),
        "category": asked["category"],
        "categories": statutes.categories(),
        "imported": statutes.imported(),
        "problem": wrong,
        "export_url": f"{reverse('statutes-export')}?{urlencode(again)}",
    }
    laws = statutes.laws(text=asked["q"], category=asked["category"], on=day)
    try:
        if asked["q"]:
            found = page_of(
                statutes.search(asked["q"], category=asked["category"], on=day),
                order=statutes.ORDER,
                cursor=request.GET.get("cursor"),
                size=_SIZE,
            )
            context["hits"] = [_hit(hit, day) for hit in statutes.hits(found.rows, asked["q"])]
            context["cited"] = _cited(asked["q"], day)
            context["laws"] = list(laws.order_by("name")[:_LAWS_SHOWN]) if not request.GET.get("cursor") else []
        else:
            rows = page_of(laws, order=("name", "-effective_from", "id"), cursor=request.GET.get("cursor"), size=60)
            found = rows  # type: ignore[assignment]
            context["laws"] = rows.rows
        context["page"] = found
    except InvalidInput as error:
        context["problem"] = error.message
    return page(request, "workbench/statutes/search.html", context, title="法条与制度", active="statutes")


def _asked(request: HttpRequest) -> dict[str, str]:
    text = " ".join(str(request.GET.get("words", "")).replace("\0", "").split())
    return {"q": text, "category": str(request.GET.get("category", ""))[:30].replace("\0", "")}


def _cited(text: str, day: dt.date) -> list[dict[str, Any]]:
    """The articles that the words name (《行政处罚法》第五十八条), each with its page or why there is none."""
    found = [place for _, row in statutes.citations(text, day) for place in row]
    told = []
    for place in found[: statutes.MOST_PLACES]:
        gone = place["status"] in ("no-law", "no-article", "no-place")
        last = f"全文到第{place['last']}条。" if place["status"] == "no-article" and place["last"] else ""
        url = "" if place["status"] in ("no-law", "no-article") else article_url(place["title"], day)
        told.append({"title": place["title"], "url": url, "why": statutes.WHY[place["status"]] + last if gone else ""})
    return told


def _hit(hit: statutes.Hit, day: dt.date) -> dict[str, Any]:
    row = hit.article
    return {"ref": str(_ref(row)), "url": article_url(_ref(row), day), "heading": row.heading, "excerpt": hit.excerpt}


def _ref(row: Article) -> refs.ArticleRef:
    return refs.ArticleRef(row.law.name, row.number, sub=row.sub or None)


def article_url(ref: refs.ArticleRef | str, day: dt.date | None = None) -> str:
    """The page of one article as in force on a day."""
    query = {"ref": str(ref), **({"on": day.isoformat()} if day and day != clock.today() else {})}
    return f"{reverse('statute-article')}?{urlencode(query)}"


@viewers()
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The articles found, or the laws in force, as CSV."""
    day, _ = asked_day(request)
    asked = _asked(request)
    if asked["q"]:
        found = statutes.search(asked["q"], category=asked["category"], on=day).order_by(*statutes.ORDER)
        rows: Iterable[list[Any]] = (
            [row.law.name, f"第{row.number}条" + (f"之{row.sub}" if row.sub else ""), row.text or row.summary]
            for row in found[:_MOST_EXPORTED]
        )
        return table_file("articles.csv", ["法律", "条", "条文"], rows)
    laws = statutes.laws(category=asked["category"], on=day).order_by("name")[:_MOST_EXPORTED]
    head = ["法律", "类别", "制定机关", "公布或者修改", "施行", "施行日期来源"]
    return table_file(
        "laws.csv",
        head,
        (
            [row.name, row.category, row.authority, row.adopted_on or "", row.effective_from, _basis(row)]
            for row in laws
        ),
    )


def _basis(row: Law) -> str:
    return str(row.get_effective_basis_display())


@viewers()
def law(request: HttpRequest, law_id: uuid.UUID) -> HttpResponse:
    """One version of a law: contents, articles with anchors, the other versions, what rests on it."""
    row = statutes.law_page(law_id)
    day, problem = asked_day(request)
    if request.GET.get("on") and not problem:
        other = statutes.law(row.name, day)
        if other is not None:
            return redirect("statute-law", other.id)
        problem = f"{day.isoformat()}没有有效的《{row.name}》文本；下面仍是原来的版本。"
    versions = statutes.versions(row.name)
    rows, names = statutes.contents(row), statutes.vocabulary()
    context = {
        "law": row,
        "rows": [_linked_row(line, row, names) for line in rows],
        "has_parts": any("part" in line for line in rows),
        "versions": versions,
        "state": state_of(row),
        "day": day,
        "problem": problem,
        "history": row.history.splitlines(),
        "preamble": row.preamble.splitlines(),
        "appendix": row.appendix.splitlines(),
    }
    return page(
        request, "workbench/statutes/law.html", context, title=f"《{row.name}》", crumbs=CRUMBS, active="statutes"
    )


def _linked_row(line: dict[str, Any], law: Law, names: Names) -> dict[str, Any]:
    """A row of the text with its citations as links: of this law to the place on the page, of others to their article."""
    if "article" not in line:
        return line
    article = line["article"]

    def linked(text: str, paragraph: int) -> list[tuple[str, str]]:
        here = refs.ArticleRef(law.name, article.number, paragraph, sub=article.sub or None)
        return _pieces(text, refs.find(text, here=here, names=names), law.name)

    shown = [
        {
            "number": row.number,
            "pieces": linked(row.text, row.number),
            "items": [
                {
                    "pieces": linked(item.text, row.number),
                    "subitems": [linked(words, row.number) for _, words in item.subitems],
                }
                for item in row.items
            ],
        }
        for row in line["paragraphs"]
    ]
    return {**line, "paragraphs": shown}


def _pieces(text: str, found: list[refs.Citation], law: str) -> list[tuple[str, str]]:
    """The text cut at its citations, as (words, address or nothing)."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for citation in found:
        first = citation.refs[0]
        own = f"#{statutes.anchor(first.article, first.sub or 0, first.paragraph)}"
        pieces += [
            (text[at : citation.start], ""),
            (citation.text, own if first.law == law else article_url("、".join(map(str, citation.refs)))),
        ]
        at = citation.end
    return [piece for piece in [*pieces, (text[at:], "")] if piece[0]]


def state_of(row: Law) -> tuple[str, str]:
    """Colour and word for a version as of today."""
    today = clock.today()
    if row.effective_from > today:
        return "warn", f"{row.effective_from.isoformat()}起施行"
    if row.effective_to and row.effective_to < today:
        return "late", f"已于{row.effective_to.isoformat()}失效"
    return "ok", "现行有效"


@viewers()
def article(request: HttpRequest) -> HttpResponse:
    """One citation opened: the article in force on a day, the cited paragraph or item marked. `panel=1`: only the text."""
    text = " ".join(str(request.GET.get("ref", "")).replace("\0", "").split())[:200]
    day, wrong = asked_day(request)
    told = clocks.WORDS.get(str(request.GET.get("clock", "")), "")
    context: dict[str, Any] = {
        "text": text,
        "day": day,
        "told": told,
        "today": clock.today(),
        "problem": wrong,
        "places": [],
    }
    try:
        context["places"] = [{**place, "url": _within(place)} for place in statutes.cited_places(text, day)]
    except CitationUnreadable as error:
        context["problem"] = error.message
    if request.GET.get("panel") == "1":
        return render(request, "workbench/statutes/panel.html", context)
    title = context["places"][0]["title"] if len(context["places"]) == 1 else "法条"
    return page(request, "workbench/statutes/article.html", context, title=title, crumbs=CRUMBS, active="statutes")


def _within(place: dict[str, Any]) -> str:
    if not place["law_id"]:
        return ""
    return f"{reverse('statute-law', args=[place['law_id']])}#{statutes.anchor(place['number'], place['sub'])}"


class _Line:
    """A file-like thing whose `write` gives the line back, so that a table streams in constant memory."""

    def write(self, line: str) -> str:
        return line


def table_file(name: str, head: list[str], rows: Iterable[list[Any]]) -> StreamingHttpResponse:
    """A table as CSV that spreadsheet programs read as UTF-8 and do not run as formulas."""
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff"
        yield writer.writerow(head)
        for row in rows:
            yield writer.writerow([f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@") else cell for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
