import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import examples
from helpers import session_text
from session_hooks import head_text
from session_hooks.document import Document
from session_hooks.formats import FORMATS, session

NOW = datetime(2025, 12, 4, 14, 30, 15, 123456, UTC)


def again(document: Document) -> Document | None:
    text, content = head_text.to_text(document), document.head + document.body
    return head_text.from_text(text, document.path, NOW, document.digest, content)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.NAME)
@pytest.mark.parametrize(
    "text",
    [
        examples.session(NOW).text,
        session_text("\\ud800 ✓", agents="  spawned_agents:\n    - agent: a\n      task: b\n"),
        "---\nbad: [yaml\nstatus: completed\n---\nText\n",
        "---\nsession:\n  created: 0001-01-01\n  last_updated: 9999-12-31T23:59:59Z\n---\n",
        "# Session 2 → 3\n\n**Branch**: feat/x\n**Date**: July 11, 2025\n",
        "",
    ],
)
def test_a_head_comes_back_as_it_was(form: type, text: str) -> None:
    document = form.read("a/b.md", text, NOW)  # type: ignore[attr-defined]
    assert again(document) == document


@given(st.text())
def test_any_text_s_head_does(text: str) -> None:
    document = session.read("a.md", text, NOW)
    assert again(document) == document


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_what_was_never_written_is_nothing(value: object) -> None:

    assert head_text.from_text(json.dumps(value), "a.md", NOW, "", "") is None
