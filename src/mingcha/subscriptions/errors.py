from mingcha.common.errors import MingchaError


class LinkStale(MingchaError):
    """The link of a letter is damaged, too old, or the subscription has ended."""

    status = 404
    code = "subscription-link-stale"


class NotOffered(MingchaError):
    """The installation has no mail server."""

    status = 404
    code = "subscription-not-offered"
