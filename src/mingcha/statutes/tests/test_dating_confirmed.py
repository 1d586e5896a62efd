"""A presumed day of effect is confirmed once, with its source; the versions around it keep their order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.common.errors import Conflict, InvalidInput, NotPermitted
from mingcha.ledger.models import JournalEntry
from mingcha.statutes import actions, queries
from mingcha.statutes.choices import EffectiveBasis
from mingcha.statutes.models import DateConfirmation, Law
from mingcha.statutes.tests.test_import import record, written

pytestmark = pytest.mark.django_db
Login = Callable[[str], Client]
FIRST, SECOND = dt.date(2018, 3, 1), dt.date(2022, 5, 1)


@pytest.fixture
def versions(district: None) -> list[Law]:
    told: dict[str, Any] = {"authority": "明水区人民代表大会", "source": "通过", "category": "地方性法规"}
    first = Law.objects.create(
        name="明水区河道条例", effective_from=FIRST, effective_to=SECOND - dt.timedelta(days=1), adopted_on=FIRST,
        effective_basis=EffectiveBasis.ADOPTED, **told,
    )  # fmt: skip
    second = Law.objects.create(
        name="明水区河道条例", effective_from=SECOND, adopted_on=SECOND, effective_basis=EffectiveBasis.ADOPTED, **told
    )
    return [first, second]


def confirm(law: Law, day: dt.date, who: str = "zhouheng", source: str = "区人大常委会公告第3号") -> DateConfirmation:
    return actions.confirm_date(law.id, effective_from=day, source=source, actor=actor_named(who))


def test_a_corrected_day_moves_the_end_of_the_version_before(versions: list[Law]) -> None:
    first, second = versions
    confirm(second, dt.date(2022, 7, 1))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.effective_to, second.effective_from) == (dt.date(2022, 6, 30), dt.date(2022, 7, 1))
    assert second.effective_basis == EffectiveBasis.CONFIRMED
    found = queries.law("明水区河道条例", dt.date(2022, 6, 1))
    assert found is not None and found.id == first.id
    entry = JournalEntry.objects.get(kind="law-date-confirmed")
    assert entry.subject_id == str(second.id)
    assert list(queries.presumed("河道")) == [first]
    with pytest.raises(Conflict):
        confirm(second, dt.date(2022, 8, 1))


@pytest.mark.parametrize("day", [dt.date(2018, 2, 1), SECOND, dt.date(2023, 1, 1)])
def test_a_day_out_of_order_is_refused(versions: list[Law], day: dt.date) -> None:
    with pytest.raises(InvalidInput):
        confirm(versions[0], day)
    assert not DateConfirmation.objects.exists()


def test_only_keepers_confirm_and_a_source_is_needed(versions: list[Law]) -> None:
    with pytest.raises(NotPermitted):
        confirm(versions[0], FIRST, who="lince")
    with pytest.raises(InvalidInput):
        confirm(versions[0], FIRST, source=" ")


def test_a_confirmation_never_changes(versions: list[Law]) -> None:
    row = confirm(versions[1], SECOND)
    with pytest.raises(DatabaseError), transaction.atomic():
        DateConfirmation.objects.filter(id=row.id).update(source="别的")


def test_a_later_import_finds_the_confirmed_version_again(district: None, tmp_path: Path) -> None:
    file = written(tmp_path, record("明水区渡口办法", "2019-04-01", "渡口应当设置标志。"))
    report = actions.import_laws(file)
    law = Law.objects.filter(name__contains="渡口").first()
    assert law is not None, report
    assert law.effective_basis == EffectiveBasis.ADOPTED
    confirm(law, dt.date(2019, 6, 1))
    again = actions.import_laws(file)
    assert (again.imported, again.unchanged, again.amendments) == (0, 1, 0)
    assert [row.effective_from for row in Law.objects.filter(name__contains="渡口")] == [dt.date(2019, 6, 1)]


def test_the_list_and_the_form(login: Login, versions: list[Law]) -> None:
    reviewer = login("zhouheng")
    page = reviewer.get(reverse("statutes-dates")).content.decode()
    assert "明水区河道条例" in page and "核实" in page
    assert "明水区河道条例" not in reviewer.get(reverse("statutes-dates"), {"q": "没有这部"}).content.decode()
    export = b"".join(reviewer.get(reverse("statutes-dates-export")).streaming_content)  # type: ignore[attr-defined]
    assert "明水区河道条例" in export.decode()
    address = reverse("statutes-date", args=[versions[1].id])
    early = reviewer.post(address, {"effective_from": "2018-01-01", "source": "公告"})
    assert early.status_code == 422 and "不能早于公布" in early.content.decode()
    done = reviewer.post(address, {"effective_from": "2022-06-01", "source": "公告第3号"})
    assert done.status_code == 302
    shown = reviewer.get(reverse("statute-law", args=[versions[1].id])).content.decode()
    assert "经法制人员核实" in shown and "公告第3号" in shown
    assert "推定" in reviewer.get(reverse("statute-law", args=[versions[0].id])).content.decode()
    assert login("lince").get(address).status_code == 403
