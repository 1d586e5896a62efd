"""Kinds of paper that only a named circle may read (知悉范围)."""
