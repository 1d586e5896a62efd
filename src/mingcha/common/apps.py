from __future__ import annotations

import importlib
import importlib.util

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "mingcha.common"
    label = "common"


class RoomConfig(AppConfig):
    """A room: on start its vocabulary, schemas, guards, reactions and providers register themselves."""

    # Not an app itself: Django would otherwise find two configurations in each room's apps.py and take neither.
    default = False
    registering = ("kinds", "schemas", "guards", "reactions", "providers", "soundness")

    def __init_subclass__(cls) -> None:
        cls.default = True

    def ready(self) -> None:
        for name in self.registering:
            module = f"{self.name}.{name}"
            if importlib.util.find_spec(module):
                importlib.import_module(module)
