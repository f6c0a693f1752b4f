"""Facts as text and back: nothing is lost, and what something else wrote is no fact."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import STRESS
from session_hooks.evidence.cache import from_text, to_text
from session_hooks.evidence.model import (
    Branch,
    Elsewhere,
    Evidence,
    GitFacts,
    Kind,
    Since,
    Tick,
    Tree,
)

# Any text: of a path that is no UTF-8 the bytes are kept as surrogates.
NAMES = st.text(st.characters(), max_size=8)
MOMENTS = st.datetimes(timezones=st.just(UTC))
for _kind, _strategy in (
    (datetime, MOMENTS),
    (str, NAMES),
    (Kind, st.sampled_from(Kind)),
):
    st.register_type_strategy(_kind, _strategy)
PATHS = st.frozensets(NAMES, max_size=3)
SINCE = st.builds(Since)
TREES = st.builds(Tree, changed=st.dictionaries(NAMES, MOMENTS, max_size=3))
EVIDENCE = st.builds(
    Evidence,
    written=st.none() | MOMENTS,
    since=st.none() | SINCE,
    ticks=st.lists(st.builds(Tick), max_size=2).map(tuple),
)
FACTS = st.builds(
    GitFacts,
    changed=st.none() | PATHS,
    committed=st.none() | st.dictionaries(NAMES, MOMENTS, max_size=3),
    added=st.dictionaries(NAMES, MOMENTS, max_size=2),
    before=st.dictionaries(NAMES, MOMENTS, max_size=2),
    evidence=st.dictionaries(NAMES, EVIDENCE, max_size=2),
    tree=st.none() | TREES,
    seconds=st.floats(0, 60),
    branches=st.dictionaries(NAMES, st.builds(Branch), max_size=2),
    beyond=st.lists(st.builds(Elsewhere), max_size=1).map(tuple),
)
FEW = settings(max_examples=200 if STRESS else 60)
"""Each of these draws hundreds of values: thousands of them would take minutes."""
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
)


@FEW
@given(FACTS)
def test_what_was_written_is_read_as_it_was(facts: GitFacts) -> None:
    assert from_text(to_text(facts)) == facts


def test_no_facts_are_facts_too() -> None:
    assert from_text(to_text(GitFacts())) == GitFacts()


def test_text_is_ascii_whatever_a_path_holds() -> None:
    facts = GitFacts(branch="größe", changed=frozenset({"caf\udce9.md", "\ud83d\n"}))
    assert to_text(facts).isascii()
    assert from_text(to_text(facts)) == facts


@given(st.text(st.characters()) | JSON.map(json.dumps))
def test_what_something_else_wrote_is_no_fact(text: str) -> None:
    assert from_text(text) is None


@FEW
@given(FACTS, st.data())
def test_a_text_that_was_damaged_is_no_fact(facts: GitFacts, data: st.DataObject) -> None:
    text = to_text(facts)
    digest, seen, _ = text.split(" ", 2)
    moment = range(len(digest) + 1, len(digest) + 1 + len(seen))  # any number is one
    place = data.draw(st.integers(0, len(text) - 1).filter(lambda one: one not in moment))
    other = data.draw(st.characters().filter(lambda c: c != text[place]))
    assert from_text(text[:place] + other + text[place + 1 :]) is None
    assert from_text(text[:place]) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "[" * 100_000, '["a", "b"]', "\ud800"])
def test_no_text_raises(text: str) -> None:
    assert from_text(text) is None
