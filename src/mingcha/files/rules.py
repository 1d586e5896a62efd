"""What a file is, told from its bytes and never from its name."""

from __future__ import annotations

_PREFIXES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
    *((b"\xff" + bytes([second]), "audio/mpeg") for second in (0xFA, 0xFB, 0xF2, 0xF3)),
    *((b"\xff" + bytes([second]), "audio/aac") for second in (0xF0, 0xF1, 0xF8, 0xF9)),
    (b"#!AMR", "audio/amr"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"OggS", "audio/ogg"),
    (b"PK\x03\x04", "application/zip"),
)
LABELS = {
    "application/pdf": "PDF 文件",
    "image/png": "图片（PNG）",
    "image/jpeg": "图片（JPEG）",
    "video/mp4": "视频（MP4）",
    "video/webm": "视频（WebM）",
    "video/x-msvideo": "视频（AVI）",
    "video/mp2t": "视频（TS）",
    "video/mpeg": "视频（MPEG）",
    "video/x-ms-asf": "视频（WMV）",
    "audio/mpeg": "音频（MP3）",
    "audio/wav": "音频（WAV）",
    "audio/ogg": "音频（OGG）",
    "audio/aac": "音频（AAC）",
    "audio/amr": "音频（AMR）",
    "application/zip": "压缩包",
    "text/plain": "文本",
    "application/octet-stream": "其他文件",
}


def media_type(head: bytes, tail: bytes) -> str:
    """Media type from the first and the last kilobyte of a file."""
    if head.startswith(b"%PDF-"):
        # A PDF without its end was cut off on the way; it is no PDF any more.
        return "application/pdf" if b"%%EOF" in tail else "application/octet-stream"
    for prefix, name in _PREFIXES:
        if head.startswith(prefix):
            return name
    if any(head[at : at + 5 * step : step] == b"GGGGG" for at, step in ((0, 188), (4, 192))):
        return "video/mp2t"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head[:4] == b"RIFF":
        return {b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}.get(head[8:12], "application/octet-stream")
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "application/octet-stream"
    return "application/octet-stream" if b"\x00" in head else "text/plain"
