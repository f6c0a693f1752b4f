"""The formats beside session files: which files they are, and what is read from them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import examples
from helpers import add_session, line_count, session_text
from session_hooks.documents import locations
from session_hooks.documents.formats import handoff, journal, prompt, session
from session_hooks.documents.model import Document
from session_hooks.documents.registry import FORMATS, named, of_text, read_body
from session_hooks.documents.scan import scan
from session_hooks.project.project import project_at

WRITTEN = datetime(2025, 12, 5, tzinfo=UTC)

NEXT = """\
# Next Session

## Where We Left Off

The verifier is in; storage is next.

## What We Learned

- Atomic writes need no lock

## What's Next

**Immediate action**: Complete step 3: write the storage class

**Context needed**: PLAN.md, step 3

## Key Files

- `src/storage.py` - half done
"""

HANDOFF = """\
# Session Handoff: Dashboard

**Date**: 2025-10-27
**Time**: 14:30:00
**Branch**: feat/dashboard
**Author**: Claude Code + Ann

## Session Summary

The component is there.

## Completed Work

- ✅ Component

## Next Priorities

1. **Add the charts**
2. Live updates

## Blockers/Questions

- **Data**: which library?
"""

JOURNAL = """\
# Job queue stability

## What Happened

It stalled twice.

## Follow-up

- Look at the lock timeout
"""

PROMPT = """\
=== SESSION HANDOFF ===
Generated: 2025-10-05T14:30:00Z
Session: Session 2 → 3

## Previous Session Summary

### Accomplished
- Schema

## Current Project State

The data layer is complete.

## Next Session Objective

Implement the login endpoints.

## PROMPT FOR NEXT SESSION

Read and apply this bootstrap template:
https://example.org/base.md

