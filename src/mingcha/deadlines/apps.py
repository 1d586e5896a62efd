"""Deadlines (期限)."""

from importlib import import_module

from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "mingcha.deadlines"
    label = "deadlines"
    verbose_name = "期限"

    def ready(self) -> None:
        import_module("mingcha.deadlines.kinds")
