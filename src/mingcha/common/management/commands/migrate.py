"""Django's migrate with the trigger registry dropped before and recreated after (house.md, the three rings)."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import DEFAULT_DB_ALIAS

from mingcha.common import triggers


class Command(DjangoMigrate):
    def handle(self, *args: Any, **options: Any) -> None:
        using = options.get("database") or DEFAULT_DB_ALIAS
        reading_only = options.get("plan") or options.get("check_unapplied")
        if not reading_only:
            triggers.drop_all(using)
        try:
            super().handle(*args, **options)
        finally:
            if not reading_only:
                triggers.create_all(using)
