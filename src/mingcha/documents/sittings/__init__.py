"""Sittings of questioning (询问场次): the same officer cannot question two persons at once — 行政处罚法 art. 55."""
