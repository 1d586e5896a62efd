from mingcha.common.apps import RoomConfig


class DecisionsConfig(RoomConfig):
    name = "mingcha.decisions"
    label = "decisions"
    verbose_name = "决定"
