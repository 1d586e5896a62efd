"""Disclosure (公示): publication on time after redaction, withdrawal with a tombstone — 行政处罚法 art. 48; R040–R046."""
