"""The only writes of this room: the calendar table, running periods, stop-clocks, extensions, notices."""

from mingcha.deadlines.actions.announcing import announce_year, load_shipped_calendar
from mingcha.deadlines.actions.noticing import mark_seen, remind
from mingcha.deadlines.actions.recomputing import recompute, recompute_batch
from mingcha.deadlines.actions.running import end, extend, pause, resume, start

__all__ = [
    "announce_year",
    "end",
    "extend",
    "load_shipped_calendar",
    "mark_seen",
    "pause",
    "recompute",
    "recompute_batch",
    "remind",
    "resume",
    "start",
]
