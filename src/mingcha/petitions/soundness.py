"""Which rows of letters change why (来信记录的核验), for the seals of `mingcha ledger check`."""

from mingcha.ledger import rows

rows.working("petitions_inboxitem", "changed_at", removable=False)
