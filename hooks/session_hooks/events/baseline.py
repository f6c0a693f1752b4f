"""What a conversation has seen of the documents, and what somebody else wrote since."""

import contextlib
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from session_hooks.documents.model import Document
from session_hooks.documents.scan import Known
from session_hooks.events import ended_agents, watch
from session_hooks.events.context import HookContext
from session_hooks.memory.model import Past
from session_hooks.project.project import absolute
from session_hooks.project.state import WATCHES
from session_hooks.report import report
from session_hooks.util import stamps
from session_hooks.util.lazy import Value

_KEPT = timedelta(days=7)


class Baseline(Value):
    """What it saw at its last prompt; at the first, what its start told."""

    is_first: bool
    since: datetime | None  # None where its start is not remembered
    seen: dict[str, Known]  # by path
    told: dict[str, str]  # the digests of what its starts told, the first of which led
    title: str | None  # what it was called here; after /clear, the one before

    @property
    def lead(self) -> str | None:
        return next(iter(self.told), None)

    def known(self, now: datetime) -> dict[str, Known]:
        """Return what can't have changed and kept its stamp."""
        looked = int(now.timestamp() * 1000**3)
        seen = self.seen.items()
        return {path: one for path, one in seen if not stamps.is_racy(one.stamp, looked)}

    def is_since(self, when: datetime) -> bool:
        return self.since is None or when >= self.since


def load(folder: str, conversation: str, past: Past, root: str) -> Baseline:
    """``folder`` is the state's, and ``root`` the project's."""
    told, seen = past.told_in(root), watch.load(folder, conversation, root)
    if seen is None:
        own, title = past.own, None
        if own and own.source == "clear" and past.last:
            before = watch.load(folder, past.last.id, root)
            title = before.title if before else None
        # Where it saw another project last, its start was long ago.
        is_fresh = not os.path.lexists(watch.path(folder, conversation))
        return Baseline(True, own.resumed if own and is_fresh else None, {}, told, title)
    # Some transcripts have whole seconds.
    since = datetime.fromtimestamp(int(seen.when), UTC)
    documents = {row[0]: Known(row[1], row[2:6], row[6]) for row in seen.documents}
    return Baseline(False, since, documents, told, seen.title)


def news(context: HookContext, baseline: Baseline) -> list[Document]:
    """Return what is new or has another text, but for what the conversation itself wrote."""
    since, own = baseline.since, written(context, baseline)
    if since is None or context.documents.not_reached:
        return []
    commands = " ".join(one.text for one in context.own.commands if one.when >= since)

    def is_news(one: Document) -> bool:
        seen = baseline.seen.get(one.path)
        if one.digest in (seen and seen.digest, baseline.told.get(one.path)):
            return False
        if (
            one.path in own
            or one.path.rpartition("/")[2] in commands
            or "agent-session" in commands
        ):
            return False
        # Which others there were at its start isn't kept; a time in the future tells nothing.
        is_known = not baseline.is_first or one.path in baseline.told
        return is_known or since < one.modified <= context.now

    return [one for one in context.documents.documents if is_news(one)]


def written(context: HookContext, baseline: Baseline) -> dict[str, datetime]:
    """Return what the conversation wrote to since then, by path, and when."""
    last = report.last_touched(context.own, context.project.root).items()
    return {path: when for path, (wrote, when) in last if wrote and baseline.is_since(when)}


def save(
    context: HookContext, folder: str, conversation: str, baseline: Baseline, title: str | None
) -> None:
    """Save what it has seen now; raises OSError."""
    looked_at = dict(context.documents.stamps)
    looked_at[ended_agents.path(folder, conversation)] = None  # one that ends is to be told
    seen = watch.Seen(tuple(_rows(context, baseline)), title)
    watch.save(folder, conversation, context.project.root, looked_at.items(), seen)
    _forget_old(folder, context.now.timestamp())


def _rows(context: HookContext, baseline: Baseline) -> Iterator[tuple[object, ...]]:
    scan, root = context.documents, context.project.root
    looked_at = dict(scan.stamps)
    found = {one.path: one for one in (*scan.documents, *(copy for copy, _ in scan.copies))}
    for one in found.values():
        stamp = looked_at.get(absolute(root, one.path)) or (0, 0, 0, 0)
        yield one.path, one.format, *stamp, one.digest
    if scan.not_reached:
        yield from (
            (path, old.place, *old.stamp, old.digest)
            for path, old in baseline.seen.items()
            if path not in found
        )


def _forget_old(folder: str, now: float) -> None:
    with contextlib.suppress(OSError), os.scandir(folder) as listing:
        for one in listing:
            is_old = now - one.stat().st_mtime > _KEPT.total_seconds()
            if is_old and re.fullmatch(WATCHES, one.name):
                os.unlink(one.path)
