import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.util import dates
from session_hooks.util.dates import age, latest, parse_name, parse_time
from session_hooks.util.safe_text import clean

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-12-04T14:30:00Z", datetime(2025, 12, 4, 14, 30, tzinfo=UTC)),
        ("2025-12-04T14:30:00.123Z", datetime(2025, 12, 4, 14, 30, tzinfo=UTC)),
        ("2025-12-04T14:30:00+02:00", datetime(2025, 12, 4, 12, 30, tzinfo=UTC)),
        ("2025-12-04T14:30:00-0700", datetime(2025, 12, 4, 21, 30, tzinfo=UTC)),
        ("2025-12-04 14:30", datetime(2025, 12, 4, 14, 30, tzinfo=UTC)),
        ("2025-12-04", datetime(2025, 12, 4, tzinfo=UTC)),
        ("2025-12-04 14:30 - backend-dev", datetime(2025, 12, 4, 14, 30, tzinfo=UTC)),
        (date(2025, 12, 4), datetime(2025, 12, 4, tzinfo=UTC)),
        (datetime(2025, 12, 4, 14, 30), datetime(2025, 12, 4, 14, 30, tzinfo=UTC)),  # noqa: DTZ001
        (
            datetime(2025, 12, 4, 14, 30, tzinfo=timezone(timedelta(hours=1))),
            datetime(2025, 12, 4, 13, 30, tzinfo=UTC),
        ),
        ("July 11, 2025", datetime(2025, 7, 11, tzinfo=UTC)),
        ("Nov 9th 2026", datetime(2026, 11, 9, tzinfo=UTC)),
        ("11 July 2025", datetime(2025, 7, 11, tzinfo=UTC)),
        ("2026/11/20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("20.11.2026, abends", datetime(2026, 11, 20, tzinfo=UTC)),
        ("3 de enero de 2026", datetime(2026, 1, 3, tzinfo=UTC)),
        ("1 août 2026", datetime(2026, 8, 1, tzinfo=UTC)),
        ("2 juin 2026, 3 juil. 2026", datetime(2026, 6, 2, tzinfo=UTC)),
        ("12. März 2026", datetime(2026, 3, 12, tzinfo=UTC)),
        ("5 października 2026", datetime(2026, 10, 5, tzinfo=UTC)),
        ("29 ноября 2026", datetime(2026, 11, 29, tzinfo=UTC)),
        ("3 травня 2026", datetime(2026, 5, 3, tzinfo=UTC)),
        ("29 Kasım 2026", datetime(2026, 11, 29, tzinfo=UTC)),
        ("5. června 2026", datetime(2026, 6, 5, tzinfo=UTC)),
        ("5. července 2026", datetime(2026, 7, 5, tzinfo=UTC)),
        ("29. marraskuuta 2026", datetime(2026, 11, 29, tzinfo=UTC)),
        ("3. maaliskuuta 2026", datetime(2026, 3, 3, tzinfo=UTC)),
        ("2026. november 29.", datetime(2026, 11, 29, tzinfo=UTC)),
        ("29 noiembrie 2026", datetime(2026, 11, 29, tzinfo=UTC)),
        ("29 Νοεμβρίου 2026", datetime(2026, 11, 29, tzinfo=UTC)),
        ("29 tháng 11 năm 2026", datetime(2026, 11, 29, tzinfo=UTC)),
        ("29 november 2026", datetime(2026, 11, 29, tzinfo=UTC)),
        ("29. desember 2026", datetime(2026, 12, 29, tzinfo=UTC)),
        ("2026年2月3日", datetime(2026, 2, 3, tzinfo=UTC)),
        ("2026년 2월 3일", datetime(2026, 2, 3, tzinfo=UTC)),
        ("Session 5 2026, then 6 May 2026", datetime(2026, 5, 6, tzinfo=UTC)),
        ("version 1.2.3", None),
        ("June 31, 2025", None),
        ("~20:00", None),
        ("2025-13-45", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (20251204, None),
        (["2025-12-04"], None),
    ],
)
def test_times_as_people_write_them(value: object, expected: datetime | None) -> None:
    assert parse_time(value) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("20251204-143000-weather.md", datetime(2025, 12, 4, 14, 30, tzinfo=UTC)),
        ("2025-12-04-weather.md", datetime(2025, 12, 4, tzinfo=UTC)),
        ("2025-12-04.md", datetime(2025, 12, 4, tzinfo=UTC)),
        ("weather-20251204-090500.md", datetime(2025, 12, 4, 9, 5, tzinfo=UTC)),
        ("20251204-000000-x.md", datetime(2025, 12, 4, tzinfo=UTC)),
        ("20259999-143000-weather.md", None),
        ("weather.md", None),
        ("1234567890123456.md", None),
    ],
)
def test_times_in_file_names(name: str, expected: datetime | None) -> None:
    assert parse_name(name) == expected


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=80), "just now"),
        (timedelta(minutes=2), "2 minutes ago"),
        (timedelta(minutes=89), "89 minutes ago"),
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(hours=30), "30 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=90), "3 months ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_ages_read_as_a_person_would_say_them(span: timedelta, words: str) -> None:
    assert age(span) == words


