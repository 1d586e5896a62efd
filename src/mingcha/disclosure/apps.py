from mingcha.common.apps import RoomConfig


class DisclosureConfig(RoomConfig):
    name = "mingcha.disclosure"
    label = "disclosure"
    verbose_name = "公示"
