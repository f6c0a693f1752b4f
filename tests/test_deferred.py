from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from helpers import session_text
from session_hooks.deferred import AT_HAND, Deferred, deferred
from session_hooks.document import Document
from session_hooks.formats import session

NOW = datetime(2025, 12, 4, 14, 30, tzinfo=UTC)
WHOLE = session.read("a.md", session_text(status="completed"), NOW)._replace(digest="ab")


class Reader:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, held: Deferred) -> Document:
        assert held.path == WHOLE.path
        self.calls += 1
        return WHOLE


def held(read: Reader) -> Deferred:
    return deferred(value if name in AT_HAND else read for name, value in WHOLE._asdict().items())


def test_what_is_at_hand_is_not_read() -> None:
    read = Reader()
    one = held(read)
    for name in AT_HAND:
        assert getattr(one, name) == getattr(WHOLE, name)
    assert (read.calls, one.is_read, one.is_as_it_was) == (0, False, False)


def test_the_rest_is_read_once() -> None:
    read = Reader()
    one = held(read)
    for name in Document._fields:
        assert getattr(one, name) == getattr(WHOLE, name)
    assert (read.calls, one.is_read, one.is_as_it_was) == (1, True, True)


@pytest.mark.parametrize(
    "use",
    [
        tuple,
        repr,
        hash,
        lambda one: one == WHOLE,
        lambda one: one != WHOLE._replace(title="another"),
        lambda one: one._replace(title="another"),
        lambda one: one._asdict(),
        lambda one: Document(*one),
        lambda one: len({one, WHOLE}) == 1,
    ],
)
def test_it_can_be_taken_for_the_document(use: Callable[[Document], object]) -> None:
    assert use(held(Reader())) == use(WHOLE)


def test_another_path_is_told_without_reading() -> None:
    read = Reader()
    assert held(read) != WHOLE._replace(path="b.md")
    assert held(read) != 1
    assert read.calls == 0
