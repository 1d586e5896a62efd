from mingcha.common.apps import RoomConfig


class AccountsConfig(RoomConfig):
    name = "mingcha.accounts"
    label = "accounts"
    verbose_name = "机构与人员"
