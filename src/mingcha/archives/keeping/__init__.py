"""How long a dossier is kept, what holds it, and how it is destroyed (保管期限、冻结、销毁) — 档案法 art. 31."""
