from mingcha.ledger.kinds import kind

kind("founding-act", "建制：以纸质决定启用清单")
kind("edition-published", "公布清单")
