"""Resumable upload of recordings (断点续传): tus 1.0 with creation, termination, expiration and checksum.

One protocol behind two doors: sessions (workbench.uploads) and tokens (api.uploads). A person meets own uploads only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import reverse
from django.utils.http import http_date

from mingcha.accounts.actors import Actor
from mingcha.common.errors import MingchaError
from mingcha.files import uploads
from mingcha.files.actions import write_all
from mingcha.files.folders import Upload
from mingcha.files.store import CHUNK, incoming_folder, spool
from mingcha.interfaces.gate import Rule
from mingcha.interfaces.middleware import as_mingcha_error
from mingcha.recordings.intake.uploads import begin, finish

log = logging.getLogger("mingcha.interfaces")
VERSION = "1.0.0"
_BODY = "application/offset+octet-stream"
_DIGESTS: dict[str, Callable[[], Any]] = {"sha1": lambda: hashlib.sha1(usedforsecurity=False), "sha256": hashlib.sha256}
_MOST_METADATA = 4096
_PROTOCOL = {400: "bad-request", 411: "length-required", 412: "tus-version", 415: "content-type", 460: "checksum"}


class Refusal(MingchaError):
    """The request does not keep to the protocol."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(f"tus-{_PROTOCOL[status]}", message)


def _answer(request: HttpRequest, actor: Actor, upload_id: str, origin: str, route: str) -> HttpResponse:
    method = request.headers.get("X-HTTP-Method-Override", request.method or "").upper()
    if method == "OPTIONS":
        return _options()
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Refusal(412, "断点续传的协议版本不对，这里使用 tus 1.0.0。")
    if not upload_id:
        if method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST, OPTIONS"})
        return _create(request, actor, origin, route)
    if method not in ("HEAD", "PATCH", "DELETE"):
        return HttpResponse(status=405, headers={"Allow": "HEAD, PATCH, DELETE, OPTIONS"})
    upload = uploads.find(upload_id, str(actor.officer_id))
    if method == "DELETE":
        uploads.terminate(upload)
        return HttpResponse(status=204)
    if method == "PATCH":
        offset = _number(request, "Upload-Offset")
        if request.content_type != _BODY:
            raise Refusal(415, f"上传内容的类型应为 {_BODY}。")
        _append(request, upload, offset)
    # Also for HEAD: a process killed between the last byte and this point left the last step to whoever asks next.
    if upload.offset == upload.length and not upload.made:
        finish(upload, actor)
    response = HttpResponse(status=204 if method == "PATCH" else 200)
    response["Upload-Offset"] = str(upload.offset)
    if method == "HEAD":
        response["Upload-Length"] = str(upload.length)
        response["Upload-Metadata"] = ",".join(f"{key} {_coded(value)}" for key, value in upload.metadata.items())
    if upload.made:
        response["Mingcha-Recording"] = upload.made["intake"]
        if upload.made.get("duplicate"):
            response["Mingcha-Duplicate"] = "1"
    elif upload.pending:
        # Received and safe; the recording is there when the second digest is. HEAD tells.
        response["Mingcha-Pending"] = "sm3"
    elif upload.offset < upload.length:
        response["Upload-Expires"] = http_date(upload.expires)
    return response


def _options() -> HttpResponse:
    response = HttpResponse(status=204)
    response["Tus-Version"] = VERSION
    response["Tus-Extension"] = "creation,termination,expiration,checksum"
    response["Tus-Max-Size"] = str(settings.UPLOAD_MOST_BYTES)
    response["Tus-Checksum-Algorithm"] = ",".join(_DIGESTS)
    return response


def _create(request: HttpRequest, actor: Actor, origin: str, route: str) -> HttpResponse:
    if "Upload-Defer-Length" in request.headers:
        raise Refusal(400, "请在开始上传时说明文件的长度（Upload-Length）。")
    length = _number(request, "Upload-Length")
    upload = begin(actor, length, _metadata(request.headers.get("Upload-Metadata", "")), origin=origin)
    response = HttpResponse(status=201)
    response["Location"] = reverse(route, args=[upload.id])
    response["Upload-Expires"] = http_date(upload.expires)
    return response


def _number(request: HttpRequest, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Refusal(400, f"请求缺少 {header}，或者它不是整数。")
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if len(text) > _MOST_METADATA:
        raise Refusal(400, "Upload-Metadata 过长。")
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            raise Refusal(400, "Upload-Metadata 应为以 Base64 书写的 UTF-8 文字。") from None
    return found


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _append(request: HttpRequest, upload: Upload, offset: int) -> None:
    if offset != upload.offset:
        raise uploads.OffsetConflict(upload.offset)
    if "CONTENT_LENGTH" not in request.META:
        raise Refusal(411, "请求缺少 Content-Length。")
    if offset + int(request.META["CONTENT_LENGTH"] or 0) > upload.length:
        raise uploads.too_long()
    checksum = request.headers.get("Upload-Checksum")
    if checksum is None:
        uploads.append(upload, offset, _chunks(request))
        return
    name, _, wanted = checksum.partition(" ")
    try:
        digest, expected = _DIGESTS[name](), base64.b64decode(wanted, validate=True)
    except (KeyError, binascii.Error):
        raise Refusal(400, f"校验和的算法应为 {'、'.join(_DIGESTS)}，值以 Base64 书写。") from None
    # Bytes that do not match must never have been part of the upload, not even for a killed process.
    with spool(incoming_folder()) as fd:
        for chunk in _chunks(request):
            digest.update(chunk)
            write_all(fd, chunk)
        if digest.digest() != expected:
            raise Refusal(460, "这一段内容与校验和不符，没有保存，请重新发送。")
        os.lseek(fd, 0, os.SEEK_SET)
        uploads.append(upload, offset, iter(lambda: os.read(fd, CHUNK), b""))


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    """The body as it comes; an end of the connection is the end of the body, and what has come counts."""
    try:
        while chunk := request.read(CHUNK):
            yield chunk
    except UnreadablePostError:
        return


def _told(error: MingchaError) -> HttpResponse:
    response = HttpResponse(error.message, status=error.status, content_type="text/plain; charset=utf-8")
    if isinstance(error, Refusal) and error.status == 412:
        response["Tus-Version"] = VERSION
    if error.status == 413:
        response["Tus-Max-Size"] = str(settings.UPLOAD_MOST_BYTES)
    return response


def door(
    actor_behind: Callable[[HttpRequest], Actor | None], rule: Rule, origin: str, route: str
) -> Callable[..., HttpResponse]:
    """The view of one door: who stands behind a request, what the route declares, and the name of an upload's route."""

    def view(request: HttpRequest, upload_id: str = "") -> HttpResponse:
        try:
            actor = actor_behind(request)
            if actor is None:
                response = HttpResponse("请先登录。", status=401, content_type="text/plain; charset=utf-8")
            else:
                response = _answer(request, actor, upload_id, origin, route)
        except (MingchaError, DatabaseError, OSError) as error:
            known = as_mingcha_error(error)
            if known is None and not isinstance(error, OSError):
                raise
            if known is None:
                log.error("upload failed: %s", type(error).__name__)
                known = MingchaError("upload-failed", "服务器没有写下这一段，请稍后继续上传。")
                known.status = 503
            response = _told(known)
        response["Tus-Resumable"] = VERSION
        response["Cache-Control"] = "no-store"
        return response

    view.access_rule = rule  # type: ignore[attr-defined]
    return view
