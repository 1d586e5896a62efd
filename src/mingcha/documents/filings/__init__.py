"""Filing of document forms (文书格式备案) with the justice bureau — 国办发〔2018〕118号 (R051)."""
