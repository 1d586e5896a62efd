from mingcha.ledger.kinds import kind

kind("case-registered", "登记线索")
kind("case-moved", "环节变更")
kind("case-filed", "立案")
kind("party-recorded", "登记当事人")
kind("duty-taken", "明确经办人员")
kind("avoidance-declared", "回避声明")
kind("avoidance-requested", "提出回避")
kind("avoidance-decided", "决定回避")
kind("evidence-recorded", "登记证据")
kind("evidence-excluded", "排除证据")
kind("statement-recorded", "记录当事人意见")
kind("statement-answered", "复核陈述申辩")
