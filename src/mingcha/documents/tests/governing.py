"""A government that handles cases itself (以人民政府名义办理), for the acts that no department may decide."""

from __future__ import annotations

import datetime as dt

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.choices import Role, StaffKind
from mingcha.accounts.models import Organisation, User
from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.models import Case
from mingcha.catalogues.actions import found as adopt
from mingcha.common import clock
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo import district
from mingcha.interfaces.demo.paper import paper_decision

HANDLERS, CLERK = ("zhengyi", "zhenger"), "zhengsan"
_PEOPLE = (("zhengyi", "林策一", Role.HANDLER), ("zhenger", "韩渡一", Role.HANDLER), (CLERK, "苏棠一", Role.CLERK))


def government(day: dt.date) -> tuple[str, str]:
    """The government of the demonstration with lists and people of its own; returns the user names of two handlers."""
    if User.objects.filter(username=HANDLERS[0]).exists():
        return HANDLERS
    organ = Organisation.objects.get(name="明水区人民政府")
    with clock.frozen(clock.at(day, 7)):
        for number, (username, name, role) in enumerate(_PEOPLE, 1):
            officer = accounts.enrol_officer(
                organisation=organ, name=name, staff_kind=StaffKind.OFFICER, title="征收科", by=SYSTEM
            )
            accounts.issue_certificate(
                officer, number=f"3301080090{number}", issuer=organ.name, area="明水区", valid_from=day,
                valid_to=dt.date(day.year + 5, 12, 31), by=SYSTEM,
            )  # fmt: skip
            accounts.grant_role(officer, role, since=day, by=SYSTEM)
            accounts.create_user(officer, username=username, password=district.PASSWORD, by=SYSTEM)
        adopt(
            organ,
            document_number="明政发〔2026〕1号",
            decided_on=day,
            decided_by=organ.name,
            scan=receive_bytes(paper_decision(organ.name, day)),
            editions=[
                row for row in [*district.lists("self"), *district.procedures()] if row["kind"] in district._OF_STREET
            ],
            by=actor_named("admin").snapshot(Role.ADMIN),
        )
    return HANDLERS


def lead(procedure: str, day: dt.date, first: str, second: str) -> Case:
    """A case of a procedure at its beginning, with two handlers who declared that nothing bars them."""
    with clock.frozen(clock.at(day, 8)):
        found = cases.register_lead(
            actor=actor_named(first), procedure=procedure, source="report", cause="试办一件", facts="按程序试办。",
            item_code="3.14", conduct_ended_on=day, discovered_on=day, party_kind="organisation",
            party_name="清和建筑工程有限公司", uscc="91990100MA1QH00018", legal_representative="许山河",
            address="明水区望江路66号", second_officer_id=actor_named(second).officer_id,
        )  # fmt: skip
        for name in (first, second):
            cases.declare_avoidance(found.id, actor=actor_named(name), conflict=False)
        cases.state_facts(found.id, actor=actor_named(first), said={"public_interest": False})
    return found
