from mingcha.common.errors import MingchaError


class FormStale(MingchaError):
    """The form was opened too long ago, or was not made here."""

    status = 422
    code = "petition-form-stale"


class TooMany(MingchaError):
    """More letters from one place than a person sends."""

    status = 429
    code = "petition-too-many"
