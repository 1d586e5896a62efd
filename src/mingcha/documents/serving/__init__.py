"""Service (送达): attempts, consent, hand-over with receipt, day of effect — 民事诉讼法 art. 87–95, 行政处罚法 art. 61."""
