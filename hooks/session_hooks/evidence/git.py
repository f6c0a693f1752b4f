"""Run git through GitPython: within limits, without locks, and nothing of the repository's own."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, cached_property

from session_hooks.project.project import find_git_top, upward
from session_hooks.project.state import main_checkout
from session_hooks.util import safe_text
from session_hooks.util.lazy import TYPE_CHECKING, Value

if TYPE_CHECKING:
    from subprocess import Popen
    from typing import IO

NOT_FOUND = "git was not found"
_REFUSES = "git refuses this repository"
ANOTHER_USERS = f"{_REFUSES}: it belongs to another user"

_OF_EACH_PROCESS = ("/proc", "/dev")  # where one name leads each process to another place
_ALLOWED = (
    "GIT_CONFIG_",  # a container's safe.directory may be among these
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_TEST_",  # as another user's
)
"""Prefixes of the variables that git gets: most others, a git hook's for example, lead to another
repository, or change what a question means."""
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    # A git older than that variable fetches what a partial clone lacks, unless no transport is
    # allowed (git-config(1), "protocol.allow").
    "GIT_ALLOW_PROTOCOL": "none",
    # GitPython's import is to be content with a git that can't be run.
    "GIT_PYTHON_REFRESH": "quiet",
    "GIT_PYTHON_GIT_EXECUTABLE": os.devnull,
}
_SETTINGS = (
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.hooksPath=/dev/null",
    "color.ui=false",
    "log.showSignature=false",
    "log.showRoot=true",
    "log.follow=false",
    "diff.relative=false",
    "diff.renames=false",
    "diff.noprefix=false",
    "diff.orderFile=/dev/null",
)
"""What a repository may have set that runs a program, or that changes what git answers."""
_OVERRIDES = tuple(part for setting in _SETTINGS for part in ("-c", setting))
_RUN_BY_STATUS = r"filter\..*\.(clean|process|required)"
_ASKED_FOR = rf"^({_RUN_BY_STATUS}|core\.worktree|user\.name)$"
_COMPLAINTS = ("fatal", "error")
_OF_ANOTHER_USER = ("dubious ownership", "unsafe repository")  # since git 2.35.3, and before
_KILLED, _NO_GIT = -1000, -1001  # no exit codes: those of signals are small
_MOST_BYTES = 64 * 1024 * 1024  # of one answer: a longer one counts as late
_MOST_HISTORY = 16 * 1024 * 1024  # of a log: a thousand commits may touch fifty thousand files each
_CHUNK = 1 << 16


def repositories(folder: str) -> tuple[str, ...]:
    """Return the repositories around ``folder``; a superproject is trusted as little."""
    folder = os.path.realpath(folder)
    tops = _tops(folder)
    mains = [os.path.realpath(main_checkout(top)) for top in tops]
    around = [top for main in mains for top in _tops(main)]
    return tuple(dict.fromkeys([folder, *tops, *mains, *around]))


def _tops(folder: str) -> list[str]:
    return [one for one in upward(folder) if os.path.lexists(os.path.join(one, ".git"))]


def lies_in(path: str, folders: Collection[str]) -> bool:
    """Tell whether a path leads into one of some folders, however either is spelled."""
    same = {_identity(folder) for folder in folders}
    return any(_identity(one) in same for one in upward(os.path.realpath(path)))


def _identity(folder: str) -> object:
    try:
        status = os.stat(folder)
    except OSError:
        return folder
    return status.st_dev, status.st_ino


def is_chosen(entry: str, folders: Collection[str]) -> bool:
    """Tell whether a PATH entry is absolute, the same to each process, and not in ``folders``."""
    if not os.path.isabs(entry):  # a "~" is a name like any other
        return False
    named = "/" + os.path.normpath(entry).lstrip("/")
    if any(named == one or named.startswith(f"{one}/") for one in _OF_EACH_PROCESS):
        return False
    return not lies_in(entry, folders)


class _Result(Value):
    """How a git ended: its exit code, _KILLED or _NO_GIT, and what it printed."""

    status: int
    printed: bytes = b""
    complaint: bytes = b""


class Git:
    """The git of a working tree. None is no answer: no git, a complaint, or the time is up.

    A question may take a ``share`` of the time that is left; what was late is ``unanswered``.
    """

    def __init__(self, root: str, seconds: float) -> None:
        self._root = root
        self._end = time.monotonic() + seconds
        self._late: dict[str, None] = {}
        self._under_way: set[_Process] = set()
        self._last = _Result(0)

    @property
    def seconds_left(self) -> float:
        return self._end - time.monotonic()

    @property
    def unanswered(self) -> tuple[str, ...]:
        return tuple(self._late)

    def end(self) -> None:
        while self._under_way:
            self._under_way.pop().end()

    def ask(
        self, *command: str, what: str = "", stdin: bytes = b"", share: float = 1
    ) -> bytes | None:
        return self.start(*command, what=what, stdin=stdin, share=share)()

    def start(
        self, *command: str, what: str = "", stdin: bytes = b"", share: float = 1
    ) -> Callable[[], bytes | None]:
        """Begin to ask; what is returned waits for the answer."""
        wait = self._start(command, what, share, stdin)

        def answer() -> bytes | None:
            result = wait()
            return result.printed if result.status == 0 else None

        return answer

    def start_log(
        self, *options: str, what: str, share: float
    ) -> Callable[[], tuple[bytes, bool] | None]:
        """Begin to ask ``git log``; what is returned gives its answer, and whether that is all."""
        wait = self._start(("log", *options), what, share, most=_MOST_HISTORY)

        def answer() -> tuple[bytes, bool] | None:
            result = wait()
            is_one = result.status in (0, _KILLED)
            return (result.printed, result.status == 0) if is_one else None

        return answer

    def is_true(self, *command: str, what: str = "") -> bool | None:
        return {0: True, 1: False}.get(self._start(command, what)().status)

    def start_status(
        self, *options: str, what: str = "", share: float = 1
    ) -> Callable[[], bytes | None]:
        """Ask without programs of the repository's own; no answer where its tree is elsewhere."""
        filters_off = self._filters_off
        if filters_off is None:
            if self.seconds_left <= 0 and what:
                self._late[what] = None
            return lambda: None
        return self.start(*filters_off, "status", *options, what=what, share=share)

    @property
    def user_name(self) -> str | None:
        return (self._settings or {}).get("user.name", "").strip() or None

    @cached_property
    def _settings(self) -> dict[str, str] | None:
        found = self._start(("config", "-z", "--get-regexp", _ASKED_FOR))()
        if found.status not in (0, 1):  # 1: none of them is set
            return None
        pairs = (entry.partition("\n") for entry in os.fsdecode(found.printed).split("\0")[:-1])
        return {name: value for name, _, value in pairs}

    @cached_property
    def _environment(self) -> dict[str, str]:
        """The process's own, without what leads to another repository, or lies in this one."""
        own = repositories(self._root)
        found = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_")
            or name.startswith(_ALLOWED)
            or (name == "GIT_EXEC_PATH" and is_chosen(value, own))  # the programs that git starts
        }
        entries = found.get("PATH", os.defpath).split(os.pathsep)
        path = os.pathsep.join(one for one in entries if is_chosen(one, own))
        return found | _ENVIRONMENT | {"PATH": path or os.defpath}

    @cached_property
    def _filters_off(self) -> list[str] | None:
        """The options that turn off the filters of gitattributes(5)."""
        if self._settings is None:
            return None
        names = self._settings.keys() - {"user.name"}
        if "core.worktree" in names:
            names.remove("core.worktree")
            top = os.fsdecode(self.ask("rev-parse", "--show-toplevel") or b"").removesuffix("\n")
            if os.path.realpath(top) != find_git_top(os.path.realpath(self._root)):
                return None
        if any("=" in name for name in names):  # such a one can't be named in an option
            return None
        options = []
        for name in sorted(names):
            # A filter that is required and has no program is an error: git-lfs's is required.
            options += ["-c", f"{name}={'false' if name.endswith('.required') else ''}"]
        return options

    def refusal(self) -> str | None:
        """Say in a few words why ``start_status`` had no answer; None where it had no time."""
        if self._last.status == _NO_GIT:
            return NOT_FOUND
        lines = (line.partition(": ") for line in os.fsdecode(self._last.complaint).splitlines())
        said = next((words for kind, _, words in lines if kind in _COMPLAINTS), None)
        if self._last.status in (0, _KILLED) or said is None:
            return None
        if any(sign in said for sign in _OF_ANOTHER_USER):
            return ANOTHER_USERS
        return f"{_REFUSES}: {safe_text.quoted(said, 160)}"

    def _start(
        self,
        command: tuple[str, ...],
        what: str = "",
        share: float = 1,
        stdin: bytes = b"",
        most: int | None = None,
    ) -> Callable[[], _Result]:
        seconds = self.seconds_left * share
        end = time.monotonic() + seconds
        process, result = None, _Result(_KILLED)
        if seconds > 0:
            whole = ["git", "-C", self._root, "--no-pager", *_OVERRIDES, *command]
            try:
                process = _Process(whole, self._environment, stdin, most or _MOST_BYTES)
                self._under_way.add(process)
            except (OSError, ImportError):  # a broken GitPython must not keep documents back
                result = _Result(_NO_GIT)

        @cache
        def wait() -> _Result:
            self._last = result
            if process is not None:
                try:
                    self._last = process.result(end - time.monotonic())
                finally:
                    self._under_way.discard(process)
                    process.end()
            is_cut = most is not None and len(self._last.printed) > most
            if self._last.status == _KILLED and not is_cut and what:
                self._late[what] = None
            return self._last

        return wait


