"""Settings with this room alone, so that its tests and its measurements need no room above it."""

from typing import Any

from mingcha.project.settings import *  # noqa: F403

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "mingcha.common", "mingcha.ledger"]
AUTH_USER_MODEL = "auth.User"
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "mingcha.ledger.tests.settings"
TEMPLATES: list[dict[str, Any]] = []
urlpatterns: list[Any] = []
MIGRATION_MODULES = {"ledger": None}
