"""How much a finding weighs."""

from enum import StrEnum


class Severity(StrEnum):
    """An error fails the synth; a warning is reported, and fails it only when checks are strict."""

    ERROR = "error"
    WARNING = "warning"


ERROR, WARNING = Severity.ERROR, Severity.WARNING
