"""A document of which only a part is at hand; the rest is read from its file when it is asked for.

Of ten thousand session files a hook shows a dozen. Reading the others whole takes 130 µs each, and
keeps their text in memory; for them it is enough to know that they are completed. A deferred
document can be taken for one that was read whole: the file's digest tells that it is the same text.
"""

from collections.abc import Callable, Iterator
from typing import Any

from session_hooks.document import Document

LATER: Any = object()
"""Stands for what is not at hand."""
AT_HAND = frozenset(("path", "format", "status", "status_word", "modified", "digest"))
"""What always is."""


class Deferred(Document):
    """A document with ``LATER`` in the place of what is read when it is asked for, once."""

    _read: Callable[["Deferred"], Document]
    _rest: Document | None

    @property
    def is_read(self) -> bool:
        """Whether something was asked for that was not at hand."""
        return self._rest is not None

    def rest(self) -> Document:
        """Return the document as it was read now; its fields at hand may be older."""
        if self._rest is None:
            self._rest = self._read(self)
        return self._rest

    def with_body(self, body: str) -> Document:
        """Return the document whose body alone is not at hand."""
        return Document._make(tuple.__iter__(self))._replace(body=body)

    def whole(self) -> Document:
        """Return all of it, as a plain value."""
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


_NUMBERS = {name: number for number, name in enumerate(Document._fields)}


def _property(name: str, number: int) -> property:
    def get(self: Deferred) -> Any:
        value = tuple.__getitem__(self, number)
        return getattr(self.rest(), name) if value is LATER else value

    return property(get)


for _name in _NUMBERS.keys() - AT_HAND:
    setattr(Deferred, _name, _property(_name, _NUMBERS[_name]))


def deferred(known: Document, read: Callable[[Deferred], Document]) -> Deferred:
    """Return a document whose fields that are ``LATER`` are those of what ``read`` returns."""
    return of_fields(tuple(known), read)


def of_fields(fields: tuple[Any, ...], read: Callable[[Deferred], Document]) -> Deferred:
    """Do the same with the fields in their order."""
    one = tuple.__new__(Deferred, fields)
    one._read = read  # noqa: SLF001  a tuple is made before it can be given more
    one._rest = None  # noqa: SLF001  likewise
    return one
