"""Lists as dated, approved editions (清单): what is published is what runs — 行政处罚法 art. 34, 39; R010–R022."""
