"""Statutes (法律)."""

from mingcha.common.apps import RoomConfig


class StatutesConfig(RoomConfig):
    name = "mingcha.statutes"
    label = "statutes"
    verbose_name = "法律"
