from mingcha.common.errors import MingchaError


class SignInFailed(MingchaError):
    """Wrong user name or password; the message never says which."""

    status = 401
    code = "sign-in-failed"


class TokenInvalid(MingchaError):
    """The API token is unknown, expired or revoked."""

    status = 401
    code = "token-invalid"
