from collections.abc import Iterator
from pathlib import Path

from session_hooks_installer.check.findings import Code, Finding, Report
from session_hooks_installer.check.run import Install, mend
from session_hooks_installer.common import RefusedError
from session_hooks_installer.settings.handlers import Scope


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


def test_each_scope_is_installed_once() -> None:
    old = finding(Code.OUT_OF_DATE)
    assert installed_for(old, old, finding(Code.REPEATED, scope=Scope.PROJECT)) == [
        Scope.LOCAL,
        Scope.PROJECT,
    ]


def test_what_only_a_person_can_decide_is_left() -> None:
    assert installed_for(finding(Code.TWO_HANDLERS, "take one of the two out of /s.json")) == []
    assert installed_for(finding(Code.OTHER_VERSION, scope=None)) == []
    assert installed_for(Finding(Code.UNTRUSTED, "what", scope=Scope.LOCAL)) == []
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
    report = Report((Finding(Code.PROGRAM_NOT_FOUND, "what"),))
    (line,) = mended(report, home=str(tmp_path))
    assert line == f"not done: links in {tmp_path}/.local/bin: Not a directory"
