"""The case (案件): party, stage, evidence, statements, and the duties of people on it — 行政处罚法 ch. 5."""
