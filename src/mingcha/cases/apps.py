from mingcha.common.apps import RoomConfig


class CasesConfig(RoomConfig):
    name = "mingcha.cases"
    label = "cases"
    verbose_name = "案件"
