"""A document of which only a part is at hand; the rest is read from its file when it is asked for.

Of ten thousand session files a hook shows a dozen. Reading the others whole takes 300 µs each, and
keeps their text in memory; for them it is enough to know that they are completed. A deferred
document can be taken for one that was read whole: the file's digest tells that it is the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from session_hooks.document import Document

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from typing import Any

AT_HAND = frozenset(("path", "format", "status", "status_word", "modified", "digest"))
"""What always is."""


class Deferred(Document):
    """A document with, in the place of what is not at hand, the function that reads all of it.

    That is called once, with the document, when one of these fields is asked for.
    """

    _rest: Document | None = None

    @property
    def is_read(self) -> bool:
        """Whether something was asked for that was not at hand."""
        return self._rest is not None

    @property
    def is_as_it_was(self) -> bool:
        """Whether what was read then is of the same text as what was at hand."""
        return self._rest is not None and self._rest.digest == self.digest

    def rest(self, read: Read) -> Document:
        """Return the document as ``read`` reads it, once; what is at hand may be older."""
        if self._rest is None:
            self._rest = read(self)
        return self._rest

    def with_body(self, body: str) -> Document:
        """Return the document, of which the body alone is not at hand, as a plain value."""
        return Document._make(tuple.__iter__(self))._replace(body=body)

    def whole(self) -> Document:
        """Return all of it as a plain value."""
        return Document._make(self)

    # A tuple's own ways to its values would come by what stands in for them.

    def __iter__(self) -> Iterator[Any]:
        return iter([getattr(self, name) for name in Document._fields])

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Document) or self.path != other.path:
            return False
        return tuple(self) == tuple(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.whole())

    def __repr__(self) -> str:
        return repr(self.whole())

    def _replace(self, **changed: Any) -> Document:  # type: ignore[override]  # read whole by it
        return self.whole()._replace(**changed)


Read = Callable[[Deferred], Document]


def _property(number: int, name: str) -> property:
    def get(self: Deferred) -> Any:
        value = tuple.__getitem__(self, number)
        return getattr(self.rest(value), name) if callable(value) else value

    return property(get)


for _number, _name in enumerate(Document._fields):
    if _name not in AT_HAND:
        setattr(Deferred, _name, _property(_number, _name))


def deferred(fields: Iterable[Any]) -> Deferred:
    """Return a document from its fields in their order, or for each the function that reads it."""
    return tuple.__new__(Deferred, fields)
