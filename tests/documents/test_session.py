from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import session_text
from session_hooks.documents import header, locations, wordings
from session_hooks.documents.formats import session
from session_hooks.documents.model import Agent, Document, Status
from session_hooks.documents.registry import read_body

WRITTEN = datetime(2025, 12, 5, tzinfo=UTC)
NAME = ".agents/sessions/20251204-143000-weather-fallback.md"

WHOLE = """\
---
session:
  title: "Weather fallback"
  status: in_progress
  created: "2025-12-04T14:30:00Z"
  last_updated: "2025-12-04T17:05:00Z"
  linear_issue: "BACK-123"
  linear_url: "https://linear.example/BACK-123"
  branch: feat/weather

orchestration:
  current_task: "Cache the last good answer"
  spawned_agents:
    - agent: backend-dev
      task: "Write the cache adapter"
      status: completed
      summary: "Done with tests"
    - agent: qa
      task: "Try it"
---

# Session: Weather fallback

## Context
The provider fails twice a week.

## Current State
The retry is in.

## Next Steps
1. Implement the adapter

## Execution Progress
- [x] BACK-123 - retry

## Technical Context

### Files to Update
- `src/cache.py` - new

## Decisions

### Decision 1: One hour
**Decision**: No older answers.

## Blockers
- Rate limits

---

## Session Log

### 2025-12-04 15:00 - qa
Tried.

### 2025-12-04 17:05 - backend-dev
Agreed.
"""

TEMPLATE = """\
---
session:
  title: "Clear description of work"
  status: in_progress
  created: "2025-12-04T14:30:00Z"
  last_updated: "2025-12-04T14:30:00Z"
orchestration:
  current_task: "What's actively being worked"
---

# Session: [Title]

## Context
Background for anyone picking up this work.
What problem are we solving? Why now?

## Current State
Where we are right now. What just happened.
**This section should ALWAYS be handoff-ready.**

## Next Steps
- [ ] [Step]

## Blockers
- Current blocker (if any)
"""


def read(text: str, name: str = NAME) -> Document:
    return session.read(name, text, WRITTEN)


def test_everything_that_the_specification_names_is_read() -> None:
    document = read(WHOLE)
    assert document.title == "Weather fallback"
    assert document.status is Status.IN_PROGRESS
    assert document.status_word == "in_progress"
    assert document.created == datetime(2025, 12, 4, 14, 30, tzinfo=UTC)
    assert document.updated == datetime(2025, 12, 4, 17, 5, tzinfo=UTC)
    assert document.issue == "BACK-123"
    assert document.issue_url == "https://linear.example/BACK-123"
    assert document.branch == "feat/weather"
    assert document.current_task == "Cache the last good answer"
    assert document.agents == (
        Agent("backend-dev", "Write the cache adapter", "completed", "Done with tests"),
        Agent("qa", "Try it", "", ""),
    )
    assert document.problems == ()


def test_every_section_is_found_with_its_line() -> None:
    body = read_body(read(WHOLE))
    lines = WHOLE.split("\n")
    for name in ("context", "state", "next_steps", "progress", "files", "decisions", "blockers"):
        section = getattr(body, name)
        assert section is not None, name
        assert lines[section.line - 1].strip("# ") == section.title
    assert body.state is not None
    assert body.state.text == "The retry is in."
    assert body.files is not None
    assert body.files.text == "- `src/cache.py` - new"
    assert body.newest_log_entry == datetime(2025, 12, 4, 17, 5, tzinfo=UTC)


def test_flat_frontmatter_is_read_too() -> None:
    document = read("---\ntitle: Flat\nstatus: paused\ncurrent_task: Wait\n---\n")
    assert (document.title, document.status) == ("Flat", Status.PAUSED)
    assert document.current_task == "Wait"


def test_a_file_without_frontmatter_gives_its_heading_its_labels_and_its_names_date() -> None:
    text = (
        "# Session 38: Weather\n\n**Date**: 2025-12-01\n**Status**: ✅ Complete\n"
        "- **Branch**: `fix/weather`\n\n## What's Next\nMore\n"
    )
    document = read(text)
    assert document.title == "Weather"
    assert not document.has_frontmatter
    assert document.status is Status.COMPLETED
    assert document.branch == "fix/weather"
    assert document.created == datetime(2025, 12, 4, 14, 30, tzinfo=UTC)
    assert read(text, ".agents/sessions/weather.md").created == datetime(2025, 12, 1, tzinfo=UTC)
    steps = read_body(document).next_steps
    assert steps is not None
    assert steps.text == "More"


