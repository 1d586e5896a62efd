"""What the portal reads, and the clerk's queue."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from mingcha.accounts import queries as accounts
from mingcha.accounts.choices import OrganisationKind, Role
from mingcha.accounts.models import Certificate, Officer, Organisation
from mingcha.cases.models import BranchMove
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.models import Edition
from mingcha.catalogues.schemas import schema
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.common.paging import Page
from mingcha.common.prepared import prepared, prepared_lists
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines import rulebook
from mingcha.disclosure import (
    changed,
    comparing,
    counting,
    letters,
    opendata,
    posting,
    preparing,
    reading_cases,
    reading_hearings,
    reading_lists,
    reading_portraits,
    reading_procedures,
    reading_seals,
    reading_statutes,
    reading_visits,
    replacing,
    yearly,
)
from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.commitments import making
from mingcha.disclosure.models import Publication, PublicEntry, Release
from mingcha.disclosure.searching import asking, looking_around, suggesting, tokens
from mingcha.documents.rendering import fields as templates
from mingcha.documents.rendering import public_copy
from mingcha.ledger import queries as ledger
from mingcha.ledger.errors import NotYetSequenced
from mingcha.procedures import guards
from mingcha.statutes import queries as statutes
from mingcha.statutes import refs

# What the portal needs of the tables, so that it imports nothing but this module.
Entry = PublicEntry
STATES = PublicState.choices

# Open hearings, lists and procedures as the public reads them.
hearings_announced = reading_hearings.announced
list_about = reading_lists.list_about
list_order = reading_lists.list_order
list_page = reading_lists.list_page
list_entries = reading_lists.list_entries
list_history = reading_lists.list_history
list_withdrawal = reading_lists.list_withdrawal
list_changes = reading_lists.list_changes
list_file = reading_lists.list_file
application_form = reading_lists.application_form
guide = reading_lists.guide
list_policy = reading_lists.list_policy
list_state = reading_lists.list_state
procedures_in_force = reading_procedures.procedures_in_force
procedure_read = reading_procedures.procedure_read
procedure_history = reading_procedures.procedure_history
review_course = reading_procedures.review_course
review_by_act = reading_procedures.review_by_act
# The seal of a public decision.
seal = reading_seals.seal
slips = reading_seals.slips
earlier_texts = replacing.earlier
signed_original = reading_seals.original
# A public text as PDF.
PublicText = public_copy.PublicText
public_pdf = public_copy.render_public
# Public decisions as data.
data = opendata
# Texts for other media.
posts = posting.posts
# Search: the words of a question, what is offered while somebody types.
ORDERS = (asking.NEWEST, asking.RELEVANT)
Wanted = asking.Wanted
published_between = asking.published_between
find = asking.search
pattern = tokens.pattern
elsewhere = looking_around.elsewhere
words_of = tokens.words_of
fold = tokens.fold
choices = suggesting.choices
suggestions = suggesting.suggestions
near = suggesting.near
# Act types with their labels.
acts = letters.acts
# A letter in somebody's hand beside the public text.
compare = comparing.compare
numbers_in = comparing.numbers
text_of_pdf = comparing.text_of_pdf
# While a case runs: who stands before one, how far one's own case has come.
on_duty = reading_cases.on_duty
own_case = reading_cases.own_case
visit = reading_visits.visit
# Pictures of officers.
portrait = reading_portraits.portrait
with_portrait = reading_portraits.with_portrait
# Figures of enforcement, and those of whole years that somebody signed off.
figures = counting.figures
year_form = counting.form
years = yearly.published
# Laws as the public reads them.
laws_rested_on = reading_statutes.laws_rested_on
law_places = reading_statutes.law_places

_LISTED = ("content", "search_text")


def texts(rows: Iterable[PublicEntry]) -> dict[uuid.UUID, str]:
    """Searchable text of some entries, for excerpts; one statement."""
    keys = [row.id for row in rows]
    return dict(_texts(keys)) if keys else {}


@prepared_lists
def _texts(keys: list[uuid.UUID]) -> QuerySet[PublicEntry, tuple[uuid.UUID, str]]:
    return PublicEntry.objects.filter(id__in=keys).values_list("id", "search_text")


def kinds() -> list[str]:
    """Labels of the kinds of penalty, for the filter."""
    penalties = templates.template("penalty-decision").field("penalties")
    kind = next((field for field in penalties.of if field.name == "kind"), None) if penalties else None
    return list(((kind.choices if kind else None) or {}).values())


def search(
    text: str = "", *, cursor: str | None = None, size: int = 20, **narrowed: Any
) -> tuple[Page[PublicEntry], int]:
    """Public decisions that contain every word of `text`, with the exact count; tombstones by number.

    `narrowed` are the other fields of `Wanted`: authority, area, kind, state, since, until, least, most, order.
    """
    return asking.search(asking.Wanted(text, **narrowed), cursor=cursor, size=size)


def latest(count: int = 8) -> list[PublicEntry]:
    return list(PublicEntry.objects.defer(*_LISTED).order_by("-published_at", "-id")[:count])


def entry(entry_id: uuid.UUID) -> PublicEntry:
    """A public decision or its tombstone. Raises NotFound."""
    found = next(iter(_entries(entry_id)), None)
    if found is None:
        raise NotFound("没有找到这份公开的决定。")
    return found


@prepared
def _entries(entry_id: uuid.UUID) -> QuerySet[PublicEntry]:
    return PublicEntry.objects.filter(id=entry_id)


@prepared
def _releases(entry_id: uuid.UUID) -> QuerySet[Release]:
    return Release.objects.filter(publication_id=entry_id).select_related("signoff")


def stands(row: PublicEntry) -> bool:
    """Whether a public decision has not been withdrawn."""
    return row.state == PublicState.VALID


def by_number(number: str) -> list[PublicEntry]:
    """Public decisions with exactly this number; kinds of brackets and spaces do not matter."""
    wanted = _normal(number)
    if not wanted:
        return []
    tail = wanted.rsplit("〕", 1)[-1]
    return [
        row
        for row in PublicEntry.objects.filter(number__contains=tail).defer(*_LISTED)
        if _normal(row.number) == wanted
    ]


def _normal(number: str) -> str:
    table = str.maketrans(dict.fromkeys("[［（(【﹝", "〔") | dict.fromkeys("]］）)】﹞", "〕"))
    return "".join(number.split()).translate(table).removesuffix("号")


def of_document(document_id: uuid.UUID) -> PublicEntry | None:
    """The public entry of a decision letter, for the address in its QR code."""
    found = Publication.objects.filter(Q(decision__document_id=document_id) | Q(letter_id=document_id)).first()
    return PublicEntry.objects.filter(id=found.id).first() if found else None


def bundle(entry_id: uuid.UUID) -> bytes | None:
    """The proof bundle of a published decision; None while no checkpoint covers it yet."""
    release = replacing.current(entry_id) or next(iter(_releases(entry_id)), None)
    row = entry(entry_id)
    if release is None or row.state != PublicState.VALID:
        return None
    try:
        return ledger.bundle_for(release.entry_id, release.content, committed=making.presented(entry_id))
    except NotYetSequenced:
        return None


@dataclass(frozen=True)
class Timeliness:
    """How many publications were due in a period, and how many came in time."""

    due: int
    in_time: int
    late: int

    @property
    def pending(self) -> int:
        """Not published yet, and not late."""
        return self.due - self.in_time - self.late


def timeliness(since: dt.date, until: dt.date, today: dt.date) -> Timeliness:
    """Publications due between two days: in time or late; duties ended by revocation aside."""
    rows = Publication.objects.filter(due_on__gte=since, due_on__lte=until)
    rows = rows.filter(Q(release__isnull=False) | Q(id__in=changed.standing(rows).values("id")))
    due = in_time = late = 0
    for last_day, moment in rows.values_list("due_on", "release__released_at"):
        if last_day is None:
            continue
        due += 1
        day = clock.legal_day(moment) if moment else None
        if (day or today) <= last_day:
            in_time += day is not None
        else:
            late += 1
    return Timeliness(due, in_time, late)


def waiting(rows: QuerySet[Publication]) -> QuerySet[Publication]:
    """Publications of a queue that are not out yet and shall be, most urgent first."""
    refused = BranchMove.objects.filter(
        branch__case_id=Coalesce(OuterRef("decision__case_id"), OuterRef("letter__case_id")),
        source="publish-check",
        target="close",
    )
    rows = changed.standing(rows.filter(release=None)).filter(~Exists(refused))
    return rows.order_by("due_on", "id")


def organisations(jurisdiction: str) -> list[Organisation]:
    return list(accounts.organisations(jurisdiction))


def officers(jurisdiction: str, text: str = "") -> QuerySet[Officer]:
    """Officers with certificates, as the law makes them public (R012)."""
    rows = accounts.staff(jurisdiction).filter(certificates__isnull=False).distinct()
    return rows.filter(Q(name__icontains=text) | Q(certificates__number__iexact=text)) if text else rows


def certificate(number: str) -> Certificate | None:
    return accounts.certificate(number)


def editions(jurisdiction: str) -> QuerySet[Edition]:
    return catalogues.published(jurisdiction)


def edition(edition_id: uuid.UUID) -> Edition:
    try:
        return catalogues.edition(edition_id)
    except Edition.DoesNotExist:
        raise NotFound("没有找到这份清单。") from None


def proof(row: PublicEntry) -> dict[str, Any] | None:
    """What the log proves about a public decision: place, tree, checkpoint; None while pending."""
    checkpoint = ledger.final_checkpoint(row.jurisdiction)
    if row.entry_id is None or checkpoint is None:
        return None
    try:
        found = ledger.inclusion_proof(ledger.entry(row.entry_id), checkpoint.size)
    except NotYetSequenced:
        return None
    return {
        "index": found.index,
        "size": checkpoint.size,
        "root": checkpoint.root,
        "checkpoint": checkpoint.note,
        "created": checkpoint.created,
        "log": row.jurisdiction,
    }


@dataclass(frozen=True)
class Publicity:
    """When a decision had to be public and when it was, with the reckoning; `late` counts working days."""

    due_on: dt.date | None
    published_on: dt.date
    late: int
    explained: Mapping[str, Any] | None


@prepared
def _publications(entry_id: uuid.UUID) -> QuerySet[Publication]:
    return Publication.objects.filter(id=entry_id).select_related("decision__case", "letter__case")


def publicity(row: PublicEntry) -> Publicity:
    """Whether a decision came in time."""
    day = clock.legal_day(row.published_at)
    late = 0
    if row.due_on is not None and day > row.due_on:
        late = deadlines.calendar(row.jurisdiction).workdays_between(row.due_on, day)
    publication = next(iter(_publications(row.id)), None)
    explained = None
    if publication is not None and publication.case is not None:
        periods = deadlines.periods_of(publication.case.id)
        period = periods.filter(rule=publication.rule, subject=str(row.id)).first()
        explained = period.explanation if period else None
    return Publicity(row.due_on, day, late, explained)


@dataclass(frozen=True)
class Withheld:
    """A place of the public text where something is hidden, by which rule and on which ground."""

    start: int
    end: int
    label: str
    ground: str


def withheld(row: PublicEntry) -> list[Withheld]:
    """The hidden places of a public decision, reckoned from the signed-off spans; none for a tombstone."""
    release = replacing.current(row.id) or next(iter(_releases(row.id)), None)
    if release is None or row.state != PublicState.VALID:
        return []
    found, shift = [], 0
    spans = [span for span in release.signoff.spans if "start" in span]
    for span in sorted(spans, key=lambda item: (item["start"], item["end"])):
        size = len(str(span["replacement"]))
        start = span["start"] + shift
        shift += size - (span["end"] - span["start"])
        found.append(Withheld(start, start + size, **preparing.described(span["rule"])))
    return found


@dataclass(frozen=True)
class Cited:
    """An article cited in a text, with its place in the text and what it says in our words."""

    start: int
    end: int
    text: str
    articles: list[dict[str, Any]]


def cited(texts: Sequence[str], on: dt.date) -> list[list[Cited]]:
    """All citations of each text as in force on a day, in order."""
    found = [refs.find(text) for text in texts]
    known = statutes.articles({ref for row in found for citation in row for ref in citation.refs}, on)
    return [
        [Cited(place.start, place.end, place.text, [known[ref] for ref in place.refs]) for place in row]
        for row in found
    ]


@prepared
def _government() -> QuerySet[Organisation]:
    return Organisation.objects.filter(kind=OrganisationKind.GOVERNMENT, parent=None).order_by("created_at", "id")[:1]


def jurisdiction() -> tuple[str, str]:
    """Code and name of the place whose portal this is: that of the first government."""
    row = next(iter(_government()), None)
    return (row.jurisdiction, row.name.removesuffix("人民政府")) if row else ("", "")


def area_names(codes: Iterable[str]) -> dict[str, str]:
    """Names of the places whose decisions are here, by code."""
    rows = Organisation.objects.filter(kind=OrganisationKind.GOVERNMENT, parent=None, jurisdiction__in=list(codes))
    return {code: name.removesuffix("人民政府") for code, name in rows.values_list("jurisdiction", "name")}


def edition_label(kind: str) -> str:
    """The Chinese label of a kind of list."""
    return schema(kind).label


def procedure_words(day: dt.date) -> dict[str, dict[str, str]]:
    """Labels for what a procedure definition names by code: documents, periods, conditions, roles."""
    return {
        "documents": {kind: templates.template(kind).title for kind in templates.kinds()},
        "periods": {rule.id: f"{rule.label}：{rule.length_text}" for rule in rulebook.rules(day)},
        "guards": {name: guard.label for name in guards.names() if (guard := guards.known(name))},
        "roles": dict(Role.choices),
    }
