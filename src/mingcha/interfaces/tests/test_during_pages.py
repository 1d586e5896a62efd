"""While a case runs (事中公示): certificate, own case by number and code, and nothing to whoever guesses."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from mingcha.accounts.models import Certificate
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.disclosure import queries
from mingcha.disclosure.reading_cases import case_code
from mingcha.documents.queries import of_case
from mingcha.documents.rendering import check_fields, template

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_was_here(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "during"}}
    cache.clear()


@pytest.mark.usefixtures("own_log")
def test_the_party_follows_its_case_and_nobody_else(
    play: Callable[..., Any], client: Client, login: Callable[[str], Client]
) -> None:
    journey = play("decide")
    case = journey.case
    place = reverse("portal:own-case")

    def ask(number: str, code: str) -> Any:
        return client.post(place, {"number": number, "code": code})

    slip = login("lince").get(reverse("case-progress-code", args=[case.id])).content.decode()
    code = case_code(case.id)
    assert f"{code[:4]}-{code[4:]}" in slip
    assert login("heshan").get(reverse("case-progress-code", args=[case.id])).status_code == 404
    found = ask(case.number.replace("〔", "[").replace("〕", "]"), code.lower()).content.decode()
    assert "立案" in found and "990100-0231" in found and "事先告知书" in found
    # Made but not served: whoever asks early does not learn the decision here, nor what is internal.
    letters = of_case(case)
    unserved = [row for row in letters if row.kind == "penalty-decision"]
    assert unserved and unserved[0].number not in found
    for word in ("法制审核", "集体讨论", "邵毅", case.party_name):
        assert word not in found, word
    notice = next(row for row in letters if row.kind == "penalty-notice" and row.number)
    assert "立案" in ask(notice.number, code).content.decode()
    assert ask(unserved[0].number, code).status_code == 404
    # A wrong code and a number that does not exist answer with the same page.
    wrong = [ask(case.number, "AAAAAAAA"), ask("明综执立〔2026〕999号", code), ask("", code_of_nothing())]
    assert {row.status_code for row in wrong} == {404}
    assert (
        len({row.content.decode().replace(case.number, "").replace("明综执立〔2026〕999号", "") for row in wrong}) == 1
    )
    assert [ask(case.number, f"{n:08}").status_code for n in range(18)][-1] == 429
    assert ask(case.number, code).status_code == 429


def code_of_nothing() -> str:
    return case_code(uuid.UUID(int=0))


@pytest.mark.usefixtures("district")
def test_a_certificate_tells_its_state_and_nothing_else(client: Client, play: Callable[..., Any]) -> None:
    journey = play("file")
    case = journey.case
    row = Certificate.objects.get(number="990100-0231")

    def page(day: dt.date, number: str = row.number) -> tuple[int, str]:
        with clock.frozen(clock.at(day, 10)):
            answer = client.get(reverse("portal:card"), {"number": number})
        return answer.status_code, answer.content.decode()

    status, text = page(journey.day)
    assert status == 200 and "今日有效" in text and "正在承办" in text and "普通程序" in text
    for word in (case.number, case.party_name, case.cause, str(case.id)):
        assert word not in text
    assert "已过期" in page(row.valid_to + dt.timedelta(days=1))[1]
    assert "尚未生效" in page(row.valid_from - dt.timedelta(days=1))[1]
    Certificate.objects.filter(id=row.id).update(suspended_on=journey.day)
    status, text = page(journey.day)
    assert "停用" in text and "普通程序" not in text and "不得持这个证件执法" in text
    assert page(journey.day, "990100-9999")[0] == 404
    assert client.get(reverse("portal:card-code"), {"number": "990100-9999"}).status_code == 404
    assert client.get(reverse("portal:card-code"), {"number": row.number}).headers["Content-Type"] == "image/svg+xml"
    assert "岗位信息" in client.get(reverse("portal:screen"), {"unit": "明水区综合行政执法局"}).content.decode()


@pytest.mark.usefixtures("district")
def test_applicants_take_home_a_letter_and_an_example_of_it(client: Client) -> None:
    edition = Edition.objects.get(kind="guide")
    (entry,) = edition.content["entries"]
    page = client.get(reverse("portal:edition", args=[edition.id])).content.decode()
    texts = {}
    for name in ("application", "application-example"):
        address = reverse(f"portal:{name}", args=[edition.id, entry["code"]])
        assert address in page
        texts[name] = "".join(queries.text_of_pdf(client.get(address).content).split())
        for line in (entry["name"], "5.01", *entry["materials"].split("\n"), "材料和反映的情况真实"):
            assert line in texts[name], line
        other = Edition.objects.exclude(kind="guide").first()
        assert other is not None
        for key, code in ((edition.id, "999"), (edition.id, "../1"), (other.id, "1"), (uuid.uuid4(), "1")):
            assert client.get(reverse(f"portal:{name}", args=[key, code])).status_code == 404
    assert "示例建筑工程有限公司" in texts["application-example"] and "■首次申请" in texts["application-example"]
    assert "示例" not in texts["application"] and "□首次申请" in texts["application"]
    example = template("licence-application").about.example
    known = {"organ_name": "机关", "item_name": "核准", "item_code": "1", "received_at": clock.now().isoformat()}
    materials = [{"name": "申请表", "form": "copy", "pages": 1}]
    assert check_fields("licence-application", {**known, **example, "materials": materials})["truth"]
    screen = client.get(reverse("portal:screen"), {"unit": "明水区综合行政执法局"}).content.decode()
    assert f"{entry['name']}（{entry['limit']}）" in screen and reverse("portal:own-case") in screen
