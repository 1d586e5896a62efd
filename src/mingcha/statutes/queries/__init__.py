"""Reads offered to other rooms: articles in force on a date, search, versions, re-examination, own rules."""

from mingcha.statutes.queries.amending import (
    amendment,
    amendments,
    open_counts,
    reexamination,
    reexaminations,
    waiting_amendments,
)
from mingcha.statutes.queries.articles import (
    MOST_PLACES,
    WHY,
    article,
    articles,
    citations,
    cited_places,
    law,
    require,
    stands,
    unfounded,
    vocabulary,
)
from mingcha.statutes.queries.laws import anchor, categories, contents, imported, law_page, laws, presumed, versions
from mingcha.statutes.queries.own_rules import in_force_rules, rule, rules, version, version_with_file
from mingcha.statutes.queries.search import ORDER, Hit, hits, search

__all__ = [
    "MOST_PLACES",
    "ORDER",
    "WHY",
    "Hit",
    "amendment",
    "amendments",
    "anchor",
    "article",
    "articles",
    "categories",
    "citations",
    "cited_places",
    "contents",
    "hits",
    "imported",
    "in_force_rules",
    "law",
    "law_page",
    "laws",
    "open_counts",
    "presumed",
    "reexamination",
    "reexaminations",
    "require",
    "rule",
    "rules",
    "search",
    "stands",
    "unfounded",
    "version",
    "version_with_file",
    "versions",
    "vocabulary",
    "waiting_amendments",
]
