from mingcha.ledger.kinds import kind

kind("visit-code-shown", "出示入企检查码")
kind("visit-confirmed", "被检查人确认到访")
