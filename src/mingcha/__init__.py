"""Mingcha (明察): an open platform for administrative enforcement."""

__version__ = "0.1.0"
