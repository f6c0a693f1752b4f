"""Questions to git: bounded in time, and nothing of the repository's own is run or locked.

Not through GitPython: its import takes eight times as long as an interpreter's start, two runs of
``git version`` included, and what it would be used for is to start a process. Several questions
may be under way at once; who asks them reads the answers in the order that they are needed.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable

from session_hooks import plain
from session_hooks.roots import find_git_top
from session_hooks.search_path import chosen, is_chosen, repositories

_OTHERS = (
    # Another repository, or another view of this one: as "git rev-parse --local-env-vars", but for
    # settings, among which a container's safe.directory may be.
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_CONFIG",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_PREFIX",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_ATTR_SOURCE",
    # What changes the meaning of a question.
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_DIFF_OPTS",
    "GIT_EXTERNAL_DIFF",
)
"""What a git hook's, or anybody's, environment must not say to the questions of this package."""
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    # A git older than that variable fetches what a partial clone lacks, unless no transport is
    # allowed (git-config(1), "protocol.allow").
    "GIT_ALLOW_PROTOCOL": "none",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}
_PROGRAMS = "GIT_EXEC_PATH"
"""Where git has the programs that it starts."""
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
_RUN_BY_STATUS = r"filter\..*\.(clean|process|required)"
_ASKED_FOR = rf"^({_RUN_BY_STATUS}|core\.worktree|user\.name)$"
"""What is asked of the configuration, all of it at once."""
NOT_FOUND = "git was not found"
_REFUSES = "git refuses this repository"
ANOTHER_USERS = f"{_REFUSES}: it belongs to another user"
_COMPLAINTS = ("fatal", "error")
"""What a line of git's begins with that says why it does nothing."""
_OF_ANOTHER_USER = ("dubious ownership", "unsafe repository")
"""What git says since 2.35.3, and what it said before (git-config(1), "safe.directory")."""
_MOST_SAID = 160
_KILLED, _NO_GIT = -1000, -1001
"""No exit codes: those of signals are small."""
_MOST_BYTES = 64 * 1024 * 1024
"""Of one answer: what is longer counts as one that there was no time for."""
_CHUNK = 1 << 16
_OVERRIDES = tuple(part for setting in _SETTINGS for part in ("-c", setting))


