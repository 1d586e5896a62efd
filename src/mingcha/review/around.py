"""What lies around a case and bears on its review: people, articles, the published standard, cases beside it; reads only."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from mingcha.accounts.choices import PowerSource
from mingcha.accounts.models import Officer, Qualification
from mingcha.cases.choices import DutyKind, PartyKind
from mingcha.cases.models import Case, Duty, Evidence, Party
from mingcha.cases.queries import approvers
from mingcha.cases.rules import advice, same_name
from mingcha.catalogues import profiles
from mingcha.catalogues import queries as catalogues
from mingcha.common.clock import legal_day
from mingcha.common.prepared import prepared
from mingcha.documents.models import Document
from mingcha.documents.rules import money
from mingcha.review.findings import Addressee, Cited, Holder, Other, Range, Worker
from mingcha.review.findings import Party as Addressed
from mingcha.statutes import queries as statutes
from mingcha.statutes import refs
from mingcha.statutes.errors import CitationUnreadable
from mingcha.statutes.refs import ArticleRef

# Decisions that can hold a fine.
_FINING = ("penalty-decision", "onsite-penalty-decision")
_MOST = 5


def workers(
    case: Case,
    active: Iterable[Officer],
    duties: Iterable[Duty],
    days: Sequence[dt.date],
    issued: Iterable[Document],
    evidence: Iterable[Evidence],
) -> list[Worker]:
    """The handlers with the days on which the file shows them acting: since they were put on the case, or by name."""
    since = {row.officer_id: legal_day(row.since) for row in duties if row.duty == DutyKind.HANDLER}
    listed = _listed(case)
    named = [(legal_day(row.issued_at), _names(row.fields)) for row in issued]
    named += [(legal_day(row.collected_at), {row.collected_by}) for row in evidence]
    found = []
    for officer in active:
        own = {day for day in days if day >= since.get(officer.id, day)}
        own |= {day for day, names in named if any(officer.name in name for name in names)}
        certificates = list(officer.certificates.all())
        uncovered = tuple(sorted(day for day in own if not any(row.valid_on(day) for row in certificates)))
        numbers = tuple(row.number for row in certificates)
        organ = officer.organisation.organ_id or officer.organisation_id
        known = None if listed is None else bool(listed & set(numbers))
        found.append(Worker(officer.name, numbers, uncovered, organ == case.organisation_id, known))
    return found


def _names(fields: Mapping[str, Any]) -> set[str]:
    rows = fields.get("officers") or fields.get("handlers") or fields.get("servers") or ()
    return {str(row.get("name", "")) for row in rows if isinstance(row, Mapping)}


# Papers that name the officers who acted; a letter of the organ or another case's copy names nobody.
_RECORDS = ("site-record", "inquiry-record")


def strangers(duties: Sequence[Duty], issued: Iterable[Document]) -> list[tuple[str, str, str]]:
    """Officers on the records who hold no duty of a handler, with the paper — art. 42."""
    handlers = [row.officer.name for row in duties if row.duty == DutyKind.HANDLER]
    return [
        (row.title, name, f"document:{row.pk}")
        for row in issued
        if row.kind in _RECORDS
        for name in sorted(_names(row.fields))
        if name and not any(same_name(name, known) for known in handlers)
    ]


def astray(case: Case, issued: Iterable[Document]) -> list[tuple[str, str, str]]:
    """Papers that bear the number of another case."""
    rows = [(row.title, str(row.fields.get("case_no") or ""), f"document:{row.pk}") for row in issued]
    return [found for found in rows if case.number and found[1] and found[1] != case.number]


def approving(case: Case, active: Iterable[Officer]) -> list[str]:
    """Handlers who approved in this case as head, by the journal — art. 57."""
    keys = approvers(case)
    return [officer.name for officer in active if str(officer.id) in keys]


def addressee(draft: Mapping[str, Any], party: Party) -> Addressee:
    """The party in the head of the draft, where it is the party of the case."""
    rows = [row for row in draft.get("parties") or [] if isinstance(row, Mapping)]
    row = next((row for row in rows if row.get("name") == party.name), rows[0] if len(rows) == 1 else {})
    return Addressee(str(row.get("usc_code") or row.get("id_no") or ""), str(row.get("legal_rep") or ""))


def _listed(case: Case) -> set[str] | None:
    """Certificate numbers in the published list of officers on the day of filing; None without such a list."""
    edition = catalogues.in_force(case.organisation_id, "officers", case.filed_on or legal_day(case.created_at))
    return {str(row.get("certificate", "")) for row in edition.content["entries"]} if edition else None


def holders(duties: Sequence[Duty]) -> list[Holder]:
    """Who holds what; reviewers with whether they have the qualification."""
    reviewers = [row.officer_id for row in duties if row.duty == DutyKind.REVIEWER]
    able = set(
        Qualification.objects.filter(officer_id__in=reviewers).values_list("officer_id", flat=True) if reviewers else ()
    )
    held: dict[Any, list[str]] = {}
    names = {row.officer_id: row.officer.name for row in duties}
    for row in duties:
        held.setdefault(row.officer_id, []).append(row.duty)
    return [
        Holder(names[key], tuple(kinds), key in able or DutyKind.REVIEWER not in kinds) for key, kinds in held.items()
    ]


def advised(case: Case, duties: Iterable[Duty], active: Sequence[Officer]) -> list[str]:
    """What the profile advises against in the duties as they are held."""
    wanted = profiles.value(case.profile.content, "review.separation")
    return [text for row in duties for text in advice(row.officer, row.duty, active, wanted)]


def cited(draft: Mapping[str, Any], on: dt.date) -> list[Cited]:
    """Each citation of the draft as it stood on the day of the conduct, and whether it has changed since."""
    texts = [row["citation"] for name in ("broken_articles", "penalty_articles") for row in draft.get(name) or []]
    read: dict[str, ArticleRef | None] = {}
    for text in texts:
        try:
            read[text] = refs.parse(text)
        except CitationUnreadable:
            read[text] = None
    wanted = [place for place in read.values() if place is not None]
    then, now = statutes.articles(wanted, on), statutes.articles(wanted)
    return [_loose(text, on) if place is None else _told(text, then[place], now[place]) for text, place in read.items()]


def _loose(text: str, on: dt.date) -> Cited:
    """A citation of several places at once, which the table of articles reads as a whole."""
    if "条" not in text:
        return Cited(text, "unreadable")
    stands = statutes.stands(text, on)
    return Cited(text, "unknown" if stands is None else "ok" if stands else "no-article")


def _told(text: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> Cited:
    status = str(then["status"])
    if status == "no-law":
        return Cited(text, "no-longer" if statutes.versions(str(then["law"])) else "unknown")
    if not then["found"]:
        return Cited(text, "no-article" if status == "no-article" else "unknown")
    if status == "no-place":
        return Cited(text, "no-place")
    gone = now["status"] in ("no-law", "no-article", "no-place")
    other = then["law_id"] != now["law_id"] and (then["part"] or then["summary"]) != (now["part"] or now["summary"])
    return Cited(text, "ok", changed=other and not gone, gone=gone)


def party_of(party: Party, on: dt.date, told: Mapping[str, Any], draft: Mapping[str, Any]) -> Addressed:
    """The party as registered, and as notice and draft name it."""
    return Addressed(
        party.kind,
        party.name,
        _age(party, on),
        party.identifier_flagged,
        _first(told, party),
        _first(draft, party),
        party.id_number if party.kind == PartyKind.PERSON else party.uscc,
        party.legal_representative,
    )


def _first(fields: Mapping[str, Any], party: Party) -> str:
    """The name printed: the party's own where it stands among several, else the first."""
    names = [str(row.get("name", "")) for row in fields.get("parties") or ()]
    return party.name if party.name in names else next(iter(names), "")


