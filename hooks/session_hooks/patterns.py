"""Regular expressions that are compiled when they are first used."""

import re


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return what ``re.compile`` does, without its time: a few of them take a millisecond.

    For those that hardly every document needs.
    """
    return _Pattern(text, flags)  # type: ignore[return-value]  # it does all that one does


class _Pattern:
    def __init__(self, text: str, flags: int) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> object:
        # What is missing is looked up once: from then on it is an attribute like any other.
        value = getattr(re.compile(*self._given), name)
        setattr(self, name, value)
        return value
