"""``agent-session undo``, and what every command goes through that writes."""

import argparse
import os
import stat
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain, count

from session_hooks.cli.project import RefusedError, Survey, from_here, print_json, say
from session_hooks.documents import files
from session_hooks.evidence import queries
from session_hooks.memory import archive, undo
from session_hooks.memory.store import NewerSchemaError, StoreError
from session_hooks.memory.undo import Action, Former
from session_hooks.project.project import absolute
from session_hooks.project.state import state_folders
from session_hooks.util import dates, safe_text


@contextmanager
def state_locked(found: Survey) -> Iterator[str]:
    """Yield the folder that keeps what is changed, with other commands kept waiting.

    Raises RefusedError.
    """
    reason = "there is no folder for it: set HOME"
    with ExitStack() as stack:
        for folder in state_folders(found.project.root, found.project.git_top, os.environ):
            try:
                stack.enter_context(undo.alone(folder))
            except TimeoutError as error:
                raise RefusedError(
                    "another command is changing documents here: try again"
                ) from error
            except OSError as error:
                reason = f"{safe_text.path(folder)}: {files.reason(error)}"
                continue
            yield folder
            return
    raise RefusedError(f"nothing is changed, for the text before can't be kept ({reason})")


@contextmanager
def recorded(folder: str, command: str, found: Survey, changed: Sequence[Former]) -> Iterator[None]:
    """Keep what is changed within, to be taken back as ``command``, unless that fails.

    Raises RefusedError.
    """
    shown, kept = folder, None
    try:
        kept = undo.record(folder, found.project.root, command, found.view.now, changed)
        shown = changed[0].path
        yield
    except (OSError, StoreError, NewerSchemaError, RefusedError) as error:
        if kept:
            undo.forget(kept)
        if isinstance(error, RefusedError):
            raise
        said = files.reason(error)
        raise RefusedError(f"{safe_text.path(shown)} can't be changed ({said})") from error


def put(place: str, before: bytes | None, data: bytes | None, *, keep_times: bool = False) -> None:
    """Give a file the bytes ``data``, None for no file, where it still has those of ``before``.

    Through a link. Raises RefusedError.
    """
    shown, place = safe_text.path(from_here(place)), os.path.realpath(place)
    try:
        if data is None:
            os.unlink(place)
        elif before is None:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            files.create(place, data)
        elif not files.replace(place, data, before, keep_times=keep_times):
            raise RefusedError(f"{shown} was changed by another program just now: try again")
    except OSError as error:
        raise RefusedError(f"{shown} can't be written ({files.reason(error)})") from error


def read_output(path: str, is_ours: Callable[[bytes], bool]) -> bytes | None:
    """Return the bytes of a file that a person names to be written, None where there is none.

    Raises RefusedError for one that is not ``ours``, and where its folder is missing.
    """
    shown, another = safe_text.path(from_here(path)), "move it away, or name another file"
    if not os.path.isdir(os.path.dirname(path)):
        raise RefusedError(f"{shown} has no folder to lie in: make it, or name another file")
    try:
        read = files.read(path, archive.MAX_BYTES)
    except files.UnreadableFileError as error:
        raise RefusedError(f"{shown} can't be written over ({error}): {another}") from error
    if read and read[0].strip() and not is_ours(read[0]):
        raise RefusedError(f"{shown} is none that was written here before: {another}")
    return read[0] if read else None


def require_free(path: str, found: Survey) -> None:
    place = absolute(found.project.root, path)
    if os.path.lexists(place):
        shown = safe_text.path(from_here(place))
        raise RefusedError(f"{shown} is there already: read it, and move or delete it first")


def read_file(found: Survey, path: str) -> bytes | None:
    """Return a file's bytes, None where there is none; raises RefusedError."""
    try:
        read = files.read(absolute(found.project.root, path), archive.MAX_BYTES)
    except files.UnreadableFileError as error:
        raise RefusedError(f"{safe_text.path(path)} can't be read: {error}") from error
    return None if read is None else read[0]


def write_files(
    new: Mapping[str, bytes], found: Survey, command: str, *, over: Container[str] = ()
) -> None:
    """Write files by their paths in the project, to be taken back together; raises RefusedError.

    None is written over but those that are named.
    """
    if not new:
        return
    root = found.project.root
    with state_locked(found) as folder:
        before = {path: read_file(found, path) for path in new}
        for path in new:
            if path not in over:
                require_free(path, found)
        formers = [Former(path, before[path], files.digest_of(new[path])) for path in new]
        with recorded(folder, command, found, formers), ExitStack() as done:
            for path, data in new.items():
                place = absolute(root, path)
                put(place, before[path], data)
                done.callback(put, place, data, before[path])
            done.pop_all()


def free_path(folder: str, stem: str, found: Survey, taken: Container[str] = ()) -> str:
    """Return a path in the project where nothing is yet: a name that is taken gets a number."""
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    paths = (f"{folder}/{name}.md" if folder else f"{name}.md" for name in names)
    root = found.project.root
    return next(
        path for path in paths if path not in taken and not os.path.lexists(absolute(root, path))
    )


def mode_of(place: str) -> int:
    """Return the bits of a file's mode; raises OSError."""
    return stat.S_IMODE(os.stat(place).st_mode)


# --- taking it back ------------------------------------------------------------------------------


def take_back(arguments: argparse.Namespace, found: Survey) -> None:
    """Take back what the last command changed; raises RefusedError where that would lose a text."""
    root, changed = found.project.root, False
    with state_locked(found) as folder:
        last = next(undo.actions(folder, root), None)
        if last is None:
            raise RefusedError("there is nothing to take back")
        if arguments.skip:
            undo.skip(last.folder)
        else:
            _require_unchanged(last, root)
            for former in last.files:
                changed |= _take_back(former, found)
            undo.forget(last.folder)
    paths = [former.path for former in last.files]
    if arguments.json:
        print_json({"command": last.command, "paths": paths, "changed": changed})
        return
    command = f"{last.command}, {dates.clock_time(found.view.now, last.when)}"
    said = "is again as it was" if changed else "was as it was already"
    for path in map(safe_text.path, paths):
        if arguments.skip:
            say(f"{path} is left as it is; {command}, is passed over")
        else:
            say(f"{path} {said} before {command}")


def _require_unchanged(last: Action, root: str) -> None:
    for number, former in enumerate(last.files):
        if not undo.unchanged_since(former, _current(root, former)):
            kept = safe_text.path(from_here(os.path.join(last.folder, str(number))))
            raise RefusedError(
                f"{safe_text.path(former.path)} was changed since {last.command}, so it is left as "
                "it is. To take back what was done before that: agent-session undo --skip, then "
                "undo. "
                + ("It was new" if former.before is None else f"What the file said before: {kept}")
            )


def _take_back(former: Former, found: Survey) -> bool:
    """Put a file back, and what git's index held of it; return whether anything changed."""
    root = found.project.root
    place, now = absolute(root, former.path), _current(root, former)
    if now == former.before:
        return False
    put(place, now, former.before, keep_times=True)  # what is taken back is no news
    if former.mode is not None:
        with suppress(OSError):
            os.chmod(place, former.mode)
    if former.staged is not None:
        path = queries.prefix(found.project) + former.path
        if not queries.set_index(found.git, path, former.staged):
            say(f"git's index could not be taken back: git reset {former.path}", error=True)
    return True


def _current(root: str, former: Former) -> bytes | None:
    return archive.read(os.path.realpath(absolute(root, former.path)))
