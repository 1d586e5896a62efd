"""Similar cases (类案): imported historic decisions — 行政处罚法 art. 34, 48."""
