"""Settings of the portal's zone: its own data directory, database and key; nothing that opens the inner zone."""

from __future__ import annotations

import os
from pathlib import Path

# The inner zone's variables have no meaning here, and its defaults must not be reached by an empty one.
_own = os.environ.get("MINGCHA_PORTAL_DATA")
_beside = Path(os.environ.get("MINGCHA_DATA") or Path(__file__).resolve().parents[3] / "var")
os.environ["MINGCHA_DATA"] = _own or str(_beside / "portal")
os.environ["MINGCHA_DATABASE_URL"] = os.environ.get("MINGCHA_PORTAL_DATABASE_URL", "")
os.environ.pop("MINGCHA_SECRET_KEY", None)

from mingcha.project.settings import *  # noqa: E402, F403
from mingcha.project.settings import DATA, DATABASES, MIDDLEWARE  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["NAME"] = DATA / "portal.sqlite3"
ROOT_URLCONF = "mingcha.project.urls_portal"
_INNER = {
    "mingcha.interfaces.api.lane.ApiLane",
    "mingcha.interfaces.feeding.elsewhere.PortalElsewhere",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
}
MIDDLEWARE = [name for name in MIDDLEWARE if name not in _INNER]
ZONE = "portal"
