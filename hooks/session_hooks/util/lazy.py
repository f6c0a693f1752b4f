"""NamedTuples without ``typing`` and expressions compiled on first use: both spare imports."""

from __future__ import annotations

import re

TYPE_CHECKING = False  # as in ``typing``, whose import takes 2 ms
if TYPE_CHECKING:
    from typing import Any, Self
    from typing import NamedTuple as Value
else:
    from collections.abc import Iterable
    from operator import itemgetter

    class _Kind(type):
        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            # As with NamedTuple, what is derived from a kind of values has no fields of its own.
            if not any(type(base) is cls and base.__mro__[1] is tuple for base in bases):
                return super().__new__(cls, name, bases, body)
            kind = super().__new__(cls, name, bases, {"__slots__": (), **body})
            kind._fields = kind.__match_args__ = fields = tuple(kind.__annotations__)
            kind._field_defaults = {field: body[field] for field in fields if field in body}
            for place, field in enumerate(fields):
                setattr(kind, field, property(itemgetter(place)))
            return kind

        @property
        def __signature__(cls) -> Any:
            from inspect import Parameter, Signature
            from typing import get_type_hints

            kind, defaults = Parameter.POSITIONAL_OR_KEYWORD, cls._field_defaults
            return Signature(
                Parameter(
                    field, kind, default=defaults.get(field, Parameter.empty), annotation=annotation
                )
                for field, annotation in get_type_hints(cls).items()
            )

    class Value(tuple, metaclass=_Kind):
        """A tuple whose items have names; each kind is a class with a field for each annotation."""

        __slots__ = ()
        _fields = ()
        _field_defaults = {}  # noqa: RUF012  nobody writes to it

        def __new__(cls, /, *items: Any, **named: Any) -> Self:
            """Raise TypeError where the fields aren't the kind's."""
            fields = cls._fields
            if named or len(items) != len(fields):
                rest = fields[len(items) :]
                given = cls._field_defaults | named
                if len(items) > len(fields) or not named.keys() <= set(rest) <= given.keys():
                    got = ", ".join([*map(repr, items), *named])
                    raise TypeError(f"{cls.__name__} has {', '.join(fields)}; given were {got}")
                items = (*items, *(given[field] for field in rest))
            return tuple.__new__(cls, items)

        @classmethod
        def _make(cls, items: Iterable[Any]) -> Self:
            made = tuple.__new__(cls, items)
            if len(made) != len(cls._fields):
                raise TypeError(f"{cls.__name__} has {len(cls._fields)} fields, not {len(made)}")
            return made

        def _replace(self, /, **named: Any) -> Self:
            made = self._make(map(named.pop, self._fields, self))
            if named:
                raise ValueError(f"{type(self).__name__} has no {', '.join(named)}")
            return made

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            fields = (f"{name}={item!r}" for name, item in self._asdict().items())
            return f"{type(self).__name__}({', '.join(fields)})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)


__all__ = ["Value"]


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return what ``re.compile`` does, without its time: a few of them take a millisecond."""
    return _Pattern(text, flags)  # type: ignore[return-value]  # it does all that one does


class _Pattern:
    def __init__(self, text: str, flags: int) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> object:
        # What is missing is looked up once: from then on it is an attribute like any other.
        value = getattr(re.compile(*self._given), name)
        setattr(self, name, value)
        return value
