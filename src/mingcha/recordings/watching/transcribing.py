"""The slot for programs that write down what is said (转写插件): none is shipped; packages register an entry point."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from mingcha.recordings.watching.rules import Cue

# A package names its class here: [project.entry-points."mingcha.transcribers"].
GROUP = "mingcha.transcribers"


class Transcriber(Protocol):
    """Writes down what is said in a file on this machine, without a network."""

    name: str

    def transcribe(self, path: Path) -> list[Cue]: ...


_registered: dict[str, Transcriber] = {}


def register(transcriber: Transcriber) -> None:
    """Offer a transcriber from within the process; the last one registered is used."""
    _registered[transcriber.name] = transcriber


def transcriber() -> Transcriber | None:
    """The transcriber of this installation, or None."""
    if _registered:
        return list(_registered.values())[-1]
    for point in entry_points(group=GROUP):
        made: Transcriber = point.load()()
        return made
    return None
