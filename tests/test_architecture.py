"""The house rules that a machine can hold: import order, file names, one place for writes, guarded tables."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from importlinter.cli import lint_imports

from mingcha.common import triggers

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "mingcha"
MOST_LINES = 450
MOST_LINES_OF_A_TEST = 600  # tables of cases are read as one

# Not rooms: the kernel has its own names, interfaces and project are the doors and the wiring.
NO_ROOMS = {"common", "interfaces", "project"}
COMMON_NAMES = {
    "__init__", "models", "choices", "rules", "guards", "reactions", "providers", "schemas", "kinds",
    "actions", "queries", "access", "errors", "apps", "commands", "soundness",
    "tests", "migrations", "data", "templates",
}  # fmt: skip
# What a room holds besides, each for a reason that the name alone does not give.
OWN_NAMES = {
    "archives/keeping": "retention, legal hold, disposal",
    "archives/purging": "recordings that concern no case, destroyed after their term",
    "archives/models_purging": "models.py split: lists of recordings that concern no case",
    "archives/erasing": "erasure of a person's data by two persons: rows, prints, packages",
    "archives/models_erasing": "models.py split: erasure of a person's data",
    "archives/lending": "reading of dossiers: request, answer, marked pages",
    "archives/models_keeping": "models.py split: retention, holds, disposal",
    "archives/models_lending": "models.py split: reading of dossiers",
    "archives/models_scanning": "models.py split: scanned paper",
    "archives/scanning": "paper taken in as pictures",
    "archives/binding": "a whole volume as one PDF for print",
    "archives/exporting": "sealed packages copied out, verified on the way",
    "archives/tasks": "what the background process seals and checks",
    "archives/transferring": "actions.py split: transfer to the archives institution",
    "archives/collecting": "a volume of a case collected into a bag",
    "archives/framing": "cover, index and note of a volume, with the page numbers of its prints",
    "archives/models_packages": "models.py split: custody, sealed packages, checks, transfer",
    "archives/ordering": "pure: the order of a dossier, read from data",
    "archives/packing": "pure: the sealed package as files, written and checked without a database",
    "archives/properties": "the four properties of a package at one moment",
    "archives/sealing": "actions.py split: the job that seals a volume",
    "catalogues/columns": "pure: typed columns of a list",
    "catalogues/comparing": "pure: what differs between two editions",
    "catalogues/conditions": "pure: decidable conditions of a list, in words and back",
    "catalogues/grids": "pure: tables of a printed discretion standard taken apart",
    "catalogues/annexes": "pure: a printed list of what goes unpunished taken apart",
    "catalogues/local": "pure: hearing thresholds and addresses of a policy profile",
    "catalogues/overview": "queries.py split: lists of an organ, what is due and what is missing",
    "catalogues/profiles": "pure: policy profiles, the five ready ones and what each value decides",
    "catalogues/tables": "pure: lists as CSV and JSON, read like workbooks",
    "catalogues/sheets": "pure: lists as XLSX and CSV, read and written",
    "accounts/actors": "the acting person, handed to every action",
    "documents/decisive": "data: which papers decide an act, per procedure",
    "documents/clearing": "what rooms above must allow before a deciding paper is made; they register it",
    "review/models_clearing": "models.py split: on what a deciding paper of other acts rests",
    "decisions/models_discussing": "models.py split: the collective discussion of the heads",
    "decisions/models_redoing": "models.py split: cases decided anew",
    "decisions/models_outcomes": "models.py split: outcomes besides a penalty, changes of a decision",
    "cases/branches": "moves.py split: branches beside the main line",
    "cases/closings": "cases that a room above shuts to all but a circle",
    "cases/facts": "what an officer states about a case, and what that answers",
    "cases/models_apart": "models.py split: the third ring of the separation of duties",
    "cases/models_joint": "models.py split: cases handled together",
    "cases/models_course": "models.py split: facts of the case, its return from another procedure",
    "cases/findings": "conditions that an officer establishes, and the guards that ask for them",
    "cases/locks": "the lock that every write of a case takes first",
    "cases/memory": "answers of guards and letters kept until the next write of the transaction",
    "cases/moves": "actions.py split: the one place that changes a stage",
    "cases/models_numbers": "models.py split: numbers and pads of numbers",
    "cases/numbers": "actions.py split: gap-free numbers",
    "cases/pads": "actions.py split: pads of numbers given out beforehand",
    "cases/periods": "actions.py split: periods that a stage starts and ends",
    "deadlines/calendar": "pure: working days",
    "deadlines/lawclocks": "pure: the day whose law applies, for substance and for each step",
    "deadlines/periods": "pure: reckoning of a period",
    "deadlines/remedies": "pure: where and until when a decision can be challenged",
    "deadlines/rulebook": "rules read from data",
    "deadlines/shipped": "the shipped calendar read from data",
    "deadlines/surcharge": "pure: surcharge for late payment",
    "catalogues/tasks": "what the background process does for files read into drafts",
    "cases/waits": "times to wait that a case itself tells",
    "cases/tasks": "what the background process does when a period has run out",
    "deadlines/tasks": "what the background process does for periods",
    "disclosure/commitments": "the letter committed clause by clause, and opened when it is published",
    "disclosure/models_committing": "models.py split: commitments to letters and what opens them",
    "disclosure/searching": "the embedded index of the portal: cut, follow, ask, suggest",
    "disclosure/demonstration": "made-up decisions in any number, to try the register at size",
    "disclosure/comparing": "pure: a letter in hand beside the public text",
    "disclosure/opendata": "queries.py split: public decisions as files with a schema",
    "disclosure/posting": "queries.py split: texts about one decision for other media",
    "disclosure/preparing": "the public text of a decision, before anybody signs it off",
    "documents/preceding": "what the procedure puts before a deciding paper",
    "disclosure/changed": "the duty to publish the text of a change, and what is undone",
    "disclosure/models_replacing": "models.py split: public texts replaced after a correction",
    "disclosure/replacing": "the duty to replace a public text after a correction, and what is public now",
    "disclosure/reading_statutes": "queries.py split: the laws as the public reads them",
    "documents/filings": "filing of forms with the justice bureau",
    "documents/specimen": "a form with the names of its fields in place of contents",
    "documents/sittings": "who questioned whom when",
    "documents/challenged": "data: the papers of each procedure that the party can challenge",
    "documents/checkup": "all papers of a case against their checks, at one moment",
    "documents/checking": "checks of documents by expressions, validators and the order of dates",
    "documents/composers": "fields of a kind that no table of names can fill",
    "documents/agency": "an agency's own .docx layout of a document: checked, filled, versions",
    "documents/approving": "approval of internal papers by the heads",
    "documents/blocks": "parts that many documents share",
    "documents/circles": "who may read papers with a named circle",
    "documents/composing": "fields of a document drawn from the case",
    "documents/examining": "a document of a case laid before the checks",
    "documents/filling": "fields carried from the case or computed, by name",
    "documents/composing_records": "composing.py split: records of the investigation",
    "documents/correcting": "actions.py split: correction of slips in a new version",
    "documents/making": "actions.py split: a document composed, checked, numbered, stored",
    "documents/numbering": "actions.py split: which number a document gets, documents made void",
    "documents/presuming": "printed days that rest on a calendar not announced yet",
    "documents/presence": "who has a draft open now",
    "documents/questions": "sets of questions for inquiry records",
    "documents/rendering": "pure: fields and template to PDF/A",
    "documents/sealing": "who has signed or refused, and the signed copies",
    "documents/signing": "pure: signatures and seals on a finished PDF, made and checked",
    "documents/showing": "pure: whether a record notes certificates, uniform and insignia",
    "documents/serving": "service: attempts, consent, hand-over, day of effect",
    "files/models_tombstones": "models.py split: what remains of destroyed bytes",
    "files/sm3": "the fastest SM3 at hand",
    "files/tombstones": "the one place that destroys bytes, called by the disposal of the archive alone",
    "ledger/actors": "snapshot of the acting person, so that the ledger needs no room above it",
    "ledger/bench": "measurements of the log",
    "ledger/checks": "derives the whole log again and compares",
    "ledger/checks_file": "checks.py split: the pages and counters of the SQLite file",
    "ledger/checks_keys": "checks.py split: the changes of a log's key",
    "ledger/checks_schema": "checks.py split: definitions of tables and indexes",
    "ledger/checks_log": "checks.py split: one pass over a log and its files",
    "ledger/core": "pure: Merkle tree, notes, tiles, proofs",
    "ledger/cosigning": "witnesses: policy, client, service",
    "ledger/exporting": "the public log as static files",
    "ledger/keys": "signing keys of the logs",
    "ledger/names": "names and origins of the logs",
    "ledger/place": "the files of a log outside the database",
    "ledger/rotating": "the change of a log's signing key",
    "ledger/rows": "raw rows of any table, and why each may change",
    "ledger/seals": "digests of rows entered in the ledger, and their check",
    "ledger/sequencer": "the one hand that extends a log",
    "ledger/store": "plain statements for appending, measured faster than the ORM",
    "ledger/sweeping": "what the background process seals and checks",
    "ledger/witness": "places that remember the newest checkpoint",
    "inspections/rulebook": "how long a check-in code stands, read from data",
    "petitions/inbox": "the portal's side: the one write that the portal makes",
    "petitions/rulebook": "kinds of letters and their terms read from data",
    "petitions/tasks": "what the background process takes from the inbox",
    "subscriptions/inbox": "the portal's side: what the portal writes of subscriptions",
    "subscriptions/letters": "what the background process sends",
    "subscriptions/tasks": "the background process itself",
    "performance/appealing": "actions.py split: reconsideration and suits",
    "performance/models_appeals": "models.py split: reconsideration and suits",
    "precedents/extract": "pure: fields of a decision from its text",
    "disclosure/acts": "the duty to publish acts other than the ordinary penalty, and what their pages repeat",
    "disclosure/tasks": "what the worker does for the annual figures",
    "disclosure/letters": "pure: which letters are made public in their own right, as data",
    "disclosure/controls": "actions.py split: what waits for another's approval before it is public or withheld",
    "disclosure/backlog": "actions.py split: many publications signed off at once by a named clerk",
    "disclosure/approving": "actions.py split: the second person's answer to a submission",
    "disclosure/models_controls": "models.py split: dual control of publication",
    "disclosure/channels": "actions.py split: the channels beside the portal, what each demands and what was done",
    "disclosure/models_channels": "models.py split: what happened on other channels, and the superior that approves",
    "disclosure/ending": "the end of publication by itself when the term of the profile is over",
    "disclosure/credit": "actions.py split: credit publication, applied for and approved",
    "disclosure/models_credit": "models.py split: credit publication",
    "disclosure/counting": "figures of enforcement counted from the cases",
    "disclosure/models_yearly": "models.py split: annual figures and their sign-off",
    "disclosure/yearly": "actions.py split: the annual figures of an organ",
    "disclosure/reading_cases": "queries.py split: what may be known while a case runs",
    "accounts/portraits": "actions.py split: pictures of officers, re-made from their pixels",
    "disclosure/reading_portraits": "queries.py split: which pictures of officers are public",
    "disclosure/reading_visits": "queries.py split: what the check-in code of a visit tells",
    "disclosure/reading_procedures": "queries.py split: procedures as the public reads them",
    "disclosure/reading_seals": "queries.py split: seal, signed original and slips of a public decision",
    "disclosure/reading_hearings": "queries.py split: open hearings on the portal",
    "disclosure/reading_lists": "queries.py split: lists on the portal",
    "disclosure/historic": "actions.py split: a batch of historic decisions made public",
    "precedents/importing": "pure: the file of historic decisions, and what is read from each record",
    "files/digests": "pure: both digests of a stream, the slower one in a thread of its own",
    "files/uploads": "bytes that come over an interrupted line, until they are whole",
    "files/folders": "uploads.py split: the folder in which one upload waits, and its locks",
    "files/following": "the second digest of a long upload, a process of its own without Django",
    "files/store": "the one door to the bytes: a directory, or what the settings name",
    "files/s3": "the door's second place: a bucket with object lock",
    "procedures/definition": "a procedure read from its edition",
    "procedures/period_guards": "guards.py split: those that the catalogue lists over periods",
    "procedures/shape": "pure: whether a content can be read as a definition",
    "procedures/shipped": "pure: the definitions that ship and the words they use, read from data",
    "procedures/verifier": "pure: every path of a definition against the properties of the law",
    "procedures/faces": "pure: chart, BPMN, guide and editing of one definition",
    "recordings/deriving": "derivatives: the program that makes them, the plan, the proof",
    "recordings/models_deriving": "models.py split: derivatives",
    "recordings/models_watching": "models.py split: purposes, markers, shares, transcripts",
    "recordings/watching": "who opens a recording and why, what is marked in it",
    "recordings/handing": "what comes late or is missing, and the hand-over of a year",
    "recordings/matching": "where a received recording belongs: compared, confirmed, corrected",
    "recordings/models_handover": "models.py split: year-end hand-over",
    "recordings/models_matching": "models.py split: assignments",
    "recordings/models_secrets": "models.py split: secret marks",
    "recordings/secrets": "recordings kept apart, and their circle",
    "recordings/devices": "register of devices, their holders and checks",
    "recordings/intake": "what is handed in before any case: uploads, cards, docking stations",
    "recordings/models_intake": "models.py split: recordings as they were handed in",
    "recordings/probing": "what a container says of itself, and whether it is whole",
    "recordings/models_devices": "models.py split: devices",
    "disclosure/showing": "actions.py split: the row of the read model that a release gives",
    "redaction/dictionary": "the dictionary of words, loaded by the first who asks",
    "redaction/engine": "pure: text in, spans out",
    "redaction/folding": "pure: characters that look alike",
    "redaction/identifiers": "pure: numbers with a check digit",
    "redaction/lexicon": "words and characters of names read from data",
    "redaction/names": "pure: names of persons",
    "redaction/passages": "pure: health, marked secrets, sole traders' codes",
    "redaction/rulebook": "rules read from data",
    "redaction/rules": "data: the rules of redaction",
    "redaction/tagging": "pure: names without a cue",
    "review/file": "the completeness of the file handed in",
    "review/findings": "what the machine lays before the reviewer",
    "review/papers": "what the checks of the papers say of a file, read for all papers at once",
    "review/around": "what lies around a case and bears on its review: people, articles, standard, cases beside it",
    "catalogues/resting": "which entries of published editions rest on a law, asked by statutes",
    "review/models_counsel": "models.py split: disagreement and counsel",
    "review/models_handling": "models.py split: allocation, supplement, notes, voiding",
    "statutes/clocks": "pure: which day's text of a law counts on a case",
    "statutes/dating": "pure: the day a version of a statute takes effect",
    "statutes/importing": "pure: the file of statutes, taken apart record by record",
    "statutes/naming": "pure: names and short forms of laws",
    "statutes/numerals": "pure: Chinese numerals of articles",
    "statutes/refs": "pure: citations in free text",
    "statutes/resting": "registry: rooms above answer what rests on a law",
    "statutes/splitting": "pure: a statute's text taken apart into articles, paragraphs and items",
}
# Rows are written in actions.py of their own room. What else writes, and why.
WRITERS = {
    "accounts/portraits.py": "part of the actions of accounts: pictures of officers",
    "archives/properties.py": "part of the actions of the archive: a check kept as a row",
    "archives/transferring.py": "part of the actions of the archive: lists handed to the archives institution",
    "archives/sealing.py": "part of the actions of the archive: the package and its progress",
    "archives/erasing/blanking.py": "part of the actions of erasing: rows of any room, covered word by word",
    "archives/keeping/disposing.py": "part of the actions of keeping: destruction by list",
    "cases/moves.py": "part of the actions of cases",
    "cases/numbers.py": "part of the actions of cases",
    "cases/periods.py": "part of the actions of cases",
    "disclosure/demonstration/writing.py": "part of the actions of disclosure: made-up rows, told apart by a trigger",
    "disclosure/commitments/making.py": "part of the actions of disclosure: commitments to letters",
    "disclosure/historic.py": "part of the actions of disclosure",
    "disclosure/acts.py": "part of the actions of disclosure: the duty that another act brings",
    "disclosure/controls.py": "part of the actions of disclosure: submissions and dual control",
    "disclosure/approving.py": "part of the actions of disclosure: the second person's answer",
    "disclosure/channels.py": "part of the actions of disclosure: other channels",
    "disclosure/credit.py": "part of the actions of disclosure: credit publication",
    "disclosure/yearly.py": "part of the actions of disclosure: annual figures",
    "disclosure/changed.py": "part of the actions of disclosure: the duty that a change brings",
    "disclosure/replacing.py": "part of the actions of disclosure: the duty that a correction brings",
    "performance/appealing.py": "part of the actions of performance: reconsideration and suits",
    "files/tombstones.py": "part of the actions of files: bytes destroyed by law",
    "interfaces/bench/search_peers.py": "rows of the engines that a bench compares with, in scratch files",
    "interfaces/bench/bare.py": "the bare insert that a bench compares with, on a scratch installation",
    "interfaces/bench/deadlines.py": "fills a scratch installation with cases and open periods for the bench",
    "interfaces/bench/rows.py": "fills a scratch installation with rows for the bench of a long list",
    "interfaces/feeding/applying.py": "the portal's own database: what was told, in the order in which it came",
    "interfaces/feeding/schema.py": "the portal's own database: its tables, made anew after a change of form",
    "interfaces/feeding/keeping.py": "a file beside the data: what was told so far",
    "interfaces/feeding/letters.py": "the inbox in the inner zone: letters carried over from the portal's",
    "interfaces/once.py": "keys of requests that were carried out: the only rows of the interfaces",
    "ledger/cosigning/client.py": "part of the actions of the ledger: cosignatures of witnesses",
    "ledger/seals.py": "part of the actions of the ledger: seals of rows",
    "ledger/sequencer.py": "part of the actions of the ledger: leaves and checkpoints",
    "ledger/bench.py": "writes to a scratch database of its own, for comparison",
    "ledger/sweeping.py": "part of the actions of the ledger: outcomes of the background check",
    "ledger/store.py": "part of the actions of the ledger: appending",
    "petitions/inbox.py": "part of the actions of letters: a letter as the portal receives it",
    "subscriptions/inbox.py": "the portal's side of subscriptions, which are nobody's record",
    "subscriptions/letters.py": "marks in subscriptions up to where they were told",
    "procedures/reactions.py": "the edges of a procedure follow its publication in the same transaction",
}
# Tables whose rows may be changed and removed by design. Every other one is guarded by triggers.
OPEN_TABLES = {
    "archives_erasurewords": "whose data are to go; removed with the erasure, fixed until then",
    "archives_sealing": "how far a running job has come; removed when the package stands",
    "accounts_user": "sign-in: password and activity change",
    "accounts_portrait": "a picture is replaced and taken down at any time; each act stands in the journal",
    "accounts_apitoken": "revocation is written on the token; each act stands in the journal",
    "catalogues_draft": "a draft is what somebody is still writing; who wrote, and each round submitted, is kept",
    "catalogues_draftentry": "part of a draft",
    "disclosure_presentation": "disclosures of what is public now, derived; gone with the publication",
    "documents_draft": "a draft is what somebody is still writing",
    "documents_draftpresence": "who has a draft open now, forgotten after a minute; no record of anything",
    "interfaces_oncekey": "keys of requests, removable after their time",
    "recordings_derivationprogress": "how far the worker is with an order; no record of anything",
    "subscriptions_subscription": "nobody's record: it goes when its owner ends it, and the address with it",
    "statutes_law": "shipped reference data, reloaded with each release",
    "statutes_article": "shipped reference data, reloaded with each release",
    "statutes_division": "parts of imported statutes, renewed with their text",
}


def rooms() -> list[Path]:
    return sorted(path for path in SRC.iterdir() if (path / "__init__.py").exists() and path.name not in NO_ROOMS)


def sources() -> Iterator[Path]:
    """Every module that ships, tests and migrations aside."""
    for path in sorted(SRC.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(SRC).parts) and not path.name.startswith("test_"):
            yield path


def committed() -> list[Path]:
    """Files of the project as git sees them; all files but the data and caches where there is no git."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True,
        ).stdout.decode()  # fmt: skip
        return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    aside = {".venv", "var", "build", "__pycache__"}
    return [
        path for path in ROOT.rglob("*")
        if path.is_file() and not aside & set(path.relative_to(ROOT).parts) and ".egg-info" not in str(path)
    ]  # fmt: skip


