"""The installer when something goes wrong: kills, full disks, others at the same file."""

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import filelock  # noqa: F401  the processes that are forked from this one have it loaded
import pytest

from helpers import (
    PROGRAMS,
    STRESS,
    Ran,
    command,
    environment,
    forked,
    in_processes,
    make_repository,
)
from session_hooks.project.hooks import ALWAYS, HOOKS
from session_hooks_installer import cli, common, purge
from session_hooks_installer.settings import edit, file, record
from session_hooks_installer.settings.edit import find

OTHERS = '{\n  "model": "opus",\n  "hooks": {"Stop": []}\n}\n'
ALL = [hook.event for hook in ALWAYS]


@pytest.fixture
def settings(repo: Path) -> Path:
    """A settings file with somebody's own content."""
    path = repo / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_text(OTHERS)
    return path


@pytest.fixture
def state(repo: Path) -> Path:
    return repo / ".git" / "agent-session-hooks"


def events(path: Path) -> list[str]:
    return [found.event for found in find(path.read_text() if path.exists() else "")]


def be_whole(folder: Path) -> None:
    """Assert that a state folder holds nothing but whole files that we know."""
    known = [path for kept in purge.find([str(folder)]) for path in kept.files]
    if (folder / record.FILE).exists():
        known.append(str(folder / record.FILE))
        assert record.read([str(folder)])
    if (folder / file.LOCK).exists():
        known.append(str(folder / file.LOCK))
    assert sorted(known) == sorted(str(path) for path in folder.rglob("*") if path.is_file())


# --- Killed --------------------------------------------------------------------------------------


LOOKED_AT = {module.__file__ for module in (common, file)}


def die_at(step: int) -> None:
    """Have this process killed right before the given line of the file layer is run."""
    steps = count(1)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in LOOKED_AT:
            return None
        if event == "line" and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


@pytest.mark.parametrize(
    ("before", "after"),
    [("old\n" * 1000, "new\n" * 2000), (None, "new"), ("old", None)],
    ids=["replaced", "made", "deleted"],
)
def test_killed_at_every_single_line_it_leaves_the_old_file_or_the_new_one(
    before: str | None, after: str | None, tmp_path: Path
) -> None:
    path, state = tmp_path / ".claude" / "settings.json", tmp_path / "state"

    def work() -> None:
        with file.hold_lock([str(state)]) as is_alone:
            assert is_alone
            file.delete_leftovers(path)
            file.update(path, lambda _: after)

    def killed(step: int) -> None:
        die_at(step)
        work()

    found: Counter[str] = Counter()
    half = 0
    for step in count(1):
        if before is None:
            shutil.rmtree(path.parent, ignore_errors=True)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(before)
        child = forked(lambda step=step: killed(step))  # type: ignore[misc]
        child.join()
        text = path.read_text() if path.exists() else None
        assert text in (before, after)
        found["before" if text == before else "after"] += 1
        half += any(path.parent.glob(".*.tmp"))
        work()
        assert (path.read_text() if path.exists() else None) == after
        assert [one.name for one in path.parent.glob("*")] == ["settings.json"] * bool(after)
        assert [one.name for one in state.iterdir()] == [file.LOCK]
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
    assert found["before"] > 50
    assert found["after"] > 5
    assert (half > 20) == (after is not None)


def installer(repo: Path, programs: Path, environ: dict[str, str]) -> Callable[..., int]:
    """Return ``install-hooks`` as a function, for processes that have all of it loaded."""

    def run(*arguments: str) -> int:
        sys.stdout = sys.stderr = io.TextIOWrapper(io.BytesIO())
        sys.argv[0] = str(programs / "install-hooks")
        os.environ.clear()
        os.environ.update(environ)
        return cli.main([*arguments, "--repo", str(repo)])

    return run


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Hooks that say nothing, and at once: what the installer ends with is not looked at here."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for hook in HOOKS:
        shutil.copy("/bin/true", folder / hook.program)
    return folder


