"""Errors of the deadlines room."""

from mingcha.common.errors import MingchaError


class RuleUnknown(MingchaError):
    """No rule of that id, or the rule has no length to compute with."""

    status = 404
    code = "deadline-rule-unknown"


class RuleHasNoDate(MingchaError):
    """The rule is a condition, a rate, or says "at once": there is no last day to reckon."""

    status = 422
    code = "deadline-rule-without-date"


class RuleNotInForce(MingchaError):
    """The rule is not in force on the day on which the period starts."""

    status = 409
    code = "deadline-rule-not-in-force"


class LengthMissing(MingchaError):
    """The law leaves the length to the policy profile and none was given."""

    status = 422
    code = "deadline-length-missing"


class PeriodEnded(MingchaError):
    """The period has ended; nothing about it changes any more."""

    status = 409
    code = "period-ended"


class PeriodState(MingchaError):
    """The period is not in the state that the action needs (already running, already paused, not paused)."""

    status = 409
    code = "period-state"


class CalendarUnusable(MingchaError):
    """The calendar table contradicts itself or lacks what was asked."""

    status = 422
    code = "calendar-invalid"


class NotExtensible(MingchaError):
    """The law knows no extension of this period, or it has been used already."""

    status = 409
    code = "period-not-extensible"
