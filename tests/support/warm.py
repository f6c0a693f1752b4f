"""Programs started warm: a process that has imported all of them forks one for each run.

Importing is most of what a short run costs. A program so started has a process of its own, with its
own environment, folder and streams; what starts it as the shell does is ``helpers.start``.
"""

import contextlib
import ctypes
import gc
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from typing import NoReturn

_ENTRIES = {
    one.name: one
    for one in distribution("agent-session-hooks").entry_points
    if one.group == "console_scripts"
}
_PACKAGES = (
    *("session_hooks", "session_hooks_installer", "filelock", "frontmatter", "git", "yaml"),
    *("rich.console", "rich.markup", "rich.table"),
    *("email.parser", "filelock._filesystem", "filelock._native", "rich._emoji_codes"),
    *("rich._export_format", "rich._fileno", "rich._null_file"),
)
"""What programs import where they need it, and what that in turn imports so."""
_MOST = 1 << 15
"""Bytes of an input that a pipe takes without anybody reading."""


def can_run(program: str, data: bytes, env: Mapping[str, str]) -> bool:
    """Tell whether a run differs from a cold one in nothing but its time.

    What the interpreter itself looks at when it starts has been looked at.
    """
    is_plain = env.get("LANG") == "C.UTF-8" and not any(
        name.startswith(("PYTHON", "LC_", "LD_", "TZ")) for name in env
    )
    return hasattr(os, "pidfd_open") and program in _ENTRIES and is_plain and len(data) <= _MOST


def run(
    program: Path,
    arguments: tuple[str, ...],
    data: bytes | None,
    env: Mapping[str, str],
    cwd: Path | None,
    seconds: float | None,
    *,
    is_bound: bool = False,
) -> "subprocess.CompletedProcess[bytes]":
    """Run a program, as ``subprocess.run`` would; no ``data`` is no standard input.

    One that is bound is bound by the modes of files, for root too.
    """
    with contextlib.ExitStack() as opened:
        out, err = (opened.enter_context(tempfile.TemporaryFile()) for _ in range(2))
        if data is None:
            stdin = os.open(os.devnull, os.O_RDONLY)
        else:
            stdin, end = os.pipe()
            os.write(end, data)
            os.close(end)
        opened.callback(os.close, stdin)
        asked = ["bound" * is_bound, str(program), str(cwd or Path.cwd())]
        asked += [str(len(arguments)), *arguments]
        asked += [part for pair in env.items() for part in pair]
        connection = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        connection.settimeout(seconds)
        connection.connect(_server())
        socket.send_fds(connection, [b"\0"], [stdin, out.fileno(), err.fileno()])
        connection.sendall("\0".join(asked).encode("utf-8", "surrogateescape"))
        try:
            code = int(connection.recv(32))
        except TimeoutError:
            raise subprocess.TimeoutExpired([program, *arguments], seconds or 0) from None
        printed = []
        for file in (out, err):
            file.seek(0)
            printed.append(file.read())
        return subprocess.CompletedProcess([program, *arguments], code, *printed)


@cache
def _server() -> str:
    """Start the process once, and return its address; it ends with this one."""
    address = os.path.join(tempfile.mkdtemp(prefix="warm-"), "socket")
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, address],
        env=environment | {"GIT_PYTHON_REFRESH": "quiet", "GIT_PYTHON_GIT_EXECUTABLE": os.devnull},
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    _STARTED.append(process)
    return address


_STARTED: "list[subprocess.Popen[bytes]]" = []


def stop() -> None:
    """End the process, if there is one."""
    while _STARTED:
        process = _STARTED.pop()
        process.communicate()
        _server.cache_clear()


def _serve(address: str) -> None:
    """Fork a program for each connection, until standard input ends."""
    _import_all()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(address)
    listening.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    running = set()
    with selectors.DefaultSelector() as ready:
        ready.register(0, selectors.EVENT_READ, None)
        ready.register(listening, selectors.EVENT_READ, None)
        while True:
            for key, _ in ready.select():
                if key.fileobj == 0:
                    os.unlink(address)
                    os.rmdir(os.path.dirname(address))
                    return
                if key.fileobj is listening:
                    connection = listening.accept()[0]
                    _, descriptors, _, _ = socket.recv_fds(connection, 1, 3)
                    asked = os.fsdecode(connection.recv(1 << 20)).split("\0")
                    pid = os.fork()
                    if not pid:
                        connection.close()
                        listening.close()
                        ready.close()
                        _become(asked, descriptors)
                    for descriptor in descriptors:
                        os.close(descriptor)
                    watched = os.pidfd_open(pid)
                    running.add(pid)
                    ready.register(watched, selectors.EVENT_READ, (pid, connection, watched))
                    ready.register(connection, selectors.EVENT_READ, (pid, connection, watched))
                    continue
                pid, connection, watched = key.data
                if pid not in running:  # it ended, and its caller too
                    continue
                running.remove(pid)
                if key.fileobj is connection:  # nobody waits for it any more
                    os.kill(pid, signal.SIGKILL)
                status = os.waitpid(pid, 0)[1]
                ready.unregister(watched)
                ready.unregister(connection)
                os.close(watched)
                with contextlib.suppress(OSError):
                    connection.sendall(b"%d" % os.waitstatus_to_exitcode(status))
                connection.close()


def _import_all() -> None:
    for name in _PACKAGES:
        package = import_module(name)
        if not name.startswith("session_hooks"):
            continue
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            for value in vars(import_module(found.name)).copy().values():
                getattr(value, "fullmatch", None)  # has an expression compiled
    gc.collect()
    gc.freeze()


_OVERRIDES_MODES = (1, 2)
"""capabilities(7): CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, for which modes are nothing."""


def be_bound_by_modes() -> None:
    """Have the modes of files count for this process, which is root's, and all that it starts."""
    libc = ctypes.CDLL(None)
    for capability in _OVERRIDES_MODES:
        assert libc.prctl(24, capability, 0, 0, 0) == 0  # PR_CAPBSET_DROP: from the next exec on
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then their upper halves
    assert libc.capget(header, sets) == 0
    for capability in _OVERRIDES_MODES:
        for number in range(3):
            sets[number] &= ~(1 << capability)
    assert libc.capset(header, sets) == 0


def _become(asked: list[str], descriptors: list[int]) -> NoReturn:
    """Be the program, with the folder, arguments and environment asked for."""
    is_bound, program, cwd, count = asked[:4]
    arguments, names = asked[4 : 4 + int(count)], asked[4 + int(count) :]
    if is_bound and not os.geteuid():
        be_bound_by_modes()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(zip(names[::2], names[1::2], strict=True))
    sys.argv = [program, *arguments]
    sys.path[:0] = [os.path.dirname(program)]
    code: object = 1
    try:
        code = _ENTRIES[os.path.basename(program)].load()()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001  as the interpreter does
        traceback.print_exc()
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    # The interpreter's own end takes apart all that was imported.
    os._exit(code if isinstance(code, int) else bool(code))


if __name__ == "__main__":
    _serve(sys.argv[1])
