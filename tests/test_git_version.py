import sys
import time
from pathlib import Path

import pytest

from helpers import PROGRAMS, git
from session_hooks_installer import git_version, probe
from session_hooks_installer.findings import Code, Finding

PROGRAM = str(PROGRAMS / "session-start-hook")


def found(*versions: tuple[int, ...] | None) -> list[Finding]:
    answers = [probe.Probe("3.11.7", "1", None, {}, (), b"", True, one) for one in versions]
    return list(git_version.check(["it does not start", *answers]))


@pytest.mark.parametrize("version", [None, (), (2,), (2, 18), (2, 18, 0), (2, 39, 5), (3, 0)])
def test_a_git_that_knows_all_or_says_nothing_is_not_worth_a_word(
    version: tuple[int, ...] | None,
) -> None:
    assert found(version) == []


@pytest.mark.parametrize(("version", "said"), [((2, 17, 1), "2.17.1"), ((1, 8, 3, 1), "1.8.3.1")])
def test_one_that_is_too_old_is_named_once(version: tuple[int, ...], said: str) -> None:
    (one,) = found(version, version)
    assert one.code is Code.GIT_TOO_OLD
    assert one.what == f"git is version {said}, and the hooks ask what 2.18 knows"
    assert "2.18" in Code.GIT_TOO_OLD.about


def test_the_version_is_the_one_that_git_says(env: dict[str, str], tmp_path: Path) -> None:
    answer = probe.ask(sys.executable, PROGRAM, env)
    assert answer.git is not None
    said = ".".join(map(str, answer.git))
    assert git(tmp_path, "version").startswith(f"git version {said}")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (None, None),
        ("echo git version 2.39.5 '(Apple Git-154)'", (2, 39, 5)),
        ("echo git version 2.45.1.windows.1", (2, 45, 1)),
        ("echo git version unknown", ()),
        ("exit 1", None),
    ],
)
def test_of_a_git_that_says_none_nothing_is_known(
    script: str | None, said: tuple[int, ...] | None, env: dict[str, str], tmp_path: Path
) -> None:
    if script is not None:
        (tmp_path / "git").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "git").chmod(0o755)
    assert probe.ask(sys.executable, PROGRAM, env | {"PATH": str(tmp_path)}).git == said


def test_a_git_that_never_answers_is_not_waited_for(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setattr(probe, "SECONDS", 1)
    began = time.monotonic()
    path = f"{tmp_path}:{env['PATH']}"
    with pytest.raises(probe.FailedError, match="no answer within 1 s"):
        probe.ask(sys.executable, PROGRAM, env | {"PATH": path})
    assert time.monotonic() - began < 20
