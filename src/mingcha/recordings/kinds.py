from mingcha.ledger.kinds import kind

kind("recording-added", "上传音像记录")
kind("recording-excused", "说明未作音像记录的原因")
