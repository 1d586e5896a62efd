from mingcha.common.apps import RoomConfig


class FilesConfig(RoomConfig):
    name = "mingcha.files"
    label = "files"
    verbose_name = "原件库"
