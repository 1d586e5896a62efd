"""Who may handle cases — 行政处罚法 art. 42; auxiliary staff never (R031)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from mingcha.accounts.choices import Role, StaffKind
from mingcha.accounts.models import Officer
from mingcha.common.errors import Reason


def may_preside(name: str, roles: Collection[str]) -> list[Reason]:
    """Reasons why a head may not approve what only the presiding one may (正职负责人或者主持工作的负责人) — 移送规定 art. 5."""
    if Role.CHIEF in roles:
        return []
    return [
        Reason(
            "approver-not-presiding",
            f"{name}不是正职负责人或者主持工作的负责人，不能批准移送涉嫌犯罪案件。",
            ("行政执法机关移送涉嫌犯罪案件的规定第五条",),
            "请由主持工作的负责人决定；还没有登记的，请管理员登记。",
        )
    ]


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
