from mingcha.ledger.kinds import kind

kind("loan-asked", "申请调阅案卷")
kind("loan-decided", "答复调阅申请")
kind("loan-ended", "结束调阅")
kind("loan-paper-read", "调阅案卷材料")
kind("loan-copied", "制作带水印复制件")
kind("dossier-read", "档案人员、监督人员查看案卷")
kind("dossier-secret", "确定涉密案卷")
kind("secret-circle-changed", "调整涉密案卷知悉范围")