@pytest.mark.parametrize("value", ["clean", "PASS (all checks)", "FAILURE"])
def test_a_label_that_is_no_status_word_claims_nothing(value: str) -> None:
    assert read(f"# A\n\n**Status**: {value}\n").status_word is None
    assert read(f"# A\n\n**Status**: {value}\n**Status**: Done\n").status is Status.COMPLETED


@pytest.mark.parametrize("value", ["`fix/a`", "fix/a", "fix/a (for PR #95)", "`fix/a` from main"])
def test_a_labelled_branch_is_its_name_alone(value: str) -> None:
    assert read(f"# A\n\n- **Branch**: {value}\n").branch == "fix/a"


def test_a_sentence_behind_the_label_is_no_branch() -> None:
    assert read("# A\n\n- **Branch**: merged to `dev` and pushed\n").branch is None
    assert read("# A\n\n- **Branch**: main (pushed)\n").branch == "main"


def test_a_label_below_the_first_part_speaks_of_something_else() -> None:
    tasks = "## Task 1\n- **Status**: Done\n\n## Task 2\n- **Status**: In progress\n"
    assert read(f"# A\n\n{tasks}").status is Status.UNKNOWN
    assert read(f"# A\n\n## Session Info\n- **Status**: Paused\n\n{tasks}").status is Status.PAUSED


def test_without_a_title_anywhere_the_name_serves() -> None:
    assert read("Some text").title == "weather fallback"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        *[(word, status) for status, (words, _) in header._STATUSES.items() for word in words],
        ("In Progress", Status.IN_PROGRESS),
        ("in-progress", Status.IN_PROGRESS),
        ("✅ **COMPLETED** - all green", Status.COMPLETED),
        ("🚧 WIP", Status.IN_PROGRESS),
        ("On hold (until Monday)", Status.PAUSED),
        ("Complete rewrite under way", Status.UNKNOWN),
        ("Done: all merged", Status.COMPLETED),
        ("[FINAL] Completed: all merged", Status.COMPLETED),
        ("[COMPLETE]", Status.COMPLETED),
        ("review", Status.UNKNOWN),
        ("✅", Status.COMPLETED),
        ("✔️", Status.COMPLETED),
        ("⏸️", Status.PAUSED),
        ("🚧", Status.IN_PROGRESS),
        ("❌", Status.UNKNOWN),
        ("已完成（merge-ready）", Status.COMPLETED),
        ("完了（マージ待ち）", Status.COMPLETED),
        ("ＤＯＮＥ", Status.COMPLETED),
        ("TERMINÉ", Status.COMPLETED),
        ("termine", Status.COMPLETED),
        ("termine\u0301", Status.COMPLETED),
        ("fuer spaeter zurueckgestellt", Status.UNKNOWN),
        ("zurueckgestellt", Status.PAUSED),
        ("faerdig", Status.COMPLETED),
        ("TAMAMLANDI", Status.COMPLETED),
        ("ukonczone", Status.COMPLETED),
        ("hoan thanh", Status.COMPLETED),
        ("In Arbeit", Status.IN_PROGRESS),
        ("完成登录功能", Status.UNKNOWN),
        ("已完成 80%", Status.UNKNOWN),
        ("fini de lire, pas de coder", Status.UNKNOWN),
        ("Fertig machen", Status.UNKNOWN),
        ("Done?", Status.UNKNOWN),
        ("Done (80%)", Status.UNKNOWN),
        ("Done (100%)", Status.COMPLETED),
        ("Completed: 3 of 5", Status.UNKNOWN),
        ("Completed: 5 of 5", Status.COMPLETED),
        ("Complete (3/5 tasks)", Status.UNKNOWN),
        ("Completed 11/29/2026", Status.UNKNOWN),
        ("Completed (11/29/2026)", Status.COMPLETED),
        ("done | in progress | paused", Status.UNKNOWN),
        ("In progress / Done", Status.UNKNOWN),
        ("Done / merged", Status.COMPLETED),
        ("", Status.UNKNOWN),
        (None, Status.UNKNOWN),
    ],
)
def test_status_words(word: str | None, status: Status) -> None:
    assert header.parse_status(word) is status


