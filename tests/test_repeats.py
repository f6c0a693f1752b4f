from pathlib import Path

import pytest

from session_hooks_installer.findings import Code, Finding
from session_hooks_installer.handlers import HOOKS, Ownership, Scope
from session_hooks_installer.installed import Installed
from session_hooks_installer.places import Edited, Place
from session_hooks_installer.repeats import check, is_superseded

START = HOOKS[0]
OURS, WRAPPED = Ownership.OURS, Ownership.WRAPPED
PROJECT, LOCAL, USER = Scope.PROJECT, Scope.LOCAL, Scope.USER


def start(
    place: Place | Scope,
    command: str = "a",
    whose: Ownership = OURS,
    matcher: str = "",
    timeout: float = 10,
) -> Installed:
    if isinstance(place, Scope):
        place = Place(place, Path(f"/{place.value}.json"))
    handler = {"type": "command", "command": command, "timeout": timeout}
    return Installed(place, START, handler, whose, matcher)


def found(*items: Installed) -> list[Finding]:
    return list(check(items, lambda arguments: f"install-hooks {arguments}"))


@pytest.mark.parametrize(
    ("first", "second", "code", "remedy"),
    [
        (
            start(PROJECT),
            start(LOCAL, "b"),
            Code.TWO_SCOPES,
            "install-hooks --uninstall --scope local",
        ),
        (
            start(PROJECT),
            start(USER, "b"),
            Code.TWO_SCOPES,
            "install-hooks --uninstall --scope user",
        ),
        (
            start(PROJECT),
            start(LOCAL, "b", WRAPPED),
            Code.TWO_SCOPES,
            "install-hooks --uninstall --scope project",
        ),
        (
            start(PROJECT, "a", WRAPPED),
            start(LOCAL, "b", WRAPPED),
            Code.TWO_SCOPES,
            "take one of the two out of /project.json or /local.json",
        ),
        (start(LOCAL), start(USER), Code.REPEATED, "install-hooks --uninstall --scope user"),
        (
            start(PROJECT),
            start(PROJECT, "b"),
            Code.TWO_HANDLERS,
            "install-hooks --scope project",
        ),
        (
            start(PROJECT),
            start(PROJECT, "b", WRAPPED),
            Code.TWO_HANDLERS,
            "take one of the two out of /project.json",
        ),
        (start(PROJECT), start(PROJECT), Code.REPEATED, "install-hooks --scope project"),
    ],
)
def test_of_two_handlers_the_narrower_goes_unless_it_is_somebodys_own(
    first: Installed, second: Installed, code: Code, remedy: str
) -> None:
    (finding,) = found(first, second)
    assert (finding.code, finding.remedy) == (code, remedy)


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
    both = [start(scope)._replace(hook=hook) for scope in (USER, PROJECT) for hook in HOOKS]
    (finding,) = found(*both)
    assert finding.code is Code.REPEATED
    assert finding.what.startswith("SessionStart, PreCompact and SessionEnd: installed twice")


def test_what_claude_code_leaves_out_runs_beside_nothing() -> None:
    assert found(start(PROJECT, timeout=0), start(LOCAL, "b")) == []


@pytest.mark.parametrize(("first", "last", "is_said"), [(60, 1, True), (1, 60, False)])
def test_a_later_copy_that_has_less_time_is_named(first: float, last: float, is_said: bool) -> None:
    (finding,) = found(start(USER, timeout=first), start(PROJECT, timeout=last))
    assert ("lowers SessionStart's timeout from 60 to 1 s" in finding.why) == is_said
    assert ("lowers" in finding.why) == is_said


MAIN = Place(LOCAL, Path("/main/.claude/settings.local.json"), edited=Edited.THERE)
TREE = Place(LOCAL, Path("/tree/.claude/settings.local.json"))
BELOW = Place(LOCAL, Path("/tree/src/.claude/settings.local.json"), edited=Edited.BY_HAND)


@pytest.mark.parametrize(
    ("first", "second", "remedy"),
    [
        (TREE, MAIN, "install-hooks --uninstall --scope local"),
        (BELOW, MAIN, "cd /main && install-hooks --uninstall --scope local"),
        (
            BELOW,
            TREE._replace(edited=Edited.BY_HAND),
            f"take one of the two out of {BELOW.path} or {TREE.path}",
        ),
    ],
)
def test_two_local_files_are_both_read(first: Place, second: Place, remedy: str) -> None:
    (finding,) = found(start(first), start(second, "b"))
    assert (finding.code, finding.remedy) == (Code.TWO_SCOPES, remedy)
    assert f"in {first.path} and in {second.path}" in finding.what


def test_of_one_scope_two_folders_files_are_never_read_together() -> None:
    top = Place(PROJECT, Path("/x/.claude/settings.json"), is_read=False)
    below = Place(PROJECT, Path("/x/src/.claude/settings.json"))
    assert found(start(top), start(below, "b")) == []


@pytest.mark.parametrize(
    ("first", "later", "superseded"),
    [
        (start(USER), start(PROJECT), True),
        (start(USER, matcher="startup"), start(PROJECT), True),
        (start(USER), start(PROJECT, matcher="startup"), False),
        (start(USER), start(PROJECT, "b"), False),
        (start(USER), start(PROJECT)._replace(hook=HOOKS[1]), False),
        (start(USER), start(PROJECT, timeout=0), False),
    ],
)
def test_of_copies_the_last_one_runs(first: Installed, later: Installed, superseded: bool) -> None:
    assert is_superseded(first, [later]) is superseded
