from pathlib import Path

import pytest

from session_hooks_installer.coverage import check
from session_hooks_installer.findings import Code, Finding
from session_hooks_installer.handlers import HOOKS, Ownership, Scope
from session_hooks_installer.installed import Installed

START = HOOKS[0]
OURS, WRAPPED = Ownership.OURS, Ownership.WRAPPED
PROJECT, LOCAL, USER = Scope.PROJECT, Scope.LOCAL, Scope.USER


def start(
    scope: Scope, command: str = "a", whose: Ownership = OURS, matcher: str = ""
) -> Installed:
    path = Path(f"/{scope.value}.json")
    return Installed(scope, path, START, {"command": command}, whose, matcher)


def others(scope: Scope = PROJECT) -> list[Installed]:
    path = Path(f"/{scope.value}.json")
    return [Installed(scope, path, hook, {"command": "a"}, OURS, "") for hook in HOOKS[1:]]


def found(*items: Installed) -> list[Finding]:
    installed = [*items, *others()]
    findings = check(installed, lambda arguments: f"install-hooks {arguments}")
    return [finding for finding in findings if finding.code is not Code.INSTALLED]


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
        ("startup", "resume", [Code.SOURCES_LEFT_OUT]),
        ("startup|clear", "resume|compact", []),
        ("startup", "", [Code.TWO_SCOPES]),
        ("startup|clear", "clear|resume|compact", [Code.TWO_SCOPES]),
    ],
)
def test_what_serves_other_sources_is_not_twice(first: str, second: str, codes: list[Code]) -> None:
    findings = found(start(PROJECT, matcher=first), start(LOCAL, "b", matcher=second))
    assert [finding.code for finding in findings] == codes


def test_the_sources_that_are_left_out_are_named() -> None:
    (finding,) = found(start(PROJECT, matcher="startup|resume"))
    assert finding.code is Code.SOURCES_LEFT_OUT
    assert "not for clear and compact" in finding.what


def test_what_is_missing_is_installed_where_the_most_is() -> None:
    findings = list(check(others(USER), lambda arguments: f"install-hooks {arguments}"))
    assert findings[-1].code is Code.PARTLY_INSTALLED
    assert findings[-1].remedy == "install-hooks --scope user"


def test_a_handler_that_does_more_counts() -> None:
    assert found(start(PROJECT, "a; b", WRAPPED)) == []


def test_two_whole_scopes_are_one_finding() -> None:
    both = [*others(), *others(USER), start(PROJECT), start(USER)]
    findings = list(check(both, lambda arguments: arguments))
    assert [finding.code for finding in findings] == [
        Code.INSTALLED,
        Code.INSTALLED,
        Code.REPEATED,
    ]
    assert findings[2].what.startswith("SessionStart, PreCompact and SessionEnd: installed twice")
