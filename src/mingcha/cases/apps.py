from mingcha.common.apps import RoomConfig


class CasesConfig(RoomConfig):
    name = "mingcha.cases"
    label = "cases"
    verbose_name = "案件"

    def ready(self) -> None:
        super().ready()
        from mingcha.cases import findings, waits

        findings.register()
        waits.register()
