from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.util.dates import age, latest, parse_name, parse_time

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
    assert age(NOW, NOW - span) == words


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
