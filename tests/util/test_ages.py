import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.util import ages
from session_hooks.util.safe_text import clean

NOW = datetime(2025, 12, 5, 7, 0, tzinfo=UTC).timestamp()
MARKS = (ages.ago, ages.clock, ages.as_of)
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
    assert ages.clock_words(NOW, then.timestamp()) == words
    assert ages.fill(f"at {ages.clock(then.timestamp())}.", NOW) == f"at {words}."


@pytest.mark.usefixtures("in_brisbane")
def test_yesterday_is_the_day_before_on_the_first_of_a_month_and_of_a_year() -> None:
    for now in (datetime(2025, 12, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=UTC)):
        then = now.timestamp() - 86400
        assert ages.clock_words(now.timestamp(), then) == "yesterday 11:00"


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
            assert ages.clock_words(begin, before) == "yesterday 23:59"
    time.tzset()


def test_a_text_is_filled_in_with_the_words_of_the_moment_that_it_is_told() -> None:
    then = NOW - 7200
    text = f"last activity {ages.ago(then)}, seen{ages.as_of(NOW)}"
    assert ages.fill(text, NOW) == "last activity 2 hours ago, seen"
    seen = time.strftime("%H:%M", time.localtime(NOW))
    assert ages.fill(text, NOW + 3600) == f"last activity 3 hours ago, seen, as of {seen}"


@given(SECONDS, SECONDS, st.sampled_from(MARKS))
def test_a_mark_is_as_long_as_the_longest_words_in_its_place(
    then: float, now: float, mark: Callable[[float], str]
) -> None:
    text = mark(then)
    assert len(text) == len(mark(0))
    filled = ages.fill(text, now)
    assert len(filled) <= len(text)
    assert "\x1f" not in filled


@given(st.text(), st.lists(st.tuples(SECONDS, st.sampled_from(MARKS), st.text())))
def test_what_documents_say_is_never_taken_for_a_mark(
    first: str, rest: list[tuple[float, Callable[[float], str], str]]
) -> None:
    marked, plain = clean(first), clean(first)
    for then, mark, words in rest:
        marked += mark(then) + clean(words)
        plain += ages.fill(mark(then), NOW) + clean(words)
    assert ages.fill(marked, NOW) == plain


@pytest.mark.parametrize(
    "text",
    ["\x1f", "a\x1fb", "\x1f\x1f", "\x1fa+00000000\x1f", "\x1fx+0000000000\x1f", "\x1fa\x1fc"],
)
def test_what_only_looks_like_a_mark_leaves_no_trace_but_its_text(text: str) -> None:
    assert ages.fill(text, NOW) == text.replace("\x1f", "")
