from mingcha.archives.keeping import kinds as keeping
from mingcha.archives.lending import kinds as lending
from mingcha.archives.scanning import kinds as scanning
from mingcha.ledger.kinds import kind

kind("dossier-offered", "移交案卷")
kind("dossier-returned", "退回案卷")
kind("dossier-accepted", "接收案卷")
kind("dossier-sealed", "封存案卷")
kind("supplement-opened", "设立补充卷")
kind("supplement-closed", "补充卷收齐")
kind("archive-checked", "四性检测")
kind("archive-transferred", "移交档案馆")
kind("archive-receipted", "登记档案馆接收凭据")

__all__ = ["keeping", "lending", "scanning"]