def _age(party: Party, on: dt.date) -> int | None:
    """Years of age on the day of the conduct by the identity number; None without a readable one."""
    number = party.id_number
    if party.kind != PartyKind.PERSON or len(number) != 18 or not number[6:14].isdigit():
        return None
    try:
        born = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def others(case: Case, party: Party) -> list[Other]:
    """Other cases of the jurisdiction against the same party for conduct of the same day — art. 29."""
    if case.act_type != "penalty":
        return []
    where = (case.jurisdiction, case.conduct_ended_on, case.pk)
    if party.uscc:
        found = _others_by_code(party.uscc, *where)
    elif party.id_number:
        found = _others_by_number(party.id_number, *where)
    else:
        found = _others_by_name(party.name, *where)
    if not found:
        return []
    letters = Document.objects.filter(case__in=found, kind__in=_FINING, void=None).values_list("case_id", "fields")
    fined = {key for key, fields in letters if money(fields.get("penalties") or (), "fine") or "fine" in fields}
    return [
        Other(str(row), row.organisation.name, row.item_code == case.item_code, row.id in fined)
        for row in found
        if row.closed_on is None or row.id in fined
    ]


@prepared
def _others_by_code(code: str, jurisdiction: str, day: dt.date, case_id: uuid.UUID) -> QuerySet[Case]:
    return _others(Q(parties__uscc=code), jurisdiction, day, case_id)


