from mingcha.common.errors import MingchaError


class MoveUnknown(MingchaError):
    """The pinned procedure has no such move from the present stage."""

    status = 409
    code = "move-not-permitted"
