import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks_installer.matchers import VALUES, matched

SOURCES = VALUES["SessionStart"]


@pytest.mark.parametrize(
    ("matcher", "through"),
    [
        ("", SOURCES),
        ("*", SOURCES),
        ("startup", ("startup",)),
        ("startup|compact", ("startup", "compact")),
        ("startup, compact", ("startup", "compact")),
        ("startup | clear", ("startup", "clear")),
        ("start", ()),  # words are compared whole
        ("Startup", ()),
        ("none-of-them", ()),
        (".*", SOURCES),
        ("^re", ("resume",)),
        ("p$", ("startup",)),
        ("c.m", ("compact",)),  # a regular expression may match anywhere
        ("^(startup|clear)$", ("startup", "clear")),
        ("(", ()),
    ],
)
def test_words_are_compared_whole_and_anything_else_is_a_pattern(
    matcher: str, through: tuple[str, ...]
) -> None:
    assert matched(matcher, SOURCES) == through


@given(st.text())
def test_any_text_lets_some_of_the_values_through(matcher: str) -> None:
    assert set(matched(matcher, SOURCES)) <= set(SOURCES)
