"""Organisations and people (机构与人员): who may enforce, with which certificate, in which role — 行政处罚法 art. 17–24, 42."""
