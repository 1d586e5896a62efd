from mingcha.common.apps import RoomConfig


class PerformanceConfig(RoomConfig):
    name = "mingcha.performance"
    label = "performance"
    verbose_name = "履行"
