from collections.abc import Iterator
from pathlib import Path

import pytest

from session_hooks_installer.findings import Code, Finding, Report
from session_hooks_installer.handlers import Scope
from session_hooks_installer.mending import Install, mend
from session_hooks_installer.refusal import RefusedError

BY_INSTALLING = {
    Code.NOT_INSTALLED,
    Code.PARTLY_INSTALLED,
    Code.HANDLER_IGNORED,
    Code.TWO_HANDLERS,
    Code.REPEATED,
    Code.OUT_OF_DATE,
    Code.PROGRAM_MISSING,
    Code.LOCAL_NOT_IGNORED,
}


def mended(
    report: Report, install: Install = lambda _: None, home: str = "/nowhere"
) -> Iterator[str]:
    command = lambda arguments: f"install-hooks {arguments}".rstrip()  # noqa: E731
    return mend(report, install, {"HOME": home}, command)


def installed_for(*findings: Finding) -> list[Scope]:
    scopes: list[Scope] = []
    list(mended(Report(findings), scopes.append))
    return scopes


def finding(
    code: Code, remedy: str = "install-hooks", scope: Scope | None = Scope.LOCAL
) -> Finding:
    return Finding(code, "what", remedy, scope=scope)


@pytest.mark.parametrize(
    "code",
    [code for code in Code if code is not Code.PROGRAM_NOT_FOUND],
    ids=lambda code: code.word,
)
def test_installing_mends_what_it_can_and_nothing_else(code: Code) -> None:
    expected = [Scope.LOCAL] if code in BY_INSTALLING else []
    assert installed_for(finding(code)) == expected


def test_each_scope_is_installed_once() -> None:
    old = finding(Code.OUT_OF_DATE)
    assert installed_for(old, old, finding(Code.REPEATED, scope=Scope.PROJECT)) == [
        Scope.LOCAL,
        Scope.PROJECT,
    ]


def test_what_only_a_person_can_decide_is_left() -> None:
    assert installed_for(finding(Code.TWO_HANDLERS, "take one of the two out of /s.json")) == []
    assert installed_for(finding(Code.REPEATED, scope=None)) == []
    assert (
        installed_for(finding(Code.OUT_OF_DATE, "install-hooks --scope local --repo /main")) == []
    )


def test_a_refusal_is_said() -> None:
    def refuse(_scope: Scope) -> None:
        raise RefusedError("read-only")

    lines = list(mended(Report((finding(Code.OUT_OF_DATE),)), refuse))
    assert lines == ["not done: install-hooks: read-only"]


def test_links_that_cannot_be_made_are_said(tmp_path: Path) -> None:
    (tmp_path / ".local").write_text("a file")
    report = Report((finding(Code.PROGRAM_NOT_FOUND),))
    (line,) = mended(report, home=str(tmp_path))
    assert line == f"not done: links in {tmp_path}/.local/bin: Not a directory"
