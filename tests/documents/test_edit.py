import codecs
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import STRESS, session_text
from session_hooks.documents import edit
from session_hooks.documents.edit import Change, EditError
from session_hooks.documents.formats import session
from session_hooks.documents.markdown import each_box
from session_hooks.documents.model import Body, Document, Status
from session_hooks.documents.registry import named, read_body
from session_hooks.documents.scan import document_of

NOW = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)
PATH = ".agents/sessions/20251204-143000-x.md"
Step = Callable[[list[str], Document, Body], Change | None]


def read(data: bytes) -> tuple[Document, Body]:
    document = document_of(named(session.NAME), PATH, data, NOW, redact=False)
    return document, read_body(document)


def edited(data: bytes, step: Step) -> bytes:
    document, body = read(data)
    change = step(edit.lines_of(data), document, body)
    return data if change is None else edit.apply(data, change)


def status(word: str) -> Step:
    return lambda lines, document, _: edit.set_status(lines, document, word)


def updated(lines: list[str], document: Document, _: Body) -> Change | None:
    return edit.set_updated(lines, document, NOW)


def logged(action: str, text: str = "") -> Step:
    return lambda lines, document, _: edit.add_log_entry(lines, document, NOW, action, text)


def first(text: str) -> Step:
    return lambda lines, document, body: edit.add_next_step(lines, document, body, text)


def ticked(name: str) -> Step:
    return lambda lines, document, _: edit.tick(lines, edit.find_box([*each_box(document)], name))


def agent(name: str, key: str, value: str) -> Step:
    return lambda lines, _, _body: edit.set_agent(lines, name, key, value)


def changes(text: str, step: Step) -> list[str]:
    """What an edit takes and what it adds."""
    document, body = read(text.encode())
    change = step(edit.lines_of(text.encode()), document, body)
    assert change is not None
    return [*(f"-{line}" for line in change.removed), *(f"+{line}" for line in change.added)]


def front(lines: str, body: str = "# X\n\n## Next Steps\n1. Do\n") -> str:
    return f"---\n{lines}---\n\n{body}"


# --- status and dates ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("session:\n  title: x\n  status: in_progress\n", "  status: paused"),
        ('session:\n  status: "in_progress"   # now\n', '  status: "paused"   # now'),
        ("session:\n  status: 'in_progress'\n  x: 1\n", "  status: 'paused'"),
        ("title: x\nstatus: in_progress\n", "status: paused"),
        ("session: {title: x, status: in_progress}\n", "session: {title: x, status: paused}"),
        ("session:\n  status:\n  title: x\n", "  status: paused"),
        ("session:\n    status: >-\n      in_progress\n", None),
    ],
)
def test_a_status_is_set_where_it_stands_and_as_it_is_written(
    given_: str, expected: str | None
) -> None:
    text = front(given_)
    if expected is None:
        with pytest.raises(EditError, match="not a text on one line"):
            edited(text.encode(), status("paused"))
        return
    assert changes(text, status("paused"))[1:] == [f"+{expected}"]


def test_a_status_that_is_missing_is_added_to_its_table() -> None:
    text = front("session:\n  title: x\n\n# of the work\norchestration:\n  current_task: y\n")
    assert changes(text, status("paused")) == ["+  status: paused"]
    assert read(edited(text.encode(), status("paused")))[0].status is Status.PAUSED


def test_a_label_is_set_where_there_is_no_frontmatter() -> None:
    text = "# X\n\n**Status**: 🚧 in progress | **Branch**: main\n\n## Next Steps\n1. Do\n"
    (_, new) = changes(text, status("completed"))
    assert new == "+**Status**: completed | **Branch**: main"


def test_a_text_without_any_status_is_refused_with_what_to_do() -> None:
    with pytest.raises(EditError, match="begin it with lines of ---"):
        edited(b"# X\n\nText.\n", status("paused"))


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("+++\ntitle = 'x'\n+++\n", "no YAML between two lines of ---"),
        ("---\nsession: [\n---\n", "line 2: its YAML is not valid"),
        ("---\n- x\n---\n", "has no keys"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(head: str, said: str) -> None:
    with pytest.raises(EditError, match=said):
        edited(f"{head}\n# X\n".encode(), status("paused"))


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("**Last Updated:** 2025-12-04 14:30", "+**Last Updated:** 2026-01-05 12:30"),
        ("- Updated: 2025-12-04", "+- Updated: 2026-01-05"),
        ("| Last updated | 2025-12-04 |", "+| Last updated | 2026-01-05 |"),
    ],
)
def test_the_label_of_the_last_change_is_set_as_it_is_written(label: str, said: str) -> None:
    text = f"# Cache\n\n{label}\n\n## Next Steps\n1. Go on\n"
    found = changes(text, updated)
    assert found == [f"-{label}", said]


