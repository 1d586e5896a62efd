"""Made-up files that the demonstration uploads: a paper decision, a recording."""

from __future__ import annotations

import datetime as dt
import json
import struct
from pathlib import Path

import typst
from pylopdf_fonts_zh_cn import __file__ as fonts


def paper_decision(organ: str, day: dt.date) -> bytes:
    """A PDF that stands for the scanned paper decision of the founding act."""
    lines = [
        f"{organ}关于启用行政执法清单的决定",
        "经研究，决定自本决定作出之日起，启用行政执法事项清单、音像记录事项清单、重大执法决定法制审核目录清单、"
        "行政执法人员清单、行政处罚普通程序和政策参数。",
        f"{organ}　{day.year}年{day.month}月{day.day}日",
    ]
    source = '#set text(font: "Noto Serif SC", size: 14pt, lang: "zh")\n#for line in json(bytes(sys.inputs.lines)) [#par(line)]'
    compiler = typst.Compiler(
        source.encode(),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(Path(fonts).parent)]),
        sys_inputs={"lines": json.dumps(lines, ensure_ascii=False)},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=["a-2b"], timestamp=dt.datetime.combine(day, dt.time(), dt.UTC))
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single file")
    return pdf


def recording(seconds: int = 2, mark: int = 0) -> bytes:
    """A short valid WAV file (silence, 8 kHz); `mark` makes files differ."""
    samples = struct.pack("<h", mark % 30000) * (8000 * seconds)
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(samples),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        8000,
        16000,
        2,
        16,
        b"data",
        len(samples),
    )
    return head + samples
