"""Who may handle cases — 行政处罚法 art. 42; auxiliary staff never (R031)."""

from __future__ import annotations

import datetime as dt

from mingcha.accounts.choices import StaffKind
from mingcha.accounts.models import Officer
from mingcha.common.errors import Reason


def may_enforce(officer: Officer, day: dt.date) -> list[Reason]:
    """Reasons why this person may not act as an enforcement officer on `day`; empty when allowed."""
    if officer.staff_kind == StaffKind.AUXILIARY:
        return [
            Reason(
                "auxiliary-staff",
                f"{officer.name}是辅助人员，没有行政执法资格，不能承办案件。",
                ("行政处罚法第四十二条",),
                "请指派持有有效行政执法证的人员。",
            )
        ]
    if not any(certificate.valid_on(day) for certificate in officer.certificates.all()):
        return [
            Reason(
                "certificate-not-valid",
                f"{officer.name}在{day.isoformat()}没有有效的行政执法证，不能承办案件。",
                ("行政处罚法第四十二条",),
                "请换发执法证，或者指派其他持证人员。",
            )
        ]
    return []
