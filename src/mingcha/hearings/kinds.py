from mingcha.ledger.kinds import kind

kind("hearing-opened", "组织听证")
kind("hearing-fixed", "确定听证时间地点")
kind("hearing-moved", "听证改期")
kind("hearing-day-lost", "听证日成为休息日")
kind("hearing-attendee", "登记听证参加人")
kind("hearing-held", "举行听证")
kind("hearing-terminated", "终止听证")
kind("hearing-reported", "提交听证报告")
