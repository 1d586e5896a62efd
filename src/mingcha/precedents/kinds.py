from mingcha.ledger.kinds import kind

kind("precedents-imported", "导入历史决定")