@pytest.mark.parametrize("status", header._STATUSES)
def test_a_word_tells_the_status_in_every_language(status: Status) -> None:
    for word in header._STATUSES[status][0]:
        for spelled in (word, word.upper(), f"✅ **{word.capitalize()}** (2026-11-29)"):
            assert header.parse_status(spelled) is status, spelled


@pytest.mark.parametrize(
    ("label", "field"),
    [
        *((name, "status_word") for name in wordings.STATUS_LABELS),
        *((name, "branch") for name in wordings.BRANCH_LABELS),
        *((name, "created") for name in wordings.CREATED_LABELS),
        *((name, "updated") for name in wordings.UPDATED_LABELS),
    ],
)
def test_a_label_is_read_in_every_language(label: str, field: str) -> None:
    value = {"status_word": "done", "branch": "feat/x"}.get(field, "2026-11-29")
    for text in (
        f"# T\n\n- **{label.title()}**: {value}\n",
        f"# T\n\n{label}：{value}\n",
        f"# T\n\n| A | B |\n|---|---|\n| **{label}** | {value} |\n",
        f'---\n"{label}": {value}\n---\n',
    ):
        found = getattr(read(text, "a.md"), field)
        assert str(found).startswith(value), text


@pytest.mark.parametrize(
    "line",
    [
        "Status: done | Branch: feat/x | Date: 2026-11-29",
        "**Status**: done | **Branch**: `feat/x` | **Date**: 2026-11-29",
        "**Status:** done · **Branch:** feat/x · **Date:** 2026-11-29",
        "**Status:** done **Branch:** feat/x **Date:** 2026-11-29",
        "> Date: 2026-11-29 • Status: ✅ done • Branch: feat/x",
        "Date: 2026-11-29; Branch: feat/x; Status: done",
        "| **Status:** done | **Branch:** feat/x | **Date:** 2026-11-29 |",
        "Status: done  Branch: feat/x  Date: 2026-11-29",
        "- Status: done\n- Branch: feat/x\n- Date: 2026-11-29",
        "* 📌 **Status**: done\n* 🌿 **Branch**: feat/x\n* **Date**: 2026-11-29",
        "| Is | It |\n|---|---|\n| Status | done |\n| Branch | `feat/x` |\n| Date | 2026-11-29 |",
    ],
)
@pytest.mark.parametrize("above", ["", "# Export\n\n", "# Export\n"])
def test_labels_on_one_line_in_a_list_or_a_table_are_read(line: str, above: str) -> None:
    document = read(f"{above}{line}\n\n## Next Steps\n- Go\n", "a.md")
    assert document.status is Status.COMPLETED
    assert document.branch == "feat/x"
    assert document.created == datetime(2026, 11, 29, tzinfo=UTC)


def test_what_only_looks_like_a_label_is_none() -> None:
    table = "# T\n\n| Branch | Status |\n|---|---|\n| main | done |\n"
    assert read(table).branch is None
    assert read("# T\n\n<!-- Status: done | paused -->\n").status_word is None
    assert read("# T\n\n**Session**: 4 - Goal: x\n", "a.md").number == 4


@pytest.mark.parametrize(
    "text",
    [
        '+++\ntitle = "Export"\nstatus = "done"\nbranch = "feat/x"\ndate = 2026-11-29\n+++\n',
        '{"title": "Export", "status": "done", "branch": "feat/x", "date": "2026-11-29"}\n',
        "---\nTitle: Export\nStatus: Done\nBranch: feat/x\nDate: 2026-11-29\n---\n",
        "---\nSESSION:\n  Title: Export\n  STATUS: done\n  Date: 2026-11-29\nBranch: feat/x\n---\n",
        "---\ntitre: Export\nstatut: terminé\nbranche: feat/x\ndate: 2026-11-29\n---\n",
    ],
)
def test_frontmatter_is_read_in_every_form(text: str) -> None:
    document = read(f"{text}\n## Next Steps\n- [ ] Do it\n", "a.md")
    assert document.title == "Export"
    assert document.status is Status.COMPLETED
    assert document.branch == "feat/x"
    assert document.created == datetime(2026, 11, 29, tzinfo=UTC)
    assert document.has_frontmatter
    assert document.problems == ()
    assert document.boxes.open == 1


