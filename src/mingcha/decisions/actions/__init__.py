"""The only writes of the decision: discussing, issuing, waiving, changing, revoking, redoing."""

from mingcha.decisions.actions.changing import change, revoke
from mingcha.decisions.actions.discussing import conclude, convene, voice
from mingcha.decisions.actions.issuing import issue
from mingcha.decisions.actions.redoing import redo
from mingcha.decisions.actions.waiving import decide_none, decide_transfer

__all__ = ["change", "conclude", "convene", "decide_none", "decide_transfer", "issue", "redo", "revoke", "voice"]
