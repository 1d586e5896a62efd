"""Witnesses (见证): places outside the database that remember the newest checkpoint and so notice a restored backup."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Protocol

from mingcha.ledger.names import require_log_name
from mingcha.ledger.place import write_files


class Witness(Protocol):
    """Remembers signed checkpoints. A witness run by others answers over the network; this is all it must do."""

    name: str

    def newest(self, log: str) -> str | None: ...

    def offer(self, log: str, note: str) -> None: ...


class FolderWitness:
    """A folder on another disk or machine, one file per log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)

    def newest(self, log: str) -> str | None:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / f"{require_log_name(log)}.checkpoint").read_text(encoding="utf-8")
        return None

    def offer(self, log: str, note: str) -> None:
        write_files(self.folder, {f"{require_log_name(log)}.checkpoint": note.encode()})


def configured() -> list[Witness]:
    """The witnesses of this site: the folder in MINGCHA_LOG_WITNESS, if set."""
    folder = os.environ.get("MINGCHA_LOG_WITNESS")
    return [FolderWitness(Path(folder))] if folder else []
