from mingcha.ledger.kinds import kind

kind("founding-act", "建制：以纸质决定启用清单")
kind("edition-published", "公布清单")
kind("list-draft-begun", "开始修订清单")
kind("list-draft-discarded", "作废清单草稿")
kind("list-submitted", "清单送审")
kind("list-recalled", "撤回送审的清单")
kind("list-reviewed", "审核清单")
kind("edition-withdrawn", "撤回清单")
kind("list-superior-set", "确定上级清单")
