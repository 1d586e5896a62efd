"""Fixtures for all rooms: the demonstration district, sign-in, a case played to any step through the real actions."""

from __future__ import annotations

import datetime as dt
import gc
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.test import Client
from tests import taping

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import User
from mingcha.accounts.queries import actor_named
from mingcha.common import clock, memory
from mingcha.interfaces.demo import district as demo
from mingcha.interfaces.demo.journey import Journey, Scenario

# The same examples on every run: `./test` must not fail by luck. `./test --long` searches at random.
# A busy machine is no fault of a property.
hypothesis.settings.register_profile(
    "steady", derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")

# Nothing that comes up while five thousand tests are collected is garbage.
gc.disable()
# Files of tests outlive no power cut: nobody waits for the disk. Processes that tests start do.
os.fsync = lambda fd: None

SHARED = Path(__file__).resolve().parents[1] / "shared" / "data"
START = dt.date(2026, 9, 14)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """The district is founded once per session; each test rolls back to it. Its clerk publishes alone, unless a test says else."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        demo.create(approval="self")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests without a database are `pure`: running them again on PostgreSQL would say nothing new."""
    for item in items:
        if not {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.pure)
    # The longest begins at once; at the end the other worker would have to wait for it.
    items.sort(key=lambda item: "test_each_role" not in item.name)


def pytest_configure() -> None:
    # Each client of a test has middleware of its own, and would look through all static files for it.
    settings.WHITENOISE_AUTOREFRESH = True


def pytest_collection_finish() -> None:
    gc.enable()
    memory.settle()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
    done = yield
    if fixturedef.argname == "_django_db_helper":
        taping.begin()
    return done


@pytest.fixture
def own_log(settings: Any, tmp_path: Path) -> None:
    """A log of the test's own: what is rolled back in the database would stand on in the files of all tests."""
    settings.LOG_ROOT, settings.KEYS_ROOT = tmp_path / "log", tmp_path / "keys"


@pytest.fixture
def own_index(settings: Any, tmp_path: Path) -> None:
    """An index of the test's own, for the same reason."""
    settings.SEARCH_ROOT = tmp_path / "search"


@pytest.fixture
def district(db: None) -> None:
    """The demonstration district in the database."""


@pytest.fixture
def login(district: None) -> Callable[[str], Client]:
    """A browser-like client signed in as a demonstration user."""

    def sign_in(username: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=username))
        return client

    return sign_in


@pytest.fixture
def actor(district: None) -> Callable[[str], Actor]:
    """The acting person behind a demonstration user name."""
    return actor_named


@pytest.fixture
def play(district: None) -> Callable[..., Journey]:
    """`play(until=…)`: a journey played up to a step; its clock stands at `journey.day`."""

    def run(until: str = "archive", scenario: Scenario | None = None, start: dt.date = START) -> Journey:
        journey = Journey(start, scenario or Scenario())
        taping.play(journey, until)
        return journey

    return run


@pytest.fixture
def on_day() -> Callable[[dt.date], object]:
    """`with on_day(date):` holds the clock at ten in the morning of a day."""
    return lambda day: clock.frozen(clock.at(day, 10))


@pytest.fixture(scope="session")
def shared() -> Path | None:
    """The real data beside the project, or None in a clone that stands alone (the test then says so by name)."""
    return SHARED if SHARED.is_dir() else None
