import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks_installer.matchers import VALUES, is_involved, is_pattern, matched

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
    *("start|re-x", "startup\xa0", "start{", "start|x y"),
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


# What JavaScript and Python read differently: "startup" for each was tried in the real client.
@pytest.mark.parametrize(
    ("matcher", "through"),
    [
        (r"\Astartup", ()),
        (r"\A(startup)", ()),
        (r"startup\Z", ()),
        (r"(\st\art\u\p)", ()),
        (r"(\y|startup)", ("startup",)),
        (r"st\art\up", ("startup",)),
        (r"\cStartup|clear\b", ("clear",)),
        ("[]|clear", ("clear",)),
        ("[[]|clear", ("clear",)),
        ("[^]lear", ("clear",)),
        (r"[\]c]lear", ("clear",)),
        ("r{,9}esume", ()),
        ("(?<=c)lear", ("clear",)),
        ("(?x: s t a r t u p)", ()),
        ("(?<a>c)lear", ("clear",)),
    ],
)
def test_an_expression_is_javascripts(matcher: str, through: tuple[str, ...]) -> None:
    assert matched(matcher, SOURCES) == through


@pytest.mark.parametrize(
    "matcher",
    [
        "((.*)*)*!",
        "(a|a)+!",
        ".*.*.*.*.*.*.*.*!",
        "(|.)" * 12 + "!",
        "(" * 2000,
        "a.{99999999999999999999}|" * 10,
        "[a-z]" * 100_000,
        r"(.)\1",
        "(?<=.*)lear",
        r"[a-\d]lear",
    ],
)
def test_an_expression_that_may_take_long_is_not_tried(matcher: str) -> None:
    began = time.monotonic()
    assert is_involved(matcher)
    assert is_pattern(matcher)
    assert matched(matcher, SOURCES) == SOURCES
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "matcher", [".*.*.*.*!", "(|.)(|.)(|.)(|.)(|.).*.*.*.*!", "|".join("abcdefghij") + "."]
)
def test_what_is_tried_takes_no_time(matcher: str) -> None:
    began = time.monotonic()
    assert not is_involved(matcher)
    assert matched(matcher, VALUES["SessionEnd"]) is not None
    assert time.monotonic() - began < 1


def test_names_may_be_as_many_as_there_are() -> None:
    assert matched("a|" * 500_000 + "clear", SOURCES) == ("clear",)


def test_a_count_that_is_too_large_is_no_failure() -> None:
    assert matched("a{99999999999999}", SOURCES) == ()
