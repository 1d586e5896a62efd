"""Writes of legal review. Each locks the case, checks, writes rows and the journal entry in one transaction."""

from mingcha.review.actions.allocating import reallocate
from mingcha.review.actions.counselling import admit_counsel, answer_consultation, call_counsel, end_counsel
from mingcha.review.actions.disagreeing import ask_superior, dispute, hold_meeting, record_reply, settle
from mingcha.review.actions.exempting import exempt
from mingcha.review.actions.noting import add_note, remove_note
from mingcha.review.actions.opining import give_opinion, preview
from mingcha.review.actions.submitting import STAGE, gaps, submit, withdraw
from mingcha.review.actions.supplementing import answer_supplement, ask_supplement
from mingcha.review.actions.voiding import void_if_changed

__all__ = [
    "STAGE",
    "add_note",
    "admit_counsel",
    "answer_consultation",
    "answer_supplement",
    "ask_superior",
    "ask_supplement",
    "call_counsel",
    "dispute",
    "end_counsel",
    "exempt",
    "gaps",
    "give_opinion",
    "hold_meeting",
    "preview",
    "reallocate",
    "record_reply",
    "remove_note",
    "settle",
    "submit",
    "void_if_changed",
    "withdraw",
]
