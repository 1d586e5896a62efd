"""The documents say what the code does: whatever can be checked is checked. `UPDATE_DOCS=1` rewrites docs/reference.md."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from mingcha.catalogues import schemas
from mingcha.common import triggers
from mingcha.interfaces.commands.main import COMMANDS, cli
from mingcha.ledger import kinds, reactions
from mingcha.procedures import guards

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"```.*?```", re.DOTALL)


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _meanings() -> dict[str, str]:
    """What each trigger code refuses, as written by hand in the reference: kept when the page is rewritten."""
    if not REFERENCE.exists():
        return {}
    section = REFERENCE.read_text("utf-8").split("## What the database refuses")[1]
    return dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.*?) \| ", section, re.MULTILINE))


def reference() -> str:
    """docs/reference.md as the registries have it now."""
    following = {
        name: ", ".join(f"`{handler.removeprefix('mingcha.')}`" for handler in found)
        for name, found in reactions.registered().items()
    }
    where: dict[str, set[str]] = {}
    for trigger in triggers.registered():
        where.setdefault(trigger.code, set()).add(trigger.table)
    meanings = _meanings()
    parts = [
        "# Reference: registered names",
        "Written from the registries by `UPDATE_DOCS=1 .venv/bin/pytest tests/test_docs.py`; the test compares. "
        "Only the middle column of the last table is written by hand.",
        "## Kinds of journal entry",
        "Every act appends an entry of one of these kinds; an unknown kind is refused. Reactions run in the same "
        "transaction.",
        table(
            ["Kind", "中文", "Reactions"],
            [
                [f"`{name}`", label, following.get(name, "")]
                for name, label in kinds.registered().items()
                if not name.startswith("test-")
            ],
        ),
        "## Guards",
        "A procedure names guards on its moves. A name is permanent: a changed meaning gets a new number.",
        table(
            ["Guard", "要求", "依据"],
            [[f"`{name}`", found.label, found.article] for name in guards.names() if (found := guards.known(name))],
        ),
        "## Kinds of list",
        table(["Kind", "中文"], [[f"`{found.kind}`", found.label] for found in schemas.kinds()]),
        "## What the database refuses",
        "Triggers of the third ring by code. The code reaches the person and the API unchanged.",
        table(
            ["Code", "Refuses", "Tables"],
            [
                [f"`{code}`", meanings.get(code, ""), ", ".join(f"`{name}`" for name in sorted(tables))]
                for code, tables in sorted(where.items())
            ],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def test_reference_lists_what_is_registered() -> None:
    wanted = reference()
    if os.environ.get("UPDATE_DOCS") == "1":
        REFERENCE.write_text(wanted, "utf-8")
    assert REFERENCE.read_text("utf-8") == wanted, "run UPDATE_DOCS=1 .venv/bin/pytest tests/test_docs.py"


def test_every_registered_name_is_explained() -> None:
    assert all(kinds.registered().values())
    assert all((found := guards.known(name)) and found.label and found.article for name in guards.names())
    meanings = _meanings()
    silent = {trigger.code for trigger in triggers.registered()} - {code for code, text in meanings.items() if text}
    assert silent == set(), "write in docs/reference.md what these triggers refuse"


SETTING = re.compile(r"\bMINGCHA_[A-Z][A-Z_]*[A-Z](?:_<[A-Z]+>)?")


def _settings_read() -> set[str]:
    found: set[str] = set()
    for path in [*(ROOT / "src").rglob("*.py"), ROOT / "run", ROOT / "test", *(ROOT / "scripts").iterdir()]:
        if path.is_file() and "tests" not in path.parts:
            text = re.sub(r"(MINGCHA_(?:LOG|COMMIT)_KEY_)\{", r"\1<LOG>{", path.read_text("utf-8"))
            found.update(SETTING.findall(text))
    return found


def test_every_setting_is_documented_and_exists() -> None:
    table_of_settings = set(
        re.findall(r"^\| `(MINGCHA_[A-Z_<>]+)` \|", (ROOT / "docs" / "operating.md").read_text("utf-8"), re.MULTILINE)
    )
    assert table_of_settings == _settings_read()


def test_pages_name_no_unknown_setting() -> None:
    known = _settings_read()
    for page in PAGES:
        assert set(SETTING.findall(page.read_text("utf-8"))) <= known, page.name


COMMAND = re.compile(r"(?:\.venv/bin/|`)mingcha +([^\n`#|]+)")


def commands_of(text: str) -> Iterator[list[str]]:
    for found in COMMAND.findall(text):
        yield found.split()


def _problem(words: list[str]) -> str | None:
    """What is wrong with a command line in a page, or None: command, subcommand and options must exist."""
    context = click.Context(cli)
    if words[0].startswith("-"):
        return None
    if words[0] not in cli.list_commands(context):
        return f"no command {words[0]}"
    command = cli.get_command(context, words[0])
    rest = words[1:]
    if isinstance(command, click.Group) and rest:
        if rest[0] not in command.list_commands(context):
            return f"no command {' '.join(words[:2])}"
        command, rest = command.get_command(context, rest[0]), rest[1:]
    assert command is not None
    options = {name for parameter in command.params for name in [*parameter.opts, *parameter.secondary_opts]}
    unknown = [word for word in rest if word.startswith("--") and word not in {*options, "--help"}]
    return f"{words}: no option {unknown}" if unknown else None


def test_commands_in_the_pages_exist() -> None:
    assert _problem(["no-such-command"]) == "no command no-such-command"
    assert _problem(["ledger", "check", "--no-such"]) is not None
    lines = [(page.name, words) for page in PAGES for words in commands_of(page.read_text("utf-8"))]
    assert len(lines) > 5
    assert [(name, problem) for name, words in lines if (problem := _problem(words))] == []


def test_every_command_is_described() -> None:
    operating = (ROOT / "docs" / "operating.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"`mingcha {name}" not in operating] == []


@pytest.mark.parametrize("script", ["run", "test"])
def test_options_of_the_scripts_exist(script: str) -> None:
    text = (ROOT / script).read_text("utf-8")
    said = {option for page in PAGES for option in re.findall(rf"\./{script} (--[a-z]+)", page.read_text("utf-8"))}
    assert [option for option in said if option not in text] == []


LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def test_relative_links_resolve() -> None:
    broken = []
    for page in PAGES:
        for target in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            name, _, anchor = target.partition("#")
            path = (page.parent / name) if name else page
            if not path.exists() or (anchor and path.suffix == ".md" and anchor not in _anchors(path)):
                broken.append(f"{page.name}: {target}")
    assert broken == []


def _made_by_a_test(path: Path) -> bool:
    """Screenshots are taken by the browser tests; a picture that no test takes is a broken link."""
    if path.parent.name != "screenshots":
        return False
    texts = [test.read_text("utf-8") for test in (ROOT / "tests").rglob("*.py") if test.name != Path(__file__).name]
    named = re.compile(rf"""["'/]{re.escape(path.stem)}(\.png)?["']""")
    return any("screenshots" in text and named.search(text) for text in texts)


def _anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


TERM = re.compile(r"^\| (?P<zh>[^|`]+) \| (?P<en>[^|`]+) \| `(?P<code>[^`|]+)` \|(?P<ground>[^|]*)\|$", re.MULTILINE)


def test_terms_of_the_glossary_exist_in_the_code() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    terms = list(TERM.finditer(text))
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(terms) == len([row for row in rows if "`" in row]) > 60, "a row is malformed"
    assert [term["code"] for term in terms if not _exists(term["code"])] == []


def _exists(name: str) -> bool:
    """`room`, `room.module`, `room.module.Name` or `room.module.Name.member` of the package."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module("mingcha." + ".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            fields = {field.name for field in found._meta.get_fields()} if hasattr(found, "_meta") else set()
            if part in fields or part in getattr(found, "__annotations__", {}):
                return True
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def test_architecture_describes_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    src = ROOT / "src" / "mingcha"
    present = {path.name for path in src.iterdir() if (path / "__init__.py").exists()}
    assert set(re.findall(r"^\| `([a-z]+)/` \|", text, re.MULTILINE)) == present


def test_decisions_are_numbered_without_gaps_and_name_what_was_rejected() -> None:
    found = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in found] == list(range(1, len(found) + 1))
    for path in found:
        text = path.read_text("utf-8")
        for part in ("Status:", "## Decision", "## Rejected", "## Consequences"):
            assert part in text, f"{path.name} lacks {part}"


def test_publiccode_is_whole() -> None:
    found = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    assert found["publiccodeYmlVersion"] == "0.4"
    assert found["legal"]["license"] == "MulanPSL-2.0"
    assert set(found["localisation"]["availableLanguages"]) == {"zh", "en"}
    for name in ("name", "url", "platforms", "categories", "developmentStatus", "softwareType", "maintenance"):
        assert found[name], name
    for language in ("zh", "en"):
        described = found["description"][language]
        assert len(described["shortDescription"]) <= 150
        assert 150 <= len(described["longDescription"]) <= 10_000
        assert described["features"]


def test_changelog_says_how_to_upgrade() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    for version in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        assert "### Upgrade procedure" in version, version.splitlines()[0]
