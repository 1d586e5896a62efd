from mingcha.ledger.kinds import kind

kind("payment-recorded", "登记缴款")
kind("appeal-recorded", "登记复议、诉讼")
kind("appeal-ended", "登记复议、诉讼的结果")
