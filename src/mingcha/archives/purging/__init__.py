"""Recordings that concern no case go after their term (与案件无关的音像清除) — 档案法 art. 31."""
