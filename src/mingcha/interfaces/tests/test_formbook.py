"""The book of forms (文书格式): every form can be read, tried, fetched and filed."""

from __future__ import annotations

import json
from collections.abc import Callable

import jsonschema_rs
import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotPermitted
from mingcha.documents.filings import actions, queries
from mingcha.documents.rendering import kinds, template
from mingcha.documents.specimen import schema, specimen, values
from mingcha.documents.tests.golden import ALL


@pytest.mark.parametrize("kind", kinds())
def test_every_form_has_a_specimen_and_a_schema_that_its_sample_fits(kind: str) -> None:
    assert template(kind).title_of(values(kind)) in specimen(kind).text
    jsonschema_rs.validate(schema(kind), json.loads(json.dumps(ALL[kind])))


def test_the_book_lists_searches_and_shows(login: Callable[[str], Client]) -> None:
    client = login("lince")
    whole = client.get(reverse("forms")).content.decode()
    assert all(reverse("form", args=[kind]) in whole for kind in kinds())
    some = client.get(reverse("forms"), {"q": "查封"}).content.decode()
    assert reverse("form", args=["seizure-decision"]) in some
    assert reverse("form", args=["licence-grant"]) not in some
    assert "没有符合条件" in client.get(reverse("forms"), {"q": "不存在的"}).content.decode()
    page = client.get(reverse("form", args=["seizure-decision"])).content.decode()
    assert "行政强制法" in page
    assert client.get(reverse("form-specimen", args=["seizure-decision"])).content.startswith(b"%PDF")
    assert client.get(reverse("form", args=["no-such-form"])).status_code == 404


def test_filing_is_recorded_once_per_edition_and_by_the_administrator(
    district: None, actor: Callable[[str], Actor], login: Callable[[str], Client]
) -> None:
    day = clock.today()
    told = {"filed_with": "明水区司法局", "number": "明司备〔2026〕3号", "filed_on": day}
    with pytest.raises(NotPermitted):
        actions.record(kinds(), actor=actor("lince"), **told)
    with pytest.raises(InvalidInput):
        actions.record(["no-such-form"], actor=actor("admin"), **told)
    rows = actions.record(kinds(), actor=actor("admin"), **told)
    assert len(rows) == len(kinds())
    assert queries.filed(actor("admin").organ_id)["penalty-decision"].digest == template("penalty-decision").digest
    with pytest.raises(Conflict):
        actions.record(["penalty-decision"], actor=actor("admin"), **told)
    assert "明司备〔2026〕3号" in login("admin").get(reverse("form", args=["penalty-decision"])).content.decode()
