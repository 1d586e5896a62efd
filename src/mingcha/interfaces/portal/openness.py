"""Public log, open data and the pages about the site (公开日志、开放数据、网站信息)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import feedgenerator

from mingcha.common.errors import NotFound
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal.pages import fresh, show
from mingcha.interfaces.portal.site import site
from mingcha.ledger import queries as ledger

CHECKPOINT = "checkpoint"


def _begun(name: str) -> str:
    if name not in ledger.logs():
        raise NotFound("没有这个公开日志。")
    return name


@public
def log(request: HttpRequest) -> HttpResponse:
    rows = [
        {
            "name": name,
            "checkpoint": ledger.latest_checkpoint(name),
            "key": ledger.verifier_key(name).strip(),
            "final": ledger.final_size(name),
            "witnesses": ledger.witnesses(name),
        }
        for name in ledger.logs()
    ]
    return show(request, "log", {"rows": rows}, section="data", crumbs=[("公开日志与验证方法", "")])


@public
def key(request: HttpRequest, name: str) -> HttpResponse:
    """The public key as a trust file."""
    text = ledger.verifier_key(_begun(name)).strip() + "\n"
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pub"'
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@public
def log_file(request: HttpRequest, name: str, path: str) -> HttpResponse:
    """Checkpoint and tiles by their standard paths, for monitors. A tile never changes; the checkpoint grows."""
    data, content_type = ledger.served_file(_begun(name), path)
    response = HttpResponse(data, content_type=content_type)
    kept = "no-cache" if path.startswith(CHECKPOINT) else "public, max-age=31536000, immutable"
    response.headers["Cache-Control"] = kept
    return response


@public
def data(request: HttpRequest) -> HttpResponse:
    _, total = queries.search(state="valid", size=1)
    return show(request, "data", {"total": total, "base": settings.BASE_URL}, section="data", crumbs=[("数据", "")])


def _lines() -> Iterator[bytes]:
    for row in queries.released():
        address = settings.BASE_URL + reverse("portal:decision", args=[row.id])
        line = {"id": str(row.id), "url": address, "published_at": row.published_at.isoformat(), **row.content}
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


@public
def decisions_jsonl(request: HttpRequest) -> StreamingHttpResponse:
    """All valid public decisions, one JSON object per line."""
    response = StreamingHttpResponse(_lines(), content_type="application/jsonl; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="decisions.jsonl"'
    response.headers["Cache-Control"] = "no-store"
    return response


@public
def decisions_feed(request: HttpRequest) -> HttpResponse:
    """The latest decisions as an Atom feed."""
    frame = site()
    feed = feedgenerator.Atom1Feed(
        title=f"{frame['name']}：最近公开的行政处罚决定",
        link=settings.BASE_URL + reverse("portal:results"),
        description="",
        language="zh-Hans",
        feed_url=settings.BASE_URL + reverse("portal:feed"),
        author_name=frame["organiser"],
    )
    for row in queries.latest(50):
        if queries.stands(row):
            feed.add_item(
                title=f"{row.number} {row.cause}",
                link=settings.BASE_URL + reverse("portal:decision", args=[row.id]),
                description=f"{row.party}　{'、'.join(row.kinds)}　{row.authority}　{row.decided_on or ''}",
                unique_id=f"urn:uuid:{row.id}",
                pubdate=row.published_at,
                updateddate=row.published_at,
            )
    return fresh(HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8"))


@public
def site_map(request: HttpRequest) -> HttpResponse:
    return show(request, "map", crumbs=[("网站地图", "")], seconds=300)


@public
def contact(request: HttpRequest) -> HttpResponse:
    place, _ = queries.jurisdiction()
    rows = [row for row in queries.organisations(place) if row.phone or row.address]
    return show(request, "contact", {"rows": rows}, section="verify", crumbs=[("联系与投诉", "")], seconds=60)


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    return show(request, "accessibility", crumbs=[("无障碍声明", "")], seconds=300)
