from mingcha.ledger.kinds import kind

kind("payment-recorded", "登记缴款")
