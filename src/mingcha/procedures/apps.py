from mingcha.common.apps import RoomConfig


class ProceduresConfig(RoomConfig):
    name = "mingcha.procedures"
    label = "procedures"
    verbose_name = "程序"
