"""Inspections (行政检查): the check-in code (扫码入企) that an enterprise scans before officers come in — 国办发〔2024〕54号."""
