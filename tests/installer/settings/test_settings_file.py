import contextlib
import os
import shutil
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers import STRESS, forked, make_repository
from session_hooks_installer.common import RefusedError
from session_hooks_installer.settings import file as settings_file
from session_hooks_installer.settings.file import (
    Change,
    delete_leftovers,
    locate,
    preview,
    read,
    remove_folders,
    update,
)
from session_hooks_installer.settings.handlers import Scope


def add(text: str) -> Callable[[str | None], str]:
    return lambda before: (before or "") + text


@contextlib.contextmanager
def meddling(meddle: Callable[[], object]) -> Iterator[None]:
    """Have something done when the new text is on the disk, right before the last reading."""

    def sync(_: int) -> None:
        meddle()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", sync)
        yield


def everything(folder: Path) -> dict[str, bytes | str]:
    """Each file's bytes, and where each link leads to."""
    return {
        path.relative_to(folder).as_posix(): str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


class TestWhereItIs:
    def test_each_scope_has_its_file(self, repo: Path, home: Path) -> None:
        environ = {"HOME": str(home)}
        below = repo / "src"
        below.mkdir()
        assert locate(Scope.PROJECT, below, environ) == repo / ".claude" / "settings.json"
        assert locate(Scope.LOCAL, repo, environ) == repo / ".claude" / "settings.local.json"
        assert locate(Scope.USER, repo, environ) == home / ".claude" / "settings.json"
        elsewhere = environ | {"CLAUDE_CONFIG_DIR": str(home / "conf")}
        assert locate(Scope.USER, repo, elsewhere) == home / "conf" / "settings.json"

    def test_outside_git_the_folder_itself_is_the_project(self, tmp_path: Path) -> None:
        path = locate(Scope.PROJECT, tmp_path, {"HOME": "/h"})
        assert path == tmp_path / ".claude" / "settings.json"

    @pytest.mark.parametrize("scope", [Scope.PROJECT, Scope.LOCAL])
    def test_the_home_folder_is_no_project(self, scope: Scope, home: Path) -> None:
        make_repository(home)
        (home / "src").mkdir()
        for repo in (home, home / "src"):
            with pytest.raises(RefusedError, match="is your home folder"):
                locate(scope, repo, {"HOME": str(home)})

    def test_nor_is_it_through_a_link(self, home: Path, tmp_path: Path) -> None:
        link = tmp_path / "me"
        link.symlink_to(home)
        for repo, said in ((home, link), (link, home), (link, link)):
            with pytest.raises(RefusedError, match="is your home folder"):
                locate(Scope.PROJECT, repo, {"HOME": str(said)})

    @pytest.mark.parametrize("is_made", [True, False])
    @pytest.mark.parametrize("scope", [Scope.PROJECT, Scope.LOCAL])
    def test_nor_is_the_folder_of_the_users_settings_a_projects(
        self, scope: Scope, is_made: bool, repo: Path, home: Path
    ) -> None:
        if is_made:
            (repo / ".claude").mkdir()
        environ = {"HOME": str(home), "CLAUDE_CONFIG_DIR": f"{repo}/src/../.claude"}
        with pytest.raises(RefusedError, match="is the folder of your own settings") as refused:
            locate(scope, repo, environ)
        assert "--scope user" in str(refused.value)

    def test_nor_a_link_to_it(self, repo: Path, home: Path) -> None:
        (home / ".claude").mkdir()
        (repo / ".claude").symlink_to(home / ".claude")
        with pytest.raises(RefusedError) as refused:
            locate(Scope.PROJECT, repo, {"HOME": str(home)})
        lead = f"{repo}/.claude is a link to {home}/.claude, the folder of your own settings"
        assert str(refused.value).startswith(lead)

    @pytest.mark.parametrize("scope", [Scope.PROJECT, Scope.LOCAL])
    def test_a_folder_that_leads_out_of_the_project_is_refused(
        self, scope: Scope, repo: Path, home: Path, tmp_path: Path
    ) -> None:
        other = tmp_path / "other" / ".claude"
        for target in (other, Path("../other/.claude"), tmp_path / "shop-2"):
            (repo / ".claude").unlink(missing_ok=True)
            (repo / ".claude").symlink_to(target)
            with pytest.raises(RefusedError) as refused:
                locate(scope, repo, {"HOME": str(home)})
            real = os.path.realpath(repo / ".claude")
            assert f"{repo}/.claude is a link to {real}, outside the project" in str(refused.value)
            way = f"--repo {tmp_path}/other" if real == str(other) else "--scope user"
            assert way in str(refused.value)

    def test_one_that_leads_to_another_folder_of_the_project_is_not(
        self, repo: Path, home: Path
    ) -> None:
        (repo / "conf").mkdir()
        (repo / ".claude").symlink_to("conf")
        path = locate(Scope.PROJECT, repo, {"HOME": str(home)})
        assert update(path, add("{}")).path == path
        assert (repo / "conf" / "settings.json").read_text() == "{}"

    def test_the_users_own_folder_may_lead_anywhere(self, home: Path, tmp_path: Path) -> None:
        (tmp_path / "dotfiles").mkdir()
        (home / ".claude").symlink_to(tmp_path / "dotfiles")
        update(locate(Scope.USER, tmp_path, {"HOME": str(home)}), add("{}"))
        assert (tmp_path / "dotfiles" / "settings.json").read_text() == "{}"

    def test_without_a_home_a_project_has_its_settings_all_the_same(self) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can become somebody whom the table of users doesn't know")

        def work() -> None:
            os.environ.pop("HOME", None)
            os.setuid(54321)
            with pytest.raises(RefusedError, match="no home folder: set HOME"):
                locate(Scope.USER, Path("/"), {})
            assert locate(Scope.PROJECT, Path("/"), {}) == Path("/.claude/settings.json")

        child = forked(work)
        child.join()
        assert child.exitcode == 0


class TestReading:
    def test_no_file_is_none_and_an_empty_one_is_not(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        assert read(path) is None
        assert read(tmp_path / "no folder" / "settings.json") is None
        for text in ("", "\n", " \t\r\n "):
            path.write_bytes(text.encode())
            assert read(path) == text

    def test_every_byte_is_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_bytes("\ufeff{}\r\nö\r\0".encode())
        assert read(path) == "\ufeff{}\r\nö\r\0"

    def test_what_is_not_utf_8_is_refused_with_its_place(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        for data, place, bytes_, shown in (
            (b'{\r\n  "\xc3\xb6": "\xe9",\r\n}', "line 2, column 9", "e9", '"ö": "\\xe9",\n'),
            (b"\xef\xbb\xbf\xff", "line 1, column 1", "ff", "  \\xff\n  ^\n"),
            (b"{}\n\xc3", "line 2, column 1", "c3", "  \\xc3\n  ^\n"),
            (b"\xed\xa0\x80", "line 1, column 1", "ed", "  \\xed\\xa0\\x80\n"),
            ("\ufeff{}".encode("UTF-16LE"), "line 1, column 1", "ff", "\\xff\\xfe"),
            (b"{}\n\n\xe2\x82{", "line 3, column 1", "e2 82", "  \\xe2\\x82{\n"),
        ):
            path.write_bytes(data)
            with pytest.raises(RefusedError) as refused:
                read(path)
            assert f"{path}, {place}: not UTF-8 ({bytes_}): save" in str(refused.value)
            assert shown in str(refused.value)

    @pytest.mark.parametrize(
        ("kind", "reason"),
        [
            ("folder", "is a folder, and has to be a file"),
            ("fifo", "is a FIFO, a socket or a device, and has to be a file"),
            ("socket", "is a FIFO, a socket or a device, and has to be a file"),
            ("device", r"\(a link to /dev/null\) is a FIFO, a socket or a device"),
            ("large", "larger than 10 MB"),
            ("dangling", "is a link to nowhere, which does not exist, or .* mend the link"),
            ("chain", "is a link to dangling, which does not exist, or .* mend the link"),
            ("loop", "is a link to loop, which .* leads in a circle: mend the link"),
            ("long", r"can't be read \(File name too long\)"),
            ("file/settings.json", "file is a file, and has to be a folder: move it"),
            ("file/conf/settings.json", "file is a file, and has to be a folder: move it"),
            ("dangling/settings.json", "dangling is a link to nowhere, .* mend the link"),
            ("loop/settings.json", "loop is a link to loop, which .* leads in a circle: mend"),
        ],
    )
    def test_what_is_no_settings_file_is_refused_and_stays(
        self, kind: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        self.make(kind.split("/", maxsplit=1)[0])
        path = tmp_path / ("x" * 300 if kind == "long" else kind)
        before = list(tmp_path.iterdir())
        for attempt in (read, lambda path: update(path, add("{}"))):
            with pytest.raises(RefusedError, match=reason):
                attempt(path)
        assert list(tmp_path.iterdir()) == before

    def make(self, kind: str) -> None:
        path = Path(kind)
        if kind == "folder":
            path.mkdir()
        elif kind == "fifo":
            os.mkfifo(path)
        elif kind == "socket":
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(kind)
        elif kind == "device":
            path.symlink_to("/dev/null")
        elif kind == "large":
            with path.open("wb") as file:
                file.truncate(settings_file.MAX_BYTES + 1)
        elif kind in ("dangling", "chain"):
            Path("dangling").symlink_to("nowhere")
            Path("chain").symlink_to("dangling")
        elif kind == "loop":
            path.symlink_to(kind)
        elif kind == "file":
            path.write_text("x")

    @pytest.mark.parametrize("kind", ["fifo", "folder", "large"])
    def test_what_is_swapped_in_while_it_is_opened_is_refused_too(
        self, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        self.make(kind)
        path = tmp_path / "settings.json"
        path.write_text("{}")
        swapped: list[str] = []

        def swap(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "open" and str(arguments[0]) == str(path) and not swapped:
                swapped.append(kind)
                path.unlink()
                (tmp_path / kind).rename(path)

        def work() -> None:
            sys.addaudithook(swap)
            with pytest.raises(RefusedError, match=r"a FIFO|Is a directory|larger than"):
                read(path)
            assert swapped

        child = forked(work)
        child.join(10)
        child.kill()
        child.join()
        assert child.exitcode == 0

    def test_what_grows_while_it_is_opened_is_refused_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "settings.json"
        path.write_text("{}")
        fstat = os.fstat

        def grow(fd: int) -> os.stat_result:
            status = fstat(fd)
            os.truncate(path, settings_file.MAX_BYTES + 1)
            return status

        monkeypatch.setattr(os, "fstat", grow)
        with pytest.raises(RefusedError, match="larger than 10 MB"):
            read(path)


class TestChanging:
    def test_an_edit_that_changes_nothing_writes_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("{}")
        before, folder = path.stat(), tmp_path.stat()
        assert update(path, lambda text: text) == Change(path, "{}", "{}")
        assert path.stat().st_ino == before.st_ino
        assert tmp_path.stat().st_mtime_ns == folder.st_mtime_ns
        missing = tmp_path / ".claude" / "settings.json"
        assert update(missing, lambda text: text) == Change(missing, None, None)
        assert list(tmp_path.iterdir()) == [path]

    def test_a_file_and_its_folders_are_made_where_there_are_none(self, tmp_path: Path) -> None:
        path = tmp_path / "conf" / ".claude" / "settings.json"
        change = update(path, add("{}\n"))
        made = (tmp_path / "conf", tmp_path / "conf" / ".claude")
        assert change == Change(path, None, "{}\n", made)
        assert path.read_text() == "{}\n"

    def test_bytes_are_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_bytes("\ufeff{}\r\n".encode())
        update(path, lambda text: (text or "").replace("{}", "{ }"))
        assert path.read_bytes() == "\ufeff{ }\r\n".encode()
        assert list(tmp_path.iterdir()) == [path]

    def test_the_file_is_replaced_not_written_into(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("old")
        with path.open() as reader:  # who has the old one open reads all of it
            update(path, lambda _: "new")
            assert reader.read() == "old"
        assert path.read_text() == "new"

    def test_a_reader_finds_one_of_the_two_at_any_time(self, tmp_path: Path) -> None:
        path, read_once = tmp_path / "settings.json", tmp_path / "read"
        texts = ("old" * 100_000, "new" * 100_000)
        path.write_text(texts[0])

        def work() -> None:
            while path.parent.exists():
                assert path.read_text() in texts
                read_once.touch()

        reader = forked(work)
        while not read_once.exists():
            assert reader.is_alive()
        for number in range(200 if STRESS else 20):
            update(path, lambda _, number=number: texts[number % 2])  # type: ignore[misc]
        assert reader.is_alive()
        reader.kill()
        reader.join()

    def test_what_would_be_done_can_be_seen_before(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / ".claude" / "settings.json"
        seen = preview(path, add("{}"))
        assert list(tmp_path.iterdir()) == []
        assert update(path, add("{}")) == seen
        assert preview(path, add("+")) == Change(path, "{}", "{}+")

    def test_an_edit_that_fails_at_the_second_try_leaves_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / ".claude" / "settings.json"
        wanted = ["{}"]
        with meddling(lambda: shutil.rmtree(path.parent)), pytest.raises(IndexError):
            update(path, lambda _: wanted.pop())
        assert list(tmp_path.iterdir()) == []


class TestDeleting:
    def test_no_text_is_no_file(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("{}")
        assert update(path, lambda _: None) == Change(path, "{}", None)
        assert list(tmp_path.iterdir()) == []

    def test_folders_are_removed_as_far_as_they_are_empty(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / "b" / "c" / "settings.json"
        made = update(path, add("{}")).made
        update(path, lambda _: None)
        (tmp_path / "a" / "theirs").touch()
        remove_folders(made)
        assert list(tmp_path.rglob("*")) == [tmp_path / "a", tmp_path / "a" / "theirs"]

    def test_a_link_goes_with_its_file(self, tmp_path: Path) -> None:
        (tmp_path / "target").write_text("{}")
        (tmp_path / "settings.json").symlink_to("target")
        update(tmp_path / "settings.json", lambda _: None)
        assert list(tmp_path.iterdir()) == []

    def test_a_file_that_somebody_saved_meanwhile_stays(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("ours")

        def edit(text: str | None) -> str | None:
            path.write_text("theirs")
            return None if text == "ours" else text

        change = update(path, edit)
        assert change == Change(path, "theirs", "theirs")
        assert path.read_text() == "theirs"


class TestLinks:
    def test_a_link_stays_a_link_and_its_target_is_edited(self, tmp_path: Path) -> None:
        target = tmp_path / "dotfiles" / "claude.json"
        target.parent.mkdir()
        target.write_text("{}")
        link = tmp_path / "settings.json"
        link.symlink_to("dotfiles/claude.json")
        assert update(link, lambda _: '{"a": 1}').path == link
        assert everything(tmp_path) == {
            "settings.json": "dotfiles/claude.json",
            "dotfiles/claude.json": b'{"a": 1}',
        }

    def test_so_does_each_of_a_chain(self, tmp_path: Path) -> None:
        for folder in ("home/.claude", "links", "dotfiles/v2"):
            (tmp_path / folder).mkdir(parents=True)
        (tmp_path / "home/.claude/settings.json").symlink_to("../../links/claude")
        (tmp_path / "links/claude").symlink_to(tmp_path / "dotfiles" / "now" / "claude.json")
        (tmp_path / "dotfiles/now").symlink_to("v2")
        (tmp_path / "dotfiles/v2/claude.json").write_text("old")
        before = everything(tmp_path)
        update(tmp_path / "home/.claude/settings.json", lambda _: "new")
        assert everything(tmp_path) == before | {"dotfiles/v2/claude.json": b"new"}

    def test_hard_links_are_told_and_keep_the_old_text(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("old")
        for name in ("snapshot", "another"):
            (tmp_path / name).hardlink_to(path)
        assert update(path, lambda _: "new").other_names == 2
        assert everything(tmp_path) == {
            "settings.json": b"new",
            "snapshot": b"old",
            "another": b"old",
        }
        assert update(path, lambda _: "newer").other_names == 0


class TestSomebodyElseMeanwhile:
    """What happens between the first reading and the last one."""

    def update(
        self, path: Path, meddle: Callable[[], object], *, times: int = 1
    ) -> tuple[Change, list[str | None]]:
        """Add "+ours" while somebody meddles; return what the edits were given, too."""
        edits: list[str | None] = []

        def edit(text: str | None) -> str:
            edits.append(text)
            return (text or "") + "+ours"

        with meddling(lambda: meddle() if len(edits) <= times else None):
            return update(path, edit), edits

    def test_an_editor_writes_into_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("one")
        change, edits = self.update(path, lambda: path.write_text("two"))
        assert change == Change(path, "two", "two+ours")
        assert edits == ["one", "two"]
        assert everything(tmp_path) == {"settings.json": b"two+ours"}

    def test_an_editor_puts_another_one_in_its_place(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("one")

        def save() -> None:
            (tmp_path / "new").write_text("one")  # the same text, and not the same file
            (tmp_path / "new").chmod(0o600)
            (tmp_path / "new").rename(path)

        _, edits = self.update(path, save)
        assert edits == ["one", "one"]
        assert everything(tmp_path) == {"settings.json": b"one+ours"}
        assert path.stat().st_mode & 0o777 == 0o600

    def test_it_is_made(self, tmp_path: Path) -> None:
        path = tmp_path / ".claude" / "settings.json"
        change, edits = self.update(path, lambda: path.write_text("theirs"))
        assert edits == [None, "theirs"]
        assert change == Change(path, "theirs", "theirs+ours", (path.parent,))
        assert everything(tmp_path) == {".claude/settings.json": b"theirs+ours"}

    def test_its_folder_is_made_while_we_make_it(self, tmp_path: Path) -> None:
        path = tmp_path / ".claude" / "settings.json"

        faster: list[str] = []

        def be_faster(event: str, _: tuple[Any, ...]) -> None:
            if event == "os.mkdir" and not faster:
                faster.append("once")
                path.parent.mkdir()

        def work() -> None:
            sys.addaudithook(be_faster)
            assert update(path, add("{}")) == Change(path, None, "{}")

        child = forked(work)
        child.join()
        assert child.exitcode == 0
        assert path.read_text() == "{}"

    def test_it_is_deleted(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("one")
        change, edits = self.update(path, path.unlink)
        assert edits == ["one", None]
        assert change == Change(path, None, "+ours")
        assert everything(tmp_path) == {"settings.json": b"+ours"}

    def test_its_folder_is_deleted(self, tmp_path: Path) -> None:
        path = tmp_path / ".claude" / "settings.json"
        path.parent.mkdir()
        path.write_text("one")
        change, edits = self.update(path, lambda: shutil.rmtree(path.parent))
        assert edits == ["one", None]
        assert change == Change(path, None, "+ours", (path.parent,))
        assert path.read_text() == "+ours"

    def test_the_folder_that_we_made_is_deleted(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / ".claude" / "settings.json"
        change, edits = self.update(path, lambda: shutil.rmtree(tmp_path / "a"))
        assert edits == [None, None]
        assert change == Change(path, None, "+ours", (tmp_path / "a", path.parent))

    def test_its_link_is_led_elsewhere(self, tmp_path: Path) -> None:
        (tmp_path / "one").write_text("same")
        (tmp_path / "two").write_text("same")
        link = tmp_path / "settings.json"
        link.symlink_to("one")

        def lead_elsewhere() -> None:
            link.unlink()
            link.symlink_to("two")

        self.update(link, lead_elsewhere)
        assert everything(tmp_path) == {
            "settings.json": "two",
            "one": b"same",
            "two": b"same+ours",
        }

    def test_it_becomes_a_link(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("same")

        def move_to_dotfiles() -> None:
            path.rename(tmp_path / "dotfile")
            path.symlink_to("dotfile")

        self.update(path, move_to_dotfiles)
        assert everything(tmp_path) == {"settings.json": "dotfile", "dotfile": b"same+ours"}

    def test_it_becomes_what_can_t_be_settings(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("one")
        with pytest.raises(RefusedError, match="not UTF-8"):
            self.update(path, lambda: path.write_bytes(b"\xff"))
        assert everything(tmp_path) == {"settings.json": b"\xff"}

    def test_our_own_file_is_swept_by_one_that_could_not_know(self, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text("one")

        def delete() -> None:
            for left in tmp_path.glob(".settings.json.*"):
                left.unlink()

        _, edits = self.update(path, delete)
        assert edits == ["one", "one"]
        assert everything(tmp_path) == {"settings.json": b"one+ours"}

    def test_a_file_that_never_rests_is_given_up_on(self, tmp_path: Path) -> None:
        path = tmp_path / ".claude" / "settings.json"
        texts = iter("abcdefgh")
        with pytest.raises(RefusedError, match="keeps changing"):
            self.update(path, lambda: path.write_text(next(texts)), times=9)
        assert everything(tmp_path) == {".claude/settings.json": b"e"}

    def test_of_one_that_comes_and_goes_the_folder_goes_too(self, tmp_path: Path) -> None:
        path = tmp_path / ".claude" / "settings.json"
        with pytest.raises(RefusedError, match="keeps changing"):
            self.update(path, lambda: shutil.rmtree(path.parent), times=9)
        assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".claude" / "settings.json"

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with meddling(interrupt), pytest.raises(KeyboardInterrupt):
        update(path, add("{}"))
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RefusedError, match=r"No space left on device\): make room"):
        update(path, lambda _: "new")
    assert everything(tmp_path) == {"settings.json": b"old"}
    with pytest.raises(RefusedError, match="No space left"):
        update(tmp_path / ".claude" / "settings.json", lambda _: "new")
    assert everything(tmp_path) == {"settings.json": b"old"}
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_can_t_be_replaced_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    path.write_text("old")

    def busy(*_: Path) -> None:  # as for one that is mounted into a container on its own
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(os, "replace", busy)
    with pytest.raises(RefusedError, match=r"settings.json can't be written \(Device .*--dry-run"):
        update(path, lambda _: "new")
    assert everything(tmp_path) == {"settings.json": b"old"}


# --- What a file is besides its text -------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o664, 0o444, 0o2664])
def test_the_mode_is_kept(bits: int, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("old")
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


def test_its_time_is_that_of_the_writing(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("old")
    os.utime(path, (1, 1))
    update(path, lambda _: "new")
    assert path.stat().st_mtime > 1


def test_what_a_killed_run_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    left = tmp_path / ".settings.json.agent-session-hooks-0123abcd.tmp"
    left.write_text("half")
    theirs = [
        ".settings.json.agent-session-hooks-0123abcd.tmp~",
        ".settings.json.swp",
        ".settings.local.json.agent-session-hooks-0123abcd.tmp",
        "settings.json.agent-session-hooks-0123abcd.tmp",
        ".settingsxjson.agent-session-hooks-0123abcd.tmp",
    ]
    for name in theirs:
        (tmp_path / name).write_text("theirs")
    before = set(tmp_path.iterdir())
    delete_leftovers(tmp_path / "settings.json")
    assert set(tmp_path.iterdir()) == before - {left}
    delete_leftovers(tmp_path / "gone" / "settings.json")
