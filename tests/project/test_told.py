import os
from pathlib import Path

import pytest

from session_hooks.project.state import is_news


def test_a_remark_is_news_once_and_again_when_it_changes(tmp_path: Path) -> None:
    folder = str(tmp_path / "state")
    said = [is_news([folder], "config", text) for text in ("a", "a", "b", "b", "a")]
    assert said == [True, False, True, False, True]
    assert is_news([folder], "other", "a")


def test_each_name_is_remembered_by_itself(tmp_path: Path) -> None:
    assert is_news([str(tmp_path)], "one", "a")
    assert is_news([str(tmp_path)], "two", "a")
    assert not is_news([str(tmp_path)], "one", "a")


def test_the_first_folder_that_takes_it_remembers(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folders = [str(tmp_path / "file" / "in"), str(tmp_path / "second")]
    assert [is_news(folders, "config", "a") for _ in range(2)] == [True, False]
    assert (tmp_path / "second" / "config.told").stat().st_mode & 0o077 == 0


def test_where_nothing_can_be_written_everything_is_news(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folders = [str(tmp_path / "file" / "in")]
    assert [is_news(folders, "config", "a") for _ in range(2)] == [True, True]
    assert is_news([], "config", "a")


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="no links to be afraid of")
def test_no_link_is_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("kept")
    (tmp_path / "config.told").symlink_to(target)
    assert is_news([str(tmp_path)], "config", "a")
    assert target.read_text() == "kept"
