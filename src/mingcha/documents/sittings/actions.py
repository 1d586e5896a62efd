"""Writing down who sat when, with the record that says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.common.prepared import insert
from mingcha.documents.models import Document
from mingcha.documents.sittings.models import Sitting
from mingcha.documents.sittings.queries import KIND, moment


def keep(document: Document, fields: Mapping[str, Any]) -> None:
    """The sittings of a record of questioning, in the transaction that stores it."""
    start, end = moment(fields.get("start")), moment(fields.get("end"))
    if document.kind != KIND or start is None or end is None:
        return
    for number in sorted({row["cert_no"] for row in fields.get("officers") or () if row.get("cert_no")}):
        insert(Sitting(document=document, cert_no=number, start=start, end=end))