def test_killed_at_any_moment_it_leaves_the_old_file_or_the_new_one(
    repo: Path, settings: Path, state: Path, programs: Path, home: Path
) -> None:
    install = installer(repo, programs, environment(home))

    def run(*arguments: str, after: float | None = None) -> float:
        """Run it in a process, killed after some seconds; return how long it took."""
        began = time.perf_counter()
        child = forked(lambda: os._exit(install(*arguments)))
        if after is not None:
            time.sleep(max(0, began + after - time.perf_counter()))
            child.kill()
        child.join()
        assert after is not None or child.exitcode == 0
        return time.perf_counter() - began

    turns: tuple[tuple[str, ...], tuple[str, ...]] = ((), ("--uninstall",))
    span = max(run(*turns[number % 2]) for number in range(6))
    run()
    versions = [OTHERS, settings.read_text()]
    assert events(settings) == ALL
    generator = random.Random(7)
    found: Counter[str] = Counter()
    is_installed = True
    for number in range(500 if STRESS else 40):
        run(*turns[is_installed], after=generator.uniform(0, span))
        text = settings.read_text()
        assert text in versions, number
        is_done = (text == versions[1]) != is_installed
        found["after" if is_done else "before"] += 1
        span *= 0.95 if is_done else 1.05  # so half of the kills come before it is replaced
        is_installed = text == versions[1]
        if len(list(settings.parent.iterdir())) > 1:
            found["half"] += 1
            run(*turns[is_installed])
            is_installed = not is_installed
            assert settings.read_text() == versions[is_installed]
            assert list(settings.parent.iterdir()) == [settings]
        be_whole(state)
    assert min(found["before"], found["after"]) > (50 if STRESS else 2)
    run("--uninstall")
    assert settings.read_text() == OTHERS
    assert list(settings.parent.iterdir()) == [settings]


