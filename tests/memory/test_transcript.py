import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import edited, spoke, transcript
from session_hooks.agents.claude import parse
from session_hooks.agents.transcript import Command, Edit, Transcript
from session_hooks.memory import conversations as transcripts
from session_hooks.memory.conversations import read

BEGAN = datetime(2025, 12, 4, 14, 30, tzinfo=UTC)


def test_a_conversation_begins_and_ends_with_its_records(tmp_path: Path) -> None:
    path = transcript(
        tmp_path / "t.jsonl",
        {"type": "mode"},
        spoke(BEGAN),
        spoke(BEGAN + timedelta(minutes=9)),
        spoke(BEGAN + timedelta(minutes=5)),  # records are not in order
        {"type": "last-prompt"},
    )
    assert read(str(path)) == Transcript(BEGAN, BEGAN + timedelta(minutes=9), had_prompt=True)


def test_edits_and_reads_are_told_by_their_tools(tmp_path: Path) -> None:
    path = transcript(
        tmp_path / "t.jsonl",
        edited("/p/a.py", BEGAN),
        edited("/p/b.py", BEGAN, "Write"),
        edited("/p/c.py", BEGAN, "Read"),
        {
            "timestamp": "2025-12-04T14:30:00Z",
            "message": {
                "content": [
                    {"type": "tool_use", "name": "NotebookEdit", "input": {"notebook_path": "/p/n"}}
                ]
            },
        },
    )
    told = read(str(path))
    assert told.edits == tuple(Edit(f"/p/{name}", BEGAN) for name in ("a.py", "b.py", "n"))
    assert told.reads == (Edit("/p/c.py", BEGAN),)


@pytest.mark.parametrize(
    ("tool", "talked"), [("Read", True), ("WebSearch", True), ("Agent", False), ("mcp__x", False)]
)
def test_who_only_looked_at_things_has_only_talked(tmp_path: Path, tool: str, talked: bool) -> None:
    path = transcript(tmp_path / "t.jsonl", spoke(BEGAN), edited("/p/a.py", BEGAN, tool))
    assert read(str(path)).has_only_talked is talked
    assert not read(str(path), 100).has_only_talked  # what was not read may be anything
    assert not Transcript().has_only_talked


@pytest.mark.parametrize(
    ("command", "talked"),
    [
        ("git log --oneline -5; git status | head", True),
        ("cd shop && grep -rn cart . | wc -l\nagent-session", True),
        ("ls -la docs 2>/dev/null || echo none; git status 2>&1 | head", True),
        ("find . -name '*.md' | head; git branch -a", True),
        ("git log > notes.txt", False),
        ("find . -name '*.tmp' -delete", False),
        ("git branch -D feat/x", False),
        ("git status && git commit -m x", False),
        ("make", False),
        ("agent-session note x", False),
        ("agent-session list --all", True),
    ],
)
def test_a_command_that_only_shows_something_does_nothing(
    tmp_path: Path, command: str, talked: bool
) -> None:
    use = {"type": "tool_use", "name": "Bash", "input": {"command": command}}
    record = {"timestamp": "2025-12-04T14:31:00Z", "message": {"content": [use]}}
    path = transcript(tmp_path / "t.jsonl", spoke(BEGAN), record)
    assert read(str(path)).has_only_talked is talked


