"""What git says itself is what its files are read to say."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers import GIT, git, make_repository
from session_hooks.project.gitdir import Head, read_head


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Whatever lies where git's files are expected: nothing is waited for."""

    def expire(*_: object) -> None:
        raise AssertionError("it is waited for")  # no OSError: those are caught

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, 5)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def commit(repo: Path) -> str:
    git(repo, "commit", "-q", "--allow-empty", "-m", "one")
    return git(repo, "rev-parse", "HEAD").strip()


def test_outside_git_nothing_is_checked_out(tmp_path: Path) -> None:
    assert read_head(None) == Head()
    assert read_head(str(tmp_path)) == Head()
    assert read_head("/no/such/folder") == Head()


def test_a_branch(repo: Path) -> None:
    made = commit(repo)
    assert read_head(str(repo)) == Head("feat/weather", made)


def test_a_branch_without_a_commit(repo: Path) -> None:
    assert read_head(str(repo)) == Head("feat/weather", None)


def test_no_branch(repo: Path) -> None:
    made = commit(repo)
    git(repo, "checkout", "-q", "--detach")
    assert read_head(str(repo)) == Head(None, made)


@pytest.mark.parametrize("way", ["--merge", "--apply"])
def test_the_branch_that_is_rebased_is_the_one_that_is_checked_out(way: str, repo: Path) -> None:
    commit(repo)
    git(repo, "branch", "feat/x")
    for branch in ("feat/weather", "feat/x"):
        git(repo, "checkout", "-q", branch)
        (repo / "a").write_text(branch)
        git(repo, "add", "a")
        commit(repo)
    with pytest.raises(subprocess.CalledProcessError):
        git(repo, "rebase", way, "feat/weather")
    assert read_head(str(repo)) == Head("feat/x", git(repo, "rev-parse", "HEAD").strip())
    git(repo, "rebase", "--quit")
    assert read_head(str(repo)).branch is None


def test_a_packed_branch_and_the_commit_that_comes_after(repo: Path) -> None:
    made = commit(repo)
    git(repo, "branch", "feat/weather-2")
    git(repo, "tag", "-a", "-m", "x", "weather")
    git(repo, "pack-refs", "--all")
    assert not (repo / ".git/refs/heads/feat/weather").exists()
    assert read_head(str(repo)) == Head("feat/weather", made)
    later = commit(repo)
    assert later != made
    assert read_head(str(repo)) == Head("feat/weather", later)


@pytest.mark.parametrize("packed", [True, False])
def test_a_worktree_has_its_own(packed: bool, repo: Path, tmp_path: Path) -> None:
    made = commit(repo)
    tree = tmp_path / "tree"
    git(repo, "worktree", "add", "-q", str(tree), "-b", "other")
    later = commit(tree)
    if packed:
        git(repo, "pack-refs", "--all")
    assert read_head(str(tree)) == Head("other", later)
    assert read_head(str(repo)) == Head("feat/weather", made)


def test_a_submodule_has_its_own(repo: Path, tmp_path: Path) -> None:
    inner = make_repository(tmp_path / "inner", "trunk")
    made = commit(inner)
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    assert read_head(str(repo / "sub")) == Head("trunk", made)


def test_commits_named_by_sha_256(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "init", "-q", "--object-format=sha256", "-b", "main")
    made = commit(repo)
    assert len(made) == 64
    assert read_head(str(repo)) == Head("main", made)
    git(repo, "pack-refs", "--all")
    assert read_head(str(repo)) == Head("main", made)


def test_of_a_reftable_nothing_is_known(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    ran = subprocess.run(
        [GIT, "init", "-q", "--ref-format=reftable", repo], capture_output=True, check=False
    )
    if ran.returncode:  # an older git: what a newer one writes (gitformat-reftable)
        make_repository(repo)
        (repo / ".git/HEAD").write_text("ref: refs/heads/.invalid\n")
    assert read_head(str(repo)) == Head()


@pytest.mark.parametrize("name", [b"caf\xe9", "Größe/✓".encode(), b"a.b"])
def test_a_branch_of_any_name(name: bytes, repo: Path) -> None:
    made = commit(repo)
    branch = os.fsdecode(name)
    git(repo, "checkout", "-q", "-b", branch)
    assert read_head(str(repo)) == Head(branch, made)
    git(repo, "pack-refs", "--all")
    assert read_head(str(repo)) == Head(branch, made)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"\0" * 100, b"\xff\xfe", b"ref:", b"ref: ", b"ref: refs/heads/../../config",
        b"ref: /etc/passwd", b"ref: refs/tags/v1", b"0123456789", b"g" * 40, b"0" * 41,
        b"x" * 100_000,
    ],
)  # fmt: skip
def test_a_head_of_nonsense_tells_nothing(content: bytes, repo: Path) -> None:
    (repo / ".git/HEAD").write_bytes(content)
    assert read_head(str(repo)) == Head()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff" * 40, b"ref: refs/heads/other"])
def test_a_branch_of_nonsense_has_no_known_commit(content: bytes, repo: Path) -> None:
    commit(repo)
    (repo / ".git/refs/heads/feat/weather").write_bytes(content)
    (repo / ".git/packed-refs").write_bytes(b"\xff\n# x\n^\nx refs/heads/feat/weather\n")
    assert read_head(str(repo)) == Head("feat/weather", None)


def test_a_name_that_no_file_can_have_has_no_known_commit(repo: Path) -> None:
    (repo / ".git/HEAD").write_bytes(b"ref: refs/heads/a\0b\n")
    assert read_head(str(repo)).commit is None


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/feat/weather", "packed-refs"])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_not_waited_for(
    name: str, make: Callable[[Path], None], repo: Path
) -> None:
    made = commit(repo)
    git(repo, "pack-refs", "--all")
    path = repo / ".git" / name
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)
    expected = {"HEAD": Head(), "packed-refs": Head("feat/weather", None)}
    assert read_head(str(repo)) == expected.get(name, Head("feat/weather", made))


def test_a_head_that_is_a_link_is_followed(repo: Path) -> None:
    """As git once made it."""
    made = commit(repo)
    (repo / ".git/HEAD").unlink()
    (repo / ".git/HEAD").symlink_to("refs/heads/feat/weather")
    assert read_head(str(repo)).commit == made
