"""Questions to git: bounded in time, and nothing of the repository's own is run or locked."""

import contextlib
import os
import time
from collections.abc import Iterable
from typing import Any

_OTHER_REPOSITORY = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_EXTERNAL_DIFF",
)
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
)
"""What a repository may have set that runs a program, or that changes what git answers."""
_NO_ANSWER = (-1, b"")
_OVERRIDES = tuple(part for setting in _SETTINGS for part in ("-c", setting))


class Git:
    """The git of one working tree, asked for at most some seconds altogether."""

    def __init__(self, root: str, seconds: float) -> None:
        """Ask in the folder ``root``; the time for all questions runs from now on."""
        self._root = root
        self._end = time.monotonic() + seconds
        self._late: list[str] = []

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

    def is_true(self, *command: str, what: str = "") -> bool | None:
        """Tell whether a command that answers by its exit code says yes; None as above."""
        status, _ = self._run(command, b"", what, 1)
        return {0: True, 1: False}.get(status)

    def _run(
        self, command: tuple[str, ...], stdin: bytes, what: str, share: float
    ) -> tuple[int, bytes]:
        """Return the exit code and the output, _NO_ANSWER where there is none."""
        seconds = self.seconds_left * share
        end = time.monotonic() + seconds
        try:
            done = self._execute(command, stdin, seconds) if seconds > 0 else _NO_ANSWER
        except OSError:
            return _NO_ANSWER
        if time.monotonic() < end:
            return done
        self._late += [what] if what else []
        return _NO_ANSWER

    def _execute(self, command: tuple[str, ...], stdin: bytes, seconds: float) -> tuple[int, bytes]:
        git = _library()
        with contextlib.ExitStack() as stack:
            file = None
            if stdin:
                import tempfile  # 7 ms, and hardly a question needs it

                file = stack.enter_context(tempfile.TemporaryFile())
                file.write(stdin)
                file.seek(0)
            try:
                status, answer, _ = git.Git(self._root).execute(
                    ["git", "--no-pager", *_OVERRIDES, *command],
                    istream=file,
                    with_extended_output=True,
                    with_exceptions=False,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    kill_after_timeout=seconds if os.name == "posix" else None,
                    env=_ENVIRONMENT,
                )
            except git.GitCommandNotFound:
                return _NO_ANSWER
        return status, answer


def _library() -> Any:
    """Return GitPython; raises OSError where there is no git that it can use."""
    # GitPython refuses to be imported where git is missing, unless it is told before; and what a
    # git hook's environment says of another repository it would pass on.
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"
    for name in _OTHER_REPOSITORY:
        os.environ.pop(name, None)
    try:
        import git  # 70 ms
    except (ImportError, ValueError, IndexError) as error:  # what answers is not git
        raise OSError(f"git can't be used: {error}") from error
    return git