def test_the_same_status_is_refused() -> None:
    with pytest.raises(EditError, match="is in_progress already"):
        edited(session_text().encode(), status("in_progress"))


def test_a_file_that_is_no_utf_8_is_refused_with_its_line() -> None:
    data = session_text().encode() + b"\xff\xfe\n"
    with pytest.raises(EditError, match="line 24 is not UTF-8"):
        edited(data, status("paused"))


def test_the_time_of_the_last_change_keeps_its_quotes() -> None:
    (_, new) = changes(front("session:\n  last_updated: '2025-12-04T14:30:00Z' # x\n"), updated)
    assert new == "+  last_updated: '2026-01-05T12:30:00Z' # x"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("**Status**: In progress - waiting for Ann", "**Status**: completed - waiting for Ann"),
        ("**Status**: 🚧 WIP (ask Ann)", "**Status**: completed (ask Ann)"),
    ],
)
def test_what_is_said_behind_a_status_stays(old: str, new: str) -> None:
    assert changes(f"# X\n\n{old}\n", status("completed"))[1:] == [f"+{new}"]


def test_a_comment_is_no_label() -> None:
    text = "# X\n\n<!-- Status: in progress | paused -->\n\n**Status**: in progress\n"
    assert changes(text, status("paused"))[1:] == ["+**Status**: paused"]


def test_a_key_in_other_letters_is_the_same() -> None:
    text = front("Session:\n  Status: in_progress\n")
    assert len(changes(text, status("paused"))) == 2
    assert read(edited(text.encode(), status("paused")))[0].status is Status.PAUSED


@pytest.mark.parametrize(
    "yaml", ["x: &a [*a]\n", "? [a, b]\n: c\n", "a: &a [x,x,x]\n" + "b: [*a,*a,*a]\n" * 30]
)
def test_odd_yaml_is_edited_or_refused_at_once(yaml: str) -> None:
    data = front(f"session:\n  status: in_progress\n{yaml}").encode()
    try:
        data = edited(data, status("paused"))
    except EditError:
        return
    assert b"status: paused" in data


# --- the log -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("### 2025-12-04 14:30 - Begun\nText.\n", ["+", "+### 2026-01-05 12:30 - Paused", "+why"]),
        ("- 2025-12-04 14:30 - Begun\n", ["+- 2026-01-05 12:30 - Paused: why"]),
        ("", ["+", "+### 2026-01-05 12:30 - Paused", "+why"]),
        (
            "### 2025-12-05 09:00 - Later\n\n### 2025-12-04 14:30 - Begun\n",
            ["+### 2026-01-05 12:30 - Paused", "+why", "+"],
        ),
        (
            "- 2025-12-05 09:00 - Later\n- 2025-12-04 14:30 - Begun\n",
            ["+- 2026-01-05 12:30 - Paused: why"],
        ),
    ],
)
def test_an_entry_is_written_as_the_others_are_and_on_their_side(
    log: str, expected: list[str]
) -> None:
    text = session_text(more=f"---\n\n## Session Log\n\n{log}")
    assert changes(text, logged("Paused", "why")) == expected
    body = read(edited(text.encode(), logged("Paused", "why")))[1]
    assert body.newest_log_entry in (None, NOW)


def test_a_missing_log_is_added_at_the_end() -> None:
    text = session_text()
    assert edited(text.rstrip().encode(), logged("Paused")).endswith(
        b"\n\n## Session Log\n\n### 2026-01-05 12:30 - Paused"
    )


@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("* **2025-12-04**: began\n", "+* **2026-01-05 12:30**: Paused: why"),
        (
            "| when | what |\n|---|---|\n| 2025-12-04 | began |\n",
            "+| 2026-01-05 12:30 | Paused: why |",
        ),
    ],
)
def test_a_list_and_a_table_go_on_as_they_are(log: str, line: str) -> None:
    assert changes(session_text(more=f"## Session Log\n\n{log}"), logged("Paused", "why")) == [line]


