"""Which rows of lists change why (清单草稿的核验), for the seals of `mingcha ledger check`."""

from mingcha.ledger import rows

rows.working("catalogues_draft", "version", "changed_at", "state")
rows.working("catalogues_listimport", "beat_at", "state", "looked")
rows.working("catalogues_draftentry", "version", "changed_at", "position")