def test_imports_follow_the_order_of_the_rooms() -> None:
    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == 0


def test_the_portal_contract_knows_every_room() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    closed = contracts["importlinter:contract:portal"]["forbidden_modules"].split()
    assert {room.name for room in rooms()} <= {name.removeprefix("mingcha.") for name in closed}


def test_only_interfaces_hold_views_forms_routes_and_pages() -> None:
    found = [
        str(path.relative_to(SRC))
        for room in rooms()
        for path in room.rglob("*")
        if path.name in {"views.py", "forms.py", "urls.py", "templatetags", "middleware.py"} or path.suffix == ".html"
    ]
    assert found == []


def test_rooms_use_the_common_file_names() -> None:
    present = {
        f"{room.name}/{path.stem}"
        for room in rooms()
        for path in room.iterdir()
        if path.name != "__pycache__" and path.stem not in COMMON_NAMES
    }
    assert present - set(OWN_NAMES) == set(), "name the reason in OWN_NAMES, or use a common name"


def test_files_stay_short() -> None:
    tests = [*(ROOT / "tests").rglob("*.py"), *SRC.rglob("tests/*.py")]
    limits = {**dict.fromkeys(sources(), MOST_LINES), **dict.fromkeys(tests, MOST_LINES_OF_A_TEST)}
    long = {str(path.relative_to(ROOT)): count for path, most in limits.items() if (count := _lines(path)) > most}
    assert long == {}


