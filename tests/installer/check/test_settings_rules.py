from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.project.hooks import SESSION_START
from session_hooks_installer.check.settings import (
    handler_problem,
    matched,
    timeout_of,
)


@pytest.mark.parametrize(
    "more",
    [
        {},
        *({"timeout": timeout} for timeout in (0.5, 1.5, 1e9, 10**30, 10**400)),
        {"args": []},
        {"args": ["-x"]},
        {"note": None, "_owner": 5},
    ],
)
def test_what_runs_in_claude_code_has_no_problem(more: dict[str, Any]) -> None:
    assert handler_problem({"type": "command", "command": "a", **more}) == ""


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"timeout": 0}, 'its "timeout" is no positive number'),
        ({"timeout": -1}, 'its "timeout" is no positive number'),
        ({"timeout": -(10**400)}, 'its "timeout" is no positive number'),
        ({"timeout": "10"}, 'its "timeout" is no positive number'),
        ({"timeout": None}, 'its "timeout" is no positive number'),
        ({"timeout": True}, 'its "timeout" is no positive number'),
        ({"timeout": []}, 'its "timeout" is no positive number'),
        ({"args": None}, 'its "args" is no list of strings'),
        ({"args": "x"}, 'its "args" is no list of strings'),
        ({"args": [5]}, 'its "args" is no list of strings'),
    ],
)
def test_what_claude_code_leaves_out_is_named(more: dict[str, Any], problem: str) -> None:
    assert handler_problem({"type": "command", "command": "a", **more}) == problem


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
ANY_HANDLER = st.dictionaries(
    st.sampled_from(["type", "command", "args", "timeout", "shell", "async", "statusMessage"]), JSON
)


@given(ANY_HANDLER)
def test_whatever_settings_say_nothing_is_raised(handler: dict[str, Any]) -> None:
    assert isinstance(handler_problem(handler), str)
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
        ("^re", SOURCES),  # a regular expression may match any: it isn't read
        ("(", SOURCES),
    ],
)
def test_names_are_compared_whole_and_an_expression_counts_for_all(
    matcher: str, through: tuple[str, ...]
) -> None:
    assert matched(matcher, SOURCES) == through


@given(st.text() | st.from_regex(r"[a-z()|*+?{}\[\]0-9\\^-]{1,9}"))
def test_any_text_lets_some_of_the_values_through(matcher: str) -> None:
    assert set(matched(matcher, SOURCES)) <= set(SOURCES)


def test_names_may_be_as_many_as_there_are() -> None:
    assert matched("a|" * 500_000 + "clear", SOURCES) == ("clear",)
