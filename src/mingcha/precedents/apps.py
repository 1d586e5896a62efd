from mingcha.common.apps import RoomConfig


class PrecedentsConfig(RoomConfig):
    name = "mingcha.precedents"
    label = "precedents"
    verbose_name = "类案"
