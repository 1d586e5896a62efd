"""Originals in a bucket of an S3-compatible store, under object lock: overwriting leaves the locked version readable."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.files.store import CHUNK, LocalStore, incoming_folder, make_folder, missing, spool

# Small files are kept at hand as well: documents are read again and again.
_AT_HAND = 16 << 20
_AT_HAND_DAYS = 7
_TRANSFER = TransferConfig(multipart_threshold=64 << 20, multipart_chunksize=16 << 20, max_concurrency=4)
_GONE = {"404", "NoSuchKey", "NotFound", "MethodNotAllowed", "405"}


class StoreFailed(MingchaError):
    """The object store did not answer as it should; nothing was taken in."""

    status = 503
    code = "store-failed"


class S3Store:
    """Originals in a bucket; `near` holds copies of small files and can be emptied at any time."""

    def __init__(self, near: LocalStore, bucket: str) -> None:
        self.near = near
        self.bucket = bucket
        # A client is safe in several threads, its making is not.
        self._client: Any = None
        self._making = threading.Lock()

    @property
    def client(self) -> Any:
        with self._making:
            if self._client is None:
                self._client = boto3.client(
                    "s3",
                    endpoint_url=settings.S3_ENDPOINT or None,
                    region_name=settings.S3_REGION or None,
                    config=Config(retries={"max_attempts": 5, "mode": "standard"}, connect_timeout=10, read_timeout=60),
                )
            return self._client

    def key(self, sha256: str) -> str:
        return f"{settings.S3_PREFIX}{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def has(self, sha256: str) -> bool:
        return self._head(sha256) is not None

    def _head(self, sha256: str) -> dict[str, Any] | None:
        try:
            return dict(self.client.head_object(Bucket=self.bucket, Key=self.key(sha256)))
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise self._failed(error) from error
        except BotoCoreError as error:
            raise self._failed(error) from error

    def take(self, fd: int, sha256: str) -> None:
        if not self.has(sha256):
            locked = settings.S3_LOCK != "NONE"
            until = clock.now() + dt.timedelta(days=settings.S3_LOCK_DAYS)
            more: dict[str, Any] = {"ChecksumAlgorithm": "SHA256", "ContentType": "application/octet-stream"}
            if locked:
                more |= {"ObjectLockMode": settings.S3_LOCK, "ObjectLockRetainUntilDate": until}
            try:
                with os.fdopen(os.dup(fd), "rb") as source:
                    source.seek(0)
                    self.client.upload_fileobj(source, self.bucket, self.key(sha256), ExtraArgs=more, Config=_TRANSFER)
            except (ClientError, BotoCoreError, boto3.exceptions.Boto3Error) as error:
                raise self._failed(error) from error
            head = self._head(sha256)
            if head is None or head["ContentLength"] != os.fstat(fd).st_size:
                raise StoreFailed(message="对象存储没有完整收下原件，没有入库。请稍后重试。")
            if locked and not head.get("ObjectLockMode"):
                head = self._lock(sha256, str(head.get("VersionId", "")), until)
            if locked and not head.get("ObjectLockMode"):
                raise StoreFailed(message="对象存储没有锁定原件。请管理员为存储桶启用对象锁定后重试。")
        if os.fstat(fd).st_size <= _AT_HAND:
            self.near.take(fd, sha256)

    def _lock(self, sha256: str, version: str, until: dt.datetime) -> dict[str, Any]:
        """Some stores forget the lock of what came in parts: set it on the version itself, then look again."""
        more = {"VersionId": version} if version else {}
        try:
            self.client.put_object_retention(
                Bucket=self.bucket,
                Key=self.key(sha256),
                Retention={"Mode": settings.S3_LOCK, "RetainUntilDate": until},
                **more,
            )
        except (ClientError, BotoCoreError):
            return {}
        return self._head(sha256) or {}

    def open(self, sha256: str) -> BinaryIO:
        return cast(BinaryIO, self._get(sha256)["Body"])

    def part(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        if end <= start:
            return iter(())
        return iter(self._get(sha256, Range=f"bytes={start}-{end - 1}")["Body"].iter_chunks(CHUNK))

    def _get(self, sha256: str, **more: str) -> dict[str, Any]:
        try:
            return dict(self.client.get_object(Bucket=self.bucket, Key=self.key(sha256), **more))
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                raise missing() from None
            raise self._failed(error) from error
        except BotoCoreError as error:
            raise self._failed(error) from error

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        if self.near.has(sha256):
            yield self.near.path(sha256)
            return
        make_folder(incoming_folder())
        with tempfile.NamedTemporaryFile(dir=incoming_folder(), prefix="copy-") as out:
            self._fetch(sha256, out.fileno())
            yield Path(out.name)

    def path(self, sha256: str) -> Path:
        if not self.near.has(sha256):
            with spool(incoming_folder()) as fd:
                self._fetch(sha256, fd)
                self.near.take(fd, sha256)
        return self.near.path(sha256)

    def _fetch(self, sha256: str, fd: int) -> None:
        digest = hashlib.sha256()
        for block in self._get(sha256)["Body"].iter_chunks(CHUNK):
            digest.update(block)
            view = memoryview(block)
            while view:
                view = view[os.write(fd, view) :]
        if digest.hexdigest() != sha256:
            raise StoreFailed(message="对象存储中的原件与登记的摘要值不符，请立即联系管理员核查。")

    def remove(self, sha256: str) -> None:
        """Destroy every version. Raises StoreFailed while the lock holds."""
        self.near.remove(sha256)
        try:
            pages = self.client.get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.key(sha256)):
                for version in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
                    self.client.delete_object(Bucket=self.bucket, Key=version["Key"], VersionId=version["VersionId"])
        except (ClientError, BotoCoreError) as error:
            raise self._failed(error) from error

    def trim(self) -> int:
        """Forget copies at hand that nobody made or fetched for a week, and parts that a kill left; returns how many."""
        oldest, gone = time.time() - _AT_HAND_DAYS * 86400, self._abandon()
        for path in self.near.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            if path.stat().st_mtime < oldest and self.has(path.name):
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _abandon(self) -> int:
        """Give up uploads in parts that were begun a week ago: nobody goes on with them, no list shows what they hold."""
        oldest, gone = clock.now() - dt.timedelta(days=_AT_HAND_DAYS), 0
        try:
            pages = self.client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.bucket, Prefix=settings.S3_PREFIX):
                for begun in page.get("Uploads", ()):
                    if begun["Initiated"] < oldest:
                        self.client.abort_multipart_upload(
                            Bucket=self.bucket, Key=begun["Key"], UploadId=begun["UploadId"]
                        )
                        gone += 1
        except (ClientError, BotoCoreError) as error:
            raise self._failed(error) from error
        return gone

    def _failed(self, error: Exception) -> StoreFailed:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        return StoreFailed(
            message=f"对象存储没有完成操作（{code}）。没有入库，请稍后重试；一直如此的，请管理员检查存储桶和对象锁定。"
        )
