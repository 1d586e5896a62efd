from django.db.models import TextChoices

from mingcha.accounts.choices import Role


class FormAct(TextChoices):
    """What happens to a version of a form: a second person puts it into use, later it is withdrawn."""

    USE = "use", "启用"
    WITHDRAW = "withdraw", "停用"


UPLOADS = (Role.ADMIN,)
DECIDES = (Role.HEAD, Role.ADMIN)
READS = (Role.ADMIN, Role.HEAD, Role.UNIT_HEAD, Role.HANDLER, Role.SUPERVISOR)