def _lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


ROW_WRITES = {
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "aupdate",
    "acreate",
    "adelete",
    "asave",
}
SQL_WRITE = re.compile(r"\s*(INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM)\s", re.IGNORECASE)


def writes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Calls that write rows, as line and text: manager methods, save, delete of a row, SQL that writes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_WRITE.match(node.value):
            yield node.lineno, node.value[:60]
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name, receiver = node.func.attr, ast.unparse(node.func.value)
        managed = ".objects" in receiver or ".filter(" in receiver
        if (
            name in ROW_WRITES
            or (name in {"create", "update", "delete"} and managed)
            # A picture is saved to a place, a row to nowhere; a cache forgets a key, a row nothing.
            or (name == "save" and not node.args)
            or (name == "delete" and not node.args)
        ):
            yield node.lineno, ast.unparse(node)[:60]


def test_the_search_for_writes_finds_them() -> None:
    bad = "\n".join(
        ["Case.objects.create(a=1)", "row.save()", "row.save(update_fields=['a'])", "Case.objects.filter(a=1).delete()",
         "rows.filter(id=1).update(a=2)", "Case.objects.bulk_create(rows)",
         "cursor.execute('UPDATE cases_case SET a = 1')",
         "cursor.execute('insert or replace into t values (1)')"]
    )  # fmt: skip
    good = "\n".join(
        ["names.update(other)", "picture.save(path, kind='svg')", "cache.delete(key)", "digest.update(data)"]
    )
    assert len(list(writes(ast.parse(bad)))) == 8
    assert list(writes(ast.parse(good))) == []


