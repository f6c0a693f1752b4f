from typing import Any

import pytest

from session_hooks_installer.acceptance import (
    MAX_BYTES,
    file_problem,
    handler_problem,
    matcher_problem,
    timeout_of,
)


@pytest.mark.parametrize(
    "more",
    [
        {},
        *({"timeout": timeout} for timeout in (0.5, 1.5, 1e9, 10**30)),
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


@pytest.mark.parametrize("matcher", ["", "*", "startup", "(startup)", "|", "[^]", "none of them"])
def test_a_matcher_that_can_be_read_has_no_problem(matcher: str) -> None:
    assert matcher_problem(matcher) == ""


@pytest.mark.parametrize("matcher", [None, 5, [], {}, True])
def test_a_matcher_that_is_no_string_leaves_its_group_out(matcher: object) -> None:
    assert matcher_problem(matcher) == 'its group\'s "matcher" is no string'


@pytest.mark.parametrize("matcher", ["(", "**", "(?i)STARTUP"])
def test_a_matcher_that_cannot_be_read_never_fires(matcher: str) -> None:
    assert "is no regular expression" in matcher_problem(matcher)


@pytest.mark.parametrize(
    ("size", "problem"), [(MAX_BYTES, ""), (MAX_BYTES + 1, "it is larger than 2 MiB")]
)
def test_a_file_may_have_two_mebibytes(size: int, problem: str) -> None:
    assert file_problem("é" + " " * (size - 2), {}) == problem


@pytest.mark.parametrize("value", ["true", None, 0, []])
def test_a_switch_that_is_none_takes_the_whole_file_along(value: object) -> None:
    assert file_problem("", {"disableAllHooks": value}) != ""
    assert file_problem("", {"disableAllHooks": True}) == ""


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
    ],
)
def test_a_handler_without_a_timeout_has_the_clients(
    handler: dict[str, Any], event: str, seconds: float
) -> None:
    assert timeout_of(handler, event) == seconds
