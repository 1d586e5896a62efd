"""Pure parts of the ledger: hashing, proofs, tiles, notes, proof bundles. No Django, no database, no clock."""
