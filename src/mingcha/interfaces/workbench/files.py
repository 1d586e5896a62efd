"""Files and documents, shown only through a case that this person may see."""

from __future__ import annotations

import uuid
from typing import BinaryIO

from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header

from mingcha.accounts.actors import Actor
from mingcha.archives.erasing.actions import print_of
from mingcha.archives.lending.actions import note_reading
from mingcha.archives.queries import acceptance
from mingcha.cases import access
from mingcha.cases.models import Evidence, Statement
from mingcha.common.errors import NotFound
from mingcha.documents import access as papers
from mingcha.documents.actions import ensure_rendered
from mingcha.documents.models import (
    Consent,
    Document,
    HandedPaper,
    PaperSignature,
    Rendering,
    Service,
    ServiceAttempt,
    SignedCopy,
)
from mingcha.documents.sealing.queries import newest
from mingcha.files import queries as files
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.recordings import access as recordings
from mingcha.recordings.access import hides

# Shown in the browser; anything else is offered for saving, so that no stored file can run as a page of ours.
_INLINE = ("application/pdf", "image/png", "image/jpeg", "video/", "audio/")
_ENDINGS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "application/zip": "zip",
    "text/plain": "txt",
}


def respond(request: HttpRequest, sha256: str, name: str) -> HttpResponseBase:
    row = files.stored(sha256)
    path = files.content_path(sha256)
    inline = row.media_type.startswith(_INLINE) and request.GET.get("save") != "1"
    size = row.size
    first, last = _range(request.headers.get("Range", ""), size)
    handle = path.open("rb")
    if first or last != size - 1:
        handle.seek(first)
        response: HttpResponseBase = FileResponse(
            _Part(handle, last - first + 1), content_type=row.media_type, status=206
        )
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
        response["Content-Length"] = str(last - first + 1)
    else:
        response = FileResponse(handle, content_type=row.media_type)
        response["Content-Length"] = str(size)
    response["Accept-Ranges"] = "bytes"
    filename = f"{name}.{_ENDINGS.get(row.media_type, 'bin')}"
    response["Content-Disposition"] = content_disposition_header(not inline, filename) or "attachment"
    # A stored file is shown, never run: no scripts, no frames of its own. PDF viewers of browsers need no sandbox here.
    if row.media_type != "application/pdf":
        response["Content-Security-Policy"] = (
            "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
        )
    response["Cache-Control"] = "private, max-age=0, no-store"
    return response


def _range(header: str, size: int) -> tuple[int, int]:
    """First and last byte asked for by a single range; the whole file for anything else."""
    whole = (0, size - 1)
    if not header.startswith("bytes=") or "," in header:
        return whole
    left, _, right = header.removeprefix("bytes=").partition("-")
    try:
        first = int(left) if left else max(size - int(right), 0)
        last = min(int(right), size - 1) if left and right else size - 1
    except ValueError:
        return whole
    return (first, last) if 0 <= first <= last else whole


class _Part:
    """A stretch of an open file, read in blocks."""

    def __init__(self, handle: BinaryIO, length: int) -> None:
        self.handle, self.left = handle, length

    def read(self, size: int = -1) -> bytes:
        wanted = self.left if size < 0 else min(size, self.left)
        block = self.handle.read(wanted)
        self.left -= len(block)
        return bytes(block)

    def close(self) -> None:
        self.handle.close()


@viewers()
def stored(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """An original by its digest: evidence, recording, statement, proof of service or PDF of a visible case."""
    actor = actor_of(request)
    found = _linked(sha256, actor)
    recording = recordings.visible(actor).filter(file_id=sha256).first()
    if recording is not None:
        # The player asks what for; the bytes of a recording are given nowhere else.
        return redirect("recording", recording.id)
    # The bytes of a recording kept apart stay behind its door, whatever else they serve as.
    if found is None or hides(actor, sha256):
        raise NotFound("没有找到这个文件，或者您无权查看它所属的案件。")
    return respond(request, sha256, found)


def _linked(sha256: str, actor: Actor) -> str | None:
    """The name of the file in a case that the person sees, or None where no such case holds it."""
    cases = access.visible(actor)
    inside, seen = Q(case__in=cases), papers.visible(actor, Document.objects.filter(case__in=cases)).values("id")
    if (evidence := Evidence.objects.filter(inside, file_id=sha256).first()) is not None:
        return f"证据{evidence.seq} {evidence.name}"
    if Statement.objects.filter(inside, file_id=sha256).exists():
        return "书面材料"
    if Service.objects.filter(document__in=seen, evidence_id=sha256).exists():
        return "送达凭证"
    if HandedPaper.objects.filter(document__in=seen, handover__evidence_id=sha256).exists():
        return "送达凭证"
    if ServiceAttempt.objects.filter(document__in=seen, evidence_id=sha256).exists():
        return "送达未成的凭证"
    if Consent.objects.filter(inside, signed_id=sha256).exists():
        return "签名的送达地址确认书"
    ink = PaperSignature.objects.filter(document__in=seen, scan_id=sha256).select_related("document").first()
    if ink is not None:
        return f"{ink.document}（签名原件）"
    rendering = Rendering.objects.filter(document__in=seen, file_id=sha256).select_related("document").first()
    if rendering is not None:
        return str(rendering.document)
    copy = SignedCopy.objects.filter(document__in=seen, file_id=sha256).select_related("document").first()
    return f"{copy.document}（签章）" if copy else None


@viewers()
def pdf(request: HttpRequest, document_id: uuid.UUID) -> HttpResponseBase:
    """The signed copy of an issued document; else, or with `plain`, its print, made now if the worker has not done so."""
    actor = actor_of(request)
    document = papers.document(actor, document_id)
    if request.GET.get("paper") == "80mm":
        return redirect("document-roll", document.id)
    if document.case.closed_on is not None and acceptance(document.case) is not None:
        note_reading(document.case, actor=actor, what=str(document), paper=str(document.id))
    if (anew := print_of(document.id)) is not None:
        return respond(request, anew.sha256, str(document))
    copy = newest(document) if request.GET.get("plain") != "1" else None
    if copy is not None:
        return respond(request, copy.file_id, str(document))
    rendering = ensure_rendered(document_id)
    return respond(request, rendering.file_id, str(document))
