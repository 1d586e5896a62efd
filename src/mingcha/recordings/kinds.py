from mingcha.ledger.kinds import kind

kind("recording-received", "音像入库")
kind("recording-added", "上传音像记录")
kind("recording-excused", "说明未作音像记录的原因")

kind("device-registered", "登记执法记录设备")
kind("device-allocated", "发放执法记录设备")
kind("device-returned", "收回执法记录设备")
kind("device-checked", "勤前检查执法记录设备")
kind("device-firmware", "更换设备固件")
kind("device-fault", "报告设备故障")
kind("device-repaired", "设备修复")
kind("device-scrapped", "设备报废")
kind("equipment-standard-set", "确定设备配备标准")