class Git:
    """The git of one working tree, asked for at most some seconds altogether."""

    def __init__(self, root: str, seconds: float) -> None:
        """Ask in the folder ``root``; the time for all questions runs from now on."""
        self._root = root
        self._end = time.monotonic() + seconds
        self._environment: dict[str, str] | None = None
        self._late: list[str] = []
        self._under_way: set[_Process] = set()
        self._settings: Callable[[], bytes | None] | None = None
        self._filters_off: tuple[str, ...] | None = None

    @property
    def seconds_left(self) -> float:
        """How long questions may still take."""
        return self._end - time.monotonic()

    @property
    def unanswered(self) -> tuple[str, ...]:
        """What there was no time for, as ``ask`` called it."""
        return tuple(dict.fromkeys(self._late))

    def end(self) -> None:
        """End what is still under way, and of which nobody waits for the answer any more."""
        for process in tuple(self._under_way):
            self._forget(process)

    def ask(
        self,
        *command: str,
        what: str = "",
        stdin: bytes = b"",
        also: Iterable[int] = (),
        share: float = 1,
    ) -> bytes | None:
        """Return what ``git`` answers to a command; None where it has no answer.

        That is without a git, for a repository that it refuses, for any complaint of its own but
        the exit codes in ``also``, and when the time is up: then ``what`` is unanswered. It may
        take a ``share`` of the time that is left.
        """
        return self.start(*command, what=what, stdin=stdin, also=also, share=share)()

    def start(
        self,
        *command: str,
        what: str = "",
        stdin: bytes = b"",
        also: Iterable[int] = (),
        share: float = 1,
    ) -> Callable[[], bytes | None]:
        """Begin to ask; what is returned waits for the answer, as ``ask`` gives it."""
        wait = self._start(command, stdin, what, share)

        def answer() -> bytes | None:
            status, printed = wait()
            return printed if status == 0 or status in also else None

        return answer

    def start_newest(
        self, *command: str, what: str, share: float, most: int
    ) -> Callable[[], tuple[bytes, bool] | None]:
        """Begin to ask ``git log``; what is returned gives its answer, and whether that is all.

        None as above. It ends in the midst of a commit where it is longer than ``most`` bytes, or
        where the time is up.
        """
        wait = self._start(command, b"", what, share, most)

        def answer() -> tuple[bytes, bool] | None:
            status, printed = wait()
            return None if status not in (0, _KILLED) else (printed, status == 0)

        return answer

    def is_true(self, *command: str, what: str = "") -> bool | None:
        """Tell whether a command that answers by its exit code says yes; None as above."""
        status, _ = self._start(command, b"", what, 1)()
        return {0: True, 1: False}.get(status)

    def start_status(
        self, *options: str, what: str = "", share: float = 1
    ) -> Callable[[], bytes | None]:
        """Begin to ask ``git status``, without the programs that it would run on files.

        None as above, and where the repository has its working tree elsewhere.
        """
        if self._filters_off is None:
            self._filters_off = self._without_filters()
        if self._filters_off is None:
            if self.seconds_left <= 0 and what:
                self._late.append(what)
            return lambda: None
        return self.start(*self._filters_off, "status", *options, what=what, share=share)

    def start_settings(self) -> Callable[[], bytes | None]:
        """Begin to ask for the configuration, once; ``setting`` and ``start_status`` need it."""
        if self._settings is None:
            self._settings = self.start(
                "config", "-z", "--get-regexp", _ASKED_FOR,
                also=(1,),  # none is configured
            )  # fmt: skip
        return self._settings

    def setting(self, name: str) -> str | None:
        """Return a value of the configuration, of those in _ASKED_FOR; None where it has none."""
        return dict(self._configured() or ()).get(name)

    def _configured(self) -> list[tuple[str, str]] | None:
        """Return the names and values that are configured, the one that counts last."""
        answer = self.start_settings()()
        if answer is None:
            return None
        pairs = (entry.partition("\n") for entry in os.fsdecode(answer).split("\0")[:-1])
        return [(name, value) for name, _, value in pairs]

    def _without_filters(self) -> tuple[str, ...] | None:
        """Return the options that turn off the filters of gitattributes(5)."""
        configured = self._configured()
        if configured is None:
            return None
        names = {name for name, _ in configured} - {"user.name"}
        if "core.worktree" in names:
            names.remove("core.worktree")
            top = os.fsdecode(self.ask("rev-parse", "--show-toplevel") or b"").removesuffix("\n")
            if os.path.realpath(top) != find_git_top(os.path.realpath(self._root)):
                return None
        if any("=" in name for name in names):  # such a one can't be named in an option
            return None
        # A filter that is required and has no program is an error: git-lfs's is required.
        values = ((name, "false" if name.endswith(".required") else "") for name in sorted(names))
        return tuple(part for name, value in values for part in ("-c", f"{name}={value}"))

    def refusal(self) -> str | None:
        """Say in a few words why git tells nothing here; None where it does, or had no time.

        To be asked once ``start_status`` had no answer.
        """
        if self._filters_off is None:
            command: tuple[str, ...] = ("rev-parse", "--git-dir")
        else:
            command = (*self._filters_off, "status", "--porcelain", "--untracked-files=no")
        status, printed = self._start(command, b"", "", 1, is_complaint=True)()
        if status == _NO_GIT:
            return NOT_FOUND
        lines = (line.partition(": ") for line in os.fsdecode(printed).splitlines())
        said = next((words for kind, _, words in lines if kind in _COMPLAINTS), None)
        if status in (0, _KILLED) or said is None:
            return None
        if any(sign in said for sign in _OF_ANOTHER_USER):
            return ANOTHER_USERS
        return f"{_REFUSES}: {plain.quoted(said, _MOST_SAID)}"

    def _start(
        self,
        command: tuple[str, ...],
        stdin: bytes,
        what: str,
        share: float,
        most: int | None = None,
        *,
        is_complaint: bool = False,
    ) -> "Callable[[], tuple[int, bytes]]":
        """Begin to ask; what is returned waits for the exit code and for what was printed.

        The code is _NO_GIT or _KILLED where there is none.
        """
        end = time.monotonic() + self.seconds_left * share
        process: _Process | None = None
        if self.seconds_left * share > 0:
            try:
                if self._environment is None:
                    self._environment = _environment(self._root)
                process = _Process(
                    self._root,
                    self._environment,
                    command,
                    stdin,
                    most or _MOST_BYTES,
                    is_complaint=is_complaint,
                )
            except OSError:
                return lambda: (_NO_GIT, b"")
            self._under_way.add(process)
        known: list[tuple[int, bytes]] = []

        def wait() -> tuple[int, bytes]:
            if not known:
                status, answer = _KILLED, b""
                if process is not None:
                    try:
                        status, answer = process.result(end - time.monotonic())
                    finally:
                        self._forget(process)
                is_cut = most is not None and len(answer) > most
                if status == _KILLED and not is_cut and what:
                    self._late.append(what)
                known.append((status, answer))
            return known[0]

        return wait

    def _forget(self, process: "_Process") -> None:
        self._under_way.discard(process)
        process.end()


