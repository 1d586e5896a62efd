"""Which rows of recordings change why (音像记录的核验), for the seals of `mingcha ledger check`."""

from mingcha.ledger import rows

rows.passing("recordings_derivationprogress")