Remember: Say "snapshot" to generate the next handoff.
"""


@pytest.mark.parametrize(
    ("form", "name", "is_one"),
    [
        ("next", "NEXT_SESSION.md", True),
        ("next", "next_session.md", True),
        ("next", "Next-Session.md", True),
        ("prompt", "session-handoff.md", True),
        ("next", "NEXT_SESSION_PHASE2.md", False),
        ("handoff", "2025-10-27-0930-feature.md", True),
        ("handoff", "README.md", False),
        ("journal", "2025-09-06-queue.md", True),
        ("journal", "Session-2026-01-05.md", True),
        ("journal", "SESSION_2026_01_05.md", True),
        ("journal", "session-20260105.md", True),
        ("journal", "session-08-loading-states.md", True),
        ("journal", "2026_01_05-topic.md", True),
        ("journal", "2026-01-05-example-service.md", True),
        ("journal", "port_8080_01_02.md", False),
        ("journal", "YYYY-MM-DD-TEMPLATE-session.md", False),
        ("journal", "session_store.md", False),
        ("journal", "manager.py", False),
        ("prompt", "HANDOFF.md", True),
        ("prompt", "SESSION_HANDOFF.md", True),
        ("prompt", "README.md", False),
        ("prompt", "handover.md", True),
        ("prompt", "NEXT_SESSION_PROMPT.md", True),
        ("prompt", "SESSION_NOTES.md", True),
        ("prompt", "HANDOFFS.md", False),
    ],
)
def test_which_names_are_documents(form: str, name: str, is_one: bool) -> None:
    assert locations.fits(form, name) is is_one


@pytest.mark.parametrize(
    "text",
    [
        PROMPT,
        f"\n\n{PROMPT}",
        f"```markdown\n{PROMPT}\n```",
        PROMPT.replace("=== SESSION HANDOFF ===", "# === Session Handoff (Phase 3) ==="),
        PROMPT.replace("=== SESSION HANDOFF ===", "**=== SESSION HANDOFF ===**"),
        PROMPT.replace("=== SESSION HANDOFF ===", "====== SESSION HANDOFF v2 ======"),
    ],
)
def test_a_prompt_is_told_by_its_opening_wherever_it_lies(text: str) -> None:
    assert prompt.opens(text)
    for form in FORMATS:
        assert of_text(form, text) is prompt


@pytest.mark.parametrize("text", ["# Handoff\n", "See === SESSION HANDOFF === below", "", "==="])
def test_another_text_is_no_prompt(text: str) -> None:
    assert not prompt.opens(text)
    assert of_text(prompt, text) is handoff
    assert of_text(session, text) is session


def read(form: object, path: str, text: str) -> Document:
    document = form.read(path, text, WRITTEN)  # type: ignore[attr-defined]
    assert isinstance(document, Document)
    return document


HEADS = st.sampled_from(
    [
        "", "---\n---", "\n \n---\nstatus: paused\n---", "--- \nsession: [\nstatus: done\n---",
        "---\nsession:\n  title: A\n  status: wip\n  created: 2025-12-04\n  branch: a\n---",
        "---\nlast_updated: 2025-12-04T10:00:00+02:00\nissue: 7\n-----",
        "---\norchestration:\n  spawned_agents: [{agent: a}]\n---",
        "---\nstatus: [a]\ntitle: ''\nauthor: 12\ncurrent_task: x\n--- \n\n",
        "---\ntitle: never closed",
        "---\ncreated: 2025-12-04\n---\n", "---\n- a\n---", "text above\n---\ntitle: A\n---",
    ]
)  # fmt: skip
BODIES = st.lists(
    st.sampled_from(
        [
            "\n", "\n", " ", "\t", "\x0b", "\x1c", "\x85", "---", "---\n", "# Title\n", "text\n",
            "**Status**: paused\n", "**Time**: 10:30\n", "**Branch**: b\n", "**Author**: B\n",
            "**Date**: 2025-11-01\n", "**Last Updated**: 2025-12-03\n", "**Session**: 4\n",
            "status: wip\n", "=== SESSION HANDOFF ===\n",
        ]
    ),
    max_size=8,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("form", "path", "text", "action", "state", "created"),
    [
        (
            named("next"), "NEXT_SESSION.md", NEXT,
            "Complete step 3: write the storage class", "The verifier is in; storage is next.",
            None,
        ),
        (
            handoff, "session-handoffs/2025-10-27-1430-dashboard.md", HANDOFF,
            "Add the charts", "The component is there.", datetime(2025, 10, 27, 14, 30, tzinfo=UTC),
        ),
        (
            journal, "sessions/2025-08-15-queue.md", JOURNAL,
            "Look at the lock timeout", "It stalled twice.", datetime(2025, 8, 15, tzinfo=UTC),
        ),
        (
            prompt, "HANDOFF.md", PROMPT,
            "Implement the login endpoints.", "The data layer is complete.",
            datetime(2025, 10, 5, 14, 30, tzinfo=UTC),
        ),
    ],
)  # fmt: skip
def test_the_specifications_own_shapes_are_read(
    form: object, path: str, text: str, action: str, state: str, created: datetime | None
) -> None:
    document = read(form, path, text)
    body = read_body(document)
    assert document.format == form.NAME  # type: ignore[attr-defined]
    assert body.next_action is not None
    assert body.next_action.text == action
    assert body.state is not None
    assert body.state.text == state
    assert document.created == created


def test_a_prompts_title_is_its_session() -> None:
    assert read(prompt, "HANDOFF.md", PROMPT).title == "Session handoff, Session 2 → 3"
    assert read(prompt, "HANDOFF.md", "=== SESSION HANDOFF ===\nx").title == "Session handoff"


def test_a_handoffs_head_gives_title_and_branch() -> None:
    document = read(handoff, "session-handoffs/x.md", HANDOFF)
    assert document.title == "Dashboard"
    assert document.branch == "feat/dashboard"


@pytest.mark.parametrize(
    ("text", "created", "updated"),
    [
        ("# T\n\n**Date:** 03.02.2026\n", "2026-02-03", None),
        ("# T\n\nText.\n\n---\n**Loodud:** 2026-02-03\n**Viimati uuendatud:** 2026-02-04\n",
         "2026-02-03", "2026-02-04"),
        ("# T\n\nRead it. Dernière mise à jour : 2026-02-04.\n", None, "2026-02-04"),
        ("# T\n\n> 最終更新: 2026/02/04\n", None, "2026-02-04"),
        ("# T\n\n## Date: 2026-02-03\n## Status: ready\n\n## Work\nx\n", "2026-02-03", None),
        ("# Summary - 2026-02-03\n\n## Work\nx\n", "2026-02-03", None),
        ("# T\n\n> 2026-02-03, written late\n", "2026-02-03", None),
        ("# T\n\nThe release date: 2026-02-03 was missed.\n", None, None),
    ],
)  # fmt: skip
def test_a_document_is_dated_by_its_labels_its_title_or_its_first_line(
    text: str, created: str | None, updated: str | None
) -> None:
    document = read(named("next"), "NEXT_SESSION.md", text)
    moments = (document.created, document.updated)
    assert [str(moment.date()) if moment else None for moment in moments] == [created, updated]


NEXT_TEMPLATE = """\
# Next Session

