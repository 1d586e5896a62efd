from mingcha.common.apps import RoomConfig


class ArchivesConfig(RoomConfig):
    name = "mingcha.archives"
    label = "archives"
    verbose_name = "案卷"
