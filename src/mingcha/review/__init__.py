"""Legal review (法制审核) of major enforcement decisions — 行政处罚法 art. 58; R080–R092."""
