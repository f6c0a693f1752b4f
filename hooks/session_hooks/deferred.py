"""A completed session file, of which the rest is read when it is asked for.

Of ten thousand session files nearly all are completed, and a hook shows a dozen. Reading the others
whole takes 300 µs each, and keeps their text in memory; for them it is enough to know that they are
completed.
"""

from __future__ import annotations

from collections.abc import Callable

from session_hooks.document import Document, Status
from session_hooks.formats import session

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any


class Deferred:
    """A document in all but its type: whatever is not at hand is read once, all of it."""

    __slots__ = ("_read", "_whole", "digest", "modified", "path")
    format = session.NAME
    status = Status.COMPLETED

    def __init__(self, path: str, modified: datetime, digest: str, read: Read) -> None:
        self.path = path
        self.modified = modified
        self.digest = digest
        self._read = read
        self._whole: Document | None = None

    @property
    def whole(self) -> Document:
        """The document as a plain value.

        What is at hand is of the text that was scanned. Where its file is gone or holds another one
        by now, no more is known of that text than its name: two are never mixed.
        """
        if self._whole is None:
            self._whole = self._read(self) or session.read(self.path, "", self.modified)._replace(
                status=self.status, digest=self.digest
            )
        return self._whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Deferred | Document) or self.path != other.path:
            return False
        return self.whole == (other.whole if isinstance(other, Deferred) else other)

    def __hash__(self) -> int:
        return hash(self.whole)

    def __repr__(self) -> str:
        return repr(self.whole)


Read = Callable[[Deferred], Document | None]
"""Reads the whole document again; None where its file doesn't hold that text any more."""


def deferred(path: str, modified: datetime, digest: str, read: Read) -> Document:
    """Return a completed session file that ``read`` reads when more of it is asked for."""
    held: Any = Deferred(path, modified, digest, read)
    return held  # type: ignore[no-any-return]  # it can be taken for one
