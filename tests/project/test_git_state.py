"""What tells a repository from how it was: git's own files, without running git."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import commit, git, make_repository
from session_hooks.project.gitdir import fingerprint


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository on main with one commit, a branch and a remote that has one commit more."""
    repo = make_repository(tmp_path / "shop")
    commit(repo, "code.py")
    git(repo, "branch", "feat/x")
    git(tmp_path, "clone", "-q", str(repo), "remote")
    git(repo, "remote", "add", "origin", str(tmp_path / "remote"))
    git(repo, "fetch", "-q")
    commit(tmp_path / "remote", "theirs.py")
    commit(repo, "code.py")
    return repo


def state(repo: Path) -> str | None:
    return fingerprint(str(repo))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a commit": lambda repo: commit(repo, "more.py"),
    "a commit on another branch": lambda repo: git(
        repo, "update-ref", "refs/heads/feat/x", "main"
    ),
    "a branch made": lambda repo: git(repo, "branch", "deep/er/one"),
    "a branch moved": lambda repo: git(repo, "branch", "-f", "feat/x", "main"),
    "a branch renamed": lambda repo: git(repo, "branch", "-m", "feat/x", "feat/y"),
    "a branch deleted": lambda repo: git(repo, "branch", "-D", "-q", "feat/x"),
    "branches packed": lambda repo: git(repo, "pack-refs", "--all"),
    "a checkout": lambda repo: git(repo, "checkout", "-q", "feat/x"),
    "a checkout of the same commit": lambda repo: git(repo, "checkout", "-q", "-b", "same"),
    "a detached head": lambda repo: git(repo, "checkout", "-q", "--detach"),
    "a file staged": lambda repo: (
        (repo / "code.py").write_text("changed\n"), git(repo, "add", "code.py"),
    ),
    "a fetch": lambda repo: git(repo, "fetch", "-q"),
    "a default branch": lambda repo: git(repo, "remote", "set-head", "origin", "main"),
    "an upstream": lambda repo: git(repo, "branch", "-q", "-u", "origin/main"),
    "the configuration": lambda repo: git(repo, "config", "core.excludesFile", "/dev/null"),
    "history cut": lambda repo: (repo / ".git" / "shallow").write_text("0" * 40 + "\n"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_git_may_answer_otherwise_after_changes_it(
    change: Callable[[Path], object], shop: Path
) -> None:
    before = state(shop)
    assert before is not None
    change(shop)
    assert state(shop) not in (before, None)


NOTHING: dict[str, Callable[[Path], object]] = {
    "nothing": lambda _: None,
    "a file edited": lambda repo: (repo / "code.py").write_text("changed\n"),
    "a file made": lambda repo: (repo / "new.py").write_text("new\n"),
    "a question": lambda repo: git(repo, "--no-optional-locks", "status"),
    "a log": lambda repo: git(repo, "log", "--oneline"),
    "a tag": lambda repo: git(repo, "tag", "v1"),
    "a fetch of nothing new": lambda repo: git(repo, "fetch", "-q", "--no-auto-maintenance", "."),
}


@pytest.mark.parametrize("change", NOTHING.values(), ids=NOTHING)
def test_what_git_answers_the_same_after_leaves_it(
    change: Callable[[Path], object], shop: Path
) -> None:
    before = state(shop)
    change(shop)
    assert state(shop) == before


def test_a_packed_branch_that_is_deleted_changes_it(shop: Path) -> None:
    git(shop, "pack-refs", "--all")
    before = state(shop)
    git(shop, "branch", "-D", "-q", "feat/x")
    assert state(shop) != before


def test_a_linked_worktree_has_its_own_and_shares_the_branches(shop: Path) -> None:
    git(shop, "worktree", "add", "-q", "-b", "hotfix", "../hotfix")
    hotfix = shop.parent / "hotfix"
    here, there = state(shop), state(hotfix)
    assert None not in (here, there)
    assert here != there
    (hotfix / "code.py").write_text("changed\n")
    git(hotfix, "add", "code.py")
    assert state(shop) == here
    assert state(hotfix) != there
    there = state(hotfix)
    git(shop, "branch", "another")
    assert state(shop) != here
    assert state(hotfix) != there


@pytest.mark.parametrize(
    "content", ["", "nonsense", "gitdir: /no/such/folder", "gitdir: \0", "gitdir: ."]
)
def test_of_a_broken_repository_nothing_is_told_or_raised(content: str, tmp_path: Path) -> None:
    (tmp_path / ".git").write_text(content)
    assert state(tmp_path) is None or content == "gitdir: ."


def test_outside_git_nothing_is_told(tmp_path: Path) -> None:
    assert state(tmp_path) is None


def test_of_too_many_branches_nothing_is_told(shop: Path) -> None:
    tip = git(shop, "rev-parse", "HEAD")
    for number in range(5001):
        folder = shop / ".git" / "refs" / "heads" / str(number % 11)
        folder.mkdir(exist_ok=True)
        (folder / str(number)).write_text(tip)
    assert state(shop) is None
    git(shop, "pack-refs", "--all")
    assert state(shop) is not None


def test_branches_in_a_link_that_leads_in_circles_end(shop: Path) -> None:
    (shop / ".git" / "refs" / "heads" / "loop").symlink_to(".")
    assert state(shop) is not None
