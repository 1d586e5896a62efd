from mingcha.common.apps import RoomConfig


class ReviewConfig(RoomConfig):
    name = "mingcha.review"
    label = "review"
    verbose_name = "法制审核"
