"""Read, lock and atomically replace a settings file."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from session_hooks.agents.agent import Agent
from session_hooks.util.safe_text import path as shown
from session_hooks_installer.common import RefusedError, point_at, project_root
from session_hooks_installer.settings.handlers import CLAUDE, Scope

LOCK = "install.lock"
MARK = "agent-session-hooks"
MAX_BYTES = 10 * 1024 * 1024
_TRIES = 5
_READING = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO that was put there meanwhile is not waited for
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


class Change(NamedTuple):
    path: Path
    before: str | None  # None where there was no file
    after: str | None
    made: tuple[Path, ...] = ()  # the folders that were made for it, outermost first
    other_names: int = 0  # hard links, which still hold the text of before


def locate(scope: Scope, repo: Path, environ: Mapping[str, str], agent: Agent = CLAUDE) -> Path:
    """Return the settings file of a scope.

    Raises RefusedError where it would be the user's or another project's, without a home, and for
    a scope that the agent doesn't have.
    """
    users = user_settings(environ, agent)
    if scope is Scope.USER:
        if users is None:
            names = " or ".join(filter(None, ("HOME", agent.home_variable)))
            raise RefusedError(f"there is no home folder: set {names} to a whole path, without a ~")
        return users
    if scope is Scope.LOCAL and not agent.local_file:
        raise RefusedError(f"{agent.title} has no local settings: --scope project, or user")
    top = project_root(repo)
    path = top / (agent.project_file if scope is Scope.PROJECT else agent.local_file)
    folder = path.parent
    if (mine := home(environ)) and _is_same(top, mine):
        is_inside = not _is_same(repo, mine)
        way_out = f"git init in {os.path.realpath(repo)}" if is_inside else "go into a project"
        raise RefusedError(
            f"{top} is your home folder, and its {agent.project_file} is for all projects.\n"
            f"To install for one: {way_out}, or name one with --repo. For all: --scope user"
        )
    leads_to = Path(os.path.realpath(folder))
    if users and _is_same(folder, users.parent):
        link = f"a link to {leads_to}, " if os.path.islink(folder) else ""
        raise RefusedError(
            f"{folder} is {link}the folder of your own settings, which are for all projects.\n"
            "Go into another project, name one with --repo, or mean it: --scope user"
        )
    if not leads_to.is_relative_to(top):
        way_out = "For you in all projects: --scope user"
        if leads_to.name == folder.name and folder.parent == top:
            way_out = f"If that one is meant: install-hooks --repo {leads_to.parent}"
        raise RefusedError(
            f"{folder} is a link to {leads_to}, outside the project: more than this project may "
            f"use what is there.\n{way_out}, or put a folder in the place of the link."
        )
    if users and os.path.islink(path) and _is_same(path, users):
        raise RefusedError(
            f"{path} is a link to your own settings, which are for all projects.\n"
            "Put a file in the place of the link, or mean it: --scope user"
        )
    return path


def user_settings(environ: Mapping[str, str], agent: Agent = CLAUDE) -> Path | None:
    """None without a home, and where a quoted ``~/x`` would be another in each folder."""
    mine = home(environ)
    folder = environ.get(agent.home_variable) or (mine and mine / agent.home)
    return Path(folder) / agent.user_file if folder and os.path.isabs(folder) else None


def home(environ: Mapping[str, str]) -> Path | None:
    """Return the home folder, links resolved; None where the environment names no whole path."""
    # Containers have users without a line in the table of users: for them this stays a "~".
    folder = environ.get("HOME") or os.path.expanduser("~")
    return Path(os.path.realpath(folder)) if os.path.isabs(folder) else None


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


class _Snapshot(NamedTuple):
    """A file at one moment; equal to another snapshot if nobody touched the file in between."""

    real: Path
    data: bytes | None = None
    identity: tuple[int, ...] = ()  # an editor may put another file there, with the same text
    names: int = 1


def read(path: Path) -> str | None:
    """None if there is no file. Raises RefusedError; nothing but a regular file is ever opened."""
    return _decode(path, _snapshot(path).data)


def read_bytes(path: Path) -> bytes | None:
    return _snapshot(path).data


def _snapshot(path: Path) -> _Snapshot:
    real = Path(os.path.realpath(path))
    try:
        _require_file(path, real.stat())
        fd = os.open(real, _READING)
        with open(fd, "rb") as file:
            status = os.fstat(fd)
            _require_file(path, status)  # it may be another one by now
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        _refuse_broken_link(path)
        return _Snapshot(real)
    except NotADirectoryError as error:
        folder = next((one for one in path.parents if os.path.exists(one)), path.parent)
        raise RefusedError(f"{folder} is a file, and has to be a folder: move it") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            _refuse_broken_link(path)
        raise _refusal(f"{_named(path)} can't be read", error) from error
    if len(data) > MAX_BYTES:
        what = "is larger than 10 MB: these can't be settings. Move it away"
        raise RefusedError(f"{_named(path)} {what}")
    return _Snapshot(real, data, (status.st_dev, status.st_ino, status.st_mode), status.st_nlink)


def _require_file(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a FIFO, a socket or a device"
        raise RefusedError(f"{_named(path)} is {kind}, and has to be a file: move it away")


def _refuse_broken_link(path: Path) -> None:
    for name in [*reversed(path.parents), path]:
        if os.path.islink(name) and not os.path.exists(name):
            raise RefusedError(
                f"{name} is a link to {name.readlink()}, which does not exist, or leads in a "
                "circle: mend the link"
            )


def _named(path: Path) -> str:
    return f"{path} (a link to {os.path.realpath(path)})" if os.path.islink(path) else str(path)


def _decode(path: Path, data: bytes | None) -> str | None:
    if data is None:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        begin = data.rfind(b"\n", 0, error.start) + 1
        end = data.find(b"\n", begin)
        line = data[begin : end if end >= 0 else None].removesuffix(b"\r")
        before = data[begin : error.start].decode("utf-8-sig")  # the mark has no column
        source = line.decode("utf-8-sig", "backslashreplace")
        bytes_ = data[error.start : error.end].hex(" ")
        message = f"not UTF-8 ({bytes_}): save it as UTF-8"
        number = data.count(b"\n", 0, begin) + 1
        raise RefusedError(point_at(path, number, len(before) + 1, message, source)) from error


Edit = Callable[[str | None], str | None]
"""From text to text; None for no file."""


def preview(path: Path, edit: Edit) -> Change:
    """Return what ``update`` would do, as far as can be seen. Raises RefusedError."""
    seen = _snapshot(path)
    before = _decode(path, seen.data)
    missing = [one for one in reversed(seen.real.parents) if not os.path.lexists(one)]
    return Change(path, before, edit(before), tuple(missing))


def update(path: Path, edit: Edit) -> Change:
    """Apply ``edit`` to a settings file atomically.

    Right before the change the file is read once more, and what somebody wrote meanwhile is edited
    anew. A save between that reading and the replacement is lost; no file system closes that gap.
    Raises RefusedError.
    """
    made: list[Path] = []
    try:
        for _ in range(_TRIES):
            seen = _snapshot(path)
            before = _decode(path, seen.data)
            after = edit(before)
            if after == before:
                return Change(path, before, after, tuple(made))
            if after is not None:
                _make_folders(seen.real, made)
            change = Change(path, before, after, tuple(made), seen.names - 1)
            with contextlib.suppress(_ChangedError):
                _write(change, seen)
                return change
        raise RefusedError(f"{path} keeps changing while it is edited: try again")
    finally:
        remove_folders(made)  # those that stayed empty


class _ChangedError(Exception):
    pass


def _write(change: Change, seen: _Snapshot) -> None:
    # Replacing it needs no right to write to it, but who made it read-only means something.
    if seen.data is not None and not os.access(seen.real, os.W_OK):
        raise RefusedError(f"{seen.real} is read-only: make it writable if you want it changed")
    with contextlib.ExitStack() as stack:
        temporary = None
        if change.after is not None:
            with _translate_errors(f"{seen.real.parent} can't be written to"):
                temporary = stack.enter_context(
                    write_beside(seen.real, change.after.encode("utf-8"))
                )
        if _snapshot(change.path) != seen:
            raise _ChangedError
        with _translate_errors(f"{seen.real} can't be written"):
            if temporary is not None:
                os.replace(temporary, seen.real)
                return
            if os.path.islink(change.path):  # a broken one would be in the way
                change.path.unlink()
            seen.real.unlink()


@contextlib.contextmanager
def _translate_errors(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise _ChangedError from error
    except OSError as error:
        raise _refusal(what, error) from error


def _refusal(what: str, error: OSError) -> RefusedError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        way_out = "make room, then run install-hooks again"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        way_out = "give yourself the right to"
    else:
        way_out = "see what is wrong there; install-hooks --dry-run shows what to write by hand"
    return RefusedError(f"{what} ({error.strerror}): {way_out}")


@contextlib.contextmanager
def write_beside(target: Path, data: bytes, mode: int | None = None) -> Iterator[Path]:
    """Write a file, with ``mode`` or that of ``target``, that may replace it, else is deleted."""
    temporary = target.with_name(f".{target.name}.{MARK}-{secrets.token_hex(4)}.tmp")
    is_like = mode is None and os.path.exists(target)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    fd = os.open(temporary, flags, 0o600 if is_like else mode or 0o666)
    try:
        with open(fd, "wb") as file:
            if is_like:  # while it is empty: the text is never readable for more than it was
                shutil.copymode(target, temporary)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def delete_leftovers(target: Path) -> None:
    """Delete what killed runs left beside ``target``; for a caller that holds the lock."""
    with contextlib.suppress(OSError):
        for name in os.listdir(target.parent):
            if name.startswith(f".{target.name}.{MARK}-") and name.endswith(".tmp"):
                target.with_name(name).unlink()


def _make_folders(path: Path, made: list[Path]) -> None:
    for one in reversed(path.parents):
        try:
            if not os.path.isdir(one):
                one.mkdir()
                made += [one] if one not in made else []  # somebody may have taken it away since
        except FileExistsError:  # somebody else was faster; or a file, which the next step meets
            continue
        except OSError as error:
            raise _refusal(f"{one.parent} can't be written to", error) from error


def remove_folders(folders: Iterable[Path]) -> None:
    """Remove folders, given outermost first, as far as they are empty."""
    for folder in reversed(list(folders)):
        with contextlib.suppress(OSError):
            folder.rmdir()


@contextlib.contextmanager
def hold_lock(folders: Sequence[str], seconds: float = 10) -> Iterator[bool]:
    """Hold the lock in the first folder that takes one; yield whether one did.

    Its file stays, because deleting it could let in two. Raises RefusedError if another has it.
    """
    with contextlib.ExitStack() as stack:
        yield any(_lock(folder, seconds, stack) for folder in folders)


def _lock(folder: str, seconds: float, stack: contextlib.ExitStack) -> bool:
    from filelock import FileLock, Timeout

    path = os.path.join(folder, LOCK)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        # Never through a link, and no FIFO.
        if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        stack.enter_context(FileLock(path, timeout=seconds, mode=0o600))
    except Timeout as error:  # it is an OSError too
        raise RefusedError(
            f"another install-hooks holds {shown(path)}: wait for it, or end it.\n"
            f"To see which process that is: fuser {shown(path)}"
        ) from error
    except (OSError, NotImplementedError):  # the latter: a file system without locks
        return False
    return True
