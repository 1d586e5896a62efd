"""The decision (决定) and its revocation — 行政处罚法 art. 57–60, 75."""
