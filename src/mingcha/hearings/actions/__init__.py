"""The only writes of the hearing: dates, attendees, record, termination, report — each takes the move it allows."""

from mingcha.hearings.actions.fixing import begin_waiting, fix, note_lost_days, open_for, register_attendee
from mingcha.hearings.actions.holding import presented, record, report, terminate

__all__ = [
    "begin_waiting",
    "fix",
    "note_lost_days",
    "open_for",
    "presented",
    "record",
    "register_attendee",
    "report",
    "terminate",
]