def die_before(number: int) -> None:
    """Have this process killed right before it changes something on the disk for the n-th time."""
    steps = count(1)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        changes = event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "fsync")
        if (writes or changes) and next(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def sync(fd: int, really: Callable[[int], None] = os.fsync) -> None:
        hook("fsync", ())  # it has no event of its own
        really(fd)

    sys.addaudithook(hook)
    os.fsync = sync  # type: ignore[assignment]


@pytest.mark.parametrize("killed", ["install", "--uninstall"])
@pytest.mark.parametrize("scope", ["project", "local", "user"])
def test_whatever_a_killed_run_left_the_next_ones_take_away(
    scope: str, killed: str, tmp_path: Path, programs: Path, home: Path
) -> None:
    environ = environment(home, XDG_STATE_HOME=str(home))
    top = make_repository(tmp_path / "shop")
    name = "settings.local.json" if scope == "local" else "settings.json"
    path = (home if scope == "user" else top) / ".claude" / name
    path.parent.mkdir()
    path.write_text(OTHERS)
    install = installer(top, programs, environ)

    def run(option: str, at: int = 0) -> int | None:
        def work() -> None:
            if at:
                die_before(at)
            os._exit(install("--scope", scope, *[option] * option.startswith("-")))

        child = forked(work)
        child.join()
        return child.exitcode

    def everything() -> dict[str, bytes | None]:
        return {
            str(one): one.read_bytes() if one.is_file() else None for one in tmp_path.rglob("*")
        }

    before = everything()
    for number in count(1):
        if killed == "--uninstall":
            assert run("install") == 0
        code = run(killed, at=number)
        assert run("--uninstall") == 0
        assert path.read_text() == OTHERS
        assert [run("install"), run("--uninstall")] == [0, 0]
        assert everything() == before, number
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert number > 8


# --- No room, no right ---------------------------------------------------------------------------


_LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_a_full_disk_leaves_the_old_file(repo: Path, settings: Path, env: dict[str, str]) -> None:
    command("install-hooks", env, repo)
    size = settings.stat().st_size
    settings.write_text(OTHERS)
    for limit in (0, 1, 50, size - 1):
        refused = subprocess.run(
            [sys.executable, "-c", _LIMITED, str(limit), PROGRAMS / "install-hooks"],
            cwd=repo,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (refused.returncode, refused.stdout) == (2, "")
        lead = f"install-hooks: {settings.parent} can't be written to (File too large): make room"
        assert refused.stderr.startswith(lead)
        assert settings.read_text() == OTHERS
        assert list(settings.parent.iterdir()) == [settings]


def run_bound(repo: Path, env: dict[str, str], *arguments: str) -> Ran:
    return command("install-hooks", env, repo, *arguments, is_bound=True)


@pytest.mark.parametrize(
    ("closed", "mode", "reason"),
    [
        (".claude", 0o500, "{}/.claude can't be written to (Permission denied): give yourself"),
        (".claude", 0o000, "{}/.claude/settings.json can't be read (Permission denied): give"),
        (".claude/settings.json", 0o000, "{}/.claude/settings.json can't be read (Permission"),
        (".claude/settings.json", 0o200, "{}/.claude/settings.json can't be read (Permission"),
        (".claude/settings.json", 0o400, "{}/.claude/settings.json is read-only: make it writ"),
    ],
)
def test_what_is_not_allowed_is_refused(
    closed: str, mode: int, reason: str, repo: Path, settings: Path, env: dict[str, str]
) -> None:
    (repo / closed).chmod(mode)
    refused = run_bound(repo, env)
    (repo / closed).chmod(0o700)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"install-hooks: {reason.format(repo)}")
    assert settings.read_text() == OTHERS
    assert list(settings.parent.iterdir()) == [settings]


def test_a_project_that_can_t_be_written_to_is_refused(repo: Path, env: dict[str, str]) -> None:
    repo.chmod(0o500)
    refused = run_bound(repo, env)
    repo.chmod(0o700)
    assert (refused.code, refused.out) == (2, "")
    assert f"{repo} can't be written to (Permission denied): give yourself" in refused.err
    assert not (repo / ".claude").exists()


def test_where_nothing_takes_a_lock_it_installs_all_the_same(
    repo: Path, settings: Path, env: dict[str, str], home: Path
) -> None:
    left = settings.with_name(".settings.json.agent-session-hooks-0123abcd.tmp")
    left.touch()
    (repo / ".git").chmod(0o500)
    home.chmod(0o500)
    done = run_bound(repo, env)
    (repo / ".git").chmod(0o700)
    home.chmod(0o700)
    assert done.code == 0
    assert events(settings) == ALL
    assert left.exists()  # it may be another one's that is just being written


def test_where_nothing_is_to_be_done_no_lock_is_made_for_it(
    repo: Path, settings: Path, state: Path, env: dict[str, str]
) -> None:
    assert command("install-hooks", env, repo, "--uninstall").code == 0
    assert command("install-hooks", env, repo, "--dry-run").code == 0
    settings.write_text("{,}")
    assert command("install-hooks", env, repo).code == 2
    assert not state.exists()
    shutil.rmtree(settings.parent)
    assert command("install-hooks", env, repo, "--uninstall").code == 0
    assert not settings.parent.exists()
    assert not state.exists()


# --- Others at the same file ---------------------------------------------------------------------


def test_eight_installers_at_once_install_once(
    repo: Path, settings: Path, state: Path, env: dict[str, str], home: Path
) -> None:
    local, user = settings.with_name("settings.local.json"), home / ".claude" / "settings.json"
    user.parent.mkdir()
    user.write_text(OTHERS)
    scopes = ["project", "local", "user", "project"] * 2
    started = [
        subprocess.Popen(
            [PROGRAMS / "install-hooks", "--scope", scope],
            cwd=repo,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for scope in scopes
    ]
    assert [process.communicate()[1] for process in started] == [b""] * len(started)
    assert [process.returncode for process in started] == [0] * len(started)
    for path in (settings, local, user):
        assert events(path) == ALL
    for path in (settings, user):
        assert edit.uninstall(path.read_text()) == OTHERS
    assert sorted(settings.parent.iterdir()) == [settings, local]
    assert list(user.parent.iterdir()) == [user]
    be_whole(state)


def test_installing_and_uninstalling_at_once_end_with_one_of_the_two(
    repo: Path, settings: Path, state: Path, programs: Path, home: Path
) -> None:
    install = installer(repo, programs, environment(home))
    scopes = ["project", "local"]

    def work(number: int) -> None:
        for turn in range(3):
            is_out = (number + turn) % 3 == 0
            uninstall = ["--uninstall"] if is_out else []
            code = install("--scope", scopes[number % 2], *uninstall)
            if code:
                os._exit(code)

    for _ in range(10 if STRESS else 2):
        in_processes(work, 8)
        for path in (settings, settings.with_name("settings.local.json")):
            assert events(path) in (ALL, [])
        assert edit.uninstall(settings.read_text()) == OTHERS
        names = {path.name for path in settings.parent.iterdir()}
        assert names <= {"settings.json", "settings.local.json"}
        be_whole(state)


def test_an_editors_save_right_before_the_replacement_is_kept(
    repo: Path, settings: Path, programs: Path, home: Path
) -> None:
    """The save comes when the temporary file is closed and on the disk: right before a look."""
    saved: list[str] = []
    install = installer(repo, programs, environment(home))

    def save(event: str, arguments: tuple[Any, ...]) -> None:
        is_last_look = event == "open" and str(arguments[0]) == str(settings)
        if is_last_look and list(settings.parent.glob(".*.tmp")) and not saved:
            saved.append("once")
            new = settings.with_name("new")
            new.write_text(json.dumps({"model": "sonnet"}))
            new.rename(settings)

    def work() -> None:
        sys.addaudithook(save)
        os._exit(install() or (0 if saved else 9))

    child = forked(work)
    child.join()
    assert child.exitcode == 0
    assert json.loads(settings.read_text())["model"] == "sonnet"
    assert events(settings) == ALL
    assert list(settings.parent.iterdir()) == [settings]
