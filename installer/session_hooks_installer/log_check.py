"""What went wrong inside the hooks lately, from the log that they keep of it."""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from session_hooks import hook_log, plain
from session_hooks_installer.findings import Code, Finding, Words
from session_hooks_installer.naming import quoted

LATELY = timedelta(days=14)
"""Older ones are history: what they tell of was another version, or long mended."""


class Entry(NamedTuple):
    """One failure: the first two lines of an entry (``hook_log.entry``)."""

    path: str
    when: datetime
    program: str
    reason: str


def read(folders: Iterable[str]) -> list[Entry]:
    """Return the entries in the logs of some state folders; nothing of one that can't be read."""
    found: list[Entry] = []
    for folder in folders:
        path = os.path.join(folder, hook_log.LOG)
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                found += _parse(path, file.read().splitlines())
        except OSError:
            continue
    return found


def _parse(path: str, lines: Sequence[str]) -> Iterator[Entry]:
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        words = line.split()
        if line.startswith("== ") and len(words) > 2:
            try:
                when = datetime.fromisoformat(words[1])
            except ValueError:
                continue
            if when.tzinfo is None:
                when = when.replace(tzinfo=UTC)
            yield Entry(path, when, words[2], plain.inline(following))


def check(entries: Sequence[Entry], now: datetime) -> Iterator[Finding]:
    """Say how often hooks failed lately, and how the last time."""
    recent = [entry for entry in entries if now - entry.when < LATELY]
    if recent:
        last = max(recent, key=lambda entry: entry.when)
        times = "once" if len(recent) == 1 else f"{len(recent)} times"
        when = last.when.astimezone().strftime("%Y-%m-%d %H:%M")
        yield Finding(
            Code.LOGGED_ERRORS,
            f"hooks failed {times} in the last {LATELY.days} days, "
            f"last {plain.word(last.program)} at {when}: {last.reason}",
            f"The conversations went on without them. All of it: {last.path}",
            Words(f"read it, and once it is mended: rm {quoted(last.path)}"),
            path=last.path,
        )


def failed_now(entries: Sequence[Entry]) -> Finding:
    """Say that hooks failed inside while they were tried; ``entries`` are the new ones."""
    last = entries[-1]
    return Finding(
        Code.HOOK_FAILED,
        f"a hook failed while it was tried, {plain.word(last.program)}: {last.reason}",
        "It says nothing of that itself, and leaves out what it was to do.",
        Words(f"read {last.path}"),
        path=last.path,
    )
