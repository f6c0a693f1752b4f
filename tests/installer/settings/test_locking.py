import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers import STRESS, forked, in_processes
from session_hooks_installer.common import RefusedError
from session_hooks_installer.settings.file import LOCK, hold_lock


def hold(folder: Path, told: Path, seconds: float = 30) -> None:
    with hold_lock([str(folder)]):
        told.touch()
        time.sleep(seconds)


def wait_for(path: Path) -> None:
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_at_a_time_holds_it(tmp_path: Path) -> None:
    number = tmp_path / "number"
    number.write_text("0")

    def count(_: int) -> None:
        for _ in range(25 if STRESS else 5):
            with hold_lock([str(tmp_path / "state")]) as is_alone:
                assert is_alone
                number.write_text(str(int(number.read_text()) + 1))

    in_processes(count, 8)
    assert number.read_text() == str(8 * (25 if STRESS else 5))


def test_one_that_is_held_for_too_long_is_named(tmp_path: Path) -> None:
    child = forked(lambda: hold(tmp_path / "state", tmp_path / "held"))
    try:
        wait_for(tmp_path / "held")
        began = time.monotonic()
        with pytest.raises(RefusedError) as refused, hold_lock([str(tmp_path / "state")], 0.3):
            pass
        assert 0.3 <= time.monotonic() - began < 5
        lock = tmp_path / "state" / LOCK
        assert f"another install-hooks holds {lock}: wait for it" in str(refused.value)
    finally:
        child.kill()
        child.join()
    with hold_lock([str(tmp_path / "state")], 0) as is_alone:  # the dead hold nothing
        assert is_alone


def test_it_is_waited_for(tmp_path: Path) -> None:
    child = forked(lambda: hold(tmp_path / "state", tmp_path / "held", 0.3))
    wait_for(tmp_path / "held")
    with hold_lock([str(tmp_path / "state")]) as is_alone:
        assert is_alone
    child.join()


def test_it_is_given_back_after_a_failure(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(OSError, match="theirs"), hold_lock([str(tmp_path)], 0):
            raise OSError(5, "theirs")


def test_folder_and_file_are_for_their_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with hold_lock([str(state)]):
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert stat.S_IMODE((state / LOCK).stat().st_mode) == 0o600
    assert [path.name for path in state.iterdir()] == [LOCK]


def test_the_first_folder_that_takes_it_has_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    closed, second, third = (str(tmp_path / name) for name in ("file/state", "second", "third"))
    with hold_lock([closed, second, third]) as is_alone:
        assert is_alone
        assert (tmp_path / "second" / LOCK).exists()
    assert not (tmp_path / "third").exists()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_where_none_takes_it_nobody_is_kept_out(count: int, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with hold_lock([str(tmp_path / "file" / "state")] * count) as is_alone:
        assert not is_alone


@pytest.mark.parametrize("kind", ["link", "dangling", "fifo", "folder"])
def test_it_is_never_taken_through_anything_but_a_file(kind: str, tmp_path: Path) -> None:
    state, outside = tmp_path / "state", tmp_path / "outside"
    state.mkdir()
    if kind == "fifo":
        os.mkfifo(state / LOCK)
    elif kind == "folder":
        (state / LOCK).mkdir()
    else:
        (state / LOCK).symlink_to(outside)
        if kind == "link":
            outside.write_text("theirs")
            outside.chmod(0o644)
    with hold_lock([str(state)], 1) as is_alone:
        assert not is_alone
    assert outside.exists() == (kind == "link")
    if kind == "link":
        assert (outside.read_text(), outside.stat().st_mode & 0o777) == ("theirs", 0o644)


def test_what_does_not_lock_does_not_load_the_library() -> None:
    program = "import sys, session_hooks_installer.cli; sys.exit('filelock' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
