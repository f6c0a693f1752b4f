"""`python3 installer` and `python3 tests`, on machines without a network.

All of it is real but the environment: it finds the libraries and the build back-end in the one that
the tests run in, and no package of ours.
"""

import ast
import json
import os
import pty
import re
import shutil
import signal
import site
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from helpers import GIT, ROOT, Ran, environment, make_repository

PROGRAMS = sorted(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"])
NEW_SHELLS_PATH = f"{Path(GIT).parent}:/usr/bin:/bin"
VENV = """
import sys
sys.path.remove({here!r})
import venv
folder = sys.argv[-1]
venv.create(folder, clear="--clear" in sys.argv, symlinks=True)
version = "python%d.%d" % sys.version_info[:2]
open(f"{{folder}}/lib/{{version}}/site-packages/lent.pth", "w").write({lent!r} + "\\n")
"""
"""Makes an environment as `python -m venv` does, but lends it pip and the libraries of this one."""


class Machine:
    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.data = self.home / ".local" / "share"
        self.bin = self.home / ".local" / "bin"
        self.home.mkdir()
        lent, stand_in = folder / "lent", folder / "stand-in"
        lent.mkdir()
        for path in Path(site.getsitepackages()[0]).iterdir():
            if "agent_session_hooks" not in path.name and path.suffix != ".pth":
                (lent / path.name).symlink_to(path)
        stand_in.mkdir()
        (stand_in / "venv.py").write_text(VENV.format(here=str(stand_in), lent=str(lent)))
        self.env = environment(self.home, PYTHONPATH=str(stand_in), PIP_NO_INDEX="1")
        self.env["PATH"] = NEW_SHELLS_PATH
        self.env["PIP_NO_BUILD_ISOLATION"] = "0"  # pip reads it as what its name says

    def run(self, what: Path, cwd: Path, *arguments: str, **env: str) -> Ran:
        done = subprocess.run(
            [sys.executable, what, *arguments],
            cwd=cwd,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def install(self, cwd: Path, *arguments: str, **env: str) -> Ran:
        return self.run(ROOT / "installer", cwd, *arguments, **env)

    def files(self) -> list[str]:
        paths = (path for path in self.home.rglob("*") if not path.is_dir() or path.is_symlink())
        return sorted(str(path.relative_to(self.home)) for path in paths)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_it_installs_upgrades_mends_and_takes_back_all_of_it(
    machine: Machine, repo: Path, tmp_path: Path
) -> None:
    first = machine.install(repo)
    assert first.err == ""
    begin, _, rest = first.out.partition("\n\n")
    assert begin == (
        "Making an environment: ~/.local/share/agent-session-hooks\n"
        "Installing agent-session-hooks 0.1.0 and its libraries there\n"
        f"Linked into ~/.local/bin: {', '.join(PROGRAMS)}"
    )
    assert rest.startswith(f"Installed in {repo}/.claude/settings.json:\n")
    assert """echo 'export PATH="$HOME/.local/bin:$PATH"' >> ~/.profile""" in rest
    found = shutil.which("session-start-hook", path=str(machine.bin))
    assert found
    assert subprocess.run([found], env=machine.env, input=b"", check=False).returncode == 0

    shutil.rmtree(machine.data / "agent-session-hooks" / "lib")
    (machine.bin / "agent-session").unlink()
    other = make_repository(tmp_path / "other")
    again = machine.install(repo, "--repo", "../other", "--scope", "local")
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith(
        "Removing the environment, which is broken\n"
        "Making an environment: ~/.local/share/agent-session-hooks\n"
        "Installing agent-session-hooks 0.1.0 and its libraries there\n"
        "Linked into ~/.local/bin: agent-session\n"
        f"\nInstalled in {other}/.claude/settings.local.json:\n"
    )

    removed = machine.install(tmp_path, "--remove")
    assert (removed.code, removed.err) == (0, "")
    assert machine.files() == []
    for one in (repo, other):
        assert {path.name for path in one.iterdir()} == {".git"}
        assert not (one / ".git" / "agent-session-hooks").exists()
        assert str(one) in removed.out
    assert removed.out.endswith(
        "Removed ~/.local/share/agent-session-hooks and the links to it in ~/.local/bin.\n"
    )
    assert machine.install(tmp_path, "--remove").out == "Nothing of it is installed.\n"


def test_outside_a_repository_it_says_how_the_hooks_are_added(
    machine: Machine, tmp_path: Path
) -> None:
    data = str(tmp_path / "data")
    there = machine.install(tmp_path, XDG_DATA_HOME=data)
    assert there.code == 0
    assert there.out.endswith(
        "\n\nNo git repository here. In each that is to have the hooks, run: "
        "~/.local/bin/install-hooks\n"
    )
    again = machine.install(tmp_path, XDG_DATA_HOME=data, PATH=f"{machine.bin}:{NEW_SHELLS_PATH}")
    assert again.out == (
        f"Installing agent-session-hooks 0.1.0 again in {data}/agent-session-hooks\n"
        "\nNo git repository here. In each that is to have the hooks, run: install-hooks\n"
    )
    assert [*machine.files()] == [f".local/bin/{name}" for name in PROGRAMS]

    (machine.bin / "mine").symlink_to("/bin/true")
    machine.install(tmp_path, "--scope", "user", XDG_DATA_HOME=data)
    assert (machine.home / ".claude" / "settings.json").exists()
    removed = machine.install(tmp_path, "--remove", XDG_DATA_HOME=data)
    assert (removed.code, removed.err) == (0, "")
    assert machine.files() == [".local/bin/mine"]
    assert [*(tmp_path / "data").iterdir()] == []


def test_nothing_is_removed_before_the_archive_was_read(machine: Machine, repo: Path) -> None:
    machine.install(repo)
    (repo / "NEXT_SESSION.md").write_text("# Next\n\nWrite the parser.\n")
    hook = machine.bin / "session-start-hook"
    event = {"hook_event_name": "SessionStart", "source": "startup", "session_id": "s"}
    data = json.dumps(event | {"cwd": str(repo)}).encode()
    subprocess.run([hook], env=machine.env, input=data, check=True, capture_output=True)
    before = machine.files()
    refused = machine.install(repo, "--remove")
    assert refused.code == 1
    assert "NEXT_SESSION" in refused.err
    assert machine.files() == before


def test_what_is_in_the_way_is_named_and_left(machine: Machine, repo: Path) -> None:
    machine.bin.mkdir(parents=True)
    (machine.bin / "install-hooks").write_text("mine")
    (machine.bin / "agent-session").symlink_to("/elsewhere/agent-session")
    before = machine.files()
    ran = machine.install(repo)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "installer: not from here, and in the way; remove or rename:\n"
        "  ~/.local/bin/agent-session, a link to /elsewhere/agent-session\n"
        "  ~/.local/bin/install-hooks\n"
    )
    assert machine.files() == before


@pytest.mark.parametrize("arguments", [(), ("--remove",)])
def test_a_folder_that_is_no_environment_is_left(
    machine: Machine, repo: Path, arguments: tuple[str, ...]
) -> None:
    folder = machine.data / "agent-session-hooks"
    folder.mkdir(parents=True)
    (folder / "work.txt").write_text("mine")
    ran = machine.install(repo, *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert "~/.local/share/agent-session-hooks is no environment" in ran.err
    assert machine.files() == [".local/share/agent-session-hooks/work.txt"]


def test_without_a_network_pips_last_lines_are_shown_and_nothing_stays(
    machine: Machine, repo: Path
) -> None:
    ran = machine.install(repo, PIP_NO_BUILD_ISOLATION="1")
    assert ran.code == 1
    assert "installer: pip can't install it. Its last lines:\n" in ran.err
    assert "No matching distribution found for hatchling" in ran.err
    assert machine.files() == []


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_a_terminal_has_a_line_that_says_how_far_it_is(
    machine: Machine, repo: Path, is_interrupted: bool
) -> None:
    here, there = pty.openpty()
    with subprocess.Popen(
        [sys.executable, ROOT / "installer"],
        cwd=repo,
        env=machine.env | {"PIP_NO_BUILD_ISOLATION": "1", "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=there,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(there)
        seen = b""
        while more := _read(here):
            seen += more
            if is_interrupted and b"Installing build" in seen:
                process.send_signal(signal.SIGINT)
                is_interrupted, seen = False, b"interrupted"
        _, errors = process.communicate()
    os.close(here)
    assert process.returncode == 1
    if seen.startswith(b"interrupted"):
        assert errors == b"installer: interrupted; to go on, run it again\n"
        return
    assert re.search(rb"\r\x1b\[K  Installing build dependencies", seen)
    assert seen.endswith(b"\r\x1b[K")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # how Linux says that nobody holds the other end
        return b""


def test_what_the_machine_lacks_is_named_with_what_brings_it(
    machine: Machine, repo: Path, tmp_path: Path
) -> None:
    ran = machine.install(repo, "--repo", "gone")
    assert (ran.code, ran.err) == (1, f"installer: {repo}/gone is not a folder\n")
    ran = machine.install(repo, PATH=str(tmp_path / "nothing"))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "installer: git is not found. Install it, for example: sudo apt install git\n"
    )
    (tmp_path / "stand-in" / "sitecustomize.py").write_text(
        "import sys\nsys.modules['ensurepip'] = None\n"
    )
    ran = machine.install(repo)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith("has no venv. Install it, for example: sudo apt install python3-venv\n")
    assert machine.files() == []


@pytest.mark.parametrize("name", ["installer", "tests"])
def test_an_old_python_is_told_so(name: str) -> None:
    path = ROOT / name / "__main__.py"
    ast.parse(path.read_text(), feature_version=(3, 6))
    code = (
        "import runpy, sys; sys.version_info = (3, 8, 18); sys.version = '3.8.18 (main)'; "
        f"runpy.run_path({str(path.parent)!r}, run_name='__main__')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        f"{name}: this is Python 3.8.18. Python 3.11 or newer is needed, for example: "
        f"python3.12 {name}\n"
    )


def test_the_tests_run_in_an_environment_that_is_made_once(
    machine: Machine, tmp_path: Path
) -> None:
    clone, asked = tmp_path / "clone", tmp_path / "asked.txt"
    tests = clone / "tests"
    tests.mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", clone)
    shutil.copy(ROOT / "tests" / "__main__.py", tests)
    (tests / "test_one.py").write_text(
        "def test_right(): pass\ndef test_wrong(): raise AssertionError\n"
    )
    # To install the clone so that it can be edited takes more than there is without a network.
    (tmp_path / "stand-in" / "pip.py").write_text(
        f"import sys\nprint(*sys.argv[1:], file=open({str(asked)!r}, 'a'))\n"
    )

    first = machine.run(tests, tmp_path, "-q", "-n0", "tests/test_one.py", "-k", "right")
    assert first.code == 0
    assert first.out.startswith(
        f"Making an environment: {clone}/.venv\nInstalling what the tests need (once)\n"
    )
    assert "1 passed" in first.out
    failed = machine.run(tests, tmp_path, "-q", "-n0")
    assert failed.code == 1
    assert "Installing" not in failed.out
    assert "1 failed, 1 passed" in failed.out
    assert asked.read_text() == "install --quiet --disable-pip-version-check -e .[test]\n"
    with (clone / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    none = machine.run(tests, tmp_path, "-q", "-n0", "-k", "nothing")
    assert none.code == 5
    assert none.out.startswith("Installing what the tests need (once)\n")
