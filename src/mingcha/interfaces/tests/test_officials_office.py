"""Archive, administration and supervision, through the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.choices import OrganisationKind, PowerSource, StaffKind
from mingcha.accounts.models import Certificate, Officer, Organisation, RoleGrant, User
from mingcha.archives.models import Acceptance
from mingcha.catalogues.models import Edition
from mingcha.common.errors import InvalidInput
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.workbench.daylines import parse_days
from mingcha.ledger import queries as ledger

Login = Callable[[str], Client]
Play = Callable[..., Journey]
OnDay = Callable[[dt.date], AbstractContextManager[None]]


def test_the_archivist_takes_a_dossier_over_once(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="close")
    with on_day(journey.day):
        client, url = login("jiangmu"), reverse("archive-case", args=[journey.id])
        assert url in client.get(reverse("archives")).content.decode()
        body = client.get(url).content.decode()
        for entry in ledger.entries_of_case(journey.id):
            assert entry.digest in body
        assert body.index("行政处罚决定书") < body.index("副卷") < body.index("案件调查终结报告")
        assert client.post(url, {"form_token": "x"}).status_code == 302
        client.post(url, {"form_token": "x"})
        assert Acceptance.objects.count() == 1
        after = client.get(url).content.decode()
    assert Acceptance.objects.get().digest in after
    assert "接收案卷</button>" not in after


def test_an_open_case_cannot_be_taken_over(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="publish")
    with on_day(journey.day):
        assert login("jiangmu").get(reverse("archive-case", args=[journey.id])).status_code == 404
        head = login("shenyi")
        assert "还没有结案" in head.get(reverse("archive-case", args=[journey.id])).content.decode()
        assert head.post(reverse("archive-case", args=[journey.id])).status_code == 403


PAGES = ("", "-people", "-ledger", "-person-new", "-organisation-new")


@pytest.mark.parametrize("page", PAGES)
def test_administration_is_for_administrators(login: Login, page: str) -> None:
    assert login("admin").get(reverse(f"administration{page}")).status_code == 200
    assert login("shenyi").get(reverse(f"administration{page}")).status_code == 403


def test_people_show_certificates_roles_and_auxiliary_staff(login: Login) -> None:
    body = login("admin").get(reverse("administration-people")).content.decode()
    assert "990100-0231" in body
    assert "辅助人员" in body
    found = login("admin").get(reverse("administration-people") + "?q=0232").content.decode()
    assert "韩渡" in found
    assert "卫青禾" not in found


def test_the_number_of_statements_does_not_grow_with_the_people(login: Login) -> None:
    client, url = login("admin"), reverse("administration-people")
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as before:
        client.get(url)
    unit = Organisation.objects.get(name="执法一大队")
    for number in range(12):
        officer = accounts.enrol_officer(
            organisation=unit, name=f"新员{number}", staff_kind=StaffKind.OFFICER, by=SYSTEM
        )
        accounts.grant_role(officer, "handler", by=SYSTEM)
    with CaptureQueriesContext(connection) as after:
        client.get(url)
    assert len(after) == len(before)


def test_registering_a_person_up_to_the_sign_in(login: Login, on_day: OnDay) -> None:
    unit = Organisation.objects.get(name="执法一大队")
    with on_day(dt.date(2026, 11, 2)):
        client = login("admin")
        posted = {"name": "宋知远", "organisation": str(unit.id), "staff_kind": "officer", "title": "执法员"}
        assert client.post(reverse("administration-person-new"), posted | {"form_token": "p"}).status_code == 302
        officer = Officer.objects.get(name="宋知远")
        args = [officer.id]
        bad = {"number": "990100-0231", "issuer": "明水区人民政府", "area": "明水区"}
        days = {"valid_from": "2026-11-01", "valid_to": "2030-12-31"}
        taken = client.post(reverse("administration-certificate-new", args=args), bad | days)
        assert taken.status_code == 422
        assert "已经登记" in taken.content.decode()
        turned = {**bad, "number": "990100-0900", "valid_from": "2026-11-01", "valid_to": "2020-12-31"}
        assert "不能早于" in client.post(reverse("administration-certificate-new", args=args), turned).content.decode()
        right = {**bad, **days, "number": "990100-0900"}
        assert client.post(reverse("administration-certificate-new", args=args), right).status_code == 302
        assert client.post(reverse("administration-role-new", args=args), {"role": "handler"}).status_code == 302
        weak = client.post(reverse("administration-user-new", args=args), {"username": "song", "password": "12345"})
        assert weak.status_code == 422
        assert "12345" not in weak.content.decode()
        strong = {"username": "song", "password": "mingshui-2026-zhi"}
        assert client.post(reverse("administration-user-new", args=args), strong).status_code == 302
        body = client.get(reverse("administration-person", args=args)).content.decode()
    assert "990100-0900" in body
    assert "执法人员" in body
    assert User.objects.get(username="song").check_password("mingshui-2026-zhi")
    assert RoleGrant.objects.filter(officer=officer, role="handler").exists()


def test_auxiliary_staff_get_no_certificate(login: Login) -> None:
    officer = Officer.objects.get(name="齐小满")
    client, url = login("admin"), reverse("administration-certificate-new", args=[officer.id])
    posted = {"number": "1", "issuer": "区", "area": "区", "valid_from": "2026-11-01", "valid_to": "2030-12-31"}
    answer = client.post(url, posted)
    assert answer.status_code == 422
    assert "辅助人员" in answer.content.decode()
    assert not Certificate.objects.filter(officer=officer).exists()


def test_another_jurisdiction_is_out_of_reach(login: Login) -> None:
    other = accounts.create_organisation(
        jurisdiction="990200",
        name="明山区综合行政执法局",
        kind=OrganisationKind.DEPARTMENT,
        power_source=PowerSource.STATUTORY,
        power_basis="《中华人民共和国行政处罚法》第十八条",
        by=SYSTEM,
    )
    officer = accounts.enrol_officer(organisation=other, name="外地人", staff_kind=StaffKind.OFFICER, by=SYSTEM)
    client = login("admin")
    assert client.get(reverse("administration-person", args=[officer.id])).status_code == 404
    assert client.post(reverse("administration-role-new", args=[officer.id]), {"role": "admin"}).status_code == 404
    assert "外地人" not in client.get(reverse("administration-people")).content.decode()
    posted = {"name": "某人", "organisation": str(other.id), "staff_kind": "officer"}
    assert client.post(reverse("administration-person-new"), posted).status_code == 422
    assert not RoleGrant.objects.filter(officer=officer).exists()


def test_a_sign_in_can_be_closed_and_a_password_reset(login: Login) -> None:
    admin, clerk = login("admin"), login("sutang")
    officer = User.objects.get(username="sutang").officer
    assert clerk.get(reverse("home")).status_code == 200
    stop = reverse("administration-user-switch", args=[officer.id, "disable"])
    assert admin.post(stop, {"form_token": "a"}).status_code == 422
    assert admin.post(stop, {"reason": "调离本机关", "form_token": "b"}).status_code == 302
    assert clerk.get(reverse("home")).status_code == 302
    page = admin.get(reverse("administration-person", args=[officer.id])).content.decode()
    assert "已停用" in page
    start = reverse("administration-user-switch", args=[officer.id, "enable"])
    assert admin.post(start, {"reason": "调回", "form_token": "c"}).status_code == 302
    assert admin.get(stop.replace("disable", "remove")).status_code == 404
    reset = reverse("administration-password", args=[officer.id])
    assert admin.post(reset, {"password": "12345"}).status_code == 422
    assert admin.post(reset, {"password": "明水区2026-重新设置"}).status_code == 302
    user = User.objects.get(username="sutang")
    assert user.check_password("明水区2026-重新设置")
    assert clerk.get(reverse("home")).status_code == 302


def test_a_role_ends_once(login: Login) -> None:
    admin = login("admin")
    officer = User.objects.get(username="sutang").officer
    grant = officer.grants.get(role="clerk")
    end = reverse("administration-role-end", args=[officer.id, grant.id])
    assert admin.post(end, {"reason": "岗位调整", "form_token": "a"}).status_code == 302
    assert login("sutang").get(reverse("disclosure")).status_code == 403
    assert admin.post(end, {"reason": "岗位调整", "form_token": "b"}).status_code == 422


def test_every_edition_can_be_read(login: Login) -> None:
    client = login("admin")
    kinds = set()
    for row in Edition.objects.filter(organisation__jurisdiction="990100"):
        answer = client.get(reverse("list-edition", args=[row.id]), follow=True)
        body = answer.content.decode()
        kinds.add(row.kind)
        assert answer.status_code == 200
        assert row.title in body
        if row.key == "P-PT":
            assert "未超过处罚时效" in body
    assert kinds >= {"items", "officers", "recording-list", "review-list", "policy-profile", "procedure"}


def test_the_founding_scan_opens(login: Login) -> None:
    bureau = Organisation.objects.get(code="明综执")
    answer = login("admin").get(reverse("administration-scan", args=[bureau.id]))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.getvalue().startswith(b"%PDF")


def test_lines_of_days_are_read_or_named() -> None:
    days = parse_days("2027年1月1日 放假 元旦\n\n2027-02-05至2027-02-06 放假 春节")
    assert [(row.date.day, row.off, row.name) for row in days] == [
        (1, True, "元旦"),
        (5, True, "春节"),
        (6, True, "春节"),
    ]
    for line in ("2027-13-01 放假 元旦", "2027-02-06至2027-02-05 放假 春节", "2027-01-01 元旦"):
        with pytest.raises(InvalidInput):
            parse_days(line)


def test_the_supervisor_sees_what_is_late_and_where(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="serve-decision")
    late = play(until="submit", scenario=Scenario(party="白石建材有限公司", mark=2))
    with on_day(max(journey.day, late.day) + dt.timedelta(days=60)):
        client, url = login("fangzhi"), reverse("supervision")
        body = client.get(url).content.decode()
        for text in ("逾期未公示", "出具法制审核意见的最后一日", "白石建材有限公司", "缴纳罚款的最后一日"):
            assert text in body
        assert reverse("case", args=[late.id]) in body
        only = client.get(url + "?kind=publication").content.decode()
        assert "白石建材有限公司" not in only
        assert login("shenyi").get(url).status_code == 403


def test_nothing_late_says_what_will_appear(login: Login) -> None:
    assert "没有迟延和异常" in login("fangzhi").get(reverse("supervision")).content.decode()
