import os
import stat
from pathlib import Path

import pytest

from helpers import make_repository
from session_hooks_installer import settings_file
from session_hooks_installer.handlers import Scope
from session_hooks_installer.settings_file import RefusedError, locate, read, update


def test_each_scope_has_its_file(repo: Path, home: Path) -> None:
    environ = {"HOME": str(home)}
    below = repo / "src"
    below.mkdir()
    assert locate(Scope.PROJECT, below, environ) == repo / ".claude" / "settings.json"
    assert locate(Scope.LOCAL, repo, environ) == repo / ".claude" / "settings.local.json"
    assert locate(Scope.USER, repo, environ) == home / ".claude" / "settings.json"
    elsewhere = environ | {"CLAUDE_CONFIG_DIR": str(home / "conf")}
    assert locate(Scope.USER, repo, elsewhere) == home / "conf" / "settings.json"


def test_outside_git_the_folder_itself_is_the_project(tmp_path: Path) -> None:
    path = locate(Scope.PROJECT, tmp_path, {"HOME": "/h"})
    assert path == tmp_path / ".claude" / "settings.json"


@pytest.mark.parametrize("scope", [Scope.PROJECT, Scope.LOCAL])
def test_the_home_folder_is_no_project(scope: Scope, home: Path) -> None:
    make_repository(home)
    with pytest.raises(RefusedError, match="is your home folder"):
        locate(scope, home, {"HOME": str(home)})


def test_no_file_is_empty_settings(tmp_path: Path) -> None:
    assert read(tmp_path / "settings.json") == ""


def test_an_edit_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("{}")
    before = path.stat()
    change = update(path, lambda text: text)
    assert change.before == change.after == "{}"
    assert path.stat().st_ino == before.st_ino
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_and_its_folder_are_made_where_there_are_none(tmp_path: Path) -> None:
    path = tmp_path / ".claude" / "settings.json"
    update(path, lambda text: text + "{}\n")
    assert path.read_text() == "{}\n"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_mode_and_bytes_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes("\ufeff{}\r\n".encode())
    path.chmod(0o640)
    update(path, lambda text: text.replace("{}", "{ }"))
    assert path.read_bytes() == "\ufeff{ }\r\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_replaced_not_written_into(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("old")
    with path.open() as reader:  # who has the old one open reads all of it
        update(path, lambda _: "new")
        assert reader.read() == "old"
    assert path.read_text() == "new"


def test_a_link_stays_a_link_and_its_target_is_edited(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "claude.json"
    target.parent.mkdir()
    target.write_text("{}")
    link = tmp_path / "settings.json"
    link.symlink_to("dotfiles/claude.json")
    update(link, lambda _: '{"a": 1}')
    assert link.is_symlink()
    assert target.read_text() == '{"a": 1}'


def test_somebody_elses_change_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("one")
    edits = []

    def edit(text: str) -> str:
        edits.append(text)
        if len(edits) == 1:
            path.write_text("two")  # an editor saves while we think
        return text + "+ours"

    assert update(path, edit).after == "two+ours"
    assert path.read_text() == "two+ours"
    assert edits == ["one", "two"]


def test_a_file_that_never_rests_is_given_up_on(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"

    def edit(text: str) -> str:
        path.write_text(text + "x")
        return text + "ours"

    with pytest.raises(RefusedError, match="keeps changing"):
        update(path, edit)
    assert "ours" not in path.read_text()
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RefusedError, match="No space left"):
        update(path, lambda _: "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_settings_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "latin").write_bytes(b'{"a": "\xe9"}')
    with (tmp_path / "large").open("wb") as file:
        file.truncate(settings_file.MAX_BYTES + 1)
    for name, reason in (
        ("folder", "not a regular file"),
        ("fifo", "not a regular file"),
        ("link", "a link to a file that does not exist"),
        ("latin", "not UTF-8"),
        ("large", "larger than 10 MB"),
    ):
        with pytest.raises(RefusedError, match=reason):
            read(tmp_path / name)
