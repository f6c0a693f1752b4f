import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import PROGRAMS
from session_hooks_installer.shebang import interpreter


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
