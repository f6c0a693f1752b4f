"""A kind of values does what ``typing.NamedTuple`` does; each case is tried with both."""

import copy
import inspect
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from session_hooks.util.lazy import Value


class Named(NamedTuple):
    """A part."""

    title: str
    line: int
    how: str = "by its heading"
    parts: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        return self.line + 1


class Ours(Value):
    """A part."""

    title: str
    line: int
    how: str = "by its heading"
    parts: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        return self.line + 1


class Nothing(Value):
    pass


class NamedNothing(NamedTuple):
    pass


class BelowNamed(Named):
    more: int = 1


class BelowOurs(Ours):
    more: int = 1


Kind = Callable[..., Any]


def tried(does: Callable[[Kind], object], kind: Kind) -> object:
    """Return what is done, or how it fails; of a kind's own name no word."""
    try:
        found = does(kind)
    except AttributeError:
        return AttributeError
    except (TypeError, ValueError):  # which of them, from Python 3.13 on is another one
        return TypeError
    return found.replace(kind.__name__, "") if isinstance(found, str) else found


def slots(kind: Kind) -> object:
    kind("a", 1).another = 2
    return None


def own_field(kind: Kind) -> object:
    kind("a", 1).title = "b"
    return None


def match(kind: Kind) -> object:
    match kind("a", 1):
        case Named(title, line) | Ours(title, line):
            return title, line
    return None


@pytest.mark.parametrize(
    "does",
    [
        lambda kind: kind("a", 1),
        lambda kind: kind("a", 1, "b", ("c",)),
        lambda kind: kind(line=1, title="a"),
        lambda kind: kind("a", line=1, parts=("c",)),
        lambda kind: kind("a", 1, how="b"),
        lambda kind: kind(),
        lambda kind: kind("a"),
        lambda kind: kind("a", how="b"),
        lambda kind: kind("a", 1, "b", (), 5),
        lambda kind: kind("a", 1, title="b"),
        lambda kind: kind("a", 1, "b", (), parts=()),
        lambda kind: kind("a", 1, other=2),
        lambda kind: kind("a", 1).title,
        lambda kind: kind("a", 1).end,
        lambda kind: kind("a", 1).other,
        own_field,
        slots,
        match,
        lambda kind: repr(kind("a", 1)),
        lambda kind: hash(kind("a", 1)),
        lambda kind: kind("a", 1) == ("a", 1, "by its heading", ()),
        lambda kind: kind("a", 1) < kind("a", 2),
        lambda kind: kind("a", 1)[1:3],
        lambda kind: len(kind("a", 1)),
        lambda kind: bool(kind("a", 1)),
        lambda kind: kind("a", 1)._replace(line=3, how="x"),
        lambda kind: kind("a", 1)._replace(other=3),
        lambda kind: kind("a", 1)._replace(self=3),
        lambda kind: kind("a", 1, cls=3),
        lambda kind: kind("a", 1)._asdict(),
        lambda kind: kind._make(["a", 1, "b", ()]),
        lambda kind: kind._make(["a", 1]),
        lambda kind: kind._make(range(5)),
        lambda kind: kind._fields,
        lambda kind: kind._field_defaults,
        lambda kind: kind.__doc__,
        lambda kind: kind.__annotations__,
        lambda kind: str(inspect.signature(kind)),
        lambda kind: isinstance(kind("a", 1), tuple),
        lambda kind: copy.copy(kind("a", 1)),
        lambda kind: copy.deepcopy(kind("a", 1)),
        lambda kind: pickle.loads(pickle.dumps(kind("a", 1))),
        lambda kind: type(copy.deepcopy(kind("a", 1))) is kind,
        lambda kind: type(kind("a", 1)._replace(line=2)) is kind,
        lambda kind: type(pickle.loads(pickle.dumps(kind("a", 1)))) is kind,
    ],
)
def test_it_does_what_a_named_tuple_does(does: Callable[[Kind], object]) -> None:
    assert tried(does, Ours) == tried(does, Named)


@pytest.mark.parametrize(
    "does",
    [
        lambda kind: kind("a", 1),
        lambda kind: kind("a", 1, "b", (), 5),
        lambda kind: kind("a", 1, more=2),
        lambda kind: kind("a", 1).more,
        lambda kind: kind("a", 1)._replace(line=2),
        lambda kind: repr(kind("a", 1)),
        lambda kind: kind._fields,
        lambda kind: kind("a", 1) == kind("a", 1),
        slots,
    ],
)
def test_what_is_derived_from_one_does_too(does: Callable[[Kind], object]) -> None:
    assert tried(does, BelowOurs) == tried(does, BelowNamed)


def test_one_without_fields_is_one() -> None:
    assert repr(Nothing()) == repr(NamedNothing()).replace("Named", "")
    assert tuple(Nothing()) == tuple(NamedNothing()) == ()


def test_what_is_wrong_is_said() -> None:
    make: Kind = Ours
    with pytest.raises(TypeError, match=r"Ours has title, line, how, parts; given were 'a', other"):
        make("a", other=2)
