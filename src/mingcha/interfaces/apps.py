from mingcha.common.apps import RoomConfig


class InterfacesConfig(RoomConfig):
    name = "mingcha.interfaces"
    label = "interfaces"
    verbose_name = "界面"