def _is_actions(path: Path) -> bool:
    return path.name == "actions.py" or path.parent.name == "actions"


def test_rows_are_written_by_actions_only() -> None:
    found = [
        f"{place}:{line} {text}"
        for path in sources()
        if not _is_actions(path) and (place := str(path.relative_to(SRC))) not in WRITERS
        if not place.startswith("common/")
        for line, text in writes(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


def test_a_room_writes_its_own_rows_only() -> None:
    found = []
    for path in sources():
        place = path.relative_to(SRC)
        if place.parts[:2] == ("interfaces", "bench"):
            continue  # rows of a scratch installation, see WRITERS
        tree = ast.parse(path.read_text("utf-8"))
        homes = {
            alias.asname or alias.name: node.module.split(".")[1]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and re.fullmatch(r"mingcha\.\w+\.models", node.module or "")
            for alias in node.names
        }
        for line, text in writes(tree):
            model = re.match(r"(\w+)\.objects\.", text)
            if model and homes.get(model[1], place.parts[0]) != place.parts[0]:
                found.append(f"{place}:{line} {text}")
    assert found == []


def test_every_table_is_guarded_or_open_by_design() -> None:
    covered: dict[str, set[str]] = {}
    for trigger in triggers.registered():
        covered.setdefault(trigger.table, set()).add(trigger.event)
    tables = {model._meta.db_table for model in apps.get_models() if model.__module__.startswith("mingcha.")}
    unguarded = {table for table in tables if "DELETE" not in covered.get(table, set())}
    assert unguarded == set(OPEN_TABLES)
    assert set(covered) <= tables, "triggers on tables that no model has"


# Put together from parts, so that this file does not find itself.
ELSEWHERE = re.compile(
    "|".join(
        [
            "/wo" + "rk/",
            "/tm" + "p/",
            "/ro" + "ot/",
            "pypi" + r"\.org",
            "pythonhosted" + r"\.",
            "index" + r"-url[ =]+\S*:/",
        ]
    )
)
BINARY = {".png", ".jpg", ".gz", ".pdf", ".ttf", ".otf", ".woff2", ".ico", ".mp4"}


def test_no_place_of_a_machine_is_recorded() -> None:
    found = []
    for path in committed():
        if path.suffix in BINARY:
            continue
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
            if ELSEWHERE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []
