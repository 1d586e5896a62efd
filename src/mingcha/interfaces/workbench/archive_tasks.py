"""What the archive asks of a second person (今天要办): lists to approve, dossiers to lend, personal data to erase.

Everything here needs two people; without a task the second would not know that the first is waiting. The list of
today alone tells: the navigation, which stands on every page, does not ask.
"""

from __future__ import annotations

import uuid

from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.erasing import queries as erasing
from mingcha.archives.keeping import queries as keeping
from mingcha.archives.lending import queries as lending
from mingcha.archives.purging import queries as purging
from mingcha.interfaces.workbench.organ_tasks import Duty

_ASKED = (Role.ARCHIVIST, Role.REVIEWER, Role.UNIT_HEAD, Role.HEAD)
_MOST = 20


def duties(actor: Actor) -> list[Duty]:
    """Steps of the archive that wait for this person; at most four statements, none for other roles."""
    if not actor.has(*_ASKED):
        return []
    found = [
        _duty(
            "keeping",
            row.id,
            f"{what}：{row}",
            row.reason,
            f"{row.made_by.name}编制，由您办理下一步",
            "disposal",
            row.id,
        )
        for row, what in keeping.to_do(actor)
    ]
    if actor.has(*purging.MAY_APPROVE):
        found += [
            _duty("keeping", row.id, "批准清除音像", str(row), f"{row.made_by.name}编制，由另一人批准", "purge", row.id)
            for row in purging.to_decide(actor)[:_MOST]
        ]
    if actor.has(Role.HEAD):
        why = "删除个人信息由两人办理（个人信息保护法第四十七条）"
        found += [
            _duty(
                "keeping",
                row.id,
                "决定是否删除个人信息",
                str(row.case),
                why,
                "keeping-erase-decide",
                row.case_id,
                row.id,
            )
            for row in erasing.to_decide(actor)[:_MOST]
        ]
    return found + [
        _duty("loans", row.id, "答复调阅申请", str(row.case), f"{row.asked_by.name}申请", "loan", row.id)
        for row in lending.waiting(actor)[:_MOST]
    ]


def _duty(group: str, key: uuid.UUID, what: str, about: str, why: str, route: str, *args: uuid.UUID) -> Duty:
    return Duty(group, key, what, about, why, reverse(route, args=args), None, "")
