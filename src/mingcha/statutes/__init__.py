"""Statutes (法律): laws and articles by effective date, citations in free text."""
