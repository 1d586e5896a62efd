"""Which point of the checklist a check of the papers (文书校验) speaks to."""

from __future__ import annotations

from mingcha.review.findings.shape import DIFFERS, UNCLEAR, File, Finding, of_reason

# Validators of documents.md §0; V16 is compared with the frozen draft and not taken from papers.
_POINTS = {
    "V1": "subject",
    "V2": "procedure",
    "V3": "procedure",
    "V4": "documents",
    "V6": "procedure",
    "V7": "law",
    "V8": "documents",
    "V9": "documents",
    "V10": "procedure",
    "V12": "documents",
    "V13": "subject",
    "V14": "power",
    "V15": "procedure",
    "V16": "",
}
_BY_RULE = {
    "notice-concrete": "procedure",
    "notice-report": "procedure",
    "decision-in-ninety": "procedure",
    "decision-after-review": "procedure",
    "decision-examined": "evidence",
    "after-filing": "procedure",
    "in-time": "procedure",
    "told": "procedure",
    "shown": "procedure",
    "rights": "procedure",
    "one-sitting": "evidence",
    "own-words": "evidence",
    "minor": "evidence",
    "on-the-spot": "evidence",
    "facts-only": "evidence",
    "hearing-record-notice": "procedure",
    "hearing-record-interval": "procedure",
    "hearing-record-examined": "evidence",
    "hearing-record-told": "procedure",
}


def point_of(check: str) -> str:
    """The point to which a check belongs; what speaks to no other is a question of the paper itself."""
    return _POINTS.get(check, _BY_RULE.get(check, "documents"))


def said(file: File, point: str) -> list[Finding]:
    """What the checks of the papers say on one point: what would refuse the paper differs, the rest a person looks at."""
    return [
        of_reason(item.reason, item.link, DIFFERS if item.refuses else UNCLEAR)
        for item in file.said
        if point_of(item.check) == point
    ]
