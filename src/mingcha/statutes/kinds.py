from mingcha.ledger.kinds import kind

STATUTE_AMENDED = kind("statute-amended", "登记法律修改或者废止")
REEXAMINATIONS_LISTED = kind("reexaminations-listed", "补列待复核内容")
REEXAMINATION_CLOSED = kind("reexamination-closed", "复核办结")
LAW_DATE_CONFIRMED = kind("law-date-confirmed", "核实法律的施行日期")
RULE_DRAFTED = kind("rule-drafted", "起草制度文件")
RULE_ISSUED = kind("rule-issued", "印发制度文件")
RULE_REPEALED = kind("rule-repealed", "废止制度文件")
RULE_FILED = kind("rule-filed", "制度文件备案")
