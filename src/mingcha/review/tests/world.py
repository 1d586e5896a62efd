"""A made-up file handed over for review, and the means to spoil it as only somebody with the database could."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Certificate, Officer
from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.models import Case, Duty, Statement
from mingcha.common import clock, triggers
from mingcha.deadlines.models import RunningPeriod
from mingcha.documents import actions as documents
from mingcha.documents.models import Document, Draft
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.demo.paper import paper_decision
from mingcha.review import queries
from mingcha.review.file import gather
from mingcha.review.findings import MET, File, findings
from mingcha.review.models import Submission

Fields = dict[str, Any]
Change = Callable[[Fields], None]


@dataclass
class Variation(Journey):
    """A journey with another party, amount, conduct and evidence; what the law asks of it is done."""

    person: bool = False
    born: str = "19880115"
    proofs: int = 3
    age: int = 0
    effect: str = "ordinary"

    def register(self, actor: Actor) -> None:
        conduct = self.day - dt.timedelta(days=self.age)
        party: dict[str, Any] = {
            "party_kind": "organisation",
            "party_name": self.scenario.party,
            "uscc": self.scenario.uscc,
            "legal_representative": self.scenario.representative,
        }
        if self.person:
            party = {
                "party_kind": "person",
                "party_name": self.scenario.representative,
                "id_number": identity(self.born),
            }
        case = cases.register_lead(
            actor=actor,
            procedure=self.scenario.procedure,
            source="inspection",
            cause=self.scenario.cause,
            facts=f"检查{self.scenario.place}时发现。",
            item_code=self.scenario.item,
            conduct_ended_on=conduct,
            discovered_on=self.day,
            address="明水区望江路66号",
            second_officer_id=actor_named(self.scenario.handlers[1]).officer_id,
            **party,
        )
        self.case_id = case.id

    def serve(self, kind: str, actor: Actor) -> None:
        if not self.person:
            return super().serve(kind, actor)
        with clock.frozen(clock.now() + dt.timedelta(hours=2)):
            documents.serve(
                self.letter(kind),
                actor=actor,
                mode="direct",
                receiver=self.scenario.representative,
                relation="self",
                served_at=clock.now(),
                place="明水区望江路66号",
            )
        return None

    def letter(self, kind: str) -> uuid.UUID:
        return Document.objects.filter(case_id=self.id, kind=kind).latest("issued_at").pk

    def evidence(self, actor: Actor) -> None:
        super().evidence(actor)
        for n in range(self.proofs - 3):
            cases.record_evidence(
                self.id,
                actor=actor,
                kind=("electronic", "testimony", "audiovisual", "site")[n % 4],
                name=f"补充材料{n + 1}",
                proves="违法行为的时间和范围",
                origin="当事人提供",
                collected_at=clock.now() - dt.timedelta(minutes=10),
                file=receive_bytes(paper_decision(f"补充材料{n + 1}", self.day)),
            )

    def proposal(self) -> Fields:
        found = super().proposal()
        found["discretion"] = {**found["discretion"], "effect": self.effect}
        return found


def identity(born: str) -> str:
    """A made-up identity number with its check digit."""
    body = "990101" + born + "001"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


@dataclass
class World:
    """One case handed over for review, with the clock on the next day."""

    journey: Journey
    spare: uuid.UUID
    now: dt.datetime = field(init=False)

    def __post_init__(self) -> None:
        self.now = clock.at(self.journey.day, 15)

    @property
    def case(self) -> Case:
        return self.journey.case

    @property
    def submission(self) -> Submission:
        found = queries.open_submission(self.case)
        assert found is not None
        return found

    def file(self) -> File:
        return gather(self.submission)

    def found(self) -> set[tuple[str, str, str]]:
        """Point, code and state of all that the machine does not call met."""
        rows = findings(self.file())
        return {(point, row.code, row.state) for point, said in rows.items() for row in said if row.state != MET}

    # What the system itself forbids is written past it: the triggers are off.

    def paper(self, kind: str) -> Document:
        return Document.objects.filter(case_id=self.journey.id, kind=kind).latest("issued_at")

    def edit(self, kind: str, **values: Any) -> None:
        """Change what an issued paper says."""
        row = self.paper(kind)
        Document.objects.filter(pk=row.pk).update(fields={**row.fields, **values})

    def redate(self, kind: str, days: int) -> None:
        """Shift a paper by days: its making and the dates it bears."""
        row = self.paper(kind)
        shift = dt.timedelta(days=days)
        fields = dict(row.fields)
        for name in ("report_date", "issue_date"):
            if name in fields:
                fields[name] = (dt.date.fromisoformat(fields[name]) + shift).isoformat()
        for name in ("start", "end"):
            if name in fields:
                fields[name] = (dt.datetime.fromisoformat(fields[name]) + shift).isoformat()
        Document.objects.filter(pk=row.pk).update(fields=fields, issued_at=row.issued_at + shift)

    def lose(self, *kinds: str) -> None:
        """The papers of a kind end up in another file."""
        Document.objects.filter(case_id=self.journey.id, kind__in=kinds).update(case_id=self.spare)

    def copy(self, kind: str, days: int = 0, **values: Any) -> Document:
        """A paper of another kind, made from the site record."""
        row = self.paper("site-record")
        row.pk, row.kind, row.number, row.issued_at = uuid.uuid4(), kind, "", self.now + dt.timedelta(days=days)
        row.title, row.fields = kind, values
        row.save(force_insert=True)
        return row

    def draft(self, **values: Any) -> None:
        """What was handed over says something else."""
        row = self.submission
        content = {**row.content, "fields": {**row.content["fields"], **values}}
        Submission.objects.filter(pk=row.pk).update(content=content)

    def both(self, **values: Any) -> None:
        """Notice and draft say the same, so that only its substance is wrong."""
        self.edit("penalty-notice", **values)
        self.draft(**values)

    def fine(self, fen: int, *, told: bool = True) -> None:
        values = {"penalties": [{"kind": "fine", "amount": fen}]}
        if told:
            self.both(**values)
        else:
            self.draft(**values)

    def duty(self, username: str, duty: str) -> None:
        self.duty_of(actor_named(username).officer_id, duty)

    def duty_of(self, officer_id: uuid.UUID, duty: str) -> None:
        Duty.objects.create(case_id=self.journey.id, officer_id=officer_id, duty=duty, since=self.now)

    def certificates(self, username: str, **values: Any) -> None:
        Certificate.objects.filter(officer_id=actor_named(username).officer_id).update(**values)

    def period(self, rule: str, due_on: dt.date) -> None:
        RunningPeriod.objects.filter(case_id=self.journey.id, rule=rule).update(due_on=due_on)

    def row(self, **values: Any) -> None:
        Case.objects.filter(pk=self.journey.id).update(**values)

    def say(self, kind: str) -> None:
        Statement.objects.create(
            case_id=self.journey.id, kind=kind, speaker="许山河", text="有异议。", received_at=self.now, round=1,
            created_at=self.now,
        )  # fmt: skip

    def twin(self, username: str, name: str, organisation: str = "street") -> Officer:
        """The same person entered once more, in another organisation."""
        other = Officer.objects.get(pk=actor_named("luochuan" if organisation == "street" else username).officer_id)
        return Officer.objects.create(
            organisation=other.organisation, name=name, staff_kind="officer", created_at=self.now
        )

    def redraft(self, **values: Any) -> None:
        """The handler goes on writing after the submission (the stored draft, past the action)."""
        row = Draft.objects.get(case_id=self.journey.id, kind="penalty-decision")
        Draft.objects.filter(pk=row.pk).update(fields={**row.fields, **values})


def build(start: dt.date, scenario: Scenario | None = None, **more: Any) -> World:
    """Play a case to its submission; beside it a lead to which lost papers go."""
    journey = Variation(start, scenario or Scenario(), **more)
    journey.run("submit")
    aside = Journey(start, Scenario(mark=99, party="清和园林有限公司", uscc="91990100MA1QH00026"))
    aside.run("lead")
    return World(journey, aside.id)


def open_the_database() -> None:
    """Triggers off until the test rolls back."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    triggers.drop_all()


@contextmanager
def spoilt(world: World) -> Iterator[World]:
    """What happens inside is taken back."""
    with transaction.atomic(), clock.frozen(world.now):
        yield world
        transaction.set_rollback(True)
