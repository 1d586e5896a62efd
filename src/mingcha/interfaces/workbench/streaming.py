"""Stretches of stored files over HTTP: 200, 206 and 416 (RFC 9110), read block by block and never whole."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from mingcha.files.models import StoredFile
from mingcha.files.queries import range_reader
from mingcha.recordings.watching.rules import byte_range

# The longest stretch that a player gets at once; it asks for the next one.
MOST = 4 << 20
_ENDINGS = {
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
    "video/mp2t": "ts",
    "video/mpeg": "mpg",
    "video/x-ms-asf": "wmv",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "image/png": "png",
    "image/jpeg": "jpg",
}


def stretch(request: HttpRequest, file: StoredFile, name: str, *, save: bool = False) -> HttpResponseBase:
    """The asked stretch of a file, shown in the page or saved under `name`."""
    try:
        wanted = byte_range(request.headers.get("Range", ""), file.size)
    except ValueError:
        response: HttpResponseBase = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{file.size}"
        return response
    first, last = wanted or (0, file.size - 1)
    if wanted and not save:
        # A player that reads slowly would hold a thread of the server as long as somebody watches.
        last = min(last, first + MOST - 1)
    # A HEAD asks for the lengths alone: the bytes are not even opened.
    body = [] if request.method == "HEAD" else range_reader(file.sha256, first, last + 1)
    response = StreamingHttpResponse(body, content_type=file.media_type, status=206 if wanted else 200)
    if wanted:
        response["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    filename = f"{name}.{_ENDINGS.get(file.media_type, 'bin')}"
    response["Content-Disposition"] = content_disposition_header(save, filename) or "attachment"
    # Shown, never run; what is seen stays in no cache of a shared machine.
    response["Content-Security-Policy"] = "default-src 'none'; media-src 'self'; img-src 'self'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
