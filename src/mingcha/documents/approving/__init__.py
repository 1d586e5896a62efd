"""Approval of internal papers (审批) before the act that they allow — 行政强制法 art. 18(1), 行政处罚法 art. 56."""
