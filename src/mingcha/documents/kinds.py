from mingcha.ledger.kinds import kind

kind("document-issued", "制作文书")
kind("document-rendered", "生成文书版式文件")
kind("document-served", "送达文书")
kind("approval-asked", "提交审批")
kind("approval-answered", "答复审批")
kind("document-voided", "文书作废")
kind("document-corrected", "补正文书")
kind("service-attempted", "送达未成")
kind("service-consent-recorded", "登记送达地址确认书")
