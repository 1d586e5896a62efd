"""Public log and the pages about the site (公开日志、网站信息)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from mingcha.common.errors import NotFound
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal.pages import show
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
    kept = (
        "no-cache" if path.startswith(CHECKPOINT) or path == ledger.KEYS_FILE else "public, max-age=31536000, immutable"
    )
    response.headers["Cache-Control"] = kept
    return response


@public
def site_map(request: HttpRequest) -> HttpResponse:
    return show(request, "map", crumbs=[("网站地图", "")], seconds=300)


@public
def contact(request: HttpRequest) -> HttpResponse:
    place, _ = queries.jurisdiction()
    rows = [row for row in queries.organisations(place) if row.phone or row.address]
    return show(request, "contact", {"rows": rows}, section="verify", crumbs=[("联系与投诉", "")], seconds=60)


@public
def english(request: HttpRequest) -> HttpResponse:
    """Where to find what, for who reads no Chinese."""
    return show(request, "english", crumbs=[("English", "")], seconds=300)


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    return show(request, "accessibility", crumbs=[("无障碍声明", "")], seconds=300)
