import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks_installer.matchers import VALUES, is_pattern, matched

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


# Each of these was tried in the real client, 2.1.329, at a start.
FIRES = [
    *("startup", "a|startup", "startup|resume", "startup | resume", "startup,resume", " startup"),
    *(
        "startup, resume",
        "startup ",
        "startup|",
        "start.*",
        "^startup$",
        "^start",
        "up$",
        ".",
        "s*",
    ),
    *("[s]tartup", "start?up", "(startup)", ".*", "", "*", "(?<n>startup)", "[^]", "]?startup"),
    *("é|startup", "start|é", r"\bstartup\b", "(?=s)startup", r"\x73tartup", r"\u0073tartup"),
    *("startup|re-x", "[s-]tartup", "(?i:STARTUP)"),
]
NOT = [
    *(
        "Startup",
        "STARTUP",
        "START.*",
        "start",
        "tartu",
        "resume",
        "!resume",
        "|",
        "startup;resume",
    ),
    *("startup resume", "startup.", "/startup/", "startup\nresume", "startup\n", "startup\t|x"),
    *("start|re-x", "startup\xa0", "start{", "start|x y", r"(s)\2tartup"),
]
UNREADABLE = [
    *("(", "**", "(?i)STARTUP", "(?s)startup", "(?P<n>startup)", "startup++", "(?>startup)"),
    *("startup(?#x)", "[z-a]startup", "\\"),
]


@pytest.mark.parametrize("matcher", FIRES)
def test_a_matcher_that_fires_in_the_client_fires(matcher: str) -> None:
    assert matched(matcher, ["startup"]) == ("startup",)
    assert is_pattern(matcher)


@pytest.mark.parametrize("matcher", NOT)
def test_a_matcher_that_does_not_fire_in_the_client_does_not(matcher: str) -> None:
    assert matched(matcher, ["startup"]) == ()


@pytest.mark.parametrize("matcher", UNREADABLE)
def test_a_matcher_that_the_client_cannot_read_lets_nothing_through(matcher: str) -> None:
    assert matched(matcher, SOURCES) == ()
    assert not is_pattern(matcher)


@given(st.text() | st.from_regex(r"[a-z()|*+?{}\[\]0-9\\^-]{1,9}"))
def test_any_text_lets_some_of_the_values_through(matcher: str) -> None:
    assert set(matched(matcher, SOURCES)) <= set(SOURCES)


def test_a_count_that_is_too_large_is_no_failure() -> None:
    assert matched("a{99999999999999}", SOURCES) == ()
