"""Write ages and clock times, or marks for them that are filled in when a text is said.

Imported by every start: builtins alone.
"""

import time

_EDGE = "\x1f"
_AGO, _CLOCK, _AS_OF = "a", "c", "s"
_WIDTHS = {
    _AGO: len("59 minutes ago"),
    _CLOCK: len("2025-12-04 14:30"),
    _AS_OF: len(", as of 2025-12-04 14:30"),
}
_MOST = 9_999_999_999
"""What was not before that second, in the year 2286, is then."""


def ago(moment: float) -> str:
    """Return the mark for how long ago something was; ``moment`` in seconds since 1970."""
    return _mark(_AGO, moment)


def clock(moment: float) -> str:
    """Return the mark for when something was, as a person's clock shows it."""
    return _mark(_CLOCK, moment)


def as_of(moment: float) -> str:
    """Return the mark for when something was seen: nothing while that is now."""
    return _mark(_AS_OF, moment * 1000)  # to the millisecond, for a start is soon over


def _mark(kind: str, moment: float) -> str:
    most = _MOST * (1000 if kind == _AS_OF else 1)
    number = max(-most, min(int(moment // 1), most))
    return f"{_EDGE}{kind}{number:+0{_WIDTHS[kind] - 3}d}{_EDGE}"


def fill(text: str, now: float) -> str:
    """Write the words in the place of each mark; ``now`` in seconds since 1970."""
    parts = text.split(_EDGE)
    for index in range(1, len(parts) - 1):
        kind, seconds = parts[index][:1], parts[index][1:]
        if len(parts[index]) + 2 == _WIDTHS.get(kind) and seconds[1:].isdecimal():
            parts[index] = _words(kind, int(seconds), now)
    return "".join(parts)


def _words(kind: str, then: int, now: float) -> str:
    if kind == _AGO:
        return age(now - then)
    if kind == _CLOCK:
        return clock_words(now, then)
    return "" if now * 1000 // 1 == then else f", as of {clock_words(now, then / 1000)}"


def age(seconds: float) -> str:
    """Say how long ago something was, as a person would: "just now", "3 hours ago"."""
    if seconds < 90:
        return "just now"
    for unit, size, below in (("minute", 60, 90), ("hour", 3600, 36), ("day", 86400, 60)):
        number = round(seconds / size)
        if number < below:
            return count(number, unit) + " ago"
    months = round(seconds / 86400 / 30.44)
    return (count(months, "month") if months < 24 else count(round(months / 12), "year")) + " ago"


def clock_words(now: float, then: float) -> str:
    """Say when something was, in the person's time zone: "14:02", "yesterday 18:40"."""
    here, there = time.localtime(now), time.localtime(then)
    time_of_day = time.strftime("%H:%M", there)
    if here[:3] == there[:3]:
        return time_of_day
    # Noon: a day may have 23 hours or 25.
    yesterday = time.localtime(time.mktime((*here[:2], here[2] - 1, 12, 0, 0, 0, 0, -1)))
    if yesterday[:3] == there[:3]:
        return f"yesterday {time_of_day}"
    return time.strftime("%Y-%m-%d %H:%M", there)


def count(number: int, unit: str) -> str:
    """Say a number of things: "1 day", "3 days"."""
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
