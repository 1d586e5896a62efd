"""Journal kinds of this room (日志类别)."""

from mingcha.ledger.kinds import kind

CALENDAR_ANNOUNCED = kind("calendar-announced", "公布工作日历")
PERIOD_RECOMPUTED = kind("period-recomputed", "期限重新计算")
