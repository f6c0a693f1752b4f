from pathlib import Path
from typing import Any

import pytest

from session_hooks_installer.coverage import check
from session_hooks_installer.findings import Code, Finding
from session_hooks_installer.handlers import HOOKS, Hook, Ownership, Scope
from session_hooks_installer.installed import Installed
from session_hooks_installer.places import Edited, Place

START = HOOKS[0]
OURS, WRAPPED = Ownership.OURS, Ownership.WRAPPED
PROJECT, LOCAL, USER = Scope.PROJECT, Scope.LOCAL, Scope.USER


def start(place: Place | Scope, matcher: object = "", **handler: object) -> Installed:
    return of(START, place, {"command": "a", **handler}, OURS, matcher)


def of(hook: Hook, place: Place | Scope, *rest: Any) -> Installed:
    if isinstance(place, Scope):
        place = Place(place, Path(f"/x/.claude/{place.value}.json"))
    return Installed(place, hook, *(rest or ({"command": "a"}, OURS)))


def others(place: Place | Scope = PROJECT) -> list[Installed]:
    return [of(hook, place) for hook in HOOKS[1:]]


def found(*items: Installed) -> list[Finding]:
    findings = check(items, lambda arguments: f"install-hooks {arguments}")
    return [finding for finding in findings if finding.code is not Code.INSTALLED]


def test_the_sources_that_are_left_out_are_named() -> None:
    (finding,) = found(start(PROJECT, "startup|resume"), *others())
    assert finding.code is Code.SOURCES_LEFT_OUT
    assert "not for clear and compact" in finding.what


def test_two_matchers_may_leave_out_nothing_together() -> None:
    assert found(start(PROJECT, "startup"), start(LOCAL, "^(?!startup)"), *others()) == []


def test_what_is_missing_is_installed_where_the_most_is() -> None:
    (finding,) = found(*others(USER), of(HOOKS[1], PROJECT))
    assert finding.code is Code.PARTLY_INSTALLED
    assert finding.remedy == "install-hooks --scope user"


def test_a_handler_that_does_more_counts() -> None:
    assert found(of(START, PROJECT, {"command": "a; b"}, WRAPPED), *others()) == []


@pytest.mark.parametrize(
    ("item", "remedy"),
    [
        (start(PROJECT, timeout=0), "install-hooks --scope project"),
        (start(PROJECT, timeout=None), "install-hooks --scope project"),
        (start(PROJECT, args=5), "install-hooks --scope project"),
        (start(PROJECT, None), "mend that matcher in /x/.claude/project.json"),
        (start(PROJECT, "("), "mend that matcher in /x/.claude/project.json"),
        (
            of(START, PROJECT, {"command": "a; b", "timeout": 0}, WRAPPED, ""),
            "mend that handler in /x/.claude/project.json",
        ),
        (start(PROJECT, shell="zsh"), "mend that handler in /x/.claude/project.json"),
    ],
)
def test_what_claude_code_leaves_out_is_one_finding(item: Installed, remedy: str) -> None:
    (finding,) = found(item, *others())
    assert (finding.code, finding.remedy) == (Code.HANDLER_IGNORED, remedy)


TOP = Place(PROJECT, Path("/x/.claude/settings.json"), is_read=False)
HERE = Place(PROJECT, Path("/x/src/.claude/settings.json"), edited=Edited.BY_HAND)


def test_started_below_a_project_its_hooks_do_not_run() -> None:
    (finding,) = found(start(TOP), *others(TOP))
    assert (finding.code, finding.remedy) == (Code.STARTED_BELOW, "install-hooks --scope user")
    assert finding.why == "So nothing happens here; started in /x, it does."


@pytest.mark.parametrize("elsewhere", [LOCAL, USER, HERE])
def test_started_below_other_files_may_have_the_hooks(elsewhere: Place | Scope) -> None:
    assert found(start(TOP), *others(TOP), start(elsewhere), *others(elsewhere)) == []


def test_started_below_an_event_may_be_missing_alone() -> None:
    (finding,) = found(start(TOP), *others(TOP), *others(LOCAL))
    assert finding.code is Code.STARTED_BELOW
