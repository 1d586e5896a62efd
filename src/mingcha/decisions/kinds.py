from mingcha.ledger.kinds import kind

kind("decision-issued", "作出行政处罚决定")
kind("decision-revoked", "撤销行政处罚决定")
kind("decision-changed", "变更或者确认行政处罚决定")
kind("outcome-decided", "作出不予处罚或者移送的决定")
kind("discussion-convened", "提请集体讨论")
kind("discussion-voiced", "集体讨论发表意见")
kind("discussion-concluded", "集体讨论形成结论")
kind("decision-redone", "决定重新办理")
