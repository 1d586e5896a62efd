"""Annual figures (年度执法数据): counted by the heaviest kind, opened to cases, signed by another person, three rings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import Conflict, NotPermitted, Refused, code_of_database_error
from mingcha.disclosure import actions, counting, yearly
from mingcha.disclosure.models import Publication, YearRelease, YearSent
from mingcha.ledger.actions import append

PLACE = "990100"


@pytest.mark.parametrize(
    ("kinds", "column"),
    [
        (["fine"], "fine"),
        (["warning", "fine"], "fine"),
        (["fine", "confiscate_goods"], "confiscate"),
        (["confiscate_gains", "fine", "stop_production"], "stop"),
        (["revoke_permit", "stop_production"], "revoke"),
        (["other", "warning"], "warning"),
        (["other"], "other"),
        ([], "other"),
    ],
)
def test_a_decision_counts_once_by_its_heaviest_kind(kinds: list[str], column: str) -> None:
    assert counting.heaviest(kinds) == column


@pytest.mark.django_db
@pytest.mark.usefixtures("own_log")
def test_figures_are_made_by_one_and_signed_by_another(
    play: Callable[..., Any], client: Client, login: Callable[[str], Client]
) -> None:
    journey = play("publish")
    clerk, head = actor_named("sutang"), actor_named("shenyi")
    with clock.frozen(clock.at(journey.day, 17)):
        with pytest.raises(Refused, match="还没有结束"):
            yearly.sign(yearly.make(2026, actor=clerk).id, actor=head)
        place = reverse("portal:statistics")
        page = client.get(place).content.decode()
        assert "1 件" in page and journey.case.number not in page and journey.case.party_name not in page
        row = Publication.objects.get(decision__case_id=journey.id)
        actions.withdraw(row.id, actor=clerk, reason="公示有误")
    with clock.frozen(clock.at(dt.date(2027, 2, 3), 10)):
        assert [(organ.id, year, day) for organ, year, day in yearly.missing(PLACE, clock.today())] == [
            (head.organ_id, 2026, dt.date(2027, 1, 31))
        ]
        assert "年度数据" in login("fangzhi").get(reverse("supervision")).content.decode()
        draft = yearly.make(2026, actor=clerk, note="机构没有变化。")
        content = draft.content
        assert content["penalties"]["fine"] == content["penalties_total"] == 1 and not counting.reconciled(content)
        assert content["sum_fen"] == row.decision.fine_fen if row.decision else False
        assert content["reversed"] == 1 and 0 < content["certified"] <= content["staff"]
        # Every figure opens down to its cases, for those who may open them.
        behind = login("shenyi").get(reverse("yearbook-behind", args=[draft.id, "penalty.fine"])).content.decode()
        assert journey.case.number in behind
        assert reverse("yearbook-behind", args=[draft.id, "penalty.fine"]) in (
            login("shenyi").get(reverse("yearbook-one", args=[draft.id])).content.decode()
        )
        assert client.get(reverse("portal:yearly", args=[2026])).status_code == 404
        with pytest.raises(NotPermitted):
            yearly.sign(draft.id, actor=clerk)
        own = [reason.code for reason in yearly.may_sign(draft, signer=clerk.officer_id, today=clock.today())]
        assert own == ["year-own-check"]

        def forged(by: Any, digest: str) -> str | None:
            try:
                with transaction.atomic():
                    entry = append(
                        "year-published", log=PLACE, subject=("year", "x"), actor=by.snapshot("head"), payload={}
                    )
                    YearRelease.objects.create(
                        draft=draft, seq=1, content_digest=digest, entry_id=entry.pk,
                        signed_by_id=by.officer_id, signed_at=clock.now(),
                    )  # fmt: skip
            except IntegrityError as error:
                return code_of_database_error(error)
            return None

        assert forged(clerk, draft.content_digest) == "year-own-check"
        assert forged(head, "0" * 64) == "year-differs-from-draft"
        signed = login("shenyi").post(reverse("yearbook-sign", args=[draft.id]), {"checked": "on"}, follow=True)
        assert "已经公布" in signed.content.decode()
        page = client.get(reverse("portal:yearly", args=[2026])).content.decode()
        assert "逾期公布" in page and draft.content_digest in page and "机构没有变化" in page
        assert journey.case.number not in page and str(journey.id) not in page
        assert "罚款,1" in client.get(reverse("portal:yearly-file", args=[2026])).content.decode()
        assert yearly.missing(PLACE, clock.today()) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("own_log")
def test_the_system_counts_after_new_year_and_a_person_signs(
    play: Callable[..., Any], client: Client, login: Callable[[str], Client]
) -> None:
    play("decide")
    with clock.frozen(clock.at(dt.date(2026, 12, 31), 10)):
        assert yearly.draft_owed(clock.today()) == 0
    with clock.frozen(clock.at(dt.date(2027, 1, 2), 10)):
        assert yearly.draft_owed(clock.today()) == 1
        # Found by absence: the second look makes none.
        assert yearly.draft_owed(clock.today()) == 0
        (row,) = [item for item in yearly.owed(PLACE, clock.today()) if item.year == 2026]
        assert row.draft is not None and row.due_on == dt.date(2027, 1, 31)
        place = reverse("yearbook-one", args=[row.draft])
        for name in ("sutang", "shenyi"):
            screen = login(name)
            assert place in screen.get(reverse("home")).content.decode()
            assert "系统" in screen.get(place).content.decode()
        head = actor_named("shenyi")
        with pytest.raises(Refused, match="还没有核对签发"):
            yearly.send(row.draft, actor=head, receiver="明水市综合行政执法局", sent_on=clock.today())
        yearly.sign(row.draft, actor=head)
        assert yearly.owed(PLACE, clock.today()) == []
        # Signed is not sent (R045): it waits until somebody enters to whom and when, once, and late is late.
        assert [(item.draft_id, day) for item, day in yearly.unsent(PLACE)] == [(row.draft, dt.date(2027, 1, 31))]
        assert "上报年度数据" in login("shenyi").get(reverse("home")).content.decode()
        form = reverse("yearbook-send", args=[row.draft])
        early = {"receiver": "明水市综合行政执法局", "sent_on": "2027-01-01"}
        assert login("sutang").post(form, early).status_code == 422
        with pytest.raises(IntegrityError, match="year-sent-without-journal"), transaction.atomic():
            YearSent.objects.create(
                release_id=row.draft, receiver="甲", sent_on=clock.today(), entry_id=999999,
                by_id=head.officer_id, at=clock.now(),
            )  # fmt: skip
    with clock.frozen(clock.at(dt.date(2027, 2, 3), 10)):
        late = {"receiver": "明水市综合行政执法局", "sent_on": "2027-02-03", "number": "明综执报〔2027〕1号"}
        assert "逾期上报" in login("sutang").post(form, late, follow=True).content.decode()
        assert yearly.unsent(PLACE) == []
        with pytest.raises(Conflict):
            yearly.send(row.draft, actor=head, receiver="乙", sent_on=clock.today())
        sheet = client.get(reverse("portal:yearly-sheet", args=[2026]))
        cells = list(load_workbook(BytesIO(sheet.content)).active.iter_rows(values_only=True))
        assert (2026, "明水区综合行政执法局", "行政处罚（宗）", "罚款", 1) in [
            (*line[:3], str(line[3]).split("、")[0], line[4]) for line in cells[1:]
        ]


@pytest.mark.django_db
def test_figures_due_within_the_year_are_signed_before_its_end(play: Callable[..., Any]) -> None:
    play("decide")
    with clock.frozen(clock.at(dt.date(2026, 12, 20), 10)):
        head = actor_named("shenyi")
        draft = yearly.make(2026, actor=actor_named("sutang"))
        code = [row.code for row in yearly.may_sign(draft, signer=head.officer_id, today=clock.today())]
        assert code == ["year-not-over"]
        assert not yearly.may_sign(draft, signer=head.officer_id, today=clock.today(), due_on=dt.date(2026, 12, 31))


@pytest.mark.parametrize(
    ("act", "stage", "column"),
    [
        ("expropriation", "announce", "taking.expropriation"),
        ("requisition", "req-decide", "taking.requisition"),
        ("fee", "fee-notice", "taking.fee"),
        ("confirmation", "decide", "others.confirmed"),
        ("inspection", "record", "others.inspections"),
    ],
)
def test_each_act_has_its_column(act: str, stage: str, column: str) -> None:
    """As `counting.count` reads the form: one column takes the move, and an earlier form's columns take none."""
    found = [
        f"{table['id']}.{item['id']}"
        for table in counting.form()["acts"]
        for item in counting.columns(table)
        if act in item.get("act_types", table["act_types"]) and stage in item["stages"]
    ]
    assert found == [column]


def test_figures_of_an_earlier_form_keep_their_columns() -> None:
    old = {
        "penalties": {row["id"]: 0 for row in counting.form()["penalties"]}, "penalties_total": 0,
        "acts": {"others": {"inspections": 3, "expropriation": 2, "transferred": 0}},
    }  # fmt: skip
    shown = {table["label"]: [(row["label"], row["value"]) for row in table["rows"]] for table in yearly.tables(old)}
    assert ("征收、征用", 2) in shown["其他执法行为"] and ("行政检查（次）", 3) in shown["其他执法行为"]
    assert "行政征收、征用、收费" not in shown
