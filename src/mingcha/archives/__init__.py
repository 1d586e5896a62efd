"""The dossier (案卷): every paper and entry in legal order, nothing in it editable — 行政处罚法 art. 47; R070–R078."""
