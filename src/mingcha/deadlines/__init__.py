"""Deadlines (期限): working-day calendar, period rules as data, running periods, stop-clocks, explanations."""
