import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import PROGRAMS, ROOT
from session_hooks_installer.check import interpreters
from session_hooks_installer.check.interpreters import MODULES, Answer, ask, interpreter

PROGRAM = str(PROGRAMS / "session-start-hook")


def answer_of(env: dict[str, str]) -> Answer:
    answer = ask(sys.executable, PROGRAM, env)
    assert isinstance(answer, Answer)
    return answer


def test_an_interpreter_says_what_it_has(env: dict[str, str]) -> None:
    answer = answer_of(env)
    assert answer.python == ".".join(str(number) for number in sys.version_info[:3])
    assert answer.broken == {}


def test_each_dependency_is_tried() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[<>=~! ;\[]", need)[0].lower() for need in project["dependencies"]]
    assert set(names) <= set(MODULES)


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("git", "gitpython"),
        ("frontmatter", "python-frontmatter"),
    ],
)
def test_what_is_broken_is_named_as_it_is_installed(
    module: str, distribution: str, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / f"{module}.py").write_text("print('noise')\nraise SystemExit('torn')\n")
    answer = answer_of(env | {"PYTHONPATH": str(tmp_path)})
    broken = {name.lower(): reason for name, reason in answer.broken.items()}
    assert broken == {distribution: "SystemExit: torn"}


def test_without_the_package_that_is_what_is_broken(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "session_hooks.py").write_text("import nothing_of_that_name\n")
    answer = answer_of(env | {"PYTHONPATH": str(tmp_path)})
    assert list(answer.broken) == ["agent-session-hooks"]


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
    assert ask(str(python), PROGRAM, env) == reason
    python.chmod(0o644)
    assert ask(str(python), PROGRAM, env) == "Permission denied"
    python.unlink()
    assert ask(str(python), PROGRAM, env) == "it does not exist"


def test_an_interpreter_that_never_answers_is_not_waited_for(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o755)
    monkeypatch.setattr(interpreters, "SECONDS", 0.2)
    assert ask(str(python), PROGRAM, env) == "it gives no answer within 0.2 s"


@pytest.mark.parametrize(
    ("script", "python"),
    [
        ("#!/usr/bin/python3\nimport sys\n", "/usr/bin/python3"),
        ("#! /opt/venv/bin/python3.12 -sE\n", "/opt/venv/bin/python3.12"),
        ("#!/venv/bin/pypy3.10\n", "/venv/bin/pypy3.10"),
        ("#!/usr/bin/env python3\n", "python3"),
        ("#!/usr/bin/env -S python3 -u\n", "python3"),
        (
            """#!/bin/sh\n'''exec' "/a b/bin/python3" "$0" "$@"\n' '''\nimport sys\n""",
            "/a b/bin/python3",
        ),
        ("""#!/bin/sh\n'''exec' '/a b/bin/python' "$0" "$@"\n' '''\n""", "/a b/bin/python"),
        ("""#!/bin/sh\n'''exec' /long/bin/python3 "$0" "$@"\n' '''\n""", "/long/bin/python3"),
        ("#!/bin/sh\nexec python3 x\n", None),
        ("#!/bin/sh\n'''exec' \"never closed\n", None),
        ("#!/usr/bin/env bash\n", None),
        ("#!/usr/bin/env\n", None),
        ("#!/usr/bin/perl\n", None),
        ("#!\n", None),
        ("\x7fELF", None),
        ("", None),
    ],
)
def test_the_python_that_a_script_starts_is_named(script: str, python: str | None) -> None:
    assert interpreter(script.encode()) == python


def test_our_own_programs_are_read() -> None:
    head = (PROGRAMS / "session-start-hook").read_bytes()
    named = interpreter(head)
    assert named is not None
    assert os.path.samefile(named, sys.executable)


def test_what_pip_writes_for_a_path_with_a_space_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "with a space"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    named = interpreter((folder / "bin" / "pip").read_bytes())
    assert named is not None
    assert Path(named).parent == folder / "bin"


@given(st.binary())
def test_any_bytes_are_read(head: bytes) -> None:
    interpreter(head)
    interpreter(b"#!" + head)
    interpreter(b"#!/bin/sh\n'''exec' " + head)
