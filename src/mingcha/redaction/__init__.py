"""Redaction (脱敏): pure engine, text in, spans and text out — 行政处罚法 art. 50, 政府信息公开条例 art. 15."""

from mingcha.redaction.engine import KnownEntity, Redacted, Span, redact, residual
from mingcha.redaction.rulebook import Rule, Rulebook, UnknownProfile, rulebook

__all__ = ["KnownEntity", "Redacted", "Rule", "Rulebook", "Span", "UnknownProfile", "redact", "residual", "rulebook"]
