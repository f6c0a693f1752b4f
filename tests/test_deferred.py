from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from helpers import session_text
from session_hooks.deferred import Deferred, deferred
from session_hooks.document import Document, Status
from session_hooks.formats import session

NOW = datetime(2025, 12, 4, 14, 30, tzinfo=UTC)
WHOLE = session.read("a.md", session_text(status="completed"), NOW)._replace(digest="ab")


class Reader:
    def __init__(self, found: Document | None = WHOLE) -> None:
        self.calls = 0
        self.found = found

    def __call__(self, held: Deferred) -> Document | None:
        assert held.path == WHOLE.path
        self.calls += 1
        return self.found


def held(read: Reader) -> Document:
    return deferred(WHOLE.path, WHOLE.modified, WHOLE.digest, read)


def test_what_is_at_hand_is_not_read() -> None:
    read = Reader()
    one = held(read)
    for name in ("path", "format", "status", "modified", "digest"):
        assert getattr(one, name) == getattr(WHOLE, name)
    assert read.calls == 0


def test_the_rest_is_read_once() -> None:
    read = Reader()
    one = held(read)
    for name in Document._fields:
        assert getattr(one, name) == getattr(WHOLE, name)
    assert read.calls == 1


def test_of_a_text_that_is_gone_no_more_is_told_than_was_known() -> None:
    read = Reader(None)
    one = held(read)
    assert (one.title, one.body, one.status, one.digest) == ("a", "", Status.COMPLETED, "ab")
    assert read.calls == 1


@pytest.mark.parametrize(
    "use",
    [
        repr,
        hash,
        lambda one: one == WHOLE,
        lambda one: one != WHOLE._replace(title="another"),
        [WHOLE].index,
        lambda one: one._replace(title="another"),
        lambda one: one._asdict(),
        lambda one: len({one, WHOLE}) == 1,
    ],
)
def test_it_can_be_taken_for_the_document(use: Callable[[Document], object]) -> None:
    assert use(held(Reader())) == use(WHOLE)


def test_another_path_is_told_without_reading() -> None:
    read = Reader()
    assert held(read) != WHOLE._replace(path="b.md")
    assert read.calls == 0