def test_dates_in_the_future_are_ignored() -> None:
    past = NOW - timedelta(days=1)
    assert latest([None, past, NOW + timedelta(days=1)], NOW) == past
    assert latest([NOW + timedelta(days=1)], NOW) is None


@given(st.text() | st.dates() | st.datetimes() | st.integers())
def test_nothing_that_yaml_gives_makes_it_raise(value: object) -> None:
    moment = parse_time(value)
    assert moment is None or moment.tzinfo is UTC


@given(st.text())
def test_no_name_makes_it_raise(name: str) -> None:
    assert parse_name(name) is None or parse_name(name) is not None


TOLD = datetime(2025, 12, 5, 7, 0, tzinfo=UTC).timestamp()
MARKS = (dates.ago, dates.clock, dates.as_of)
SECONDS = st.floats(-(10**9), 10**10)


@pytest.fixture
def in_brisbane(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A person ten hours east."""
    monkeypatch.setenv("TZ", "AEST-10")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_brisbane")
@pytest.mark.parametrize(
    ("then", "words"),
    [
        (datetime(2025, 12, 5, 6, 2, tzinfo=UTC), "16:02"),
        (datetime(2025, 12, 4, 14, 1, tzinfo=UTC), "00:01"),  # the day begins where the person is
        (datetime(2025, 12, 4, 13, 59, tzinfo=UTC), "yesterday 23:59"),
        (datetime(2025, 12, 3, 8, 40, tzinfo=UTC), "2025-12-03 18:40"),
        (datetime(2025, 12, 5, 15, 0, tzinfo=UTC), "2025-12-06 01:00"),  # a clock that was wrong
    ],
)
def test_times_are_said_in_the_persons_time_zone(then: datetime, words: str) -> None:
    assert dates.clock_time(datetime.fromtimestamp(TOLD, UTC), then) == words
    assert dates.fill(f"at {dates.clock(then.timestamp())}.", TOLD) == f"at {words}."


@pytest.mark.usefixtures("in_brisbane")
def test_yesterday_is_the_day_before_on_the_first_of_a_month_and_of_a_year() -> None:
    for now in (datetime(2025, 12, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=UTC)):
        assert dates.clock_time(now, now - timedelta(days=1)) == "yesterday 11:00"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_yesterday_is_the_day_before_where_the_clocks_change(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", zone)
        time.tzset()
        for day in range(365):  # a minute past midnight and a minute before it
            begin = time.mktime((2025, 1, 1 + day, 0, 1, 0, 0, 0, -1))
            before = time.mktime((2025, 1, day, 23, 59, 0, 0, 0, -1))
            moments = (datetime.fromtimestamp(one, UTC) for one in (begin, before))
            assert dates.clock_time(*moments) == "yesterday 23:59"
    time.tzset()


def test_a_text_is_filled_in_with_the_words_of_the_moment_that_it_is_told() -> None:
    then = TOLD - 7200
    text = f"last activity {dates.ago(then)}, seen{dates.as_of(TOLD)}"
    assert dates.fill(text, TOLD) == "last activity 2 hours ago, seen"
    seen = time.strftime("%H:%M", time.localtime(TOLD))
    assert dates.fill(text, TOLD + 3600) == f"last activity 3 hours ago, seen, as of {seen}"


@given(SECONDS, SECONDS, st.sampled_from(MARKS))
def test_a_mark_is_as_long_as_the_longest_words_in_its_place(
    then: float, now: float, mark: Callable[[float], str]
) -> None:
    text = mark(then)
    assert len(text) == len(mark(0))
    filled = dates.fill(text, now)
    assert len(filled) <= len(text)
    assert "\x1f" not in filled


@given(st.text(), st.lists(st.tuples(SECONDS, st.sampled_from(MARKS), st.text())))
def test_what_documents_say_is_never_taken_for_a_mark(
    first: str, rest: list[tuple[float, Callable[[float], str], str]]
) -> None:
    marked, plain = clean(first), clean(first)
    for then, mark, words in rest:
        marked += mark(then) + clean(words)
        plain += dates.fill(mark(then), TOLD) + clean(words)
    assert dates.fill(marked, TOLD) == plain


@pytest.mark.parametrize(
    "text",
    ["\x1f", "a\x1fb", "\x1f\x1f", "\x1fa+00000000\x1f", "\x1fx+0000000000\x1f", "\x1fa\x1fc"],
)
def test_what_only_looks_like_a_mark_leaves_no_trace_but_its_text(text: str) -> None:
    assert dates.fill(text, TOLD) == text.replace("\x1f", "")
