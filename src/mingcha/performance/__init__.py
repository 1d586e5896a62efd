"""Performance of a decision (履行): payment, surcharge — 行政处罚法 art. 66, 67, 72."""
