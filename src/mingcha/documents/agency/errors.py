from mingcha.common.errors import MingchaError, Refused


class UnsafeForm(Refused):
    """A file that is no plain .docx: macros, links to outside, bombs, code in its marks. The reasons name each."""


class FormTooLarge(MingchaError):
    """A filled form grew beyond its limits of time or size."""

    status = 422
    code = "agency-form-too-large"
