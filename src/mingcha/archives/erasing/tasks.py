"""What the background process does after an erasure, found by absence: bytes go, prints are made anew (ADR 6)."""

from __future__ import annotations

import logging

from mingcha.archives.erasing import actions, queries
from mingcha.archives.keeping.disposing import remove_package
from mingcha.archives.models import ErasedFile
from mingcha.archives.sealing import folder
from mingcha.common.errors import MingchaError
from mingcha.files import tombstones
from mingcha.files.store import store

log = logging.getLogger("mingcha.archives")


def finish() -> int:
    """Remove what erasures took out of use and print anew what they blanked; how many things were done."""
    done = 0
    for row in ErasedFile.objects.order_by("-request__at")[:500]:
        if not store().has(row.file_id):
            continue
        try:
            done += tombstones.remove_bytes(row.file_id)
        except MingchaError as error:
            # An object lock ends by itself; the next look takes these bytes.
            log.warning("依法删除的版式文件暂时不能删除：%s", error.code)
    for package in queries.unremoved_packages():
        if folder(package.name).exists():
            remove_package(folder(package.name))
            done += 1
    for waiting in queries.unprinted():
        actions.print_anew(waiting.document_id, waiting.request_id)
        done += 1
    return done
