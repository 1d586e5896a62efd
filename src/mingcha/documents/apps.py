from mingcha.common.apps import RoomConfig


class DocumentsConfig(RoomConfig):
    name = "mingcha.documents"
    label = "documents"
    verbose_name = "文书"
