"""Setting up the demonstration district: organisations, people, founding act — through the real actions."""

from __future__ import annotations

import datetime as dt
import json
from importlib import resources
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from mingcha.accounts import actions as accounts
from mingcha.accounts import queries as people
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.choices import Accountability, AccountableFor, OrganisationKind, PowerSource, Role, StaffKind
from mingcha.accounts.models import Officer, Organisation, User
from mingcha.catalogues import profiles, schemas
from mingcha.catalogues.actions import found
from mingcha.common import clock
from mingcha.deadlines.actions import load_shipped_calendar
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.paper import paper_decision
from mingcha.procedures.queries import codes, definition_file
from mingcha.statutes.actions import load_shipped

JURISDICTION = "990100"
PASSWORD = "mingcha-demo-2026"  # noqa: S105
FOUNDED = dt.date(2026, 1, 5)

# user name, name, title, unit, roles, certificate number (empty: none), legal qualification
PEOPLE: tuple[tuple[str, str, str, str, tuple[str, ...], str, str], ...] = (
    ("admin", "许知微", "信息管理员", "office", (Role.ADMIN,), "", ""),
    ("lince", "林策", "一级执法员", "brigade", (Role.HANDLER,), "990100-0231", ""),
    ("handu", "韩渡", "二级执法员", "brigade", (Role.HANDLER,), "990100-0232", ""),
    ("weiqing", "卫青禾", "二级执法员", "brigade", (Role.HANDLER,), "990100-0233", ""),
    ("luming", "陆鸣", "大队长", "brigade", (Role.UNIT_HEAD,), "990100-0210", ""),
    ("zhouheng", "周衡", "法制审核员", "legal", (Role.REVIEWER,), "", "A20189901000001"),
    ("guyan", "顾言", "法制审核员", "legal", (Role.REVIEWER,), "", "A20199901000002"),
    ("shenyi", "沈毅", "局长", "office", (Role.HEAD, Role.CHIEF), "990100-0201", ""),
    ("chengyuan", "程远", "副局长", "office", (Role.HEAD,), "990100-0202", ""),
    ("sutang", "苏棠", "公示员", "office", (Role.CLERK,), "", ""),
    ("jiangmu", "江牧", "档案员", "office", (Role.ARCHIVIST,), "", ""),
    ("fangzhi", "方直", "监督科科长", "justice", (Role.SUPERVISOR,), "", ""),
    ("qiman", "齐小满", "协管员", "brigade", (), "", ""),
    ("luochuan", "罗川", "执法员", "street", (Role.HANDLER,), "990100-0801", ""),
    ("yuanye", "袁野", "执法员", "street", (Role.HANDLER,), "990100-0802", ""),
    ("heshan", "何山", "主任", "street", (Role.HEAD, Role.UNIT_HEAD), "990100-0803", ""),
)
AUXILIARY = "qiman"
ORGAN = "明水区综合行政执法局"


def exists() -> bool:
    return Organisation.objects.filter(jurisdiction=JURISDICTION).exists()


def lists(approval: str = "another") -> list[dict[str, Any]]:
    """The shipped lists of the demonstration, with the ordinary penalty procedure that ships with Mingcha.

    `approval`: who approves a publication, `another` or, where only the clerk's act is wanted, `self` (R024).
    """
    data = resources.files("mingcha.interfaces.demo").joinpath("data")
    rows: list[dict[str, Any]] = json.loads(data.joinpath("lists.json").read_text("utf-8"))
    own = json.loads(data.joinpath("profile.json").read_text("utf-8"))
    if approval == "self":
        own["overrides"]["publish.approval"] = {"value": approval, "reason": "由公示员一人签发", "verified": False}
    profile = profiles.compose(own.pop("based_on"), **own)
    rows.append({"kind": "policy-profile", "key": "all", "title": "政策参数", "content": profile})
    procedure = definition_file("P-PT")
    for kind in ("retention-list", "loan-list"):
        found = schemas.schema(kind)
        rows.append({"kind": kind, "key": "all", "title": found.label, "content": found.first})
    rows.append({"kind": "procedure", "key": "P-PT", "title": procedure["name"], "content": procedure})
    return rows


def procedures() -> list[dict[str, Any]]:
    """The other procedures that ship, adopted whole."""
    found = [definition_file(code) for code in codes() if code != "P-PT"]
    return [{"kind": "procedure", "key": row["code"], "title": row["name"], "content": row} for row in found]


# What a street with three delegated items publishes for itself; fees, guides, plans and standards are the bureau's.
_OF_STREET = ("items", "recording-list", "review-list", "policy-profile", "retention-list", "loan-list", "procedure")


def _own_lists(organ: Organisation, bureau: Organisation, approval: str) -> list[dict[str, Any]]:
    """The lists that an organ of the demonstration adopts: no two organs publish the same plan, fee or standard."""
    if organ == bureau:
        return [*lists(approval), *procedures()]
    return [row for row in lists(approval) if row["kind"] in _OF_STREET]


def load_foundations() -> None:
    """Working-day table and article summaries; every installation needs them."""
    load_shipped_calendar()
    load_shipped()


def create(founded: dt.date = FOUNDED, *, approval: str = "another") -> None:
    """Create the district. Does nothing when it exists. `approval` as in `lists`."""
    if exists():
        return
    load_foundations()
    with clock.frozen(clock.at(founded, 9)):
        # Bytes first: nothing is rendered or hashed inside the transaction.
        scans = {name: receive_bytes(paper_decision(name, founded)) for name in (ORGAN, "清源街道办事处")}
        with transaction.atomic():
            units = _organisations()
            officers = _people(units, founded)
            _accountable(units["bureau"], officers)
            for organ, number in ((units["bureau"], "明综执发〔2026〕1号"), (units["street"], "清街发〔2026〕2号")):
                found(
                    organ,
                    document_number=number,
                    decided_on=founded,
                    decided_by=organ.name,
                    scan=scans[organ.name],
                    editions=[*_own_lists(organ, units["bureau"], approval), _officer_list(organ)],
                    by=people.actor_named("admin").snapshot(Role.ADMIN),
                )


