"""Published: the edges of each of the fifteen procedures stand open for the trigger; a harmful one changes nothing."""

from __future__ import annotations

import pytest

from mingcha.catalogues.models import Draft, Edition
from mingcha.catalogues.tests.putting import put
from mingcha.common.errors import Refused
from mingcha.procedures.models import Edge
from mingcha.procedures.queries import codes, definition, definition_file
from mingcha.procedures.tests.mutants import add_move, whole

pytestmark = pytest.mark.django_db


def test_each_procedure_can_be_published_and_its_edges_are_its_own(district: None) -> None:
    for code in codes():
        edition = put("procedure", definition_file(code), key=code)
        found = definition(edition.id)
        laid = list(Edge.objects.filter(edition=edition).values_list("source", "target"))
        assert sorted(laid) == sorted([*(("", door) for door in found.doors), *found.edges(), *found.ways_out()]), code


def test_a_harmful_variant_is_refused_and_nothing_is_changed(district: None) -> None:
    before = (Edition.objects.count(), Edge.objects.count(), Draft.objects.count())
    with pytest.raises(Refused) as caught:
        put("procedure", add_move(whole("P-CS"), "emergency-act", "in-force"), key="P-CS")
    assert caught.value.reasons[0].code == "property-s14"
    assert "“紧急当场实施” —直接转入→ “措施存续”" in caught.value.reasons[0].message
    assert (Edition.objects.count(), Edge.objects.count()) == before[:2]
