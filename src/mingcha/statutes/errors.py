"""Errors of the statutes room."""

from mingcha.common.errors import MingchaError


class CitationUnreadable(MingchaError):
    """The text is not one citation of an article."""

    status = 422
    code = "citation-unreadable"
