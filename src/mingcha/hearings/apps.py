from mingcha.common.apps import RoomConfig


class HearingsConfig(RoomConfig):
    name = "mingcha.hearings"
    label = "hearings"
    verbose_name = "听证"
