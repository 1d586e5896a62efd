"""Golden texts of all documents. `python -m mingcha.documents.tests.golden` writes them anew (with names of
kinds: only those); read the diff."""

from __future__ import annotations

import sys
from pathlib import Path

from mingcha.documents.rendering import render
from mingcha.documents.tests.samples import SAMPLES
from mingcha.documents.tests.samples_case import CASE_SAMPLES
from mingcha.documents.tests.sets import samples

HOME = Path(__file__).resolve().parent / "golden"
ALL = {**SAMPLES, **CASE_SAMPLES, **{kind: sample["fields"] for kind, sample in samples().items()}}

if __name__ == "__main__":
    HOME.mkdir(exist_ok=True)
    for kind in sys.argv[1:] or ALL:
        (HOME / f"{kind}.txt").write_text(render(kind, ALL[kind]).text + "\n", encoding="utf-8")
