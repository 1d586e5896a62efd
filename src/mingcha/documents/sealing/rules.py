"""Who has to sign a kind of document, who has done so, and what is still missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mingcha.common.errors import Reason
from mingcha.documents.rendering import template
from mingcha.documents.rendering.about import FORMS, SIGNERS, Signature

# At least two officers act — 行政处罚法 art. 42 ¶1.
_LEAST = {"officers": 2}
# Persons outside the organ: they sign on the pad, and may refuse.
OUTSIDE = ("party", "witness", "keeper", "receiver", "person", "interpreter", "applicant", "other")


@dataclass(frozen=True)
class Due:
    """One demand of the template and how far it is met."""

    who: str
    label: str
    form: str
    required: bool
    signed: tuple[str, ...]
    refused: tuple[str, ...]
    met: bool
    seal: bool = False

    @property
    def open(self) -> bool:
        return self.required and not self.met


# Where a description names nobody: a letter carries the organ's seal, the records of the scene the signatures of those
# who were there — 行政处罚法 art. 55; what else has no description is a sheet that nobody outside signs.
_LETTER = (Signature("organ", "seal"),)
_SCENE = (Signature("party", "handwritten"), Signature("officers", "handwritten"))
_SCENES = ("site-record", "inquiry-record", "statement-record")


def demands(kind: str, version: int = 1) -> tuple[Signature, ...]:
    """Who signs a kind, from its description; without one, from what it is."""
    form = template(kind, version)
    return tuple(form.about.signatures) or (_LETTER if form.layout == "letter" else _SCENE if kind in _SCENES else ())


def sealed(kind: str, version: int = 1) -> bool:
    return any(row.who == "organ" and row.form == "seal" for row in demands(kind, version))


def on_the_spot(kind: str, version: int = 1) -> bool:
    """Whether a kind is signed where it is made, by those who are there: records, lists."""
    return template(kind, version).about.service == "S5"


def before_service(found: Iterable[Due]) -> list[Due]:
    """What the organ's own people still have to sign before a paper leaves the house; seals are looked at apart."""
    return [due for due in found if due.open and not due.seal and due.who not in OUTSIDE]


def standing(
    wanted: Iterable[Signature],
    *,
    has_seal: bool,
    signed: Sequence[tuple[str, str]],
    refused: Sequence[tuple[str, str]],
) -> list[Due]:
    """Each demand with those who signed or refused, as (who, name)."""
    found = []
    for row in wanted:
        names = tuple(dict.fromkeys(name for who, name in signed if who == row.who))
        against = tuple(dict.fromkeys(name for who, name in refused if who == row.who and name not in names))
        if row.form == "seal" and row.who == "organ":
            met = has_seal
        else:
            met = len(names) >= _LEAST.get(row.who, 1) or (row.who in OUTSIDE and bool(against))
        found.append(
            Due(row.who, SIGNERS[row.who], FORMS[row.form], row.required, names, against, met, row.form == "seal")
        )
    return found


def missing(found: Iterable[Due], *, title: str = "", articles: tuple[str, ...] = ()) -> list[Reason]:
    """What is still to be signed, as reasons; `title` names the paper where several are looked at."""
    paper = f"《{title}》" if title else ""
    return [
        Reason(
            "signature-missing",
            f"{paper}缺少{due.label}的{due.form}{_counted(due)}。",
            articles,
            "签章由系统在几秒内完成。"
            if due.who == "organ"
            else "请在文书的“签名与印章”页签名，或者登记纸质原件上的签名；拒绝签名的，记明情况。",
            {"who": due.who},
        )
        for due in found
        if due.open
    ]


def _counted(due: Due) -> str:
    least = _LEAST.get(due.who, 1)
    return f"（须{least}人，已签{len(due.signed)}人）" if least > 1 and due.signed else ""
