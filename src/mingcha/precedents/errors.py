from mingcha.common.errors import Conflict, MingchaError


class SourceUnreadable(MingchaError):
    """The source file cannot be read to its end; nothing of it was stored."""

    code = "import-file-unreadable"


class TooManyRecords(MingchaError):
    """More records than one person can answer for in one batch."""

    code = "import-too-many-records"


class ImportedMeanwhile(Conflict):
    """Another import stored one of these texts first; nothing of this batch was stored."""

    code = "imported-meanwhile"
