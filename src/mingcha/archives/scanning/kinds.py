from mingcha.ledger.kinds import kind

kind("paper-scanned", "纸质材料扫描入库")
kind("paper-checked", "核对扫描件文字")
