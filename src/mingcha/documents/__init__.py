"""Documents (文书): templates, numbering, rendering, signatures, service — 行政处罚法 art. 59–61."""
