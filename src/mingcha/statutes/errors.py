"""Errors of the statutes room."""

from mingcha.common.errors import MingchaError


class CitationUnreadable(MingchaError):
    """The text is not one citation of an article."""

    status = 422
    code = "citation-unreadable"


class CitationAmbiguous(CitationUnreadable):
    """A short form stands for more than one known law."""

    code = "citation-ambiguous"


class CitationNoArticle(MingchaError):
    """The law is known, the article, paragraph or item cited is not in it."""

    status = 404
    code = "citation-no-article"


class LawUnknown(MingchaError):
    """No version of a law of this name is known."""

    status = 404
    code = "law-unknown"
