"""Home, search and single decisions (执法结果)."""

from __future__ import annotations

import datetime as dt
import uuid
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal import checking, excerpts, finding, lettering
from mingcha.interfaces.portal.letter import Mark, compose
from mingcha.interfaces.portal.pages import asked, fresh, show

MONTHS = 6


def _months(today: dt.date) -> list[tuple[dt.date, queries.Timeliness]]:
    """Timeliness of this month and the ones before, newest first."""
    found = []
    first = today.replace(day=1)
    for _ in range(MONTHS):
        following = (first + dt.timedelta(days=32)).replace(day=1)
        found.append((first, queries.timeliness(first, following - dt.timedelta(days=1), today)))
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return found


def _reached(count: queries.Timeliness) -> int:
    """Those whose time is up or that are out: the others can still come in time."""
    return count.in_time + count.late


def _bars(months: list[tuple[dt.date, queries.Timeliness]]) -> list[dict[str, Any]]:
    bars = []
    for first, count in months:
        reached = _reached(count)
        if reached:
            percent = count.in_time * 100 // reached
            kind = "ok" if percent == 100 else "warn"
            bars.append({"label": f"{first.month}月", "percent": percent, "text": f"{percent}%", "kind": kind})
    return bars


@public
def home(request: HttpRequest) -> HttpResponse:
    months = _months(clock.today())
    context = {"latest": queries.latest(8), "bars": _bars(months), "month": months[0][0], "count": months[0][1]}
    return show(request, "home", context)


@public
def timeliness(request: HttpRequest) -> HttpResponse:
    months = _months(clock.today())
    rows = [{"month": first, "count": count, "open": count.due - _reached(count)} for first, count in months]
    crumbs = [("执法结果", reverse("portal:results")), ("按期公开", "")]
    return show(request, "timeliness", {"rows": rows, "bars": _bars(months)}, section="results", crumbs=crumbs)


@public
def results(request: HttpRequest) -> HttpResponse:
    question = finding.read(request)
    wanted = question.wanted
    page, total = queries.find(wanted, cursor=request.GET.get("cursor") or None)
    words = queries.words_of(wanted.text)
    choices = queries.choices()
    context = {
        "rows": excerpts.results(page.rows, words),
        "total": total,
        "next_cursor": page.next_cursor,
        "wanted": question.given,
        "ordered": wanted.order,
        "errors": question.errors,
        "narrowed": question.narrowed,
        "filtered": question.filtered or question.errors,
        "address": question.address,
        "authorities": choices["authority"],
        "areas": queries.area_names(choices["jurisdiction"]) if len(choices["jurisdiction"]) > 1 else {},
        "kinds": queries.kinds(),
        "acts": queries.acts(),
        "states": queries.STATES,
        "most_exported": queries.data.MOST_EXPORTED,
        "near": queries.near(wanted.text) if words and not total else [],
    }
    return show(request, "results", context, section="results", crumbs=[("执法结果", "")])


