"""The only writes of catalogues: founding act, drafts, review, publication, withdrawal, superior lists."""

from mingcha.catalogues.actions.drafting import (
    begin,
    discard,
    follow_superior,
    import_entries,
    move_entry,
    remove_entries,
    remove_entry,
    save_content,
    save_entry,
)
from mingcha.catalogues.actions.importing import begin_import, cancel_import, take_import, work_imports
from mingcha.catalogues.actions.publishing import found, publish
from mingcha.catalogues.actions.reviewing import (
    obstacles,
    put_in_force,
    recall,
    reopen,
    review,
    set_superior,
    submit,
    take_back,
)

__all__ = [
    "begin",
    "begin_import",
    "cancel_import",
    "discard",
    "follow_superior",
    "found",
    "import_entries",
    "move_entry",
    "obstacles",
    "publish",
    "put_in_force",
    "recall",
    "remove_entries",
    "remove_entry",
    "reopen",
    "review",
    "save_content",
    "save_entry",
    "set_superior",
    "submit",
    "take_back",
    "take_import",
    "work_imports",
]
