"""The making of the plugin's environment; a real one is made in ``tests/client``."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

DRIVER = """
import os, shutil, sys, time
from session_hooks_installer.plugin import environment

def step(data, what, command):
    (data / "stage").write_text(what)
    folder = data / os.environ["NAME"]
    while what == os.environ.get("HELD") and not os.path.exists(os.environ["GO"]):
        time.sleep(0.01)
    if what == os.environ.get("FAILING"):
        raise environment.SetUpError(f"{what}: no such library")
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    program = folder / "bin" / "session-start-hook"
    program.write_text(os.environ["PROGRAM"])
    program.chmod(0o755)

environment._run = step
environment.__file__ = os.environ["WHEEL"]
if os.environ.get("LACKING"):
    environment.importlib.util.find_spec = lambda name: None
sys.exit(environment.main())
"""
PROGRAM = """#!/bin/sh
read -r said
echo '{"systemMessage": "'"$said"'"}'
"""
LIBRARIES = "installing the libraries"
BEGUN = (
    "Session hooks are being set up, which takes a minute, once. "
    "They speak from the next conversation on."
)


class Data:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data"
        (folder / "own-0-py3-none-any.whl").touch()
        self.env = {"PATH": "/usr/bin:/bin", "PROGRAM": PROGRAM}
        self.go = folder / "go"
        self.env["GO"] = str(self.go)
        self.env["WHEEL"] = str(folder / "environment.py")

    def start(self, name: str = "new", former: str = "", **env: str) -> str:
        """Begin a conversation; return what the person is told."""
        former = former and str(self.folder / former)
        done = subprocess.run(
            [sys.executable, "-c", DRIVER, str(self.folder / name), former],
            env=self.env | {"NAME": name} | env,
            input="Hello\n",
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        assert done.stderr == ""
        said = json.loads(done.stdout)["systemMessage"]
        assert isinstance(said, str)
        return said

    def is_made(self, name: str = "new") -> bool:
        return (self.folder / name / "ready").exists()

    def stage(self) -> str:
        path = self.folder / "stage"
        return path.read_text() if path.exists() else ""

    def settle(self, name: str = "new", **env: str) -> None:
        self.start(name, **env)
        wait(lambda: self.is_made(name) and not self.stage())


def wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def data(tmp_path: Path) -> Data:
    return Data(tmp_path)


def test_a_start_makes_it_and_waits_for_nothing(data: Data) -> None:
    assert data.start(HELD=LIBRARIES) == BEGUN
    wait(lambda: data.stage() == LIBRARIES)
    said = data.start()
    assert said.startswith(f"Session hooks are still being set up: {LIBRARIES}, ")
    assert said.endswith(" s so far. They speak from the next conversation on.")
    assert not data.is_made()
    data.go.touch()
    wait(data.is_made)
    wait(lambda: not data.stage())
    assert data.start() == "Hello"  # the launcher saw none yet: another start was faster


def test_of_many_starts_at_once_one_makes_it(data: Data) -> None:
    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(lambda _: data.start(HELD=LIBRARIES), range(4)))
    assert said.count(BEGUN) == 1
    assert all(one.startswith("Session hooks are still being set up") for one in said[1:])
    data.go.touch()
    wait(data.is_made)


def test_what_failed_is_told_at_the_next_start_and_tried_again(data: Data) -> None:
    assert data.start(FAILING=LIBRARIES) == BEGUN
    wait((data.folder / "failure").exists)
    assert data.start() == (
        f"Session hooks could not be set up: {LIBRARIES}: no such library. It is tried again now; "
        f"the log: {data.folder}/set-up.log. What helps, too: an installation of "
        "agent-session-hooks that is on the PATH."
    )
    wait(data.is_made)
    wait(lambda: not (data.folder / "failure").exists())


def test_what_is_lacking_is_told_at_once(data: Data) -> None:
    said = data.start(LACKING="1")
    assert said.startswith(f"Session hooks could not be set up: {sys.executable} has no venv.")
    assert not data.folder.exists()


def test_what_can_t_be_written_is_told_at_once(data: Data) -> None:
    data.folder.write_text("")
    assert "could not be set up: [Errno 17] File exists" in data.start()


def test_the_version_before_speaks_meanwhile_and_only_a_failure_is_news(data: Data) -> None:
    data.settle("old")
    assert data.start(former="old", FAILING=LIBRARIES) == "Hello"
    wait((data.folder / "failure").exists)
    said = data.start(former="old", HELD=LIBRARIES)
    assert said.startswith("Hello\nSession hooks could not be set up: ")
    assert data.start(former="old") == "Hello"
    data.go.touch()
    wait(data.is_made)
    assert data.is_made("old")


def test_of_former_ones_the_last_stays_and_what_was_not_finished_goes(data: Data) -> None:
    for age, name in ((20, "older"), (10, "old")):
        data.settle(name)
        then = time.time() - age
        os.utime(data.folder / name / "ready", (then, then))
    (data.folder / "half").mkdir()
    (data.folder / "new").mkdir()
    (data.folder / "new" / "left").touch()
    data.settle()
    wait(lambda: not (data.folder / "half").exists())
    assert {path.name for path in data.folder.iterdir() if path.is_dir()} == {"old", "new"}
    assert not (data.folder / "new" / "left").exists()


@pytest.mark.parametrize("step", ["making an environment", LIBRARIES])
def test_where_the_plugin_is_removed_meanwhile_nothing_stays(step: str, data: Data) -> None:
    data.start(HELD=step)
    wait(lambda: data.stage() == step)
    shutil.rmtree(data.folder)
    (data.folder / "new" / "left").mkdir(parents=True)  # by a program that is still at it
    data.go.touch()
    wait(lambda: not data.folder.exists())
