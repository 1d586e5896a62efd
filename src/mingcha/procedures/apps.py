from mingcha.common.apps import RoomConfig


class ProceduresConfig(RoomConfig):
    name = "mingcha.procedures"
    label = "procedures"
    verbose_name = "程序"

    def ready(self) -> None:
        super().ready()
        from mingcha.procedures.period_guards import register

        register()
