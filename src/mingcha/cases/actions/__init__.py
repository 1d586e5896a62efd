"""Writes of the case room. Each locks the case, checks, writes rows and the journal entry in one transaction."""

from mingcha.cases.actions.duties import (
    assign_handler,
    decide_avoidance,
    declare_avoidance,
    request_avoidance,
    take_duty,
)
from mingcha.cases.actions.evidence import exclude_evidence, record_evidence
from mingcha.cases.actions.facts import state_facts
from mingcha.cases.actions.hosts import name_host, name_rechecker
from mingcha.cases.actions.joints import add_party, join, part
from mingcha.cases.actions.leads import correct_party, register_lead
from mingcha.cases.actions.links import link
from mingcha.cases.actions.refusals import record_refusal
from mingcha.cases.actions.statements import answer_statement, record_statement
from mingcha.cases.actions.steps import take_step

__all__ = [
    "add_party",
    "answer_statement",
    "assign_handler",
    "correct_party",
    "decide_avoidance",
    "declare_avoidance",
    "exclude_evidence",
    "join",
    "link",
    "name_host",
    "name_rechecker",
    "part",
    "record_evidence",
    "record_refusal",
    "record_statement",
    "register_lead",
    "request_avoidance",
    "state_facts",
    "take_duty",
    "take_step",
]
