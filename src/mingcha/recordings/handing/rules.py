"""Pure: the manifest of a hand-over, as JSON, CSV and lists of digests."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

HEADS = {
    "case": "案号", "cause": "案由", "stage": "环节", "matter": "清单事项", "title": "名称", "started_at": "录制开始时间",
    "seconds": "时长（秒）", "device": "设备编号", "officer": "录制人", "received_at": "入库时间", "size": "字节数",
    "sha256": "SHA-256", "sm3": "SM3",
}  # fmt: skip
_FORM = "mingcha-recordings-handover/1"


def manifest(organ: str, year: int, seq: int, receiver: str, rows: Sequence[Mapping[str, Any]], withheld: int) -> bytes:
    """The manifest as JSON: what is handed over, with digests; secret recordings only as a number."""
    content = {
        "form": _FORM,
        "organ": organ,
        "year": year,
        "seq": seq,
        "receiver": receiver,
        "count": len(rows),
        "withheld_secret": withheld,
        "recordings": list(rows),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def package(content: bytes) -> bytes:
    """The manifest as a ZIP: JSON, CSV for people, and digests in the form that sha256sum checks."""
    rows = json.loads(content)["recordings"]
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(HEADS.values())
    for row in rows:
        writer.writerow([_inert(row.get(name)) for name in HEADS])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", content)
        # Without the mark, spreadsheet programs read UTF-8 as GBK.
        archive.writestr("manifest.csv", "\ufeff" + table.getvalue())
        archive.writestr("manifest-sha256.txt", _sums(rows, "sha256"))
        archive.writestr("manifest-sm3.txt", _sums(rows, "sm3"))
    return out.getvalue()


def _sums(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    return "".join(f"{row[name]}  {row['sha256']}\n" for row in rows if row[name])


def _inert(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
