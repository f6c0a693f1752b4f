from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import commit, git, make_repository
from session_hooks_installer.settings.install import (
    exclude_file,
    is_ignored,
    is_shared,
    is_tracked,
    overruling,
    with_line,
    without_line,
)

LINE = "NEXT_SESSION.md"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", f"{LINE}\n"),
        ("a\n", f"a\n{LINE}\n"),
        ("a", f"a\n{LINE}\n"),
        ("a\r\nb\r\n", f"a\r\nb\r\n{LINE}\r\n"),
        ("a\r\nb", f"a\r\nb\r\n{LINE}\r\n"),
        ("\n\n", f"\n\n{LINE}\n"),
        (f"{LINE}\na\n", f"{LINE}\na\n"),
    ],
)
def test_a_line_is_added_at_the_end_as_the_file_ends_its_lines(text: str, expected: str) -> None:
    assert with_line(text, LINE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a\n{LINE}\nb\n", "a\nb\n"),
        (f"{LINE}", ""),
        (f"a\n{LINE}  \r\n", "a\n"),
        (f"{LINE}\na\n{LINE}\n", f"{LINE}\na\n"),
        (f"#{LINE}\n!{LINE}\n/{LINE}\n {LINE}\n", f"#{LINE}\n!{LINE}\n/{LINE}\n {LINE}\n"),
        ("", ""),
    ],
)
def test_the_last_line_that_says_just_that_is_taken_out(text: str, expected: str) -> None:
    assert without_line(text, LINE) == expected


@given(st.lists(st.text(max_size=5), max_size=4).map("\n".join))
def test_what_was_added_and_taken_out_is_as_before_but_for_the_last_lines_end(text: str) -> None:
    assert with_line(with_line(text, LINE), LINE) == with_line(text, LINE)
    after = without_line(with_line(text, LINE), LINE)
    assert after in (text, f"{text}\n", f"{text}\r\n")


def test_git_says_what_is_ignored_and_what_it_tracks_all_the_same(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "shop")
    commit(repo, "kept.md", "other.md")
    (repo / ".gitignore").write_text("kept.md\nlogs/\n")
    assert (is_ignored(repo, "kept.md"), is_tracked(repo, "kept.md")) == (True, True)
    assert (is_ignored(repo, "other.md"), is_tracked(repo, "other.md")) == (False, True)
    assert (is_ignored(repo, "logs/x"), is_tracked(repo, "logs/x")) == (True, False)
    assert (is_ignored(tmp_path, "x"), is_tracked(tmp_path, "x")) == (None, False)


def test_what_is_ignored_can_not_be_committed(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "shop")
    commit(repo, "kept.md")
    (repo / ".gitignore").write_text("*.md\n")
    assert is_shared(repo, "other.txt") is True
    assert is_shared(repo, "other.md") is False
    assert is_shared(repo, "kept.md") is True  # it is tracked already
    assert is_shared(tmp_path, "x") is None


def test_git_names_the_rule_that_decides(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "shop")
    (repo / ".gitignore").write_text("*.md\n!kept.md\n")
    assert overruling(repo, "kept.md") == ".gitignore:2:!kept.md"
    assert overruling(repo, "other.txt") == ""


def test_the_ignore_file_that_nobody_else_has_is_the_repositorys(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "shop")
    commit(repo, "x")
    git(repo, "worktree", "add", "-q", str(tmp_path / "other"))
    expected = repo / ".git" / "info" / "exclude"
    assert exclude_file(repo) == expected
    assert exclude_file(tmp_path / "other") == expected
    assert exclude_file(tmp_path) is None
