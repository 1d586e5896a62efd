from mingcha.ledger.kinds import kind

kind("dossier-accepted", "接收案卷")
