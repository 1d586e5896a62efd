from mingcha.ledger.kinds import kind

kind("organisation-created", "登记执法主体")
kind("officer-enrolled", "登记人员")
kind("certificate-issued", "登记行政执法证")
kind("certificate-suspended", "暂停行政执法证")
kind("qualification-recorded", "登记法律职业资格")
kind("role-granted", "授予角色")
kind("role-ended", "终止角色")
kind("accountable-named", "明确责任人")
kind("delegation-recorded", "登记委托或者赋权")
kind("user-created", "开通账号")
kind("token-created", "开通接口令牌")
kind("token-revoked", "撤销接口令牌")
