from mingcha.ledger.kinds import kind

kind("petition-received", "收到来信")
kind("petition-step", "办理来信")
