"""Open data (开放数据): the register by month and by search as files, feeds, schema and map for machines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import feedgenerator

from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal import finding
from mingcha.interfaces.portal.pages import fresh, show
from mingcha.interfaces.portal.site import site

FEED_ROWS = 50
_XML = "application/xml; charset=utf-8"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


class Month:
    """A month in an address: 2026-09; one that does not exist is no address."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> dt.date:
        return dt.date.fromisoformat(f"{value}-01")

    def to_url(self, value: dt.date) -> str:
        return f"{value:%Y-%m}"


@public
def data(request: HttpRequest) -> HttpResponse:
    _, total = queries.search(state="valid", size=1)
    context = {
        "total": total,
        "base": settings.BASE_URL,
        "months": queries.data.months(),
        "formats": queries.data.formats(),
        "columns": queries.data.COLUMNS,
        "licence": queries.data.LICENCE,
    }
    return show(request, "data", context, section="data", crumbs=[("数据", "")])


def _file(rows: Iterable[queries.data.Row], form: str, name: str) -> StreamingHttpResponse:
    """Never kept by anybody: what it holds can be withdrawn at any moment."""
    pieces = queries.data.written(rows, form)
    response = StreamingHttpResponse(pieces, content_type=queries.data.FORMATS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@public
def whole(request: HttpRequest) -> HttpResponseBase:
    """All public decisions that stand, one JSON object per line."""
    return _file(queries.data.everything(settings.BASE_URL), "jsonl", "decisions")


@public
def month(request: HttpRequest, month: dt.date, form: str) -> HttpResponseBase:
    """The decisions of one month; as a zip with schema and licence."""
    if form == "zip":
        response = StreamingHttpResponse(queries.data.bundled(month, settings.BASE_URL), content_type="application/zip")
        response.headers["Content-Disposition"] = f'attachment; filename="decisions-{month:%Y-%m}.zip"'
        response.headers["Cache-Control"] = "no-store"
        return response
    return _file(queries.data.of_month(month, settings.BASE_URL), form, f"decisions-{month:%Y-%m}")


@public
def found(request: HttpRequest, form: str) -> HttpResponseBase:
    """What a search finds, as a file."""
    wanted = finding.read(request).wanted
    return _file(queries.data.of_search(wanted, settings.BASE_URL), form, "decisions-found")


@public
def package(request: HttpRequest) -> JsonResponse:
    """Schema, licence and addresses of all files by the Data Package standard."""
    response = JsonResponse(queries.data.schema(settings.BASE_URL), json_dumps_params={"ensure_ascii": False})
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@public
def feed(request: HttpRequest) -> HttpResponse:
    """The newest decisions, or those that a search finds, as an Atom feed."""
    frame, question = site(), finding.read(request)
    if question.narrowed:
        page, _ = queries.find(question.wanted, size=FEED_ROWS)
        rows, title = page.rows, f"{frame['name']}：{question.given['q'] or '按条件'}的行政处罚决定"
    else:
        rows, title = queries.latest(FEED_ROWS), f"{frame['name']}：最近公开的行政处罚决定"
    tail = f"?{question.address}" if question.narrowed else ""
    made = feedgenerator.Atom1Feed(
        title=title,
        link=settings.BASE_URL + reverse("portal:results") + tail,
        description="",
        language="zh-Hans",
        feed_url=settings.BASE_URL + reverse("portal:feed") + tail,
        author_name=frame["organiser"],
    )
    for row in rows:
        if queries.stands(row):
            made.add_item(
                title=f"{row.number} {row.cause}",
                link=settings.BASE_URL + reverse("portal:decision", args=[row.id]),
                description=f"{row.party}　{'、'.join(row.kinds)}　{row.authority}　{row.decided_on or ''}",
                unique_id=f"urn:uuid:{row.id}",
                pubdate=row.published_at,
                updateddate=row.published_at,
            )
    return fresh(HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8"))


@public
def sitemap(request: HttpRequest) -> HttpResponse:
    """One map for each month, so that none grows beyond what the standard allows."""
    places = [settings.BASE_URL + reverse("portal:sitemap-month", args=[item]) for item in queries.data.months()]
    body = "".join(f"<sitemap><loc>{escape(place)}</loc></sitemap>" for place in places)
    text = f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="{_SITEMAP}">{body}</sitemapindex>'
    return fresh(HttpResponse(text, content_type=_XML))


@public
def sitemap_month(request: HttpRequest, month: dt.date) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_map(month), content_type=_XML)
    response.headers["Cache-Control"] = "no-store"
    return response


def _map(first: dt.date) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{_SITEMAP}">'
    for place, day in queries.data.addresses(first, settings.BASE_URL):
        yield f"<url><loc>{escape(place)}</loc><lastmod>{day.date().isoformat()}</lastmod></url>"
    yield "</urlset>"