def test_a_key_as_it_is_specified_stands_before_another() -> None:
    text = "---\nStatus: done\nstatus: paused\nLast-Updated: 2026-11-29\n---\n"
    assert read(text).status is Status.PAUSED
    assert read(text).updated == datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("## Current State\nx\n\n## Next Steps\n- Pay\n", "weather fallback"),
        ("# Next Steps\n- Pay\n\n# Blockers\n- Fees\n", "weather fallback"),
        ("# Current State\nx\n\n## Next Steps\n- Pay\n", "weather fallback"),
        ("# Next Steps\n- Pay\n", "Next Steps"),
        ("# Weather\n\n## Next Steps\n- Pay\n", "Weather"),
        ("## Log\nx\n\n# Weather\n", "Weather"),
        ("---\ntitle: [WIP]\n---\n# Weather\n", "WIP"),
        ("---\ntitle: [Weather, wind]\n---\n", "Weather, wind"),
        ("---\ntitle: Fix: [it]\n---\n# Weather\n", "Fix: [it]"),
    ],
)
def test_a_parts_heading_is_no_title(text: str, title: str) -> None:
    assert read(text).title == title


def test_a_name_that_is_only_a_date_is_the_last_title() -> None:
    assert read("# Next Steps\n- Pay\n\n# Blockers\nx\n", "2026-11-29.md").title == "Next Steps"
    assert read("## Next Steps\n- Pay\n", "2026-11-29.md").title == "2026-11-29.md"


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("20251204-143000-weather.md", True),
        ("weather-fallback.md", True),
        ("2025-12-04.MD", True),
        ("20251204-143000-email-template-engine.md", True),
        ("claude-hooks.md", True),
        ("notes.markdown", True),
        ("README.md", False),
        ("readme.de.md", False),
        ("TEMPLATE.md", False),
        ("session-template.md", False),
        ("20251204-143000-invoice-template.md", True),
        ("YYYY-MM-DD-TEMPLATE-session.md", False),
        ("YYYYMMDD-HHMMSS-description.md", False),
        (".hidden.md", False),
        ("state.json", False),
        ("notes.txt", False),
        ("md", False),
        ("AGENTS.md", False),
        ("_template.md", False),
        ("EXAMPLE.md", False),
        ("example-session.md", False),
        ("session-example.md", False),
        ("2026-01-05-example.md", True),
        ("CONVENTIONS.md", False),
        ("conventions-cleanup.md", True),
        ("INDEX.md", False),
        ("index-migration.md", True),
        ("HOW-TO.md", False),
        ("how_to_write_sessions.md", False),
        ("template-engine-2026-01-05.md", False),
    ],
)
def test_which_names_are_session_files(name: str, is_one: bool) -> None:
    assert locations.fits(session.NAME, name) is is_one


def test_a_template_never_filled_in_is_no_session() -> None:
    assert session.is_template(read(TEMPLATE))
    assert session.is_template(read(TEMPLATE.replace("Clear description of work", "Real title")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("What's actively being worked", "Cache the answer"),
        ("Where we are right now. What just happened.", "The retry is in."),
        ("- [ ] [Step]", "- [ ] Write the adapter"),
        ("Background for anyone picking up this work.", "The provider fails."),
    ],
)
def test_a_template_with_one_part_filled_in_is_a_session(old: str, new: str) -> None:
    assert old in TEMPLATE
    assert not session.is_template(read(TEMPLATE.replace(old, new)))


@pytest.mark.parametrize("section", ["Execution Progress", "Blockers", "Notes of my own"])
def test_a_template_with_another_section_filled_in_is_a_session(section: str) -> None:
    assert not session.is_template(read(f"{TEMPLATE}\n## {section}\n- Retry is in\n"))


def test_a_title_of_its_own_above_empty_sections_is_a_beginning() -> None:
    text = "---\ntitle: Fix billing\nstatus: in_progress\n---\n## Context\n## Current State\n"
    assert not session.is_template(read(text))
    assert session.is_template(read(text.replace("Fix billing", '"[Title]"')))


def test_a_section_with_only_the_templates_words_is_missing() -> None:
    body = read_body(read(TEMPLATE))
    assert (body.context, body.state, body.next_steps, body.blockers) == (None, None, None, None)


@pytest.mark.parametrize("text", ["None.", "none", "- N/A", "Nichts"])
def test_a_section_that_says_there_is_nothing_is_none(text: str) -> None:
    body = read_body(read(f"## Blockers\n{text}\n"))
    assert body.blockers is None


