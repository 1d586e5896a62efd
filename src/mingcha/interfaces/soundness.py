"""Which rows of the interfaces change why (请求记录的核验), for the seals of `mingcha ledger check`."""

from mingcha.ledger import rows

rows.passing("interfaces_oncekey")
