"""Which rows of people change why (人员记录的核验), for the seals of `mingcha ledger check`."""

from mingcha.ledger import rows

# A sign-in leaves no entry, it may renew the hash of the password; whatever else happens to an account is an act.
rows.working(
    "accounts_user",
    "last_login",
    removable=False,
    kinds=("user-created", "user-disabled", "user-enabled", "password-reset"),
)
# A picture is replaced and taken away at any time; each act stands in the journal with the digest.
rows.working("accounts_portrait", "changed_at", kinds=("portrait-set", "portrait-removed"))