@prepared
def _others_by_number(number: str, jurisdiction: str, day: dt.date, case_id: uuid.UUID) -> QuerySet[Case]:
    return _others(Q(parties__id_number=number), jurisdiction, day, case_id)


@prepared
def _others_by_name(name: str, jurisdiction: str, day: dt.date, case_id: uuid.UUID) -> QuerySet[Case]:
    return _others(Q(party_name=name), jurisdiction, day, case_id)


def _others(same: Q, jurisdiction: str, day: dt.date, case_id: uuid.UUID) -> QuerySet[Case]:
    rows = Case.objects.filter(same, jurisdiction=jurisdiction, conduct_ended_on=day, act_type="penalty")
    # A case that this one came from, or led to, is the same matter in another procedure.
    rows = rows.exclude(Q(id=case_id) | Q(leads_to__other_id=case_id) | Q(comes_from__case_id=case_id))
    return rows.select_related("organisation").distinct().order_by("created_at", "id")[:_MOST]


def _standards(case: Case) -> Iterator[Any]:
    for edition in catalogues.all_in_force(case.organisation_id, "discretion", case.conduct_ended_on):
        yield catalogues.pinned(edition.id)


def ranges(case: Case, item: Mapping[str, Any]) -> tuple[str, list[Range]]:
    """The published standards in force on the day of the conduct, and their rows that name the conduct of this item."""
    name = str(item.get("name") or "").removeprefix("对").removesuffix("的处罚").removesuffix("的行政处罚")
    editions = list(_standards(case))
    rows = [
        Range(str(row["code"]), str(row.get("grade") or ""), row.get("least"), row.get("most"), str(row["standard"]))
        for edition in editions
        for row in edition.content["entries"]
        if name and (row["name"] in name or name in row["name"])
    ]
    return "、".join(f"《{edition.title}》" for edition in editions), rows


def item_gone(case: Case, on: dt.date) -> bool:
    """Whether the list in force on a day no longer names the item of the case."""
    edition = catalogues.in_force(case.organisation_id, "items", on)
    return edition is not None and edition.id != case.items_id and not catalogues.entry(edition, case.item_code)


def delegations(case: Case) -> list[str]:
    """Scope of the delegations to the organ that were valid on the day of filing."""
    if case.organisation.power_source not in (PowerSource.DELEGATED, PowerSource.ENTRUSTED):
        return []
    day = case.filed_on or legal_day(case.created_at)
    rows = case.organisation.delegations.filter(valid_from__lte=day)
    return [row.scope for row in rows.filter(Q(valid_to=None) | Q(valid_to__gte=day)).order_by("valid_from", "id")]
