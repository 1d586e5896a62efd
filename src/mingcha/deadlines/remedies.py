"""Window for applying to the court for enforcement (申请法院强制执行期限) — 行政强制法 art. 53, 行政处罚法 art. 72.

It opens when the last remedy that the party really had has expired and closes three months later, without roll.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import Enum

from mingcha.common.errors import InvalidInput
from mingcha.common.explained import Explained
from mingcha.deadlines import rulebook
from mingcha.deadlines.calendar import Calendar
from mingcha.deadlines.periods import compute


class Remedy(Enum):
    """Which remedies the party had against the decision."""

    DEFAULT = "default"  # review within 60 days or suit within 6 months
    REVIEW_FIRST = "review-first"  # 复议前置: no direct suit exists
    SPECIAL = "special"  # a law sets its own limit for the suit (土地管理法83 …)
    REVIEWED = "reviewed"  # review decided: suit within 15 days of receipt
    DEFERRED = "deferred"  # deferral or instalments approved: counts from their end
    UNTOLD = "untold"  # remedies were not told: a person must decide


@dataclass(frozen=True)
class CourtWindow:
    """When the agency may apply at the earliest and at the latest; `alert_on` is the earliest last day in doubt."""

    opens_after: Explained[dt.date]
    last_day: Explained[dt.date]
    alert_on: dt.date


def court_window(
    remedy: Remedy, event: dt.date, calendar: Calendar, *, suit_days: int | None = None
) -> CourtWindow | None:
    """The window, or None where only a person can tell (remedies not told).

    `event`: service of the decision; for REVIEWED receipt of the review decision; for DEFERRED the end of the
    deferral. `suit_days`: natural days of the special suit limit, for SPECIAL.
    """
    review, suit = rulebook.rule("REV-01", event), rulebook.rule("LIT-01", event)
    after_review = rulebook.rule("LIT-02", event)
    if remedy is Remedy.UNTOLD:
        return None
    if remedy is Remedy.DEFERRED:
        step = f"经批准的暂缓或者分期缴纳期限于{event.isoformat()}结束。"
        expiries = [Explained(event, "PEN-11", "行政处罚法第七十二条第二款", {"end": event}, (step,))]
    elif remedy is Remedy.REVIEWED:
        expiries = [compute(after_review, event, calendar)]
    elif remedy is Remedy.REVIEW_FIRST:
        expiries = [compute(review, event, calendar)]
    elif remedy is Remedy.SPECIAL:
        if suit_days is None:
            raise InvalidInput({"suit_days": ["请填写法律规定的起诉期限（日）。"]})
        own = replace(suit, unit="N", label="按照法律特别规定的期限提起诉讼的最后一日")
        expiries = [compute(own, event, calendar, length=suit_days), compute(review, event, calendar)]
    else:
        expiries = [compute(review, event, calendar), compute(suit, event, calendar)]
    order = sorted(expiries, key=lambda item: item.value)
    # Under a special limit it is disputed whether the open review prolongs it: the earlier one is the safe one.
    opens_after = order[0] if remedy is Remedy.SPECIAL else order[-1]
    apply = rulebook.rule("COE-09", event)
    last_day = compute(apply, opens_after.value, calendar)
    return CourtWindow(opens_after, last_day, compute(apply, order[0].value, calendar).value)
