"""Hearings (听证) before a penalty is decided — 行政处罚法 art. 63–65."""
