from django.db.models import TextChoices


class CustodyKind(TextChoices):
    OFFERED = "offered", "移交"
    RETURNED = "returned", "退回"
    RECEIVED = "received", "接收"


class Retention(TextChoices):
    PERMANENT = "permanent", "永久"
    THIRTY = "thirty", "30年"
    TEN = "ten", "10年"


class Moment(TextChoices):
    """When the four properties are checked — DA/T 70-2018."""

    FILING = "filing", "归档"
    TRANSFER = "transfer", "移交"
    KEEPING = "keeping", "长期保存"
