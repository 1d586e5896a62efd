"""Golden texts of all documents. `python -m mingcha.documents.tests.golden` writes them anew; read the diff."""

from __future__ import annotations

from pathlib import Path

from mingcha.documents.rendering import render
from mingcha.documents.tests.samples import SAMPLES
from mingcha.documents.tests.samples_case import CASE_SAMPLES

HOME = Path(__file__).resolve().parent / "golden"
ALL = {**SAMPLES, **CASE_SAMPLES}

if __name__ == "__main__":
    HOME.mkdir(exist_ok=True)
    for kind, fields in ALL.items():
        (HOME / f"{kind}.txt").write_text(render(kind, fields).text + "\n", encoding="utf-8")
