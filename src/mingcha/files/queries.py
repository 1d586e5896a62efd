from __future__ import annotations

from pathlib import Path

from mingcha.common.errors import NotFound
from mingcha.files.actions import path_of
from mingcha.files.models import StoredFile


def stored(sha256: str) -> StoredFile:
    """The row of a stored file. Raises NotFound."""
    row = StoredFile.objects.filter(sha256=sha256).first()
    if row is None:
        raise NotFound("没有找到这个文件。")
    return row


def content_path(sha256: str) -> Path:
    """Path of the bytes. Raises NotFound when they are gone."""
    path = path_of(sha256)
    if not path.exists():
        raise NotFound("原件不在存储中，请立即联系管理员核查。")
    return path
