from pathlib import Path

import pytest

from session_hooks.project.hooks import HOOKS
from session_hooks_installer.check.coverage import check_repeats
from session_hooks_installer.check.findings import Code, Finding
from session_hooks_installer.check.settings import Installed, Place
from session_hooks_installer.settings.handlers import Ownership, Scope

START = HOOKS[0]
OURS, WRAPPED = Ownership.OURS, Ownership.WRAPPED
PROJECT, LOCAL, USER = Scope.PROJECT, Scope.LOCAL, Scope.USER

FROM_ALL = "install-hooks --uninstall --scope user takes them out for you in all projects"
_HERE = "takes them out for"
FROM_HERE = f"install-hooks --uninstall --scope project --repo /x {_HERE} everybody in this project"
ONE_OF_TWO = "take one of the two that run session-start-hook out of"
FOR_YOU = f"install-hooks --uninstall --scope local --repo /x {_HERE} you in this project"


def start(
    place: Place | Scope,
    command: str = "a",
    whose: Ownership = OURS,
    matcher: str = "",
    timeout: float = 10,
) -> Installed:
    if isinstance(place, Scope):
        place = Place(place, Path(f"/x/.claude/{place.value}.json"))
    handler = {"type": "command", "command": command, "timeout": timeout}
    return Installed(place, START, handler, whose, matcher)


def found(*items: Installed) -> list[Finding]:
    return list(check_repeats(items))


@pytest.mark.parametrize(
    ("first", "second", "code", "remedy"),
    [
        (
            start(PROJECT),
            start(LOCAL, "b"),
            Code.TWO_SCOPES,
            f"keep one: {FROM_HERE}; or {FOR_YOU}",
        ),
        (
            start(USER, "b"),
            start(PROJECT),
            Code.TWO_SCOPES,
            f"keep one: {FROM_ALL}; or {FROM_HERE}",
        ),
        (
            start(PROJECT),
            start(LOCAL, "b", WRAPPED),
            Code.TWO_SCOPES,
            f"keep one: {FROM_HERE}; or take it out of /x/.claude/local.json by hand",
        ),
        (
            start(PROJECT, "a", WRAPPED),
            start(LOCAL, "b", WRAPPED),
            Code.TWO_SCOPES,
            "keep one: take it out of /x/.claude/project.json by hand; or "
            "take it out of /x/.claude/local.json by hand",
        ),
        (
            start(PROJECT, matcher="startup"),
            start(PROJECT, "b"),
            Code.TWO_HANDLERS,
            f"{ONE_OF_TWO} /x/.claude/project.json",
        ),
        (
            start(PROJECT, matcher="*"),
            start(PROJECT, "b", matcher=""),
            Code.TWO_HANDLERS,
            "install-hooks --repo /x",
        ),
        (
            start(PROJECT),
            start(PROJECT, "b"),
            Code.TWO_HANDLERS,
            "install-hooks --repo /x",
        ),
        (
            start(PROJECT),
            start(PROJECT, "b", WRAPPED),
            Code.TWO_HANDLERS,
            f"{ONE_OF_TWO} /x/.claude/project.json",
        ),
    ],
)
def test_a_command_takes_out_nothing_that_somebody_may_miss(
    first: Installed, second: Installed, code: Code, remedy: str
) -> None:
    (finding,) = found(first, second)
    assert (finding.code, finding.remedy) == (code, remedy)
    assert finding.is_command == remedy.startswith("install-hooks")


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [
        ("startup", "resume", []),
        ("startup|clear", "resume|compact", []),
        ("startup", "", [Code.TWO_SCOPES]),
        ("startup|clear", "clear|resume|compact", [Code.TWO_SCOPES]),
    ],
)
def test_what_serves_other_sources_is_not_twice(first: str, second: str, codes: list[Code]) -> None:
    findings = found(start(PROJECT, matcher=first), start(LOCAL, "b", matcher=second))
    assert [finding.code for finding in findings] == codes


def test_two_whole_files_are_one_finding() -> None:
    scopes = ((USER, "a"), (PROJECT, "b"))
    both = [start(scope, name)._replace(hook=hook) for scope, name in scopes for hook in HOOKS]
    (finding,) = found(*both)
    assert finding.code is Code.TWO_SCOPES
    *first, last = (hook.event for hook in HOOKS)
    assert finding.what.startswith(f"{', '.join(first)} and {last}: installed twice")


def test_of_the_same_command_one_runs() -> None:
    assert found(start(PROJECT), start(LOCAL), start(LOCAL, timeout=5)) == []


def test_what_claude_code_leaves_out_runs_beside_nothing() -> None:
    assert found(start(PROJECT, timeout=0), start(LOCAL, "b")) == []


MAIN = Place(LOCAL, Path("/main/.claude/settings.local.json"))
TREE = Place(LOCAL, Path("/x/.claude/settings.local.json"))
BELOW = Place(LOCAL, Path("/x/src/.claude/settings.local.json"), is_edited=False)


@pytest.mark.parametrize(
    ("first", "second", "remedy"),
    [
        (
            TREE,
            MAIN,
            f"keep one: {FOR_YOU}; or install-hooks --uninstall --scope local --repo /main "
            f"{_HERE} you in this project",
        ),
        (
            BELOW,
            TREE._replace(is_edited=False),
            f"keep one: take it out of {BELOW.path} by hand; or take it out of {TREE.path} by hand",
        ),
    ],
)
def test_two_local_files_are_both_read(first: Place, second: Place, remedy: str) -> None:
    (finding,) = found(start(first), start(second, "b"))
    assert (finding.code, finding.remedy) == (Code.TWO_SCOPES, remedy)
    assert f"in the local scope ({first.path}) and the local scope ({second.path})" in finding.what


def test_of_one_scope_two_folders_files_are_never_read_together() -> None:
    top = Place(PROJECT, Path("/x/.claude/settings.json"), is_read=False)
    below = Place(PROJECT, Path("/x/src/.claude/settings.json"))
    assert found(start(top), start(below, "b")) == []
