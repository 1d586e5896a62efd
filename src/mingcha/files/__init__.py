"""Originals and derivatives, addressed by content: stored once, never changed — 全过程记录, R074a."""
