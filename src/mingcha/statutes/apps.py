"""Statutes (法律)."""

from django.apps import AppConfig


class StatutesConfig(AppConfig):
    name = "mingcha.statutes"
    label = "statutes"
    verbose_name = "法律"
