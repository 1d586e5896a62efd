"""Kernel without models: errors, ids, clock, explained values, input checks, paging, trigger registry."""
