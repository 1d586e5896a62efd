from mingcha.common.apps import RoomConfig


class PetitionsConfig(RoomConfig):
    name = "mingcha.petitions"
    label = "petitions"
    verbose_name = "来信"
