"""The demonstration bureau's own rules (制度文件): the three that the system of 2018 demands, issued and filed — R006."""

from __future__ import annotations

import datetime as dt
import json
from importlib import resources

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.statutes import actions

_ISSUED_AFTER = 1


def issue(founded: dt.date) -> None:
    """Draft, issue and file the rules in the name of the legal officer, from the day after the founding."""
    told = json.loads(resources.files("mingcha.interfaces.demo").joinpath("data", "own_rules.json").read_text("utf-8"))
    first = founded + dt.timedelta(days=_ISSUED_AFTER)
    filed_on = founded + dt.timedelta(days=told["filing"]["days_after"])
    officer = actor_named("zhouheng")
    for place, row in enumerate(told["rules"], 1):
        with clock.frozen(clock.at(first, 10)):
            draft = actions.draft_rule(
                kind=row["kind"], title=row["title"], body=row["body"], original=None, actor=officer
            )
            rule = actions.issue_rule(
                draft.id, document_number=row["document_number"], effective_from=first, actor=officer
            )
        with clock.frozen(clock.at(filed_on, 10)):
            number = told["filing"]["number"].format(n=place)
            actions.file_rule(
                rule.id,
                authority=told["filing"]["organ"],
                number=number,
                filed_on=filed_on,
                receipt=None,
                actor=officer,
            )
