import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from session_hooks.memory import process
from session_hooks.memory.process import identity, is_alive

pytestmark = pytest.mark.skipif(identity(str(os.getpid())) is None, reason="there is no /proc")


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that lives until it is ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        yield started
        started.kill()


def identity_of(child: "subprocess.Popen[bytes]") -> str:
    found = identity(str(child.pid))
    assert found is not None
    return found


def parts(one: str) -> tuple[str, str, str, str]:
    boot, namespace, pid, started = one.split(" ")
    return boot, namespace, pid, started


def test_one_that_lives_is_told_apart_from_every_other(child: "subprocess.Popen[bytes]") -> None:
    one, own = identity_of(child), identity(str(os.getpid()))
    assert is_alive(one) is True
    assert is_alive(own) is True
    assert identity_of(child) == one != own
    boot, namespace, pid, started = parts(one)
    assert pid == str(child.pid)
    assert started.isdigit()
    assert namespace.startswith("pid:[")
    assert len(boot) == 36


def test_one_that_has_ended_is_gone(child: "subprocess.Popen[bytes]") -> None:
    one = identity_of(child)
    child.kill()
    child.wait()
    assert is_alive(one) is False
    assert identity(str(child.pid)) is None


def test_one_whose_end_nobody_has_noticed_is_gone(child: "subprocess.Popen[bytes]") -> None:
    one = identity_of(child)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert Path(f"/proc/{child.pid}/stat").read_text().split()[2] == "Z"
    assert is_alive(one) is False
    assert identity(str(child.pid)) is None


def test_one_that_is_stopped_lives(child: "subprocess.Popen[bytes]") -> None:
    one = identity_of(child)
    child.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
    assert is_alive(one) is True


def test_another_one_with_its_number_is_not_it(child: "subprocess.Popen[bytes]") -> None:
    boot, namespace, pid, started = parts(identity_of(child))
    assert is_alive(f"{boot} {namespace} {pid} {int(started) - 1}") is False


def test_a_name_with_spaces_and_parentheses_hides_nothing(tmp_path: Path) -> None:
    program = tmp_path / "a ) Z 1 (2"
    program.symlink_to("/bin/cat")
    with subprocess.Popen([program], stdin=subprocess.PIPE) as started:
        one = identity_of(started)
        assert is_alive(one) is True
        started.kill()
    assert is_alive(one) is False


def test_of_another_boot_or_namespace_nothing_is_known(child: "subprocess.Popen[bytes]") -> None:
    boot, namespace, pid, started = parts(identity_of(child))
    assert is_alive(f"{boot[::-1]} {namespace} {pid} {started}") is None
    assert is_alive(f"{boot} pid:[1] {pid} {started}") is None


@pytest.mark.parametrize(
    "pid",
    [
        None, "", " ", "-1", "+1", "0", "00", "self", "thread-self", "1.0", "1e0", "1 ", "1\n",
        "1/../self", "../proc/1", "٣", "²", "1\0", "9" * 18, "9" * 5000, "0x1", "\udce9",
    ],
)  # fmt: skip
def test_what_is_no_number_of_a_process_identifies_none(pid: str | None) -> None:
    assert identity(pid) is None


@pytest.mark.parametrize(
    "one", [None, "", " ", "   ", "1", "a b", "a b c d", "a b c d e f", "\0 \0 \0 \0", "é" * 5000]
)
def test_of_what_is_no_identity_nothing_is_known(one: str | None) -> None:
    assert is_alive(one) is None


@pytest.mark.parametrize("pid", ["self", "1/../self", "", "-1", "x", "1\0", "0", "01"])
def test_of_an_identity_without_a_number_nothing_is_known(pid: str) -> None:
    boot, namespace, _, started = parts(identity(str(os.getpid())) or "")
    assert is_alive(f"{boot} {namespace} {pid} {started}") is None


@pytest.mark.parametrize("pid", ["9" * 9, "9" * 18, "9" * 5000])
def test_a_number_that_no_process_can_have_is_nobodys(pid: str) -> None:
    boot, namespace, _, started = parts(identity(str(os.getpid())) or "")
    assert is_alive(f"{boot} {namespace} {pid} {started}") is False


class TestWhatProcShows:
    @pytest.fixture(autouse=True)
    def proc(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A /proc that shows no process but tells where this is."""
        folder = tmp_path / "proc"
        for name in ("sys/kernel/random/boot_id", "self/ns/pid"):
            (folder / name).parent.mkdir(parents=True)
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        (folder / "sys/kernel/random/boot_id").write_text(boot)
        (folder / "self/ns/pid").symlink_to(os.readlink("/proc/self/ns/pid"))
        monkeypatch.setattr(process, "_PROC", str(folder))
        return folder

    @pytest.mark.parametrize("missing", ["sys/kernel/random/boot_id", "self/ns/pid"])
    def test_where_it_cannot_be_told_where_this_is_nothing_is_known(
        self, missing: str, proc: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(process, "_PROC", "/proc")
            one = identity(str(os.getpid()))
        (proc / missing).unlink()
        assert is_alive(one) is None
        assert identity(str(os.getpid())) is None
