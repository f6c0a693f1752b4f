"""Read dates as people write them. Ages are marks until told; moments are seconds since 1970."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from session_hooks.util.lazy import pattern

# 2025-12-04, 2025-12-04T14:30, 2025-12-04 14:30:05.123Z, with any zone offset.
_ISO = pattern(
    r"(?<!\d)(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
# What the months' names begin with, in the languages of ``wordings`` that have an alphabet; where
# two begin alike, the longer beginning counts.
_MONTHS = (
    "jan ene gen sty янв січ oca led jaa tam ian ιαν",
    "feb fév fev lut фев лют şub úno vee hel φεβ",
    "mar mär mrz maa мар бер bře már μαρ",
    "apr avr abr kwi апр кві nis dub huh ápr απρ",
    "may mai mag mei maj мая май тра kvě tou máj μαΐ μάι",
    "jun juin giu cze июн чер haz červn juun kes jún iun ιουν",
    "jul juil lug lip июл лип tem červe juul hei júl iul ιουλ",
    "aug aoû ago sie авг сер ağu srp elo agu αυγ",
    "sep set wrz сен вер eyl zář syy szep σεπ",
    "oct okt out ott paź окт жов eki říj lok οκτ",
    "nov lis ноя лис kas marr noi νοε",
    "dec dez déc dic gru дек гру ara pro jou des dets δεκ",
)
_BEGINNINGS = {
    beginning: month for month, names in enumerate(_MONTHS, start=1) for beginning in names.split()
}
_DAY, _MONTH, _YEAR = r"(?P<day>\d{1,2})", r"(?P<month>\d{1,2})", r"(?P<year>\d{4})"
_NAME_OF_MONTH = r"(?P<month>[^\W\d_]{3,12})\.?"
_FORMS = [
    pattern(rf"(?<!\w){form}(?!\d)", re.IGNORECASE)
    for form in (
        rf"{_NAME_OF_MONTH}\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_YEAR}",  # July 11, 2025; Dec 4 2025
        rf"{_DAY}\.?\s+(?:de\s+)?{_NAME_OF_MONTH},?\s+(?:de\s+)?{_YEAR}",  # 11 July 2025
        rf"{_DAY}\.\s?{_MONTH}\.\s?{_YEAR}",  # 11.07.2025
        rf"{_YEAR}/{_MONTH}/{_DAY}",  # 2025/07/11
        rf"{_DAY}\s+tháng\s+{_MONTH},?\s+(?:năm\s+)?{_YEAR}",  # 11 tháng 7 năm 2025
        rf"{_YEAR}\.\s+{_NAME_OF_MONTH}\s+{_DAY}",  # 2025. július 11.
        rf"{_YEAR}(?:\s?[年년]\s?|\.\s){_MONTH}(?:\s?[月월]\s?|\.\s){_DAY}",  # 2025年7月11日
    )
]
# 20251204-143000, 2025-12-04, 2025_12_04, 2025-12-04_14-30-00: as file names carry them.
_NAME = pattern(
    r"(?<!\d)((?:19|20)\d{2})([-_]?)(\d{2})\2(\d{2})"
    r"(?:[-_T](\d{2})(-?)(\d{2})\6(\d{2})(?!\d))?(?!\d)"
)
_EDGE = "\x1f"
_AGO, _CLOCK, _AS_OF = "a", "c", "s"
_WIDTHS = {
    _AGO: len("59 minutes ago"),
    _CLOCK: len("2025-12-04 14:30"),
    _AS_OF: len(", as of 2025-12-04 14:30"),
}
_MOST = 9_999_999_999  # the last second that is told, in the year 2286


def parse_time(value: object) -> datetime | None:
    """Read a time from YAML or text; without a zone it is UTC (003, "Location & Naming")."""
    try:
        if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        return _parse_text(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):  # the thirteenth month, the year 0 in another zone
        return None


def _parse_text(text: str) -> datetime | None:
    match = _ISO.search(text[:200])
    if match is None:
        return _parse_words(text[:200])
    *numbers, zone = match.groups()
    return _moment(numbers) - _offset(zone)


def _moment(numbers: Sequence[str | None]) -> datetime:
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _parse_words(text: str) -> datetime | None:
    matches = (match for form in _FORMS for match in form.finditer(text))
    for match in sorted(matches, key=lambda match: match.start()):
        if month := _month(match["month"]):
            return datetime(int(match["year"]), month, int(match["day"]), tzinfo=UTC)
    return None


def _month(word: str) -> int | None:
    if word.isdigit():
        return int(word)
    beginnings = (word.casefold()[:length] for length in (5, 4, 3))
    return next((_BEGINNINGS[word] for word in beginnings if word in _BEGINNINGS), None)


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone.upper() in ("Z", "UTC"):
        return timedelta()
    span = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -span if zone[0] == "-" else span


def parse_name(name: str) -> datetime | None:
    """Read the time that a file's name carries (003, "Location & Naming"), or None."""
    for match in _NAME.finditer(name):
        try:
            return _moment(match.group(1, 3, 4, 5, 7, 8))
        except ValueError:  # eight digits that are no date
            continue
    return None