class _Process:
    """A git that was started; raises OSError where there is none that can be."""

    def __init__(
        self, command: list[str], environment: Mapping[str, str], stdin: bytes, most: int
    ) -> None:
        import threading

        with contextlib.ExitStack() as stack:
            file = None
            if stdin:
                import tempfile

                file = stack.enter_context(tempfile.TemporaryFile())
                file.write(stdin)
                file.seek(0)
            # GitPython passes on this process's environment, and can only add to it.
            stack.enter_context(_environment_for_now(environment))
            from git.cmd import Git as GitPython
            from git.exc import GitCommandNotFound

            try:
                # In a session of its own: to be killed with all that it started, and without a
                # terminal to ask on.
                started = GitPython().execute(
                    command, file, as_process=True, start_new_session=True
                )
            except GitCommandNotFound as error:
                raise FileNotFoundError from error
        self._process: Popen[bytes] = started.proc  # type: ignore[assignment]  # it runs
        started.proc = None  # this wrapper would wait for its end when it goes out of scope
        self._room = most
        self._printed: list[bytes] = []
        self._complaint = b""
        # They read on while others are waited for, and where a pipe can't be waited for in time.
        self._readers = [
            threading.Thread(target=read, daemon=True) for read in (self._read, self._read_stderr)
        ]
        for reader in self._readers:
            reader.start()

    def result(self, seconds: float) -> _Result:
        self._readers[0].join(max(seconds, 0))
        status = self._process.returncode
        if status is None:
            status = _KILLED
        elif status:
            self._readers[1].join(0.1)
        return _Result(status, b"".join(self._printed), self._complaint)

    def end(self) -> None:
        import subprocess

        process = self._process
        if process.returncode is not None:
            return
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait(0.1)

    def _read(self) -> None:
        for chunk in _chunks(self._process.stdout):
            self._printed.append(chunk)
            self._room -= len(chunk)
            if self._room < 0:
                return
        self._process.wait()

    def _read_stderr(self) -> None:
        for chunk in _chunks(self._process.stderr):
            if len(self._complaint) < _CHUNK:
                self._complaint += chunk


def _chunks(pipe: "IO[bytes] | None") -> Iterator[bytes]:
    with pipe or contextlib.nullcontext():
        while pipe and (chunk := os.read(pipe.fileno(), _CHUNK)):
            yield chunk


@contextlib.contextmanager
def _environment_for_now(wanted: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(wanted)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
