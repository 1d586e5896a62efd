"""Sets of questions (询问提纲) for inquiry records, by item, edited by the agency — 行政处罚法 art. 55."""
