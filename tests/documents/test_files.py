import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import PROGRAMS, git
from session_hooks.documents import files
from talks import NEXT, talk

TEXT = b"# All of it\n" * 50
_KILLED_AT = """
import os, signal, sys
name, count = sys.argv[1], int(sys.argv[2])
def hook(event, arguments):
    global count
    if event == name:
        count -= 1
        if not count:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
sys.argv[1:] = sys.argv[3:]
real = os.fsync
def fsync(fd):  # it has no audit event
    hook("fsync", ())
    real(fd)
os.fsync = fsync
from session_hooks.cli.main import main
sys.exit(main())
"""


def killed(event: str, count: int, env: dict[str, str], cwd: Path, *arguments: str) -> int:
    """Run agent-session; it is killed right before it does something for the count-th time."""
    done = subprocess.run(
        [sys.executable, "-c", _KILLED_AT, event, str(count), *arguments],
        env=env, cwd=cwd, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode


def untracked(repo: Path) -> list[str]:
    # A killed run leaves the part that it had written, under a name of ours.
    return [name for name in git(repo, "ls-files", "--others").split() if name[-4:] != ".tmp"]


KILLS = [("fsync", 1), ("os.link", 1), ("os.remove", 1)]


@pytest.mark.parametrize(("event", "count"), KILLS)
def test_a_restore_that_is_killed_is_done_by_the_next_one(
    event: str, count: int, repo: Path, env: dict[str, str]
) -> None:
    (repo / "NEXT_SESSION.md").write_text(NEXT)
    with talk(repo, env) as one:
        one.start()
        one.say()
        one.end()
    assert untracked(repo) == []
    assert killed(event, count, env, repo, "restore", "NEXT_SESSION.md") == -signal.SIGKILL
    place = repo / "NEXT_SESSION.md"
    if event != "os.remove":
        assert not place.exists()
        subprocess.run(
            [PROGRAMS / "agent-session", "restore", "NEXT_SESSION.md"],
            env=env, cwd=repo, check=True,
        )  # fmt: skip
        assert untracked(repo) == ["NEXT_SESSION.md"]
    assert place.read_text() == NEXT


@pytest.mark.parametrize(("event", "count"), KILLS)
def test_a_document_whose_making_is_killed_is_whole_or_not_there(
    event: str, count: int, repo: Path, env: dict[str, str]
) -> None:
    arguments = ("new", "--format", "next")
    assert killed(event, count, env, repo, *arguments) == -signal.SIGKILL
    place = repo / "NEXT_SESSION.md"
    is_there = place.exists()
    assert is_there is (event == "os.remove")
    made = subprocess.run(
        [PROGRAMS / "agent-session", *arguments],
        env=env,
        cwd=repo,
        capture_output=True,
        check=False,
    )
    assert (made.returncode == 2) is is_there
    assert untracked(repo) == ["NEXT_SESSION.md"]
    assert place.read_text().endswith("\n")


def test_a_new_file_has_the_rights_that_every_new_file_has(tmp_path: Path) -> None:
    mine, usual = tmp_path / "mine", tmp_path / "usual"
    files.create(str(mine), TEXT)
    usual.write_bytes(TEXT)
    assert mine.read_bytes() == TEXT
    assert mine.stat().st_mode == usual.stat().st_mode
    assert sorted(os.listdir(tmp_path)) == ["mine", "usual"]


def test_a_name_of_the_greatest_length_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 127)
    files.create(str(path), TEXT)
    assert path.read_bytes() == TEXT


@pytest.mark.parametrize(
    "make",
    [lambda path: path.write_text("mine"), lambda path: path.symlink_to("nowhere"), os.mkdir],
    ids=["file", "link to nothing", "folder"],
)
@pytest.mark.parametrize("has_links", [True, False])
def test_nothing_is_overwritten_on_a_file_system_without_hard_links_neither(
    has_links: bool, make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", _refusing)
    path = tmp_path / "there"
    make(path)
    before = os.lstat(path)
    with pytest.raises(FileExistsError):
        files.create(str(path), TEXT)
    assert os.lstat(path) == before
    assert os.listdir(tmp_path) == ["there"]
    files.create(str(tmp_path / "other"), TEXT)
    assert sorted(os.listdir(tmp_path)) == ["other", "there"]


def _refusing(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")
