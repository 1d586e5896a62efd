"""Search of the public register (检索): an embedded index derived from the read model, exact for Chinese of any length."""
