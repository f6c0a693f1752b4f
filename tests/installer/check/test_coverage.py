from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from session_hooks.agents.agent import Agent
from session_hooks.project.hooks import HOOKS, Hook
from session_hooks_installer.check.coverage import check_coverage
from session_hooks_installer.check.findings import Code, Finding
from session_hooks_installer.check.settings import AllSettings, Installed, Place
from session_hooks_installer.settings.handlers import CLAUDE, Ownership, Scope

START = HOOKS[0]
OURS, WRAPPED = Ownership.OURS, Ownership.WRAPPED
INSTALL = "install-hooks --repo /x"
PROJECT, LOCAL, USER = Scope.PROJECT, Scope.LOCAL, Scope.USER
TOP = Place(PROJECT, Path("/x/.claude/settings.json"), is_read=False)
HERE = Place(PROJECT, Path("/x/src/.claude/settings.json"), is_edited=False)


def start(place: Place | Scope, matcher: object = "", **handler: object) -> Installed:
    return of(START, place, {"command": "a", **handler}, OURS, matcher)


def of(hook: Hook, place: Place | Scope, *rest: Any) -> Installed:
    if isinstance(place, Scope):
        place = Place(place, Path(f"/x/.claude/{place.value}.json"))
    return Installed(place, hook, *(rest or ({"command": "a"}, OURS)))


def others(place: Place | Scope = PROJECT) -> list[Installed]:
    return [of(hook, place) for hook in HOOKS[1:]]


def reading(
    items: Sequence[Installed] = (), places: Sequence[Place] = (), agent: Agent = CLAUDE
) -> AllSettings:
    return AllSettings(agent, tuple(places), handlers=tuple(items))


def found(*items: Installed) -> list[Finding]:
    findings = check_coverage(reading(items))
    return [finding for finding in findings if finding.code is not Code.INSTALLED]


def test_the_sources_that_are_left_out_are_named() -> None:
    (finding,) = found(start(PROJECT, "startup|resume"), *others())
    assert finding.code is Code.SOURCES_LEFT_OUT
    assert "not for clear and compact" in finding.what


@pytest.mark.parametrize("matcher", ["none", "none|of them", "manual", "x" * 300])
def test_a_matcher_that_lets_nothing_through_is_an_error(matcher: str) -> None:
    (finding,) = found(start(PROJECT, matcher), *others())
    assert finding.code is Code.NO_SOURCE
    assert repr(matcher[:200]) in finding.why


def test_of_what_is_read_a_file_that_is_not_makes_up_for_nothing() -> None:
    (finding,) = found(start(TOP), start(HERE, "startup"), *others(TOP), *others(HERE))
    assert finding.code is Code.SOURCES_LEFT_OUT
    assert str(HERE.path) in finding.what


@pytest.mark.parametrize(
    ("places", "scope", "remedy"),
    [
        ([Place(PROJECT, Path("/x/c/a")), Place(LOCAL, Path("/x/c/b"))], PROJECT, INSTALL),
        ([TOP, HERE, Place(LOCAL, Path("/x/c/b"))], LOCAL, "install-hooks --scope local --repo /x"),
        (
            [Place(PROJECT, Path("/x/a"), is_edited=False), Place(LOCAL, Path("/x/b"))],
            None,
            "mend what is said of the settings above, then install",
        ),
        (
            [Place(USER, Path("/h/a")), Place(LOCAL, Path("/h/b"), is_edited=False)],
            None,
            "go to the top of a project, or for all of yours: install-hooks --scope user",
        ),
    ],
)
def test_what_is_nowhere_is_installed_where_it_is_read(
    places: list[Place], scope: Scope | None, remedy: str
) -> None:
    (finding,) = check_coverage(reading(places=places))
    assert (finding.code, finding.scope, finding.remedy) == (Code.NOT_INSTALLED, scope, remedy)
    assert finding.is_command == (scope is not None)


def test_two_matchers_may_leave_out_nothing_together() -> None:
    assert found(start(PROJECT, "startup"), start(LOCAL, "resume|clear|compact"), *others()) == []
    assert found(start(PROJECT, "^(?!startup)"), *others()) == []  # it isn't read


def test_what_is_missing_is_installed_where_the_most_is() -> None:
    (finding,) = found(*others(USER), of(HOOKS[1], PROJECT))
    assert finding.code is Code.PARTLY_INSTALLED
    assert finding.remedy == "install-hooks --scope user"


def test_a_handler_that_does_more_counts() -> None:
    assert found(of(START, PROJECT, {"command": "a; b"}, WRAPPED), *others()) == []


@pytest.mark.parametrize(
    ("item", "remedy"),
    [
        (start(PROJECT, timeout=0), INSTALL),
        (start(PROJECT, timeout=None), INSTALL),
        (start(PROJECT, args=5), INSTALL),
        (start(PROJECT, None), "mend that matcher in /x/.claude/project.json"),
        (
            of(START, PROJECT, {"command": "a; b", "timeout": 0}, WRAPPED, ""),
            "mend that handler in /x/.claude/project.json",
        ),
    ],
)
def test_what_claude_code_leaves_out_is_one_finding(item: Installed, remedy: str) -> None:
    (finding,) = found(item, *others())
    assert (finding.code, finding.remedy) == (Code.HANDLER_IGNORED, remedy)


def test_started_below_a_project_its_hooks_do_not_run() -> None:
    (finding,) = found(start(TOP), *others(TOP))
    assert (finding.code, finding.remedy) == (Code.NOT_READ, "start it in /x")
    assert finding.why == "So nothing happens here; started in /x, it does."


@pytest.mark.parametrize("elsewhere", [LOCAL, USER, HERE])
def test_started_below_other_files_may_have_the_hooks(elsewhere: Place | Scope) -> None:
    assert found(start(TOP), *others(TOP), start(elsewhere), *others(elsewhere)) == []


def test_started_below_an_event_may_be_missing_alone() -> None:
    (finding,) = found(start(TOP), *others(TOP), *others(LOCAL))
    assert finding.code is Code.NOT_READ
