"""What ``install-hooks --check`` says: one finding each, and how bad it is."""

import enum
from typing import NamedTuple


class Severity(enum.Enum):
    """How bad a finding is; an error makes the check fail."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Finding(NamedTuple):
    """One thing that the check found."""

    severity: Severity
    what: str
    remedy: str = ""
    """The one command, or the few words, that mend it."""
