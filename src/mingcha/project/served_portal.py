"""What a web worker of `mingcha portal serve` loads: the portal, bound to what was told, warmed up."""

from __future__ import annotations

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "mingcha.project.settings_portal"

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

from mingcha.common.memory import settle

application = get_wsgi_application()

from mingcha.interfaces.feeding import answers  # noqa: E402

answers.bind()
resolve("/p/")
settle()