def test_of_two_sections_of_a_name_the_filled_one_counts() -> None:
    text = "## Next Steps\n[todo]\n\n## Log\nx\n\n## Next Steps\n1. Real\n"
    steps = read_body(read(text)).next_steps
    assert steps is not None
    assert steps.text == "1. Real"


@pytest.mark.parametrize(
    "yaml",
    [
        "title: 2025-12-04",
        "session: [1, 2]",
        "session: word",
        "session:\n  title: [a, b]\n  status: {a: b}",
        "session:\n  title: 5\n  status: 7.5\n  created: true",
        "orchestration:\n  spawned_agents: x\n  current_task: [x]",
        "orchestration:\n  spawned_agents:\n    - x\n    - agent: [y]\n      task: 5",
        "1: 2\nnull: 3\n? [a]\n: b",
    ],
)
def test_values_of_unexpected_types_are_no_values(yaml: str) -> None:
    assert_well_formed(read(f"---\n{yaml}\n---\n# Body\n"))


def assert_well_formed(document: Document) -> None:
    assert isinstance(document.title, str)
    assert document.title
    for value in (document.status_word, document.branch, document.issue, document.current_task):
        assert value is None or isinstance(value, str)
    for moment in (document.created, document.updated):
        assert moment is None or moment.tzinfo is UTC
    for agent in document.agents:
        assert all(isinstance(field, str) for field in agent)
    body = read_body(document)
    for problem in body.problems:
        assert problem.line >= 1
    session.is_template(document)


SCALARS: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)


@given(
    st.dictionaries(
        st.sampled_from(["title", "status", "created", "last_updated", "branch", "linear_issue"]),
        TREES,
    ),
    st.dictionaries(st.sampled_from(["current_task", "spawned_agents"]), TREES),
    st.text(),
)
def test_no_frontmatter_gives_a_field_of_the_wrong_type(
    fields: dict[str, Any], orchestration: dict[str, Any], body: str
) -> None:
    import yaml

    metadata = yaml.safe_dump({"session": fields, "orchestration": orchestration})
    assert_well_formed(read(f"---\n{metadata}---\n{body}"))


@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)), st.text(max_size=30))
def test_no_cut_and_paste_makes_it_raise(one: int, two: int, pasted: str) -> None:
    start, end = min(one, two), max(one, two)
    assert_well_formed(read(WHOLE[:start] + pasted + WHOLE[end:]))


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    assert_well_formed(read(text))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("status: completed", "status: in_progress"),
        ("status: completed", "status: completed # not yet"),
        ("status: completed", "status: completed\n  status: paused"),
        ("  status: completed\n", ""),
        ("status: completed", 'title: "\n  status: completed\n  issue: a"'),
        ("session:", "session:\n  status: paused\nsession:"),
        ("\n---\n\n", "\nsession: {status: paused}\n---\n\n"),
        ("\n---\n\n", "\n--\n\n"),
        ("session:", "<<<<<<< a\nsession:"),
        ("\n---\n\n", "\n<<<<<<< a\n---\n\n"),
        ("# Session", "\0# Session"),
        ("\n", "\r"),
        ("---", "\ufeff---"),
        ("session:", "status: paused\nsession:"),
    ],
)
def test_what_leaves_any_doubt_is_not_taken_for_completed_unread(before: str, after: str) -> None:
    text = session_text(status="completed", more="- [ ] open\n").replace(before, after)
    assert session.says_completed(text.encode()) is (before == after)


@pytest.mark.parametrize(
    "text",
    [
        session_text(status="completed"),
        session_text("'a: b' #", "completed"),
        "---\nsession:\n  status: completed\n---\n",
        "---\ntitle: a\nstatus: completed\nbranch: main\n---\n# A\n",
        session_text(status="completed").replace("\n", "\r\n"),
        session.TEMPLATE.fill({"title": "Title"}).join(
            ("---\nsession:\n  status: completed\n---\n\n", "")
        ),
    ],
)
def test_what_is_known_of_a_completed_file_is_so_when_it_is_read(text: str) -> None:
    assert session.says_completed(text.encode())
    known = session.completed("a.md", WRITTEN, "")
    document = read(text, "a.md")
    assert (document.status, document.status_word) == (known.status, known.status_word)
    assert not session.is_template(document)