@public
def suggestions(request: HttpRequest) -> JsonResponse:
    """Names that begin with what is typed, by characters or pinyin; only organs, enterprises and causes."""
    response = JsonResponse(
        {"names": queries.suggestions(asked(request, "q", 40))}, json_dumps_params={"ensure_ascii": False}
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@public
def everywhere(request: HttpRequest) -> HttpResponse:
    """One question to everything that is public: decisions, lists, organisations, officers, articles."""
    text = asked(request, "q")
    context: dict[str, Any] = {"text": text, "groups": []}
    if text:
        page, total = queries.search(text, size=5)
        words = queries.words_of(text)
        place, _ = queries.jurisdiction()
        context |= {
            "rows": excerpts.results(page.rows, words),
            "total": total,
            "groups": [
                {**group, "rows": [{**row, "title": excerpts.highlight(row["title"], words)} for row in group["rows"]]}
                for group in queries.elsewhere(place, text, clock.today())
            ],
        }
    return show(request, "everywhere", context, crumbs=[("全站查找", "")])


def _address(name: str, entry_id: uuid.UUID) -> str:
    return settings.BASE_URL + reverse(f"portal:{name}", args=[entry_id])


@public
def decision(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    row = queries.entry(entry_id)
    crumbs = [("执法结果", reverse("portal:results")), (row.number or "决定", "")]
    if not queries.stands(row):
        return show(request, "tombstone", {"row": row}, section="results", crumbs=crumbs, status=410)
    text = row.content["text"]
    cited, named = queries.cited([text, "；".join(row.content["articles"])], row.decided_on or row.listed_on)
    marks = [Mark(place.start, place.end, "withheld", place.label, place.ground) for place in queries.withheld(row)]
    marks += [
        Mark(place.start, place.end, "cited", articles=place.articles)
        for place in cited
        if any(article["summary"] for article in place.articles)
    ]
    stated = {article["title"] for place in named for article in place.articles}
    # What only looks like a citation (《询问笔录》3份) is no article: it is neither known nor stated by the letter.
    articles = {
        article["title"]: article
        for place in [*cited, *named]
        for article in place.articles
        if article["found"] or article["title"] in stated
    }
    context = {
        "row": row,
        "act": queries.acts().get(row.act, ""),
        "letter": lettering.letter(
            compose(
                text,
                marks,
                authority=row.authority,
                title=row.content["title"],
                number=row.number,
                wrapped=row.source == "historic",
            )
        ),
        "hidden": row.content["hidden"],
        "hidden_total": sum(item["count"] for item in row.content["hidden"]),
        "articles": [(title, lettering.article(found)) for title, found in articles.items()],
        "checked": checking.check(row),
        "publicity": queries.publicity(row),
        "seal": queries.seal(row),
        "slips": queries.slips(row),
        "earlier": queries.earlier_texts(row.id),
        "address": _address("decision", row.id),
        "licence": queries.data.LICENCE["path"],
    }
    return show(request, "decision", context, section="results", crumbs=crumbs)


def _standing(entry_id: uuid.UUID) -> queries.Entry | HttpResponse:
    """The public decision, or 410 for one that was withdrawn."""
    row = queries.entry(entry_id)
    if queries.stands(row):
        return row
    gone = f"本决定已撤下。理由：{row.withdrawn_reason}\n"
    return fresh(HttpResponse(gone, status=410, content_type="text/plain; charset=utf-8"))


@public
def proof(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """The proof bundle as a file."""
    row = _standing(entry_id)
    if isinstance(row, HttpResponse):
        return row
    data = queries.bundle(entry_id)
    if data is None:
        raise NotFound("证明包还没有生成：本决定正在写入公开日志，通常几分钟内完成，请稍后再下载。")
    response = HttpResponse(data, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="proof-{entry_id}.json"'
    return fresh(response)


@public
def signed(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """The signed original of a decision of which nothing is hidden in public."""
    row = _standing(entry_id)
    if isinstance(row, HttpResponse):
        return row
    data = queries.signed_original(row)
    if data is None:
        raise NotFound("这份决定的签章原件不公开：公示文本依法隐去了部分内容，或者还没有电子签章。")
    return fresh(HttpResponse(data, content_type="application/pdf"))


@public
def text(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """The public text as a plain file."""
    row = _standing(entry_id)
    if isinstance(row, HttpResponse):
        return row
    return fresh(HttpResponse(row.content["text"] + "\n", content_type="text/plain; charset=utf-8"))


@public
def code(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """QR code of the decision's address, for the printed page."""
    row = _standing(entry_id)
    if isinstance(row, HttpResponse):
        return row
    target = BytesIO()
    segno.make(_address("decision", row.id), error="m").save(target, kind="svg", border=2, xmldecl=False)
    return fresh(HttpResponse(target.getvalue(), content_type="image/svg+xml"))
