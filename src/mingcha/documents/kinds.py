from mingcha.ledger.kinds import kind

kind("document-issued", "制作文书")
kind("document-rendered", "生成文书版式文件")
kind("document-served", "送达文书")
