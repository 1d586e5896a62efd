"""Upload of recordings in the browser (音像上传): several files, resumable."""

from __future__ import annotations

from django.http import HttpRequest

from mingcha.accounts.actors import Actor
from mingcha.accounts.queries import actor_of_user
from mingcha.interfaces import tus
from mingcha.interfaces.gate import Rule


def _signed_in(request: HttpRequest) -> Actor | None:
    return actor_of_user(request.user) if request.user.is_authenticated else None


uploads = tus.door(_signed_in, Rule("officials"), "browser", "upload")
