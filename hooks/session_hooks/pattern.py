"""Regular expressions that are compiled at their first use.

One takes 0.1 to 1 ms to compile. The hooks know some 150, and each run needs a part of them.
"""

import re
from typing import Any, cast


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return what ``re.compile`` does, compiled as soon as it is used."""
    return cast("re.Pattern[str]", _Pattern(text, flags))


class _Pattern:
    def __init__(self, text: str, flags: int) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> Any:
        """Return a method of the compiled expression, and keep it for the next time."""
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found
