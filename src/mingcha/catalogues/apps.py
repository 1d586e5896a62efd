from mingcha.common.apps import RoomConfig


class CataloguesConfig(RoomConfig):
    name = "mingcha.catalogues"
    label = "catalogues"
    verbose_name = "清单"