def _organisations() -> dict[str, Organisation]:
    def make(name: str, kind: str, parent: Organisation | None = None, **more: Any) -> Organisation:
        source = more.pop("power_source", PowerSource.STATUTORY)
        return accounts.create_organisation(
            jurisdiction=JURISDICTION, name=name, kind=kind, parent=parent, power_source=source, by=SYSTEM, **more
        )

    district = make(
        "明水区人民政府",
        OrganisationKind.GOVERNMENT,
        power_basis="《中华人民共和国地方各级人民代表大会和地方各级人民政府组织法》",
        legal_status="本级人民政府",
    )
    bureau = make(
        ORGAN,
        OrganisationKind.DEPARTMENT,
        district,
        code="明综执",
        power_basis="《中华人民共和国行政处罚法》第十八条",
        legal_status="区人民政府工作部门",
        address="明水区清源街18号",
        phone="0000-00000000",
    )
    justice = make(
        "明水区司法局",
        OrganisationKind.DEPARTMENT,
        district,
        code="明司",
        power_basis="行政执法监督职责",
        legal_status="区人民政府工作部门",
    )
    street = make(
        "清源街道办事处",
        OrganisationKind.TOWNSHIP,
        district,
        code="清街执",
        power_source=PowerSource.DELEGATED,
        power_basis="《中华人民共和国行政处罚法》第二十四条；省人民政府赋权决定",
        legal_status="区人民政府派出机关",
    )
    units = {"district": district, "bureau": bureau, "justice": justice, "street": street}
    for key, name in (("brigade", "执法一大队"), ("legal", "政策法规科"), ("office", "局机关")):
        units[key] = make(name, OrganisationKind.UNIT, bureau, power_source=PowerSource.NONE)
    accounts.record_delegation(
        principal=district,
        trustee=street,
        kind=PowerSource.DELEGATED,
        scope="城市管理领域行政处罚三项（清单3.14、3.21、3.27）",
        basis="省人民政府赋权决定",
        valid_from=FOUNDED,
        by=SYSTEM,
    )
    return units


def _people(units: dict[str, Organisation], founded: dt.date) -> dict[str, Officer]:
    officers = {}
    # One password for all, printed at every start: sixteen hashes of it would keep nothing secret and take seconds.
    encoded = make_password(PASSWORD)
    for username, name, title, unit, roles, certificate, qualification in PEOPLE:
        kind = StaffKind.AUXILIARY if username == AUXILIARY else StaffKind.OFFICER
        officer = accounts.enrol_officer(organisation=units[unit], name=name, staff_kind=kind, title=title, by=SYSTEM)
        if certificate:
            accounts.issue_certificate(
                officer,
                number=certificate,
                issuer="明水区人民政府",
                area="明水区",
                valid_from=founded,
                valid_to=dt.date(founded.year + 5, 12, 31),
                by=SYSTEM,
            )
        if qualification:
            accounts.record_qualification(
                officer, number=qualification, obtained_on=dt.date(2019, 3, 1), reviewing_since=founded, by=SYSTEM
            )
        for role in roles:
            accounts.grant_role(officer, role, since=founded, by=SYSTEM)
        accounts.create_user(officer, username=username, password=PASSWORD, encoded=encoded, by=SYSTEM)
        officers[username] = officer
    return officers


def _accountable(bureau: Organisation, officers: dict[str, Officer]) -> None:
    for matter, first, direct in (
        (AccountableFor.DISCLOSURE, "chengyuan", "sutang"),
        (AccountableFor.RECORDING, "luming", "lince"),
        (AccountableFor.REVIEW, "shenyi", "zhouheng"),
    ):
        for rank, username in ((Accountability.FIRST, first), (Accountability.DIRECT, direct)):
            accounts.name_accountable(bureau, officers[username], matter=matter, rank=rank, by=SYSTEM)


# What the officers' list tells besides what the certificate holds (R012): sex and kind of post, made up.
_POSTS = {
    name: {"sex": sex, "post": "enforcement"}
    for name, sex in (
        ("林策", "male"), ("韩渡", "male"), ("卫青禾", "female"), ("陆鸣", "male"), ("沈毅", "male"), ("程远", "female"),
        ("罗川", "male"), ("袁野", "male"), ("何山", "male"),
    )
}  # fmt: skip


def _officer_list(organ: Organisation) -> dict[str, Any]:
    entries = []
    for officer in people.staff(organ.jurisdiction):
        unit = officer.organisation
        for certificate in officer.certificates.all():
            if (unit.organ_id or unit.id) == organ.id:
                entries.append(
                    {
                        "code": certificate.number,
                        "name": officer.name,
                        **_POSTS.get(officer.name, {}),
                        "unit": unit.name,
                        "area": certificate.area,
                        "issuer": certificate.issuer,
                        "certificate": certificate.number,
                        "valid_to": certificate.valid_to.isoformat(),
                    }
                )
    return {"kind": "officers", "key": "all", "title": "行政执法人员清单", "content": {"entries": entries}}


def sign_ins() -> list[tuple[str, str, str]]:
    """User name, name and roles of the demonstration, for the start-up message."""
    rows = []
    for username, name, title, _, roles, _, _ in PEOPLE:
        if roles and User.objects.filter(username=username).exists():
            rows.append((username, name, f"{title}（{'、'.join(Role(role).label for role in roles)}）"))
    return rows
