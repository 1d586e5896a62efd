"""The portal beside the inner zone on one machine, in its own process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.conf import settings

from mingcha.interfaces.feeding import applying, keeping, running

MODULE = "mingcha.interfaces.commands.main"


def start_portal(*, host: str, port: int) -> subprocess.Popen[bytes]:
    """It is given the public key of the feed and its own directory, and knows nothing that opens the inner data."""
    place = Path(settings.PORTAL_ROOT)
    place.mkdir(parents=True, exist_ok=True)
    (place / applying.KEY).write_text(keeping.public_text(keeping.signing_key().public_key()))
    environment = running.clean_environment() | {"MINGCHA_PORTAL_DATA": str(place)}
    arguments = [sys.executable, "-m", MODULE, "portal", "serve", "--host", host, "--port", str(port)]
    return subprocess.Popen(arguments, env=environment)  # noqa: S603
