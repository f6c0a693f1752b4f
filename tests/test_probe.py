import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

from helpers import PROGRAMS, ROOT
from session_hooks_installer.probe import MODULES, FailedError, ask

PROGRAM = str(PROGRAMS / "session-start-hook")


def test_an_interpreter_says_what_it_has(env: dict[str, str]) -> None:
    answer = ask(sys.executable, PROGRAM, env)
    assert answer.python == ".".join(str(number) for number in sys.version_info[:3])
    assert answer.broken == {}
    assert answer.folder is not None
    assert os.path.samefile(answer.folder, ROOT / "hooks" / "session_hooks")
    assert f"{answer.folder}/formats/session.py" in [module.source for module in answer.modules]


def test_each_dependency_is_tried() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[<>=~! ;\[]", need)[0].lower() for need in project["dependencies"]]
    assert set(names) <= set(MODULES)


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("git", "gitpython"),
        ("markdown_it", "markdown-it-py"),
        ("frontmatter", "python-frontmatter"),
    ],
)
def test_what_is_broken_is_named_as_it_is_installed(
    module: str, distribution: str, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / f"{module}.py").write_text("print('noise')\nraise SystemExit('torn')\n")
    answer = ask(sys.executable, PROGRAM, env | {"PYTHONPATH": str(tmp_path)})
    broken = {name.lower(): reason for name, reason in answer.broken.items()}
    assert broken == {distribution: "SystemExit: torn"}


def test_without_the_package_that_is_what_is_broken(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "session_hooks.py").write_text("import nothing_of_that_name\n")
    answer = ask(sys.executable, PROGRAM, env | {"PYTHONPATH": str(tmp_path)})
    assert list(answer.broken) == ["agent-session-hooks"]
    assert answer.modules == ()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!/bin/sh\necho no encodings >&2\nexit 1\n", "no encodings"),
        ("#!/bin/sh\nexit 3\n", "it ends with exit code 3"),
        ("#!/bin/sh\necho hello\n", "it gives no answer that can be read"),
        ("#!/bin/sh\n", "it gives no answer that can be read"),
        ("#!/bin/sh\necho '{}'\n", "it gives no answer that can be read"),
    ],
)
def test_what_is_no_python_gives_no_answer(
    script: str, reason: str, env: dict[str, str], tmp_path: Path
) -> None:
    python = tmp_path / "python3"
    python.write_text(script)
    python.chmod(0o755)
    with pytest.raises(FailedError, match=reason):
        ask(str(python), PROGRAM, env)
    python.chmod(0o644)
    with pytest.raises(FailedError, match="Permission denied"):
        ask(str(python), PROGRAM, env)
