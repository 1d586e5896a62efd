from mingcha.ledger.kinds import kind

kind("publication-queued", "列入待公示")
kind("redaction-signed-off", "脱敏签发")
kind("decision-published", "公示决定")
kind("publication-withdrawn", "撤下公示")
kind("replacement-queued", "列入待更正公示")
kind("correction-published", "更正公示")
kind("decision-committed", "决定书逐项承诺")
kind("year-drafted", "汇总年度数据")
kind("year-published", "公布年度数据")
kind("credit-asked", "申请信用公示")
kind("credit-answered", "审批信用公示")
