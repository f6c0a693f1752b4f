"""What facts were gathered from: as text and back, and what tells documents from before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import ago
from session_hooks import basis
from session_hooks.basis import Basis, Entry, Line
from session_hooks.document import Document
from session_hooks.formats import session

NAMES = st.text(st.characters(), max_size=8)
STATES = st.tuples(NAMES, st.floats(allow_nan=False), st.tuples(st.booleans(), st.booleans()))
BASES = st.builds(
    Basis,
    near=st.dictionaries(NAMES, STATES, max_size=3),
    detailed=st.lists(NAMES, max_size=2).map(tuple),
    indexed=st.dictionaries(NAMES, st.builds(Entry, NAMES, NAMES), max_size=2),
    lines=st.dictionaries(NAMES, st.builds(Line, NAMES, st.floats(0, 9e9)), max_size=2),
    other_branches=st.lists(NAMES, max_size=2).map(tuple),
    trees=st.dictionaries(NAMES, NAMES, max_size=2),
)


@given(BASES)
def test_what_was_written_is_read_as_it_was(found: Basis) -> None:
    text = basis.to_text(found)
    assert text.isascii()  # of a path that is no UTF-8 nothing is left that the store can't hold
    assert basis.from_text(text) == found._replace(trees={})
    assert basis.trees_from_text(text) == found.trees


@pytest.mark.parametrize("text", ["", "x", "[]", "x []\nx {}", "\n"])
def test_anything_else_is_none(text: str) -> None:
    assert basis.from_text(text) is None
    assert basis.trees_from_text(text) == {}


def test_the_digest_of_damaged_text_does_not_fit() -> None:
    empty = Basis({}, "", (), {}, {"": Line("", 0)}, (), True, {"a": "b"})
    first, second = basis.to_text(empty).split("\n")
    assert basis.from_text(first.replace("true", "false")) is None
    assert basis.trees_from_text(f"{first}\n{second.replace('b', 'c')}") == {}


def document(path: str, text: str = "# Part\n", **more: object) -> Document:
    return session.read(path, text, ago(days=1))._replace(**more)  # type: ignore[arg-type]


def test_documents_are_told_from_before_in_any_order() -> None:
    known = basis.rest(["a", "b"])
    assert basis.rest(["b", "a"]) == known
    assert basis.rest(["a", "c"]) != known
    assert not basis.rest([])


def test_a_date_of_the_future_is_another_state_once_it_is_past() -> None:
    soon = document("a.md", updated=ago(hours=-1))
    assert basis.state(soon, ago()) != basis.state(soon, ago(hours=-2))


@pytest.mark.parametrize(("paths", "kept"), [("\0a\0b/c\0", "\na\nb/c\n"), ("\0a\nb\0", None)])
def test_a_trees_paths_are_kept_where_lines_can_hold_them(paths: str, kept: str | None) -> None:
    assert basis.tree(paths) == kept


def test_of_a_very_large_tree_git_is_asked_again() -> None:
    assert basis.tree("x" * 1_000_000) is None
