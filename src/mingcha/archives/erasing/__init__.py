"""Erasure of a person's data that the law demands (依法删除个人信息) — 个人信息保护法 art. 47."""
