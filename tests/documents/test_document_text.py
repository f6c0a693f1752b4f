from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks.documents import scan
from session_hooks.documents.files import MOST_LINES, MOST_TEXT, decode
from session_hooks.documents.model import Document, Problem
from session_hooks.documents.registry import FORMATS, named, read_body
from session_hooks.memory import archive

NOW = datetime(2026, 11, 29, tzinfo=UTC)
BODY = "## Next Steps\n{}- [ ] Both\n\n## Current State\nIn.\n"
CONFLICT = "<<<<<<< HEAD\n- [ ] Ours\n=======\n- [ ] Theirs\n- [x] More\n>>>>>>> feature\n"
WITH_BASE = CONFLICT.replace("=======", "||||||| 1234567\n- [ ] Base\n=======")


def read(text: str, form: str = "session") -> Document:
    document = scan.document_of(named(form), "a.md", text.encode(), NOW)
    assert document is not None
    return document


@pytest.mark.parametrize("conflict", [CONFLICT, WITH_BASE, CONFLICT.replace("\n", "\r\n")])
@pytest.mark.parametrize("form", [form.NAME for form in FORMATS])
def test_of_a_conflict_ours_is_read_and_said_where_it_is(conflict: str, form: str) -> None:
    opening = "=== SESSION HANDOFF ===\n\n" if form == "prompt" else "# Work\n\n"
    document = read(opening + BODY.format(conflict), form)
    assert document.problems == (Problem(4, "merge conflict"),)
    assert "Theirs" not in document.body
    assert "Base" not in document.body
    assert "<<<" not in document.body + document.head
    step = read_body(document).next_action
    assert step is not None
    assert (step.text, step.line) == ("Ours", 5)
    last = conflict.count("\n") + 4
    assert document.body.split("\n")[last - document.body_line] == "- [ ] Both"


def test_a_conflict_in_the_frontmatter_costs_no_field() -> None:
    sides = "<<<<<<< HEAD\ntitle: Ours\nstatus: paused\n=======\ntitle: A\n>>>>>>> b\n"
    head = f"---\n{sides}branch: c\n---\n"
    document = read(head + BODY.format(""))
    assert (document.title, document.status_word, document.branch) == ("Ours", "paused", "c")
    assert document.problems == (Problem(2, "merge conflict"),)


def test_a_file_that_both_sides_added_is_read() -> None:
    text = "<<<<<<< HEAD\n---\ntitle: Ours\n---\nA\n=======\n---\ntitle: B\n---\nB\n>>>>>>> b\n"
    assert read(text).title == "Ours"
    assert read(text).body.strip() == "A"


def test_each_conflict_is_said() -> None:
    text = BODY.format(CONFLICT + WITH_BASE)
    assert [problem.line for problem in read(text).problems] == [2, 8]


def test_a_taken_document_is_read_so_too(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_text(BODY.format(CONFLICT))
    document = archive.read_copy("NEXT_SESSION.md", str(copy), redact=True)
    assert document
    assert document.problems == (Problem(2, "merge conflict"),)
    assert "Theirs" not in document.body


@pytest.mark.parametrize(
    "text",
    [
        "Title\n=======\n\nText\n",
        "<<<<<<< HEAD\nText\n",
        "<<<<<<< HEAD\nText\n=======\nText\n",
        "Title\n=======\n>>>>>>> quoted\n",
        ">>>>>>> quoted seven times\n<<<<<<< x\n",
        "<<<<<<<< HEAD\nA\n========\nB\n>>>>>>>> b\n",
        " <<<<<<< HEAD\n A\n =======\n B\n >>>>>>> b\n",
        "<<<<<<<HEAD\nA\n=======\nB\n>>>>>>>b\n",
    ],
)
def test_what_is_no_conflict_is_left_as_it_is(text: str) -> None:
    assert decode(text.encode()) == (text, ())


def test_a_headings_underline_in_theirs_is_a_part_of_it() -> None:
    text = "<<<<<<< a\nA\n=======\nB\n=======\nC\n>>>>>>> b\nD\n"
    assert decode(text.encode())[0] == "\nA\n\n\n\n\n\nD\n"


def test_of_a_long_text_the_two_ends_are_read_by_their_own_lines() -> None:
    line = "A line of the middle, as long as lines are.\n"
    text = BODY.format("") + line * 20_000 + "\n## Blockers\n- Fees\n- [x] Paid\n"
    document = read(text)
    (problem,) = document.problems
    assert problem.message.startswith(f"too long: lines {problem.line} to ")
    body = read_body(document)
    assert body.next_action is not None
    assert body.blockers is not None
    assert text.split("\n")[body.blockers.line - 1] == "## Blockers"
    assert document.boxes == (1, 1)
    assert len(document.body.replace("\n", "")) <= MOST_TEXT


@given(st.lists(st.sampled_from(["", "x", "y" * 3_000, "z" * 250_000, "\n" * 6_000]), max_size=40))
def test_no_more_is_left_than_the_ends_and_no_line_moves(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    left, problems = decode(text.encode())
    assert left.count("\n") == text.count("\n")
    assert len(left.replace("\n", "")) <= MOST_TEXT
    assert sum(map(bool, left.split("\n"))) <= MOST_LINES
    for before, after in zip(text.split("\n"), left.split("\n"), strict=True):
        assert after in ("", before) or len(before) > MOST_TEXT // 2
    is_same = left == text  # nobody wants to read the difference
    assert is_same is not bool(problems)


@given(
    st.lists(
        st.sampled_from(["<<<<<<< a", "||||||| b", "=======", ">>>>>>> c", "text", "---", "a: b"]),
        max_size=12,
    )
)
def test_whatever_becomes_of_markers_no_line_moves(lines: list[str]) -> None:
    left, problems = decode("\n".join(lines).encode())
    for before, after in zip(lines, left.split("\n"), strict=False):
        assert after in ("", before)
    for problem in problems:
        assert lines[problem.line - 1] == "<<<<<<< a"
