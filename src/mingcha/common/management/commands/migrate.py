"""Django's migrate with the trigger registry dropped before and recreated after (house.md, the three rings)."""

from typing import Any

from django.apps import apps
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from mingcha.common import triggers


class Command(DjangoMigrate):
    def handle(self, *args: Any, **options: Any) -> None:
        using = options.get("database") or DEFAULT_DB_ALIAS
        reading_only = options.get("plan") or options.get("check_unapplied")
        if not reading_only:
            triggers.drop_all(using)
        try:
            whole = not (reading_only or options.get("app_label") or options.get("fake"))
            if whole and not connections[using].introspection.table_names():
                _create_all(using)
            super().handle(*args, **options)
        finally:
            if not reading_only:
                triggers.create_all(using)


def _create_all(using: str) -> None:
    """All tables of an empty database as the models describe them, every migration noted as done, in one transaction.

    The steps that led there describe the same tables (`makemigrations --check`) and take twenty times as long, since
    Django renders all models anew for each of them.
    """
    connection = connections[using]
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        recorder = MigrationRecorder(connection)
        recorder.ensure_schema()
        for app, name in sorted(MigrationLoader(connection).disk_migrations):
            recorder.record_applied(app, name)
