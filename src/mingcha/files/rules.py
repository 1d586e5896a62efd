"""What a file is, told from its bytes and never from its name."""

from __future__ import annotations

_PREFIXES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
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
    "audio/mpeg": "音频（MP3）",
    "audio/wav": "音频（WAV）",
    "audio/ogg": "音频（OGG）",
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
