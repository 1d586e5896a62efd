from mingcha.common.apps import RoomConfig


class SubscriptionsConfig(RoomConfig):
    name = "mingcha.subscriptions"
    label = "subscriptions"
    verbose_name = "邮件订阅"
