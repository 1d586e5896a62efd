"""Procedures as published data (程序): stages, moves, roles, guards, documents, periods — 行政处罚法 art. 39, 54–66."""
