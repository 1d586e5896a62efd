from mingcha.common.errors import Conflict


class HearingState(Conflict):
    """The hearing does not stand where this act belongs."""
