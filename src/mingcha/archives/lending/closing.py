"""A secret dossier (涉密案卷) shuts the whole case to all but its circle — R072, 保守国家秘密法 art. 20."""

from __future__ import annotations

from django.db.models import Q

from mingcha.accounts.actors import Actor
from mingcha.archives.lending import queries
from mingcha.cases import closings
from mingcha.cases.models import Case


def _leaves(actor: Actor) -> Q:
    return Q(secrecy=None) | Q(id__in=queries.circles_of(actor))


def _shuts_out(actor: Actor, case: Case) -> bool:
    if getattr(case, "secrecy", None) is None:
        return False
    return all(row.officer_id != actor.officer_id for row in queries.circle(case))


def register() -> None:
    """Once, when the room is loaded."""
    closings.close_by(closings.Closing("secrecy", _leaves, _shuts_out))
