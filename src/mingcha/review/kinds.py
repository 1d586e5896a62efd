from mingcha.ledger.kinds import kind

kind("review-submitted", "提交法制审核")
kind("review-opinion-given", "出具法制审核意见")
kind("review-exempted", "记明不属于法制审核范围")
