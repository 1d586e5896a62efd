"""Statements around Django's cursor give and store what Django would (ADR 14), on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import JSONField, Model, Q
from django.test.utils import CaptureQueriesContext

from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.direct import adapter
from mingcha.common.ids import uuid7
from mingcha.common.prepared import insert, prepared, prepared_lists, total
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.models import OnceKey
from mingcha.interfaces.once import once

pytestmark = pytest.mark.django_db


def _values(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_every_table_of_a_played_case_reads_as_django_reads_it(play: Callable[..., Journey]) -> None:
    play()
    compared = 0
    for model in apps.get_models():
        if not model.__module__.startswith("mingcha."):
            continue
        wanted = [_values(row) for row in model._default_manager.order_by("pk")]
        read = prepared(lambda model=model: model._default_manager.order_by("pk"))  # type: ignore[misc]
        direct = [_values(row) for row in read()]
        with CaptureQueriesContext(connection) as seen:
            logged = [_values(row) for row in read()]
        assert len(seen) == 1, "a read that somebody counts is not hidden from the count"
        assert direct == logged == wanted, model
        assert [[type(v) for v in row.values()] for row in direct] == [[type(v) for v in r.values()] for r in wanted]
        assert total(model) == len(wanted)
        compared += bool(wanted)
    assert compared > 40


def test_every_value_of_a_played_case_is_stored_as_django_stores_it(play: Callable[..., Journey]) -> None:
    play()
    compared = 0
    for model in apps.get_models():
        for field in model._meta.concrete_fields if model.__module__.startswith("mingcha.") else ():
            adapt = adapter(connection.vendor, field)
            if adapt is None:
                continue
            for value in model._default_manager.values_list(field.attname, flat=True):
                ours, theirs = adapt(value), field.get_db_prep_save(value, connection)
                # The same value; Django escapes Chinese, the text stored here does not (half the room).
                same = ours == theirs or (isinstance(field, JSONField) and json.loads(ours) == json.loads(theirs))
                assert same, field
                compared += 1
    assert compared > 1000 or connection.vendor == "postgresql"


def test_a_read_over_lists_finds_what_the_query_finds(district: None) -> None:
    read = prepared_lists(
        lambda names, most, ids: Officer.objects.filter(Q(name__in=names) | Q(id__in=ids), name__lt=most).order_by("id")
    )
    officers = list(Officer.objects.order_by("id"))
    for names, ids in ((3, 1), (5, 4), (1, 17), (4, 3)):
        named, keyed = [row.name for row in officers[:names]], [row.id for row in officers[-ids:]]
        wanted = Officer.objects.filter(Q(name__in=named) | Q(id__in=keyed)).order_by("id")
        assert read(named, "\U0010ffff", keyed) == list(wanted)


def test_an_act_that_fails_leaves_nothing_though_none_of_its_parts_has_a_savepoint(district: None) -> None:
    officer = actor_named("lince").officer_id

    def act() -> None:
        insert(OnceKey(officer_id=officer, key="inner", digest="0" * 64, result=[1], at=clock.now()))
        raise ValueError

    for key in ("", uuid7().hex):
        with pytest.raises(ValueError):
            once(officer, key, {}, act)
        assert not OnceKey.objects.filter(key__in=["inner", key]).exists()
