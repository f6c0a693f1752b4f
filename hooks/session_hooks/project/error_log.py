"""Write ``hook-errors.log`` and count the entries that nobody was told of."""

import contextlib
import os
from collections.abc import Iterable
from datetime import datetime

from session_hooks.project.state import read_start, remember
from session_hooks.util.dates import iso
from session_hooks.util.lazy import Value

LOG = "hook-errors.log"
TOLD = "hook-errors.told"
MAX_BYTES = 512 * 1024
_ENTRY, _NOTE = "== ", "-- "  # the latter begins what nobody has to be told of
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class Untold(Value):
    path: str
    entries: int
    size: int


def entry(
    now: datetime,
    program: str,
    event_name: str | None,
    error: BaseException,
    *,
    is_note: bool = False,
) -> str:
    """Only the first line begins in the first column, so that entries can be counted."""
    import traceback  # 4 ms, and hardly ever needed

    sign = _NOTE if is_note else _ENTRY
    head = f"{sign}{iso(now)} {program} {event_name or 'unknown event'}"
    text = f"{type(error).__name__}: {error}\n" + "".join(traceback.format_exception(error))
    return "\n".join([head, *(f"   {line}" for line in text.splitlines())]) + "\n"


def append(folders: Iterable[str], text: str) -> str | None:
    for folder in folders:
        path = os.path.join(folder, LOG)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            _rotate(folder, path)
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_LINK, 0o600)
            # One write, so that two hooks' entries don't mix.
            with open(fd, "ab", buffering=0) as file:
                file.write(text.encode("utf-8", "backslashreplace"))
        except OSError:
            continue
        return path
    return None


def _rotate(folder: str, path: str) -> None:
    if os.path.exists(path) and os.path.getsize(path) > MAX_BYTES:
        os.replace(path, f"{path}.1")
        with contextlib.suppress(FileNotFoundError):
            os.remove(os.path.join(folder, TOLD))


def untold(folders: Iterable[str]) -> Untold | None:
    for folder in folders:
        path = os.path.join(folder, LOG)
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            continue
        said = read_start(os.path.join(folder, TOLD), 32)
        told = int(said) if said.isdecimal() else 0
        news = data[told if told <= len(data) else 0 :]
        count = sum(line.startswith(_ENTRY.encode()) for line in news.splitlines())
        if count:
            return Untold(path, count, len(data))
    return None


def mark_told(news: Untold) -> None:
    remember(os.path.join(os.path.dirname(news.path), TOLD), str(news.size))
