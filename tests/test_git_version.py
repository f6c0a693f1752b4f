import subprocess
import sys
from pathlib import Path

import pytest

from helpers import git
from session_hooks_installer import git_version
from session_hooks_installer.findings import Code


@pytest.mark.parametrize("found", [None, (2, 18), (2, 18, 0), (2, 39, 5), (3, 0)])
def test_a_git_that_knows_all_is_not_worth_a_word(found: tuple[int, ...] | None) -> None:
    assert list(git_version.check(found)) == []


@pytest.mark.parametrize(("found", "said"), [((2, 17, 1), "2.17.1"), ((1, 8, 3, 1), "1.8.3.1")])
def test_one_that_is_too_old_is_named(found: tuple[int, ...], said: str) -> None:
    (one,) = git_version.check(found)
    assert one.code is Code.GIT_TOO_OLD
    assert one.what == f"git is version {said}, and the hooks ask what 2.18 knows"
    assert "2.18" in Code.GIT_TOO_OLD.about


def test_the_version_is_the_one_that_git_says(tmp_path: Path) -> None:
    found = git_version.version()
    assert found is not None
    assert git(tmp_path, "version").startswith("git version " + ".".join(map(str, found)))


_ASK = "from session_hooks_installer import git_version; print(git_version.version())"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (None, "None"),
        ("echo git version 2.39.5 '(Apple Git-154)'", "(2, 39, 5)"),
        ("echo git version 2.45.1.windows.1", "(2, 45, 1)"),
        ("echo git version unknown", "None"),
        ("exit 1", "None"),
    ],
)
def test_of_a_git_that_says_none_nothing_is_known(
    script: str | None, said: str, tmp_path: Path
) -> None:
    if script is not None:
        (tmp_path / "git").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "git").chmod(0o755)
    ran = subprocess.run(
        [sys.executable, "-c", _ASK], env={"PATH": str(tmp_path)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == said