def test_an_edit_through_a_link_is_the_files_own(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    path = transcript(tmp_path / "t.jsonl", edited(tmp_path / "link" / "a.py", BEGAN))
    assert [edit.path for edit in read(str(path)).edits] == [str(tmp_path / "real" / "a.py")]


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert read(str(tmp_path / "fifo")) == Transcript()


def test_without_a_transcript_nothing_is_known(tmp_path: Path) -> None:
    for path in (None, "", str(tmp_path / "gone"), str(tmp_path), "a\0b"):
        assert read(path) == Transcript()


def test_only_the_ends_of_a_long_transcript_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    filler = json.dumps({"type": "x", "blob": "y" * 100_000}) + "\n"
    lines = [json.dumps(spoke(BEGAN)) + "\n", json.dumps(edited("/p/early.py", BEGAN)) + "\n"]
    late = BEGAN + timedelta(hours=3)
    lines += [filler] * (transcripts.TAIL_BYTES // len(filler) + 2)
    lines.append(json.dumps(edited("/p/late.py", late)) + "\n")
    path.write_text("".join(lines))
    found = read(str(path))
    assert (found.began, found.last_written) == (BEGAN, late)
    assert [edit.path for edit in found.edits] == ["/p/late.py"]


def test_records_that_cannot_be_read_are_passed_over() -> None:
    lines = [
        b'{"timestamp": "2025-12-04T14:30:00Z", broken',
        b"[]",
        b'["timestamp"]',
        b'{"timestamp": 5}',
        b'{"timestamp": "no time"}',
        b'{"timestamp": "2025-12-04T14:30:00Z", "message": "text"}',
        b'{"timestamp": "2025-12-04T14:30:00Z", "message": {"content": "text"}}',
        b'{"timestamp": "2025-12-04T14:30:00Z", "message": {"content": [5, {"type": "tool_use"}]}}',
        b'{"timestamp": "2025-12-04T14:30:00Z", "message": {"content": [{"type": "tool_use", '
        b'"name": ["Edit"], "input": {"file_path": 5}}]}}',
        b"\xff\xfe",
    ]
    assert parse(lines, lines) == Transcript(BEGAN, BEGAN, acted=True)


PERSON = {"role": "user", "content": "Hello"}
ANSWER = {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]}


@pytest.mark.parametrize(
    ("what", "record", "expected"),
    [
        ("a prompt", {"type": "user", "message": PERSON}, True),
        ("one with a picture", {"type": "user", "message": {"content": [
            {"type": "image"}, {"type": "text", "text": "See"}]}}, True),
        ("an answer", {"type": "assistant", "message": ANSWER}, True),
        ("the client's own words", {"type": "user", "isMeta": True, "message": PERSON}, False),
        ("a subagent's", {"type": "user", "isSidechain": True, "message": PERSON}, False),
        ("a copy from another conversation",
         {"type": "user", "forkedFrom": {"sessionId": "a"}, "message": PERSON}, False),
        ("a command to the client",
         {"type": "user", "message": {"content": "<command-name>/clear</command-name>"}}, False),
        ("what it answered",
         {"type": "user", "message": {"content": "<local-command-stdout>Bye</"}}, False),
        ("a shell command of the person's",
         {"type": "user", "message": {"content": "<bash-input>ls</bash-input>"}}, False),
        ("a tool's result", {"type": "user", "message": {"content": [
            {"type": "tool_result", "content": "x"}]}}, False),
        ("something else", {"type": "system", "message": PERSON}, False),
        ("nothing", {"type": "user", "message": {"content": ""}}, False),
    ],
)  # fmt: skip
def test_whether_anybody_spoke_is_told_by_what_was_said(
    tmp_path: Path, what: str, record: dict[str, Any], expected: bool
) -> None:
    path = transcript(tmp_path / "t.jsonl", {"timestamp": "2025-12-04T14:30:00Z", **record})
    assert read(str(path)).had_prompt is expected


def test_a_fork_names_the_conversation_that_it_began_from(tmp_path: Path) -> None:
    record = {**spoke(BEGAN), "forkedFrom": {"sessionId": "a", "messageUuid": "b"}}
    assert read(str(transcript(tmp_path / "t.jsonl", record))).forked_from == "a"


@pytest.mark.parametrize("path", ["a\0b", "half \ud83d", "/x" * 300_000])
def test_what_is_no_path_is_passed_over(tmp_path: Path, path: str) -> None:
    given = [edited(path, BEGAN), edited(tmp_path / "kept", BEGAN)]
    told = read(str(transcript(tmp_path / "t.jsonl", *given)))
    assert [edit.path for edit in told.edits] == [str(tmp_path / "kept")]


def test_shell_commands_are_told_with_their_time(tmp_path: Path) -> None:
    use = {"type": "tool_use", "name": "Bash", "input": {"command": "sed -i s/a/b/ x.md"}}
    record = {"timestamp": "2025-12-04T14:30:00Z", "message": {"content": [use]}}
    told = read(str(transcript(tmp_path / "t.jsonl", record)))
    assert told.commands == (Command("sed -i s/a/b/ x.md", BEGAN),)


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["tool_use", "Edit"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["message", "content", "type", "name", "input", "file_path"]), inner
        )
    ),
)


@given(st.lists(VALUES))
def test_no_record_makes_it_raise(values: list[object]) -> None:
    when = "2025-12-04T14:30:00Z"
    records = [
        {"timestamp": when, "message": value, "forkedFrom": value, "type": kind}
        for value in values
        for kind in ("user", "assistant", None)
    ]
    lines = [json.dumps(record).encode() for record in records]
    assert parse(lines, lines).began == (BEGAN if values else None)