@pytest.mark.parametrize(
    ("log", "above"),
    [
        ("```yaml\n---\na: b\n```\n\n### 2025-12-04 14:30 - x\n", "### 2025-12-04 14:30 - x"),
        (
            "### 2025-12-03 10:00 - a\n\n---\n\n### 2025-12-04 14:30 - b\n",
            "### 2025-12-04 14:30 - b",
        ),
        ("```\n- 2026-03-02: a\n- 2026-01-01: b\n```\n", "```"),
    ],
)
def test_an_entry_comes_last_and_never_into_code(log: str, above: str) -> None:
    text = session_text(more=f"## Session Log\n\n{log}")
    lines = edited(text.encode(), logged("Paused")).decode().splitlines()
    assert lines[-3:] == [above, "", "### 2026-01-05 12:30 - Paused"]


def test_of_one_days_entries_the_time_tells_which_end_is_new() -> None:
    log = "- 2026-01-05 11:00 - b\n- 2026-01-05 10:00 - a\n"
    lines = edited(session_text(more=f"## Session Log\n{log}").encode(), logged("Paused"))
    assert lines.decode().splitlines()[-3:-2] == ["- 2026-01-05 12:30 - Paused"]


def test_a_cell_ends_where_it_ends() -> None:
    log = "| when | what |\n|---|---|\n| 2025-12-04 | began |\n"
    text = session_text(more=f"## Session Log\n\n{log}")
    added = ["+| 2026-01-05 12:30 | a\\|b or x \\| y |"]
    assert changes(text, logged("a|b or x | y")) == added
    assert changes(text.replace("began", "`a \\| b`"), logged("a|b or x | y")) == added


def test_a_changelog_of_a_release_is_no_log() -> None:
    text = session_text(more="## Changelog entry for the release\n\nText.\n")
    assert "+## Session Log" in changes(text, logged("Paused"))


def test_lines_that_are_moved_keep_their_ends() -> None:
    data = session_text(steps="1. one\r\n2. two").encode()
    assert b"1. N\n2. one\r\n3. two\n" in edited(data, first("N"))


@pytest.mark.parametrize(
    ("log", "note", "added"),
    [
        ("### 2025-12-04 14:30 - Begun\n", "Found it", ["- Found it"]),
        ("### 2025-12-04 14:30 - qa\nAll green.\n", "Found it", ["- Note", "Found it"]),
        ("", "It is green. Next: docs", ["- Note", "It is green. Next: docs"]),
        ("", "word " * 20, ["- Note", "word " * 20]),
    ],
)
def test_a_note_is_a_heading_where_it_is_short_and_so_are_the_others(
    log: str, note: str, added: list[str]
) -> None:
    text = session_text(more=f"## Session Log\n\n{log}")
    lines = edited(text.encode(), logged("", note)).decode().rstrip("\n").splitlines()
    assert lines[-len(added) :] == [f"### 2026-01-05 12:30 {added[0]}", *added[1:]]


def test_a_note_in_a_list_is_said_as_it_is() -> None:
    text = session_text(more="## Session Log\n\n- 2025-12-04: began\n")
    assert changes(text, logged("", "It is green. Next: docs")) == [
        "+- 2026-01-05 12:30: It is green. Next: docs"
    ]


def test_a_footer_stays_below_the_log() -> None:
    text = session_text(more="## Session Log\n\n### 2025-12-04 14:30 - x\n\n---\n\nFooter\n")
    lines = edited(text.encode(), logged("Paused")).decode().splitlines()
    assert lines.index("### 2026-01-05 12:30 - Paused") < lines.index("Footer")


@pytest.mark.parametrize(
    "text",
    ["```", "## Next Steps", "- [ ] oops", "# Session: Other", "1. x", "<!-- x", "===", "| a"],
)
def test_a_message_begins_no_block(text: str) -> None:
    before = read(session_text().encode())
    after = read(edited(session_text().encode(), logged("Paused", text)))
    assert after[0].problems == ()
    assert after[0].boxes == before[0].boxes
    assert after[0].title == before[0].title
    assert after[1].steps == before[1].steps