def latest(moments: "list[datetime | None]", now: datetime) -> datetime | None:
    return max((moment for moment in moments if moment and moment <= now), default=None)


def iso(moment: datetime) -> str:
    """Write a time as the specifications do: ``2025-12-04T14:30:00Z`` (003, 004 "Header")."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(moment: float) -> str:
    return _mark(_AGO, moment)


def clock(moment: float) -> str:
    return _mark(_CLOCK, moment)


def as_of(moment: float) -> str:
    """Return the mark for when something was seen: nothing while that is now."""
    return _mark(_AS_OF, moment * 1000)  # to the millisecond, for a start is soon over


def _mark(kind: str, moment: float) -> str:
    most = _MOST * (1000 if kind == _AS_OF else 1)
    number = max(-most, min(int(moment // 1), most))
    return f"{_EDGE}{kind}{number:+0{_WIDTHS[kind] - 3}d}{_EDGE}"


def fill(text: str, now: float) -> str:
    parts = text.split(_EDGE)
    for index in range(1, len(parts) - 1):
        kind, seconds = parts[index][:1], parts[index][1:]
        if len(parts[index]) + 2 == _WIDTHS.get(kind) and seconds[1:].isdecimal():
            parts[index] = _words(kind, int(seconds), now)
    return "".join(parts)


def _words(kind: str, then: int, now: float) -> str:
    if kind == _AGO:
        return age(timedelta(seconds=now - then))
    if kind == _CLOCK:
        return _clock_time(now, then)
    return "" if now * 1000 // 1 == then else f", as of {_clock_time(now, then / 1000)}"


def age(span: timedelta) -> str:
    seconds = span.total_seconds()
    if seconds < 90:
        return "just now"
    for unit, size, below in (("minute", 60, 90), ("hour", 3600, 36), ("day", 86400, 60)):
        number = round(seconds / size)
        if number < below:
            return count(number, unit) + " ago"
    months = round(seconds / 86400 / 30.44)
    return (count(months, "month") if months < 24 else count(round(months / 12), "year")) + " ago"


def _clock_time(now: float, then: float) -> str:
    here, there = time.localtime(now), time.localtime(then)
    time_of_day = time.strftime("%H:%M", there)
    if here[:3] == there[:3]:
        return time_of_day
    # Noon: a day may have 23 hours or 25.
    yesterday = time.localtime(time.mktime((*here[:2], here[2] - 1, 12, 0, 0, 0, 0, -1)))
    if yesterday[:3] == there[:3]:
        return f"yesterday {time_of_day}"
    return time.strftime("%Y-%m-%d %H:%M", there)


def clock_time(now: datetime, then: datetime) -> str:
    """Say when ``then`` was, in the person's time zone: "14:02", "yesterday 18:40"."""
    return _clock_time(now.timestamp(), then.timestamp())


def count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
