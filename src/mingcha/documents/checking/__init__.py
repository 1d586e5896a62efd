"""Checks of documents (文书校验): the validators V1–V16, the rules of each kind, the order of dates. Pure, no ORM."""

from mingcha.documents.checking.paper import Mark, Paper, Past
from mingcha.documents.checking.validators import VALIDATORS, examine

__all__ = ["VALIDATORS", "Mark", "Paper", "Past", "examine"]
