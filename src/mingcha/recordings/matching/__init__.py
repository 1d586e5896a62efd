"""Matching (音像归属): a received recording finds its case, a person confirms, nothing is left unassigned silently."""
