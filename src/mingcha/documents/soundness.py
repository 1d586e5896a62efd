"""Which rows of documents change why (文书草稿的核验), for the seals of `mingcha ledger check`."""

from mingcha.ledger import rows

rows.working("documents_draft", "version", "saved_at", removable=False)
rows.passing("documents_draftpresence")
