from pathlib import Path

import pytest

from session_hooks_installer.check.findings import Code, Finding
from session_hooks_installer.check.run import Report, mend
from session_hooks_installer.settings.handlers import Scope


@pytest.fixture
def repo(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(repo)
    return repo


def mended(repo: Path, *findings: Finding, home: Path = Path("/nowhere")) -> list[str]:
    return list(mend(Report(findings), repo, {"HOME": str(home)}))


def finding(
    code: Code, remedy: str = "install-hooks", scope: Scope | None = Scope.LOCAL
) -> Finding:
    return Finding(code, "what", remedy, scope=scope)


def test_each_scope_is_installed_once(repo: Path) -> None:
    old = finding(Code.OUT_OF_DATE, "install-hooks --scope local")
    again = finding(Code.TWO_HANDLERS, scope=Scope.PROJECT)
    assert mended(repo, old, old, again) == [
        "done: install-hooks --scope local",
        "done: install-hooks",
    ]
    assert sorted(path.name for path in (repo / ".claude").iterdir()) == [
        "settings.json",
        "settings.local.json",
    ]


def test_what_only_a_person_can_decide_is_left(repo: Path) -> None:
    left = (
        finding(Code.TWO_HANDLERS, "take one of the two out of /s.json"),
        Finding(Code.UNTRUSTED, "what", scope=Scope.LOCAL),
        finding(Code.OUT_OF_DATE, "install-hooks --scope local --repo /main"),
    )
    assert mended(repo, *left) == []
    assert not (repo / ".claude").exists()


def test_a_refusal_is_said(repo: Path) -> None:
    (repo / ".claude").write_text("a file")
    (line,) = mended(repo, finding(Code.OUT_OF_DATE))
    assert line.startswith(f"not done: install-hooks: {repo}/.claude is a file")


def test_links_that_cannot_be_made_are_said(repo: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    (home / ".local").write_text("a file")
    (line,) = mended(repo, Finding(Code.PROGRAM_NOT_FOUND, "what"), home=home)
    assert line == f"not done: links in {home}/.local/bin: Not a directory"
