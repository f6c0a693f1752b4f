"""``agent-session undo``, and what every command goes through that writes."""

import argparse
import os
import stat
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, count

from session_hooks.cli.project import RefusedError, Survey, from_here, print_json, say
from session_hooks.documents import files
from session_hooks.evidence import queries
from session_hooks.evidence.git import Git
from session_hooks.memory import archive, undo
from session_hooks.memory.undo import Action, Former
from session_hooks.project.project import absolute
from session_hooks.project.state import state_folders
from session_hooks.util import dates, safe_text

_SECONDS = 10


@contextmanager
def state_locked(found: Survey) -> Iterator[str]:
    """Yield the folder that keeps what is changed, with other commands kept waiting."""
    with ExitStack() as stack:
        yield _locked(found, stack)


def _locked(found: Survey, stack: ExitStack) -> str:
    reason = "there is no folder for it: set HOME"
    for folder in state_folders(found.project.root, found.project.git_top, os.environ):
        try:
            stack.enter_context(undo.alone(folder))
        except TimeoutError as error:
            raise RefusedError(f"{error}: try again") from error
        except OSError as error:
            reason = f"{safe_text.path(folder)}: {files.reason(error)}"
        else:
            return folder
    raise RefusedError(f"nothing is changed, for the text before can't be kept ({reason})")


def record(folder: str, command: str, found: Survey, formers: Sequence[Former]) -> str:
    """Keep what is about to be changed; raises RefusedError where that can't be."""
    try:
        return undo.record(folder, found.project.root, command, found.view.now, formers)
    except OSError as error:
        shown = safe_text.path(folder)
        raise RefusedError(f"{shown} can't be written ({files.reason(error)})") from error


def read_file(found: Survey, path: str) -> bytes | None:
    """Return a file's bytes, None where there is none; raises RefusedError."""
    try:
        read = files.read(absolute(found.project.root, path))
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
            if path not in over and os.path.lexists(absolute(root, path)):
                raise RefusedError(f"{safe_text.path(path)} is there already: move it away first")
        formers = [Former(path, before[path], files.digest_of(new[path])) for path in new]
        kept = record(folder, command, found, formers)
        done: list[Former] = []
        try:
            for former in formers:
                _write_file(root, former, new[former.path])
                done.append(former)
        except (OSError, RefusedError) as error:
            for former in done:
                _put_back(root, former)
            undo.forget(kept)
            if isinstance(error, RefusedError):
                raise
            shown, reason = safe_text.path(former.path), files.reason(error)
            raise RefusedError(f"{shown} can't be written ({reason})") from error


def _write_file(root: str, former: Former, data: bytes) -> None:
    place = os.path.realpath(absolute(root, former.path))
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if former.before is None:
        files.create(place, data)
    elif not files.replace(place, data, former.before):
        raise RefusedError(f"{former.path} was changed by another program just now: try again")


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
    root = found.project.root
    with state_locked(found) as folder:
        last = next(undo.actions(folder, root), None)
        if last is None:
            raise RefusedError("there is nothing to take back")
        if not arguments.skip:
            _require_unchanged(last, root)
        changed = [] if arguments.skip else [_take_back(one, found) for one in last.files]
        (undo.skip if arguments.skip else undo.forget)(last.folder)
    paths = [former.path for former in last.files]
    if arguments.json:
        print_json({"command": last.command, "paths": paths, "changed": any(changed)})
        return
    when = dates.clock_time(found.view.now, last.when)
    for path in paths:
        said = "is again as it was" if any(changed) else "was as it was already"
        if arguments.skip:
            say(f"{safe_text.path(path)} is left as it is; {last.command}, {when}, is passed over")
        else:
            say(f"{safe_text.path(path)} {said} before {last.command}, {when}")


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
    is_changed = _current(root, former) != former.before
    if is_changed:
        _put_back(root, former)
    if former.staged is None or not is_changed:
        return is_changed
    git = Git(root, _SECONDS)
    path = queries.prefix(found.project) + former.path
    if not queries.set_index(git, path, former.staged):
        say(f"git's index could not be taken back: git reset {former.path}", error=True)
    return True


def _current(root: str, former: Former) -> bytes | None:
    return archive.read(os.path.realpath(absolute(root, former.path)))


def _put_back(root: str, former: Former) -> None:
    place = os.path.realpath(absolute(root, former.path))
    now = _current(root, former)
    if now == former.before:
        return
    try:
        if former.before is None:
            os.unlink(place)
        elif now is None:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            files.create(place, former.before)
            if former.mode is not None:
                os.chmod(place, former.mode)
        elif not files.replace(place, former.before, now):
            raise RefusedError(f"{safe_text.path(former.path)} was changed just now: try again")
    except OSError as error:
        shown = safe_text.path(former.path)
        raise RefusedError(f"{shown} can't be written ({files.reason(error)})") from error