# --- boxes and steps -----------------------------------------------------------------------------

BOXES = "- [ ] BACK-1 - `read` the cache\n- [x] BACK-2 - write\n* [ ] write the docs\n"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("BACK-1", "- [x] BACK-1 - `read` the cache"),
        ("back-1 - read the cache", "- [x] BACK-1 - `read` the cache"),
        ("docs", "* [x] write the docs"),
        ("write", "* [x] write the docs"),
        ("3", "* [x] write the docs"),
    ],
)
def test_a_box_is_ticked_by_its_number_or_words_in_it(name: str, line: str) -> None:
    (_, new) = changes(session_text(more=f"## Tasks\n{BOXES}"), ticked(name))
    assert new == f"+{line}"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("2", "ticked already"),
        ("BACK-2", "ticked already"),
        ("the", "may be each of the boxes on lines 26, 28"),
        ("deploy", "no box says 'deploy'"),
        ("9", "have the numbers 1 to 3"),
    ],
)
def test_a_box_that_is_not_the_one_open_one_is_refused(name: str, said: str) -> None:
    with pytest.raises(EditError, match=said):
        edited(session_text(more=f"\n## Tasks\n{BOXES}").encode(), ticked(name))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("1. a\n2. b", ["-1. a", "-2. b", "+1. N", "+2. a", "+3. b"]),
        ("- a\n- b", ["+- N"]),
        ("- [ ] a\n- [x] b", ["+- [ ] N"]),
        ("Later:\n\n* a", ["+* N"]),
        ("Ask Ada.", ["+1. N", "+"]),
        ("None", ["-None", "+1. N"]),
        ("1. a\n   - x\n\n2) b", ["-1. a", "+1. N", "+2. a"]),
        # Never into code or a comment, and a list stays one.
        ("```\n- [ ] example\n```\n- a", ["+- N"]),
        ("<!--\n- hint\n-->\n- a", ["+- N"]),
        ("9. a\n   - b", ["+9. N"]),
        ("None for now. Later:\n\n- [ ] Rotate the key", ["+- [ ] N"]),
        ("Run this:\n\n    - hosts: all\n", ["+1. N", "+"]),
        ("1. a\n1. b", ["+1. N"]),
        ("### Immediate\n- [ ] a\n\n### Later\n- [ ] b", ["+- [ ] N"]),
        ("### Done\n- [x] a\n\n### Open\n- [ ] b", ["+- [ ] N"]),
        ("- [x] a\n- [ ] b", ["+- [ ] N"]),
    ],
)
def test_a_step_comes_first_and_is_written_as_the_others_are(
    steps: str, expected: list[str]
) -> None:
    text = session_text(steps=steps)
    assert changes(text, first("N")) == expected
    action = read(edited(text.encode(), first("Write the storage class")))[1].next_action
    assert action is not None
    assert action.text == "Write the storage class"


@pytest.mark.parametrize(
    ("boxes", "name", "said"),
    [
        ("- [x] Add cache\n- [ ] Add cache tests\n", "Add cache", "ticked already"),
        ("- [ ] Use 40 retries\n- [ ] b\n", "40", "have the numbers 1 to 2"),
    ],
)
def test_a_box_that_only_looks_like_it_is_left_alone(boxes: str, name: str, said: str) -> None:
    with pytest.raises(EditError, match=said):
        edited(session_text(more=f"\n## Tasks\n{boxes}").encode(), ticked(name))


def test_a_missing_section_of_steps_is_added_above_the_log() -> None:
    text = (
        "# X\n\n## Current State\nHere.\n\n---\n\n## Session Log\n\n### 2025-12-04 14:30 - Begun\n"
    )
    assert changes(text, first("N")) == ["+", "+## Next Steps", "+", "+1. N", "+"]


# --- agents --------------------------------------------------------------------------------------

ENTRY = "  spawned_agents:\n    - agent: backend\n      task: x\n      status: pending # now\n"


def test_an_agents_entry_is_set_key_by_key() -> None:
    text = session_text(agents=ENTRY)
    (_, new) = changes(text, agent("Backend", "status", "completed"))
    assert new == "+      status: completed # now"
    assert changes(text, agent("backend", "summary", 'All "green": 3')) == [
        '+      summary: "All \\"green\\": 3"'
    ]


