from mingcha.common.apps import RoomConfig


class InspectionsConfig(RoomConfig):
    name = "mingcha.inspections"
    label = "inspections"
    verbose_name = "检查"
