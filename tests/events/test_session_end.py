"""``session-end-hook`` as a real process on real repositories."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from helpers import add_session, ago, edited, git, run, session_text, spoke, transcript
from session_hooks.events.session_end import terminal_sequence
from talks import talk

LEAD = ".agents/sessions/20251204-143000-weather-fallback.md"
PAUSED = ".agents/sessions/20251201-090000-billing-export.md"


def end(project: Path, env: dict[str, str], **event: Any) -> Any:
    given = {"hook_event_name": "SessionEnd", "reason": "prompt_input_exit", "cwd": str(project)}
    return run("session-end-hook", given | event, env)


def conversation(tmp_path: Path, **began: float) -> str:
    """Write a conversation that did something."""
    records = spoke(ago(**began)), edited("/elsewhere", ago(**began))
    return str(transcript(tmp_path / "t.jsonl", *records))


@pytest.fixture
def project(project: Path) -> Path:
    """Return the project with both of its session files in progress."""
    other = project / PAUSED
    when = other.stat().st_mtime
    other.write_text(other.read_text().replace("status: paused", "status: in_progress"))
    os.utime(other, (when, when))
    return project


def test_what_was_paused_before_is_not_counted_and_of_a_handover_a_line_is_enough(
    repo: Path, env: dict[str, str], tmp_path: Path
) -> None:
    add_session(repo, "a.md", session_text("Login", "paused"), ago(hours=9))
    add_session(repo, "b.md", session_text("Cache", "paused"), ago(minutes=5))
    told = end(repo, env, transcript_path=conversation(tmp_path, hours=1))
    assert told.err == (
        "Reminder, nothing failed: 1 active session file, updated in this conversation.\n"
    )


def test_the_checklist_names_what_was_updated_and_what_was_not(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    told = end(project, env, transcript_path=conversation(tmp_path, hours=5))
    assert told.code == 2
    lines = told.err.splitlines()
    assert lines[0] == "Reminder, nothing failed."
    assert lines[1] == "2 active session files, 1 not updated in this conversation:"
    assert lines[2] == f'  not updated  {PAUSED}  "Billing export" (in_progress)'
    assert lines[3] == f'  updated      {LEAD}  "Weather fallback" (in_progress)'
    assert len(lines) <= 12
    for item in (
        "Current State", "Next Steps", "progress checklist", "Files Modified", "Session Log",
        "status", "issue updated", "ADRs", "docs", "rest as issues", "no references",
        "delete the session file",
    ):  # fmt: skip
        assert item in told.err


def test_every_channel_is_used_at_once_and_the_notification_names_no_title(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    began = conversation(tmp_path, hours=5)
    told = end(project, env | {"TERM_PROGRAM": "iTerm.app"}, transcript_path=began)
    assert told.code == 2
    assert list(told.answer) == ["terminalSequence"]
    assert told.answer["terminalSequence"] == (
        "\x1b]9;2 active session files, 1 not updated in this conversation.\x07"
    )
    assert "[ ] Current State" in told.err


def test_what_a_file_does_not_show_yet_is_named_below_it(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Session files", when=ago(hours=2))
    (project / "cache.py").write_text("")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Add the cache", when=ago(hours=1))
    (project / "serve.py").write_text("")
    lines = end(project, env, transcript_path=conversation(tmp_path, hours=5)).err.splitlines()
    (name,) = git(project, "log", "--format=%h", "--abbrev=7", "-1").split()
    assert lines[3:5] == [
        f'  updated      {LEAD}  "Weather fallback" (in_progress)',
        f'               it doesn\'t show yet: 1 commit: {name} "Add the cache"; '
        "1 file changed and not committed: serve.py",
    ]


def test_a_file_whose_branch_is_merged_is_named_as_done(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Session files", when=ago(hours=2))
    git(project, "branch", "main", "HEAD")
    git(project, "commit", "-q", "--allow-empty", "-m", "work", when=ago(hours=1))
    git(project, "checkout", "-q", "main")
    git(project, "merge", "-q", "--no-ff", "-m", "Merge", "feat/weather", when=ago(minutes=50))
    told = end(project, env, transcript_path=conversation(tmp_path, hours=5))
    reason = 'says in_progress; branch "feat/weather" was merged into "main" 50 minutes ago'
    assert f"  done         {LEAD}  {reason}" in told.err.splitlines()
    assert "1 active session file, not updated in this conversation:" in told.err


def test_without_a_transcript_a_day_counts(project: Path, env: dict[str, str]) -> None:
    told = end(project, env, transcript_path="/no/such/file")
    assert "2 active session files, 1 not updated within a day:" in told.err
    assert f"  updated      {LEAD}" in told.err
    assert f"  not updated  {PAUSED}" in told.err


def test_with_everything_updated_there_is_no_notification(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    told = end(project, env, transcript_path=conversation(tmp_path, days=9))
    assert (told.code, told.out) == (2, "")
    assert "2 active session files, all updated in this conversation:" in told.err


@pytest.mark.parametrize("reason", ["clear", "resume"])
def test_where_a_conversation_makes_room_for_another_one_line_is_enough(
    reason: str, project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    told = end(project, env, reason=reason, transcript_path=conversation(tmp_path, hours=5))
    assert (told.code, told.out) == (2, "")
    assert told.err == (
        "Reminder, nothing failed: 2 active session files, 1 not updated in this conversation.\n"
    )
    updated = conversation(tmp_path, days=9)
    assert end(project, env, reason=reason, transcript_path=updated) == (0, "", "")


@pytest.mark.parametrize("reason", ["logout", "other", None, "something new"])
def test_every_other_end_gets_the_whole_checklist(
    reason: str | None, project: Path, env: dict[str, str]
) -> None:
    assert "[ ] Current State" in end(project, env, reason=reason).err


@pytest.mark.parametrize(
    ("more", "event"),
    [
        ({"CLAUDE_CODE_SESSION_ATTENDED": "0"}, {}),
        ({"CLAUDE_CODE_SESSION_ATTENDED": "", "CLAUDE_CODE_ENTRYPOINT": "sdk-cli"}, {}),
        ({"CLAUDE_CODE_SESSION_ATTENDED": "", "CI": "true"}, {}),
        ({}, {"agent_id": "a1"}),
    ],
)
def test_nobody_is_reminded_where_nobody_is(
    more: dict[str, str], event: dict[str, str], project: Path, env: dict[str, str]
) -> None:
    assert end(project, env | more, **event) == (0, "", "")


def test_in_a_clone_a_file_without_a_status_is_as_old_as_at_the_start(
    repo: Path, env: dict[str, str], tmp_path: Path
) -> None:
    add_session(repo, "20240101-000000-plan.md", "# Plan\n\nText.\n")
    add_session(repo, "notes.md", "# Notes\n\nText.\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "one", when=ago(days=8))
    git(repo, "clone", "-q", str(repo), str(tmp_path / "clone"))
    assert end(tmp_path / "clone", env) == (0, "", "")
    started = run("session-start-hook", {"source": "startup", "cwd": str(tmp_path / "clone")}, env)
    assert "The newest here, which doesn't say outright what is next" in started.model


def test_nothing_active_is_nothing_said(repo: Path, env: dict[str, str]) -> None:
    assert end(repo, env) == (0, "", "")
    add_session(repo, "a.md", session_text(status="completed"))
    assert end(repo, env) == (0, "", "")


@pytest.mark.parametrize(
    ("count", "minutes", "words"),
    [
        (1, 5, "1 active session file, updated in this conversation"),
        (1, 50, "1 active session file, not updated in this conversation"),
        (2, 50, "2 active session files, none updated in this conversation"),
    ],
)
def test_counts_are_said_in_words(
    count: int, minutes: int, words: str, repo: Path, env: dict[str, str], tmp_path: Path
) -> None:
    for number in range(count):
        add_session(repo, f"{number}.md", session_text(more=f"{number}"), ago(minutes=minutes))
    assert words in end(repo, env, transcript_path=conversation(tmp_path, minutes=20)).err


def test_many_session_files_stay_readable_at_a_prompt(repo: Path, env: dict[str, str]) -> None:
    for number in range(30):
        text = session_text(more=f"{number}")
        add_session(repo, f"{number:02}.md", text, ago(days=number % 2 * 3))
    told = end(repo, env)
    assert len(told.err.splitlines()) <= 20
    assert "  not updated  10 more" in told.err


def test_a_title_cannot_write_to_the_terminal(repo: Path, env: dict[str, str]) -> None:
    add_session(repo, "a.md", session_text("Evil\\e[2J\\u202e\\nline"))
    told = end(repo, env)
    assert "\x1b" not in told.err
    assert "\u202e" not in told.err
    assert "line" in told.err.splitlines()[2]


def test_what_was_completed_meanwhile_is_shown_with_what_finishing_takes(
    repo: Path, env: dict[str, str], tmp_path: Path
) -> None:
    add_session(
        repo,
        "20251120-100000-login-form.md",
        session_text("Login form", "completed"),
        ago(minutes=1),
    )
    told = end(repo, env, transcript_path=conversation(tmp_path, hours=1))
    assert told.err.splitlines()[1:3] == [
        "1 session file completed in this conversation:",
        '  completed    .agents/sessions/20251120-100000-login-form.md  "Login form"',
    ]
    assert "delete the session file" in told.err
    assert "To hand over" not in told.err


def test_where_all_that_is_left_is_done_it_says_so(
    repo: Path, env: dict[str, str], tmp_path: Path
) -> None:
    steps = "- [x] One\n- [x] Two"
    add_session(repo, "a.md", session_text(steps=steps), ago(hours=2))
    told = end(repo, env, transcript_path=conversation(tmp_path, hours=5))
    lines = told.err.splitlines()
    assert lines[1] == "1 session file seems to be done, or given up:"
    reason = "says in_progress; all 2 of its checkboxes are ticked"
    assert lines[2] == f"  done         .agents/sessions/a.md  {reason}"


def test_a_note_is_an_update_and_what_a_pull_brought_is_none(
    repo: Path, env: dict[str, str]
) -> None:
    path = add_session(repo, "a.md", session_text(), ago(hours=2))
    with talk(repo, env) as one, talk(repo, env) as other:
        for each in (one, other):
            each.start()
            each.work()
        path.write_text(path.read_text() + "\nMore.\n")
        one.runs("agent-session note More")
        assert "\n  updated      " in one.end().err
        # It was told the file first, and so it is said to have updated it, unless it only talked.
        other.say()
    with talk(repo, env) as third:
        third.start()
        third.say()
        path.write_text(path.read_text() + "\nStill more.\n")
        assert "nothing was done in this conversation" in third.end().err


def test_a_note_in_ones_own_file_is_none_in_a_file_that_a_pull_brought(
    repo: Path, env: dict[str, str]
) -> None:
    path = add_session(repo, "a.md", session_text(), ago(hours=2))
    with talk(repo, env) as one:
        one.start()
        one.work()
        add_session(repo, "theirs.md", session_text("Theirs"), ago())
        path.write_text(path.read_text() + "\nMore.\n")
        one.runs("agent-session note More --path a.md")
        told = one.end().err
        assert told.splitlines()[1] == "1 active session file, updated in this conversation:"
        assert "theirs.md" not in told


def test_where_nothing_was_done_a_line_says_what_is_active(
    repo: Path, env: dict[str, str], tmp_path: Path
) -> None:
    add_session(repo, "a.md", session_text(), ago(hours=2))
    began = spoke(ago(hours=1))
    talked = transcript(tmp_path / "talked.jsonl", began)
    told = end(repo, env, transcript_path=str(talked))
    said = "1 active session file; nothing was done in this conversation"
    assert (told.out, told.err) == ("", f"Reminder, nothing failed: {said}.\n")
    worked = transcript(tmp_path / "worked.jsonl", began, edited("/elsewhere", ago(minutes=5)))
    assert "To hand over" in end(repo, env, transcript_path=str(worked)).err


NOTIFY_9 = "\x1b]9;Two, things\x07"
NOTIFY_99 = "\x1b]99;;Two, things\x07"
NOTIFY_777 = "\x1b]777;notify;Session files;Two, things\x07"
TITLE = "\x1b]2;Two, things\x07\x07"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, NOTIFY_9),
        ({"TERM_PROGRAM": "ghostty"}, NOTIFY_777),
        ({"TERM_PROGRAM": "WezTerm"}, NOTIFY_777),
        ({"TERM_PROGRAM": "WarpTerminal"}, NOTIFY_9),
        ({"TERM": "xterm-kitty"}, NOTIFY_99),
        ({"TERM": "foot"}, NOTIFY_777),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, NOTIFY_99),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "240800"}, NOTIFY_777),
        ({"TERM": "xterm-256color", "WT_SESSION": "x"}, NOTIFY_777 + TITLE),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, NOTIFY_777 + TITLE),
        ({"TERM": "xterm-256color"}, TITLE),
        ({"TERM_PROGRAM": "Apple_Terminal"}, TITLE),
        ({"TERM_PROGRAM": "vscode", "TERM": "xterm-256color"}, TITLE),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x", "TERM_PROGRAM": "tmux"}, TITLE),
        ({"TERM": "screen", "TERM_PROGRAM": "iTerm.app"}, TITLE),
        ({"TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1", "TERM": "xterm-kitty"}, TITLE),
        ({}, TITLE),
    ],
)
def test_each_terminal_gets_the_form_it_knows(environ: dict[str, str], expected: str) -> None:
    assert terminal_sequence("Two; things", environ) == expected


@pytest.mark.parametrize("environ", [{}, {"TERM_PROGRAM": "iTerm.app"}, {"WT_SESSION": "1"}])
def test_only_sequences_that_the_client_lets_through_are_used(environ: dict[str, str]) -> None:
    rest = re.sub(r"\x1b\](?:2|9|99|777);[^\x07\x1b]*\x07", "", terminal_sequence("Words", environ))
    assert rest.strip("\x07") == ""
