import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import forked
from session_hooks_installer import replacing
from session_hooks_installer.settings_file import update

LEFT = ".settings.json.agent-session-hooks-0123abcd.tmp"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "settings.json"
    file.write_text("old")
    return file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o664, 0o444, 0o2664])
def test_the_mode_is_kept(bits: int, path: Path) -> None:
    path.chmod(bits)
    update(path, lambda _: "new")
    assert (path.read_text(), mode(path)) == ("new", bits)


@pytest.mark.parametrize(("umask", "bits"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_mode_of_any_new_file(umask: int, bits: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        update(tmp_path / "new.json", lambda _: "new")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new.json") == bits


def test_its_time_is_that_of_the_writing(path: Path) -> None:
    os.utime(path, (1, 1))
    update(path, lambda _: "new")
    assert path.stat().st_mtime > 1


def test_attributes_are_kept(path: Path) -> None:
    set_attribute(path, "user.xdg.origin.url", b"https://example.org")
    update(path, lambda _: "new")
    assert os.getxattr(path, "user.xdg.origin.url") == b"https://example.org"


def test_an_access_list_is_kept(path: Path) -> None:
    # POSIX ACL, version 2: the owner rw, user 65534 r, the group nothing, a mask of r, others no.
    entries = [(1, 6, 2**32 - 1), (2, 4, 65534), (4, 0, 2**32 - 1), (16, 4, 2**32 - 1)]
    entries.append((32, 0, 2**32 - 1))
    value = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + right.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, right, who in entries
    )
    set_attribute(path, "system.posix_acl_access", value)
    before = mode(path)
    update(path, lambda _: "new")
    assert os.getxattr(path, "system.posix_acl_access") == value
    assert mode(path) == before


def set_attribute(path: Path, name: str, value: bytes) -> None:
    if not hasattr(os, "setxattr"):
        pytest.skip("no extended attributes on this platform")
    try:
        os.setxattr(path, name, value)
    except OSError:
        pytest.skip(f"no {name} on this file system")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
class TestOwner:
    TEAM = 12345
    SOMEBODY = 65534

    @pytest.fixture
    def shared(self) -> Iterator[Path]:
        """A folder that everybody may write to and reach; pytest's own are for one user."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            yield Path(folder)

    def update_as_somebody(self, path: Path, groups: list[int]) -> None:
        def work() -> None:
            os.setgroups(groups)
            os.setgid(self.SOMEBODY)
            os.setuid(self.SOMEBODY)
            update(path, lambda _: "new")

        child = forked(work)
        child.join()
        assert child.exitcode == 0
        assert path.read_text() == "new"

    def test_root_keeps_whose_it_is(self, path: Path) -> None:
        os.chown(path, self.SOMEBODY, self.TEAM)
        path.chmod(0o640)
        update(path, lambda _: "new")
        status = path.stat()
        assert (status.st_uid, status.st_gid, mode(path)) == (self.SOMEBODY, self.TEAM, 0o640)

    def test_of_somebody_elses_file_the_group_is_kept(self, shared: Path) -> None:
        path = self.make(shared, 0o660)
        self.update_as_somebody(path, [self.TEAM])
        status = path.stat()
        assert (status.st_uid, status.st_gid, mode(path)) == (self.SOMEBODY, self.TEAM, 0o660)

    def test_a_group_that_can_t_be_kept_leaves_its_rights_to_no_other(self, shared: Path) -> None:
        path = self.make(shared, 0o676)
        self.update_as_somebody(path, [])
        status = path.stat()
        assert (status.st_uid, status.st_gid, mode(path)) == (self.SOMEBODY, self.SOMEBODY, 0o666)

    def make(self, folder: Path, bits: int) -> Path:
        path = folder / "settings.json"
        path.write_text("old")
        os.chown(path, 0, self.TEAM)
        path.chmod(bits)
        return path

    def test_what_another_user_left_is_not_swept(self, path: Path) -> None:
        left = path.with_name(LEFT)
        left.touch()
        os.chown(left, self.SOMEBODY, -1)
        replacing.sweep(path)
        assert left.exists()


def test_what_a_killed_run_left_is_swept_and_nothing_else(path: Path) -> None:
    folder = path.parent
    left = path.with_name(LEFT)
    left.write_text("half")
    theirs = [
        ".settings.json.agent-session-hooks-0123abcd.tmp~",
        ".settings.json.agent-session-hooks-0123abcde.tmp",
        ".settings.json.agent-session-hooks-0123ABCD.tmp",
        ".settings.json.swp",
        ".settings.local.json.agent-session-hooks-0123abcd.tmp",
        "settings.json.agent-session-hooks-0123abcd.tmp",
        ".settingsxjson.agent-session-hooks-0123abcd.tmp",
        ".settings.json.agent-session-hooks-0123abcd.tmp\n",
    ]
    for name in theirs:
        (folder / name).write_text("theirs")
    (folder / ".settings.json.agent-session-hooks-00000000.tmp").mkdir()
    (folder / ".settings.json.agent-session-hooks-11111111.tmp").symlink_to(theirs[0])
    os.mkfifo(folder / ".settings.json.agent-session-hooks-22222222.tmp")
    before = set(folder.iterdir())
    replacing.sweep(path)
    assert set(folder.iterdir()) == before - {left}


def test_nothing_is_swept_unless_the_caller_holds_the_lock(path: Path) -> None:
    left = path.with_name(LEFT)
    left.write_text("half")
    update(path, lambda _: "new")
    assert left.exists()
    update(path, lambda _: "newer", sweep=True)
    assert list(path.parent.iterdir()) == [path]


def test_it_is_swept_where_the_link_leads_to(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "home" / "settings.json"
    link.parent.mkdir()
    link.symlink_to(path)
    left = path.with_name(LEFT)
    left.write_text("half")
    update(link, lambda _: "new", sweep=True)
    assert not left.exists()
