from mingcha.ledger.kinds import kind

kind("decision-issued", "作出行政处罚决定")
kind("decision-revoked", "撤销行政处罚决定")
