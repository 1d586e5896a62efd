"""Which rows of cases change why (案件记录的核验), for the seals of `mingcha ledger check`."""

from mingcha.ledger import rows

rows.governed("cases_case", case="id")