class _Process:
    """A git that was started; raises OSError where there is none that can be."""

    def __init__(
        self,
        root: str,
        environment: dict[str, str],
        command: tuple[str, ...],
        stdin: bytes,
        most: int,
        *,
        is_complaint: bool,
    ) -> None:
        # Here, since who asks nothing need not wait for it: 3 ms.
        import subprocess
        import threading

        with contextlib.ExitStack() as stack:
            file = None
            if stdin:
                import tempfile  # 3 ms, and hardly a question needs it

                file = stack.enter_context(tempfile.TemporaryFile())
                file.write(stdin)
                file.seek(0)
            process = subprocess.Popen(
                ["git", "-C", root, "--no-pager", *_OVERRIDES, *command],  # noqa: S607  _environment
                stdin=file or subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if is_complaint else subprocess.DEVNULL,
                env=environment,
                # To be killed with all that it started; and without a terminal to ask on.
                start_new_session=True,
            )
        self._process = process
        self._room = most
        self._printed: list[bytes] = []
        # It reads on while others are waited for, and where a pipe can't be waited for in time.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def result(self, seconds: float) -> tuple[int, bytes]:
        """Return the exit code and the output.

        One that takes longer, or printed more than it may, has no exit code and is to be ended.
        """
        self._reader.join(max(seconds, 0))
        status = self._process.returncode
        return _KILLED if status is None else status, b"".join(self._printed)

    def end(self) -> None:
        """Kill it with all that it started, if it is still there."""
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
        with self._process.stdout or contextlib.nullcontext() as pipe:
            while pipe and self._room >= 0 and (chunk := os.read(pipe.fileno(), _CHUNK)):
                self._printed.append(chunk)
                self._room -= len(chunk)
        if self._room >= 0:
            self._process.wait()


def _environment(root: str) -> dict[str, str]:
    """Return the environment without what it says of another repository, or has of this one."""
    own = repositories(root)
    found = {name: value for name, value in os.environ.items() if name not in _OTHERS}
    if not is_chosen(found.get(_PROGRAMS, ""), own):
        found.pop(_PROGRAMS, None)
    return found | _ENVIRONMENT | {"PATH": chosen(found.get("PATH", os.defpath), own)}
