from mingcha.common.apps import RoomConfig


class RecordingsConfig(RoomConfig):
    name = "mingcha.recordings"
    label = "recordings"
    verbose_name = "音像"
