"""One installer at a time: a lock file in the state folder, held while settings are changed."""

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence

from session_hooks.plain import path as shown
from session_hooks_installer.refusal import RefusedError

LOCK = "install.lock"


@contextlib.contextmanager
def alone(folders: Sequence[str], seconds: float = 10) -> Iterator[bool]:
    """Hold the lock file in the first of some state folders that takes one.

    Yields whether there is one: where nothing can be written, nobody can be kept out. The file
    stays when the lock is given back, because deleting it could let in two. Raises RefusedError
    where another process holds it for longer than ``seconds``.
    """
    with contextlib.ExitStack() as stack:
        yield _take(folders, seconds, stack)


def _take(folders: Sequence[str], seconds: float, stack: contextlib.ExitStack) -> bool:
    from filelock import FileLock, Timeout

    for folder in folders:
        path = os.path.join(folder, LOCK)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            if not _can_be_ours(path):
                continue
            stack.enter_context(FileLock(path, timeout=seconds, mode=0o600))
        except Timeout as error:  # it is an OSError too
            raise RefusedError(
                f"another install-hooks holds {shown(path)}: wait for it, or end it.\n"
                f"To see which process that is: fuser {shown(path)}"
            ) from error
        except (OSError, NotImplementedError):  # the latter: a file system without locks
            continue
        return True
    return False


def _can_be_ours(path: str) -> bool:
    """Tell whether a lock file is there or can be made: never through a link, and no FIFO."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return True
