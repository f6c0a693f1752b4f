"""Questions to git: bounded in time, and nothing of the repository's own is run or locked."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from typing import Any

from session_hooks.roots import find_git_top

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
_RUN_BY_STATUS = r"^(filter\..*\.(clean|process|required)|core\.worktree)$"
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
        self._late: list[str] = []
        self._filters_off: tuple[str, ...] | None = None

    @property
    def seconds_left(self) -> float:
        """How long questions may still take."""
        return self._end - time.monotonic()

    @property
    def unanswered(self) -> tuple[str, ...]:
        """What there was no time for, as ``ask`` called it."""
        return tuple(dict.fromkeys(self._late))

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
        status, answer = self._run(command, stdin, what, share)
        return answer if status == 0 or status in also else None

    def ask_newest(
        self, *command: str, what: str, share: float, most: int
    ) -> tuple[bytes, bool] | None:
        """Return what ``git log`` answers, and whether that is all of it; None as above.

        It ends in the midst of a commit where it is longer than ``most`` bytes, or where the time
        is up.
        """
        status, answer = self._run(command, b"", what, share, most)
        return None if status not in (0, _KILLED) else (answer, status == 0)

    def is_true(self, *command: str, what: str = "") -> bool | None:
        """Tell whether a command that answers by its exit code says yes; None as above."""
        status, _ = self._run(command, b"", what, 1)
        return {0: True, 1: False}.get(status)

    def status(self, *options: str, what: str = "", share: float = 1) -> bytes | None:
        """Return what ``git status`` answers, without the programs that it would run on files.

        None as above, and where the repository has its working tree elsewhere.
        """
        if self._filters_off is None:
            self._filters_off = self._without_filters()
        if self._filters_off is None:
            return None
        return self.ask(*self._filters_off, "status", *options, what=what, share=share)

    def _without_filters(self) -> tuple[str, ...] | None:
        """Return the options that turn off the filters of gitattributes(5)."""
        answer = self.ask(
            "config", "-z", "--name-only", "--get-regexp", _RUN_BY_STATUS,
            also=(1,),  # none is configured
        )  # fmt: skip
        if answer is None:
            return None
        names = set(os.fsdecode(answer).split("\0")) - {""}
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

    def _run(
        self,
        command: tuple[str, ...],
        stdin: bytes,
        what: str,
        share: float,
        most: int | None = None,
    ) -> tuple[int, bytes]:
        """Return the exit code, _NO_GIT or _KILLED where there is none, and what was printed."""
        seconds = self.seconds_left * share
        status, answer = _KILLED, b""
        if seconds > 0:
            try:
                status, answer = self._execute(command, stdin, seconds, most or _MOST_BYTES)
            except OSError:
                return _NO_GIT, b""
        is_cut = most is not None and len(answer) > most
        if status == _KILLED and not is_cut and what:
            self._late.append(what)
        return status, answer

    def _execute(
        self, command: tuple[str, ...], stdin: bytes, seconds: float, most: int
    ) -> tuple[int, bytes]:
        git = _library()
        with contextlib.ExitStack() as stack:
            file = None
            if stdin:
                import tempfile  # 7 ms, and hardly a question needs it

                file = stack.enter_context(tempfile.TemporaryFile())
                file.write(stdin)
                file.seek(0)
            try:
                started = git.Git(self._root).execute(
                    # GitPython asks elsewhere where the folder can't be entered.
                    ["git", "-C", self._root, "--no-pager", *_OVERRIDES, *command],
                    istream=file,
                    as_process=True,
                    env=_ENVIRONMENT,
                    # To be killed with all that it started; and without a terminal to ask on.
                    start_new_session=True,
                )
            except git.GitCommandNotFound as error:
                raise OSError("there is no git") from error
        # GitPython's own limit reads whatever is printed meanwhile into memory, and runs pgrep.
        process, started.proc = started.proc, None
        return _result(process, seconds, most)


def _result(process: Any, seconds: float, most: int) -> tuple[int, bytes]:
    """Return the exit code and the output of a process.

    One that takes too long, or prints more than ``most`` bytes, is killed.
    """
    import threading  # GitPython has it

    printed: list[bytes] = []

    def read() -> None:
        room = most
        with process.stdout as pipe:
            while room >= 0 and (chunk := os.read(pipe.fileno(), _CHUNK)):
                printed.append(chunk)
                room -= len(chunk)
        if room >= 0:
            process.wait()

    def forget() -> None:
        with process.stderr as pipe:
            while os.read(pipe.fileno(), _CHUNK):
                pass

    reader, other = (threading.Thread(target=one, daemon=True) for one in (read, forget))
    try:
        other.start()
        reader.start()
        reader.join(seconds)
    finally:
        status = process.returncode
        if status is None:
            _kill(process)
    return _KILLED if status is None else status, b"".join(printed)


def _kill(process: Any) -> None:
    import subprocess

    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait(0.1)


def _library() -> Any:
    """Return GitPython; raises OSError where there is no git that it can use."""
    # GitPython refuses to be imported where git is missing, unless it is told before; and what the
    # environment says of another repository it would pass on.
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"
    for name in _OTHERS:
        os.environ.pop(name, None)
    # What a relative one leads to is the repository's own.
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    absolute = [folder for folder in folders if os.path.isabs(folder)]
    os.environ["PATH"] = os.pathsep.join(absolute) or os.defpath
    try:
        import git  # 70 ms
    except (ImportError, ValueError, IndexError) as error:  # what answers is not git
        raise OSError(f"git can't be used: {error}") from error
    return git
