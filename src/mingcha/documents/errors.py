from mingcha.common.errors import Refused


class Incomplete(Refused):
    """A document lacks fields that its template demands; the reasons name each."""
