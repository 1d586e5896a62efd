"""The only writes of the statutes room: shipped and imported laws, amendments, the institution's own rules."""

from mingcha.statutes.actions.amending import close, list_again, record_amendment, relist
from mingcha.statutes.actions.dating import confirm_date
from mingcha.statutes.actions.laws import import_laws
from mingcha.statutes.actions.own_rules import draft_rule, file_rule, issue_rule, new_version, repeal_rule, rewrite
from mingcha.statutes.actions.shipped import load_shipped

__all__ = [
    "close",
    "confirm_date",
    "draft_rule",
    "file_rule",
    "import_laws",
    "issue_rule",
    "list_again",
    "load_shipped",
    "new_version",
    "record_amendment",
    "relist",
    "repeal_rule",
    "rewrite",
]
