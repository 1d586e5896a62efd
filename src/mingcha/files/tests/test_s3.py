"""Originals in a bucket with object lock, over a real S3 interface (moto as a server)."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from mingcha.common.errors import NotFound
from mingcha.files import queries
from mingcha.files.actions import receive
from mingcha.files.s3 import S3Store, StoreFailed
from mingcha.files.store import spool, store
from mingcha.recordings.intake import tasks

MIB = 1 << 20


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(endpoint: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    settings.S3_ENDPOINT, settings.S3_REGION, settings.FILES_ROOT = endpoint, "us-east-1", tmp_path / "files"
    settings.S3_BUCKET, settings.S3_PREFIX = f"originals-{uuid.uuid4().hex}", "mingshui/"
    settings.S3_LOCK, settings.S3_LOCK_DAYS = "COMPLIANCE", 180
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")


def near(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_an_original_is_locked_and_survives_overwriting(client: Any, settings: Any) -> None:
    client.create_bucket(Bucket=settings.S3_BUCKET, ObjectLockEnabledForBucket=True)
    data = os.urandom(17 * MIB)
    incoming = receive([data[: 9 * MIB], data[9 * MIB :]])
    key = f"mingshui/{incoming.sha256[:2]}/{incoming.sha256[2:4]}/{incoming.sha256}"
    head = client.head_object(Bucket=settings.S3_BUCKET, Key=key)
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert head["ObjectLockRetainUntilDate"] - dt.datetime.now(dt.UTC) > dt.timedelta(days=179)
    assert near(settings.FILES_ROOT) == [], "a large file lies in the bucket only"

    assert queries.held(incoming.sha256)
    assert queries.open_stored(incoming.sha256).read() == data
    assert b"".join(queries.range_reader(incoming.sha256, 5, 2 * MIB + 5)) == data[5 : 2 * MIB + 5]
    assert b"".join(queries.range_reader(incoming.sha256, 7, 7)) == b""
    with queries.local_path(incoming.sha256) as path:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == incoming.sha256
    assert near(settings.FILES_ROOT) == []

    with pytest.raises(ClientError):
        client.delete_object(Bucket=settings.S3_BUCKET, Key=key, VersionId=head["VersionId"])
    with pytest.raises(StoreFailed):
        store().remove(incoming.sha256)
    # Whoever may write puts another object over it: the first version stays, and reading it here says what happened.
    client.put_object(Bucket=settings.S3_BUCKET, Key=key, Body=b"forged")
    with pytest.raises(StoreFailed, match="不符"), queries.local_path(incoming.sha256):
        pass
    old = client.get_object(Bucket=settings.S3_BUCKET, Key=key, VersionId=head["VersionId"])
    assert old["Body"].read() == data
    assert receive([data]) == incoming


def test_a_recording_goes_up_in_parts_and_is_locked_as_a_whole(client: Any, settings: Any) -> None:
    client.create_bucket(Bucket=settings.S3_BUCKET, ObjectLockEnabledForBucket=True)
    block = os.urandom(MIB)
    incoming = receive(block for _ in range(65))
    key = f"mingshui/{incoming.sha256[:2]}/{incoming.sha256[2:4]}/{incoming.sha256}"
    head = client.head_object(Bucket=settings.S3_BUCKET, Key=key)
    # The tag of an object in parts ends with their number: 65 MiB in pieces of 16.
    assert head["ETag"].strip('"').endswith("-5") and head["ContentLength"] == 65 * MIB
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert client.list_multipart_uploads(Bucket=settings.S3_BUCKET).get("Uploads", []) == []
    with queries.open_stored(incoming.sha256) as handle:
        found = hashlib.sha256()
        while part := handle.read(MIB):
            found.update(part)
    assert found.hexdigest() == incoming.sha256
    edge = 16 * MIB
    assert b"".join(queries.range_reader(incoming.sha256, edge - 2, edge + 2)) == block[-2:] + block[:2]


def test_a_kill_in_the_middle_of_the_parts_leaves_no_original_and_the_next_try_is_whole(
    client: Any, settings: Any
) -> None:
    client.create_bucket(Bucket=settings.S3_BUCKET, ObjectLockEnabledForBucket=True)
    block, place = os.urandom(MIB), store()
    assert isinstance(place, S3Store)
    child = os.fork()
    if child == 0:
        sent = itertools.count(1)
        killed = S3Store(place.near, place.bucket)
        # After two parts have gone the process is no more: no handler, no cleaning up.
        killed.client.meta.events.register(
            "before-call.s3.UploadPart", lambda **more: os._exit(9) if next(sent) > 2 else None
        )
        with spool(settings.FILES_ROOT / "incoming") as fd:
            for _ in range(65):
                os.write(fd, block)
            killed.take(fd, hashlib.sha256(block * 65).hexdigest())
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    sha256 = hashlib.sha256(block * 65).hexdigest()
    (begun,) = client.list_multipart_uploads(Bucket=settings.S3_BUCKET)["Uploads"]
    assert begun["Key"].endswith(sha256) and not queries.held(sha256)
    assert receive(block for _ in range(65)).sha256 == sha256
    with queries.open_stored(sha256) as handle:
        assert hashlib.sha256(handle.read()).hexdigest() == sha256
    # The worker gives up what the dead process had sent; the original stays, locked.
    stop = threading.Event()
    worker = threading.Thread(target=tasks.run_forever, args=(stop,), kwargs={"look": 0.05})
    worker.start()
    until = time.monotonic() + 30
    while client.list_multipart_uploads(Bucket=settings.S3_BUCKET).get("Uploads") and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    worker.join()
    assert client.list_multipart_uploads(Bucket=settings.S3_BUCKET).get("Uploads", []) == []
    assert queries.held(sha256) and client.head_object(Bucket=settings.S3_BUCKET, Key=begun["Key"])["ObjectLockMode"]


def test_small_files_are_at_hand_and_come_back_when_they_are_not(client: Any, settings: Any) -> None:
    client.create_bucket(Bucket=settings.S3_BUCKET, ObjectLockEnabledForBucket=True)
    incoming = receive([b"%PDF-1.7 small %%EOF"])
    (copy,) = near(settings.FILES_ROOT)
    os.utime(copy, (1, 1))
    place = store()
    assert isinstance(place, S3Store) and place.trim() == 1
    assert near(settings.FILES_ROOT) == []
    assert queries.content_path(incoming.sha256).read_bytes() == b"%PDF-1.7 small %%EOF"
    for read in (queries.open_stored, queries.content_path):
        with pytest.raises(NotFound):
            read("0" * 64)


def test_a_bucket_without_lock_and_a_dead_store_are_said_in_words(client: Any, settings: Any) -> None:
    client.create_bucket(Bucket=settings.S3_BUCKET)
    with pytest.raises(StoreFailed, match="对象"):
        receive([b"unlocked"])
    settings.S3_LOCK = "NONE"
    incoming = receive([b"unlocked"])
    assert queries.held(incoming.sha256)
    store().remove(incoming.sha256)
    assert not queries.held(incoming.sha256)
    settings.S3_BUCKET = "no-such-bucket-here"
    with pytest.raises(StoreFailed, match="没有入库"):
        receive([b"anything"])
