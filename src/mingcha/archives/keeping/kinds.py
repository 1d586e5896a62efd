from mingcha.ledger.kinds import kind

kind("dossier-appraised", "鉴定保管期限")
kind("recording-kept-for-good", "音像转为永久保存")
kind("dossier-held", "冻结案卷销毁")
kind("dossier-hold-lifted", "解除案卷冻结")
kind("disposal-listed", "编制销毁清册")
kind("disposal-approved", "批准销毁清册")
kind("disposal-closed", "终止销毁清册")
kind("disposal-carried-out", "按清册销毁案卷")
kind("personal-data-erased", "依法删除个人信息")
kind("erasure-requested", "申请依法删除个人信息")
kind("erasure-refused", "不予删除个人信息")
kind("document-reprinted", "删除后重新制作版式文件")
