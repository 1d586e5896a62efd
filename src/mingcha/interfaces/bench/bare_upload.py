"""The bare server that `bench ingest` compares with: the same web server and framework, bytes to disk, no digest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mingcha.project.settings")
_CHUNK = 1 << 20


def copy(request: HttpRequest) -> HttpResponse:
    """Write the body to a file and to the disk."""
    with Path(os.environ["BENCH_COPY_TO"]).open("wb", buffering=0) as out:
        while chunk := request.read(_CHUNK):
            out.write(chunk)
        os.fsync(out.fileno())
    return HttpResponse(status=204)


def application(environ: dict[str, Any], start_response: Any) -> Any:
    response = copy(WSGIRequest(environ))
    start_response("204 No Content", [])
    return [response.content]
