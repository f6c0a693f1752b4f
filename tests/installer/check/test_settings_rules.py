import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.project.hooks import SESSION_END, SESSION_START
from session_hooks_installer.check.settings import (
    MAX_BYTES,
    SETTINGS,
    file_problem,
    handler_problem,
    matched,
    matcher_problem,
    timeout_of,
)


@pytest.mark.parametrize(
    "more",
    [
        {},
        *({"timeout": timeout} for timeout in (0.5, 1.5, 1e9, 10**30, 10**400)),
        {"args": []},
        {"args": ["-x"]},
        {"shell": "bash"},
        {"statusMessage": "Looking", "async": True, "once": False},
        {"note": None, "_owner": 5},
    ],
)
def test_what_runs_in_claude_code_has_no_problem(more: dict[str, Any]) -> None:
    assert handler_problem({"type": "command", "command": "a", **more}) == ""


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"timeout": 0}, 'its "timeout" is 0'),
        ({"timeout": -1}, 'its "timeout" is -1'),
        ({"timeout": -(10**400)}, 'its "timeout" is -1e+09'),
        ({"timeout": "10"}, 'its "timeout" is no number'),
        ({"timeout": None}, 'its "timeout" is no number'),
        ({"timeout": True}, 'its "timeout" is no number'),
        ({"timeout": []}, 'its "timeout" is no number'),
        ({"args": None}, 'its "args" is no list of strings'),
        ({"args": "x"}, 'its "args" is no list of strings'),
        ({"args": [5]}, 'its "args" is no list of strings'),
        ({"shell": "zsh"}, 'its "shell" is none of bash and powershell'),
        ({"shell": None}, 'its "shell" is none of bash and powershell'),
        ({"statusMessage": 5}, 'its "statusMessage" is not a string'),
        ({"async": "x"}, 'its "async" is not true or false'),
        ({"once": None}, 'its "once" is not true or false'),
        ({"if": 5}, 'its "if" is not a string'),
    ],
)
def test_what_claude_code_leaves_out_is_named(more: dict[str, Any], problem: str) -> None:
    assert handler_problem({"type": "command", "command": "a", **more}) == problem


@pytest.mark.parametrize("matcher", ["", "*", "startup", "(startup)", "|", "none of them"])
def test_a_matcher_that_can_be_read_has_no_problem(matcher: str) -> None:
    assert matcher_problem(matcher) == ""


@pytest.mark.parametrize("matcher", [None, 5, [], {}, True])
def test_a_matcher_that_is_no_string_leaves_its_group_out(matcher: object) -> None:
    assert matcher_problem(matcher) == 'its group\'s "matcher" is no string'


@pytest.mark.parametrize("matcher", ["(", "**", "[z-a]startup", "\\"])
def test_a_matcher_that_cannot_be_read_never_fires(matcher: str) -> None:
    assert "is no regular expression" in matcher_problem(matcher)


@pytest.mark.parametrize(
    ("size", "problem"), [(MAX_BYTES, ""), (MAX_BYTES + 1, "it is larger than 2 MiB")]
)
def test_a_file_may_have_two_mebibytes(size: int, problem: str) -> None:
    assert file_problem(size, {}) == problem


# Each was tried in the real client, 2.1.329, which takes nothing of a file with such a value.
@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("disableAllHooks", ["true", None, 0, []]),
        ("model", [5, None, {}]),
        ("permissions", ["x", None, []]),
        ("cleanupPeriodDays", [-1, 0, 0.5, "30", None, True]),
        ("env", ["x", [], None]),
        ("sandbox", [True, None]),
        ("companyAnnouncements", ["x"]),
    ],
)
def test_one_wrong_value_takes_the_whole_file_along(key: str, values: list[object]) -> None:
    for value in values:
        assert file_problem(0, {key: value}).startswith(f'"{key}" is not ')


@pytest.mark.parametrize(
    "settings",
    [
        {"disableAllHooks": True, "model": "x", "cleanupPeriodDays": 30},
        {"permissions": {"allow": [5], "other": 5}, "env": {"A": []}, "sandbox": {"a": 5}},
        {"theme": 5, "whatever": None, "hooks": []},
    ],
)
def test_what_the_client_takes_is_no_reason_to_refuse_a_file(settings: dict[str, object]) -> None:
    assert file_problem(0, settings) == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
ANY_HANDLER = st.dictionaries(
    st.sampled_from(["type", "command", "args", "timeout", "shell", "async", "statusMessage"]), JSON
)


@given(
    ANY_HANDLER,
    JSON | st.from_regex(r"[a-z()|*+?{}\[\]0-9\\^,-]{1,12}"),
    st.sampled_from(sorted(SETTINGS)),
    JSON,
)
def test_whatever_settings_say_nothing_is_raised(
    handler: dict[str, Any], matcher: object, key: str, value: object
) -> None:
    assert isinstance(handler_problem(handler), str)
    assert isinstance(matcher_problem(matcher), str)
    assert isinstance(file_problem(0, {key: value}), str)
    assert timeout_of(handler, "SessionEnd") > 0


@pytest.mark.parametrize(
    ("handler", "event", "seconds"),
    [
        ({"timeout": 7}, "SessionStart", 7),
        ({"timeout": 0.5}, "SessionEnd", 0.5),
        ({}, "PreCompact", 60),
        ({}, "SessionEnd", 1.5),
        ({"timeout": "7"}, "SessionEnd", 1.5),
        ({"timeout": True}, "SessionStart", 60),
        ({"timeout": -1}, "SessionStart", 60),
        ({"timeout": 10**400}, "SessionStart", 1e9),
    ],
)
def test_a_handler_without_a_timeout_has_the_clients(
    handler: dict[str, Any], event: str, seconds: float
) -> None:
    assert timeout_of(handler, event) == seconds


SOURCES = SESSION_START.matched


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


@given(st.text() | st.from_regex(r"[a-z()|*+?{}\[\]0-9\\^-]{1,9}"))
def test_any_text_lets_some_of_the_values_through(matcher: str) -> None:
    assert set(matched(matcher, SOURCES)) <= set(SOURCES)


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
        "(?P<a>.)(?P=a)",
    ],
)
def test_an_expression_that_may_take_long_is_not_tried(matcher: str) -> None:
    began = time.monotonic()
    assert matcher_problem(matcher) == ""
    assert matched(matcher, SOURCES) == ()
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "matcher", [".*.*.*!", ".*.*.*(|.)(|.)(|.)(|.)(|.)(|.)(|.)!", "|".join("abcdefghij") + "."]
)
def test_what_is_tried_takes_no_time(matcher: str) -> None:
    began = time.monotonic()
    assert matched(matcher, SESSION_END.matched) is not None
    assert time.monotonic() - began < 1


def test_names_may_be_as_many_as_there_are() -> None:
    assert matched("a|" * 500_000 + "clear", SOURCES) == ("clear",)


def test_a_count_that_is_too_large_is_no_failure() -> None:
    assert matched("a{99999999999999}", SOURCES) == ()
