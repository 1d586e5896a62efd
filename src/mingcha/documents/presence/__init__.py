"""Who has a draft open now (同时编辑提示), so that two people on one record see each other."""