@pytest.mark.parametrize(
    "agents",
    [
        "", ENTRY, "  spawned_agents: []\n", "  spawned_agents:\n",
        "  spawned_agents:\n  - agent: backend\n    task: x\n",
        "  spawned_agents:\n    - {agent: backend, task: x}\n",
        "  spawned_agents:\n    - agent: backend\n      summary: >\n        long\n        text\n",
    ],
)  # fmt: skip
def test_an_agent_that_is_missing_gets_an_entry(agents: str) -> None:
    data = session_text(agents=agents).encode()
    before = read(data)[0].agents
    data = edited(data, agent("qa: 2", "status", "completed"))
    data = edited(data, agent("qa: 2", "summary", "Green"))
    *others, new = read(data)[0].agents
    assert tuple(others) == before
    assert (new.name, new.status, new.summary) == ("qa: 2", "completed", "Green")
    assert read(data)[0].problems == ()


@pytest.mark.parametrize("value", ["{a: {status: x}}", "found in src/x.py", "[a, b]"])
def test_what_is_no_list_of_entries_is_not_thrown_away(value: str) -> None:
    data = session_text(agents=f"  spawned_agents: {value}\n").encode()
    with pytest.raises(EditError):
        edited(data, agent("qa", "status", "pending"))


def test_an_agent_of_a_file_without_orchestration_gets_it() -> None:
    data = edited(front("session:\n  title: x\n").encode(), agent("qa", "status", "completed"))
    assert [one.name for one in read(data)[0].agents] == ["qa"]


# --- any document --------------------------------------------------------------------------------

WORDS = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\x00"), max_size=12
)
VALUES = st.one_of(
    st.sampled_from(["in_progress", "'paused'", '"x"', "", "|\n    a\n", "# c", "[a, b]", "{}"]),
    WORDS,
)
KEYS = st.sampled_from(["status", "title", "last_updated", "created", "x"])
TABLE = st.lists(st.tuples(KEYS, VALUES), max_size=5, unique_by=lambda pair: pair[0])
AGENTS = st.sampled_from(["", ENTRY, "  spawned_agents: []\n", "  spawned_agents:\n"])
PIECES = st.sampled_from([
    "## Next Steps", "## Session Log", "### 2025-12-04 14:30 - x", "- 2025-12-04 14:30 - x",
    "1. a", "2. b", "- [ ] open", "- [x] done", "  - inner", "", "---", "```", "> 1. q", "None",
    "## Decisions", "**Status**: in progress", "| a | b |", "<!--", "-->", "# X", "    1. code",
])  # fmt: skip
BODY = st.lists(st.one_of(PIECES, WORDS), max_size=20).map("\n".join)
STEPS: list[Step] = [
    status("paused"), updated, logged("Noted", "why"), first("Do this next"), ticked("1"),
    agent("backend", "status", "completed"), agent("qa", "summary", "It's \"green\": yes"),
]  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    table = "".join(f"  {key}: {value}\n" for key, value in draw(TABLE))
    head = f"---\nsession:\n{table}orchestration:\n  current_task: y\n{draw(AGENTS)}---\n\n"
    text = draw(st.sampled_from([head, "", "\n\n" + head])) + draw(BODY)
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = text.replace("\n", end) + draw(st.sampled_from(["", end]))
    return draw(st.sampled_from([b"", codecs.BOM_UTF8])) + text.encode()


@settings(max_examples=2000 if STRESS else 300, deadline=timedelta(seconds=10))
@given(data=documents(), step=st.sampled_from(STEPS))
def test_an_edit_changes_its_own_lines_and_nothing_else(data: bytes, step: Step) -> None:
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        return
    document, body = read(data)
    lines = edit.lines_of(data)
    try:
        change = step(lines, document, body)
    except EditError:
        return
    if change is None:
        return
    at, count = change.line - 1, len(change.removed)
    assert tuple(lines[at : at + count]) == change.removed
    after = edit.apply(data, change)
    assert edit.lines_of(after) == [*lines[:at], *change.added, *lines[at + count :]]
    assert after.startswith(codecs.BOM_UTF8) == data.startswith(codecs.BOM_UTF8)
    # Taken out again, the file is what it was, byte for byte.
    assert edit.apply(after, Change(change.line, change.added, change.removed)) == data
    assert read(after)[0].problems == document.problems
