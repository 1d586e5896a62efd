from __future__ import annotations

import importlib
import importlib.util

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "mingcha.common"
    label = "common"


class RoomConfig(AppConfig):
    """A room: on start its vocabulary, schemas, guards, reactions and providers register themselves."""

    registering = ("kinds", "schemas", "guards", "reactions", "providers")

    def ready(self) -> None:
        for name in self.registering:
            module = f"{self.name}.{name}"
            if importlib.util.find_spec(module):
                importlib.import_module(module)