## Where We Left Off

[1-2 sentences: Current state of work]

## What's Next

**Immediate action**: [Specific next step to take]

## Key Files

- `path/to/file` - [Why this matters]
"""


def test_a_template_never_filled_in_is_no_document() -> None:
    assert named("next").is_template(read(named("next"), "NEXT_SESSION.md", NEXT_TEMPLATE))
    begun = NEXT_TEMPLATE.replace("[Specific next step to take]", "Write the storage")
    assert not named("next").is_template(read(named("next"), "NEXT_SESSION.md", begun))


def test_each_format_is_found_where_its_documents_lie(repo: Path) -> None:
    places = {
        "NEXT_SESSION.md": NEXT,
        "docs/NEXT_SESSION.md": NEXT,
        ".claude/NEXT_SESSION.md": NEXT,
        "session-handoffs/2025-10-27-1430-dashboard.md": HANDOFF,
        "docs/session-handoffs/2025-10-28-0900-x.md": HANDOFF,
        "sessions/2025-08-15-queue.md": JOURNAL,
        "docs/sessions/2025-08-16-queue.md": JOURNAL,
        "HANDOFF.md": PROMPT,
        "session-handoffs/2025-10-29-prompt.md": PROMPT,
        "docs/HANDOFF.md": HANDOFF,
        ".claude/handover.md": HANDOFF,
        "docs/session_handoff.md": HANDOFF,
        "NEXT_SESSION_PROMPT.md": NEXT,
        "SESSION_NOTES.md": NEXT,
        "handoffs/2025-10-27-x.md": HANDOFF,
        "docs/handoffs/HANDOFF_2025_10_27.md": HANDOFF,
        "docs/handoff/auth.md": HANDOFF,
        ".claude/handoffs/a.md": HANDOFF,
        ".agents/handoffs/a.md": HANDOFF,
        "thoughts/shared/handoffs/2025-10-27_14-30-00_x.md": HANDOFF,
        "thoughts/shared/handoffs/ENG-7/2025-10-27_14-30-00_x.md": HANDOFF,
        ".claude/sessions/2025-10-27-1430.md": NEXT,
        "memory-bank/activeContext.md": NEXT,
        "memory-bank/progress.md": NEXT,
        ".planning/STATE.md": NEXT,
        ".planning/ROADMAP.md": NEXT,
        "sessions/store.md": "# Code's own\n",
        "docs/notes.md": NEXT,
    }
    for name, text in places.items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n{name}\n")
    add_session(repo, "20251204-143000-x.md", session_text())
    found = scan(project_at(str(repo)), 5)
    assert {document.path: document.format for document in found.documents} == {
        ".agents/sessions/20251204-143000-x.md": "session",
        "NEXT_SESSION.md": "next",
        "docs/NEXT_SESSION.md": "next",
        ".claude/NEXT_SESSION.md": "next",
        "session-handoffs/2025-10-27-1430-dashboard.md": "handoff",
        "docs/session-handoffs/2025-10-28-0900-x.md": "handoff",
        "sessions/2025-08-15-queue.md": "journal",
        "docs/sessions/2025-08-16-queue.md": "journal",
        "HANDOFF.md": "prompt",
        "session-handoffs/2025-10-29-prompt.md": "prompt",
        "docs/HANDOFF.md": "handoff",
        ".claude/handover.md": "handoff",
        "docs/session_handoff.md": "handoff",
        "NEXT_SESSION_PROMPT.md": "handoff",
        "SESSION_NOTES.md": "handoff",
        "handoffs/2025-10-27-x.md": "handoff",
        "docs/handoffs/HANDOFF_2025_10_27.md": "handoff",
        "docs/handoff/auth.md": "handoff",
        ".claude/handoffs/a.md": "handoff",
        ".agents/handoffs/a.md": "handoff",
        "thoughts/shared/handoffs/2025-10-27_14-30-00_x.md": "handoff",
        "thoughts/shared/handoffs/ENG-7/2025-10-27_14-30-00_x.md": "handoff",
        ".claude/sessions/2025-10-27-1430.md": "handoff",
        "memory-bank/activeContext.md": "handoff",
        ".planning/STATE.md": "handoff",
    }
    assert found.unread == ()


@pytest.mark.parametrize("folder", ["docs", ".claude", "sessions", "session-handoffs"])
def test_somebody_elses_folder_of_the_name_is_nobodys_problem(
    folder: str, repo: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "NEXT_SESSION.md").write_text(NEXT)
    (repo / folder).symlink_to(tmp_path / "outside")
    found = scan(project_at(str(repo)), 5)
    assert (found.documents, found.unread) == ((), ())


@pytest.mark.parametrize(
    ("path", "text", "number"),
    [
        ("HANDOFF.md", "=== SESSION HANDOFF ===\nSession: Session 2 → 3\n", 3),
        ("HANDOFF.md", "=== SESSION HANDOFF ===\nSession: 4 -> 5: payments\n", 5),
        ("HANDOFF.md", "=== SESSION HANDOFF ===\nSession: 2025-10-05\n", None),
        ("HANDOFF.md", "=== SESSION HANDOFF ===\nSession: v1.2\n", None),
        ("a.md", "# Session 38: Payments\n", 38),
        ("2025-12-20-session-41-final.md", "# Payments\n", 41),
        ("a.md", "# Payments\n", None),
    ],
)
def test_which_session_of_several_it_is(path: str, text: str, number: int | None) -> None:
    form = prompt if prompt.opens(text) else session
    assert read(form, path, text).number == number


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("# H\n\n**Author**: Claude Code + Ann\n", "Claude Code + Ann"),
        ("---\nauthor: Ann\n---\n# H\n", "Ann"),
        ("---\nsession:\n  author: Ben\n---\n# H\n", "Ben"),
        ("# H\n", None),
    ],
)
def test_who_wrote_it(text: str, author: str | None) -> None:
    assert read(handoff, "session-handoffs/a.md", text).author == author


@pytest.mark.parametrize(
    ("name", "text", "hour", "minute"),
    [
        ("2025-10-27-0930-a.md", "# A\n", 9, 30),
        ("2025-10-27-0930-a.md", "# A\n\n**Time**: 09:45:10\n", 9, 45),
        ("2025-10-27-3079-a.md", "# A\n", 0, 0),  # an issue's number
        ("a.md", "# A\n\n**Date**: 2025-10-27\n**Time**: around noon\n", 0, 0),
    ],
)
def test_a_handoff_is_as_new_as_its_time_says(name: str, text: str, hour: int, minute: int) -> None:
    created = read(handoff, f"session-handoffs/{name}", text).created
    assert created is not None
    assert (created.hour, created.minute) == (hour, minute)


EXAMPLES = st.sampled_from([*examples.EXAMPLES.values()])
EDITS = st.tuples(st.integers(0, 3000), st.integers(0, 300), st.text(max_size=20))


@given(EXAMPLES, st.lists(EDITS, max_size=5), st.none() | st.text())
@example(examples.HANDOFF, [(763, 98, ""), (444, 201, "\r")], None)  # a line ends without \n
def test_every_format_reads_whatever_became_of_its_example(
    example: examples.Example, edits: list[tuple[int, int, str]], other: str | None
) -> None:
    text = example.text if other is None else other
    for place, length, new in edits:
        text = text[:place] + new + text[place + length :]
    for form in FORMATS:
        document = form.read(example.path, text, WRITTEN)
        assert document.title
        for word in (document.title, document.status_word, document.branch, document.author):
            assert word is None or isinstance(word, str)
        for moment in (document.created, document.updated):
            assert moment is None or moment.tzinfo is UTC
        assert document.number is None or isinstance(document.number, int)
        body = read_body(document)
        lines = line_count(text)
        for step in (*body.steps, *([body.next_action] if body.next_action else [])):
            assert step.text
            assert 1 <= step.line <= lines
        for part in (body.state, body.next_steps, body.blockers, body.decisions, body.files):
            assert part is None or 0 <= part.line <= lines
        assert isinstance(form.is_template(document), bool)
