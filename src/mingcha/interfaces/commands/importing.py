"""`mingcha import`: each kind of outside data belongs to the room that keeps it."""

from __future__ import annotations

import importlib
import importlib.util

import click

# name → (module, attribute); imported when called.
SOURCES: dict[str, tuple[str, str]] = {
    "decisions": ("mingcha.disclosure.commands", "decisions"),
    "list": ("mingcha.catalogues.commands", "list_command"),
    "laws": ("mingcha.statutes.commands", "laws"),
}


class Sources(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, (module, _) in SOURCES.items() if importlib.util.find_spec(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module, attribute = SOURCES[cmd_name]
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found


@click.group(name="import", cls=Sources)
def import_group() -> None:
    """导入外部数据。"""
