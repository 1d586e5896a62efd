"""What the machine lays out for a reviewer, and what it looks at: values only, so that the rules stay pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mingcha.common.errors import Reason
from mingcha.common.explained import Explained

MET, DIFFERS, UNCLEAR = "met", "differs", "unclear"


@dataclass(frozen=True)
class Finding:
    """One fact on a point: `state` met, differs or unclear; `link` is the key of a material that shows it.

    `code` names what was looked at, whatever the answer; `article` is what the law says about it.
    """

    text: str
    state: str
    link: str = ""
    explained: Mapping[str, Any] | None = None
    code: str = ""
    article: str = ""


@dataclass(frozen=True)
class Worker:
    """A handler, and the days on which the file shows acts of this person without a valid certificate."""

    name: str
    certificates: tuple[str, ...]
    uncovered: tuple[dt.date, ...]
    # Belongs to the organ today; stands in the published list of officers of the day of filing (None: no list).
    own: bool = True
    listed: bool | None = True


@dataclass(frozen=True)
class Holder:
    """Who holds which duty on the case, as codes."""

    name: str
    duties: tuple[str, ...]
    qualified: bool = True


@dataclass(frozen=True)
class Step:
    """A dated step of the procedure and the material that proves it."""

    name: str
    day: dt.date
    link: str = ""


@dataclass(frozen=True)
class Cited:
    """A citation of the draft on both law clocks: the day of the conduct, and today where the text differs."""

    text: str
    status: str
    changed: bool = False
    gone: bool = False


@dataclass(frozen=True)
class Said:
    """What a check of a paper said (文书校验), with the paper: `check` is the validator, `link` the material."""

    check: str
    reason: Reason
    refuses: bool
    link: str = ""


@dataclass(frozen=True)
class Unsigned:
    """A paper that lacks signatures; `spot`: one that is signed where it is made."""

    title: str
    lacking: tuple[str, ...]
    spot: bool
    link: str = ""


@dataclass(frozen=True)
class Range:
    """A row of a published standard that names this item: grade and fine in fen."""

    code: str
    grade: str
    least: int | None
    most: int | None
    standard: str


@dataclass(frozen=True)
class Other:
    """Another case against the same party for conduct of the same day."""

    name: str
    organ: str
    same_item: bool
    fined: bool


@dataclass(frozen=True)
class Party:
    """The party as the case has it now, and the names under which the notice and the draft address it."""

    kind: str = ""
    name: str = ""
    age: int | None = None
    flagged: bool = False
    told: str = ""
    named: str = ""
    identifier: str = ""
    representative: str = ""


@dataclass(frozen=True)
class Addressee:
    """The party as the draft names it in its head."""

    identifier: str = ""
    representative: str = ""


@dataclass(frozen=True)
class Heard:
    """How far a hearing went: offered window over or waived, demanded, recorded, reported."""

    waived: bool = False
    over: bool = True
    demanded: bool = False
    # An officer found that the hearing was held; its record may lie on paper.
    found: bool = False
    recorded: str = ""
    reported: str = ""


@dataclass(frozen=True)
class File:
    """Everything that the findings look at; gathered by queries, so that the rules stay pure."""

    organ: str
    power_basis: str
    item: str
    handlers: Sequence[Worker]
    acted_days: int
    evidence: int
    evidence_incomplete: Sequence[int]
    evidence_without_original: Sequence[int]
    excluded: int
    evidence_link: str
    steps: Sequence[Step]
    statement_due: Explained[Any] | None
    statement_over: bool
    statements: int
    unanswered: int
    hearing: Explained[bool]
    hearing_offered: bool
    hearing_days: dt.date | None
    notice: Mapping[str, Any]
    notice_link: str
    draft: Mapping[str, Any]
    heavier: Sequence[Reason]
    unlike_notice: Sequence[Reason]
    cited: Sequence[Cited]
    conduct_on: dt.date
    discovered_on: dt.date
    gaps: Sequence[str]
    missing: Sequence[str]
    recordings: int
    recordings_missing: Sequence[str]
    excuses: Mapping[str, str] = field(default_factory=dict)
    unannounced: Sequence[str] = ()
    act_type: str = "penalty"
    ordinary: bool = True
    handed_on: dt.date | None = None
    notice_served: bool = True
    waived: bool = False
    said: Sequence[Said] = ()
    unsigned: Sequence[Unsigned] = ()
    unserved: Sequence[tuple[str, str]] = ()
    waiting: Sequence[str] = ()
    holders: Sequence[Holder] = ()
    separation: Sequence[Reason] = ()
    advised: Sequence[str] = ()
    undeclared: Sequence[str] = ()
    requested: Sequence[str] = ()
    heard: Heard = Heard()
    decide_by: Explained[Any] | None = None
    late: bool = False
    days_left: int | None = None
    limitation: Sequence[Reason] = ()
    collective: bool | None = None
    unstated: Sequence[str] = ()
    party: Party = Party()
    others: Sequence[Other] = ()
    ranges: Sequence[Range] = ()
    standard: str = ""
    item_articles: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    item_act: str = ""
    item_gone: bool = False
    delegated: bool = False
    delegations: Sequence[str] = ()
    evidence_kinds: frozenset[str] = frozenset()
    evidence_late: Sequence[int] = ()
    interrupted: Sequence[str] = ()
    changed: Sequence[str] = ()
    crimes: Sequence[str] = ()
    # What the draft is compared with (findings.against).
    addressed: Addressee = Addressee()
    filed_on: dt.date | None = None
    notice_number: str = ""
    notice_day: dt.date | None = None
    # Statements received before the notice was served: (received, served).
    early: Sequence[tuple[dt.date, dt.date]] = ()
    excluded_names: Sequence[str] = ()
    approving: Sequence[str] = ()
    # Papers with an officer who does not handle the case (title, name, link), and with another case number.
    strangers: Sequence[tuple[str, str, str]] = ()
    astray: Sequence[tuple[str, str, str]] = ()


def people(names: Iterable[str]) -> str:
    return "、".join(names)


def of_reason(reason: Reason, link: str = "", state: str = DIFFERS) -> Finding:
    """A reason that a rule of another room gave, as a finding."""
    return Finding(reason.message, state, link, code=reason.code, article=people(reason.articles))
