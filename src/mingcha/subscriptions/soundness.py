"""Subscriptions are nobody's record (订阅的核验): their owner ends them, and then nothing stays."""

from mingcha.ledger import rows

rows.passing("subscriptions_subscription")
