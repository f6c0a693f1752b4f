"""``pre-compact-hook`` as a real process on real repositories."""

from pathlib import Path
from typing import Any

import pytest

from helpers import add_session, ago, edited, git, run, session_text, spoke, transcript

LEAD = ".agents/sessions/20251204-143000-weather-fallback.md"
PAUSED = ".agents/sessions/20251201-090000-billing-export.md"


def compact(project: Path, env: dict[str, str], **event: Any) -> Any:
    given = {"hook_event_name": "PreCompact", "trigger": "manual", "cwd": str(project)}
    return run("pre-compact-hook", given | event, env)


@pytest.mark.parametrize("trigger", ["manual", "auto"])
def test_the_summarizer_is_told_what_to_keep_word_for_word(
    trigger: str, repo: Path, env: dict[str, str]
) -> None:
    decisions = "## Decisions\n### One hour\n**Decision**: No older answers.\n\n"
    more = f"{decisions}## Blockers\n- Rate limits\n"
    add_session(repo, LEAD.rpartition("/")[2], session_text(branch="feat/weather", more=more))
    told = compact(repo, env, trigger=trigger)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("The summary keeps the following word for word")
    assert f"{LEAD}, in_progress" in told.out
    assert 'Current task: "Cache the last good answer"' in told.out
    for text in ("1. Implement CacheAdapter.read", "No older answers.", "- Rate limits"):
        assert text in told.out
    assert f"Right after compaction: bring {LEAD} up to date, or write a snapshot" in told.out


def test_it_is_plain_text(project: Path, env: dict[str, str]) -> None:
    assert not compact(project, env).out.lstrip().startswith("{")


def test_recently_modified_files_are_named_and_older_ones_are_not(
    project: Path, env: dict[str, str]
) -> None:
    assert PAUSED not in compact(project, env).out
    other = add_session(project, "20251203-100000-login.md", session_text("Login"), ago(hours=3))
    out = compact(project, env).out
    assert f"Recently modified: .agents/sessions/{other.name}, 3 hours ago\n" in out
    assert f"Recently modified: {LEAD}" not in out  # it is quoted


def test_what_the_conversation_read_is_kept_before_what_a_start_would_resume(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    paused = edited(project / PAUSED, ago(minutes=50), "Read")
    path = transcript(tmp_path / "t.jsonl", spoke(ago(hours=1)), paused)
    out = compact(project, env, transcript_path=str(path)).out
    assert f"quoted from a session file:\n{PAUSED}, paused" in out
    assert f"Right after compaction: bring {PAUSED} up to date" in out
    wrote = edited(project / LEAD, ago(minutes=55))
    path = transcript(tmp_path / "t.jsonl", spoke(ago(hours=1)), wrote, paused)
    out = compact(project, env, transcript_path=str(path)).out
    assert f"quoted from a session file:\n{LEAD}, " in out  # writing says more than reading


def test_edits_that_the_lead_does_not_show_yet_are_warned_of(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    edits = [edited(project / f"src/{n}.py", ago(minutes=60 - n)) for n in range(5)]
    path = transcript(tmp_path / "t.jsonl", spoke(ago(hours=1)), *edits)
    out = compact(project, env, transcript_path=str(path)).out
    assert (
        f"Warning: {LEAD} doesn't show yet: 5 files edited in this conversation after it was last "
        "written: src/2.py, src/3.py, src/4.py, …."
    ) in out


def test_commits_and_changed_files_that_the_lead_does_not_show_are_warned_of(
    project: Path, env: dict[str, str]
) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "Session files", when=ago(hours=2))
    for number in range(4):
        (project / "code.py").write_text(str(number))
        git(project, "add", "-A")
        git(project, "commit", "-q", "-m", f"Step {number}", when=ago(minutes=60 - number))
    (project / "new.py").write_text("")
    out = compact(project, env).out
    ids = git(project, "log", "--format=%h", "--abbrev=7", "-3").split()
    named = ", ".join(f'{one} "Step {3 - number}"' for number, one in enumerate(ids))
    assert (
        f"Warning: {LEAD} doesn't show yet: 4 commits: {named}, …; "
        "1 file changed and not committed: new.py."
    ) in out
    assert PAUSED not in out


def test_a_file_written_after_all_edits_is_not_warned_of(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    path = transcript(
        tmp_path / "t.jsonl", spoke(ago(hours=4)), edited(project / "a.py", ago(hours=3))
    )
    assert "Warning" not in compact(project, env, transcript_path=str(path)).out


def test_a_file_that_was_changed_without_its_own_date_is_warned_of(
    project: Path, env: dict[str, str]
) -> None:
    text = session_text(branch="feat/weather", updated=ago(days=2))
    add_session(project, LEAD.rpartition("/")[2], text, ago(minutes=10))
    assert f"Warning: {LEAD} doesn't show yet: what changed after " in compact(project, env).out


def test_in_a_fresh_clone_nothing_is_recently_modified(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "one")
    clone = tmp_path / "clone"
    git(project, "clone", "-q", str(project), str(clone))
    out = compact(clone, env).out
    assert "Implement CacheAdapter.read" in out
    assert "Recently modified" not in out
    assert "Warning" not in out


def test_nothing_active_is_nothing_said(repo: Path, env: dict[str, str]) -> None:
    assert compact(repo, env) == (0, "", "")
    add_session(repo, "a.md", session_text(status="completed"))
    assert compact(repo, env) == (0, "", "")


def test_what_it_says_stays_below_the_clients_limit(repo: Path, env: dict[str, str]) -> None:
    long = "\n".join("a long line of text " * 10 for _ in range(200))
    more = f"## Decisions\n{long}\n\n## Blockers\n{long}\n"
    for number in range(50):
        name = f"20251204-1430{number:02}-{'long-name-' * 15}.md"
        text = session_text(state=long, steps=long, more=f"{more}{number}\n")
        add_session(repo, name, text, ago(minutes=9))
    out = compact(repo, env).out
    assert len(out) <= 4000
    assert "more lines are left out" in out
    assert "Right after compaction" in out


def test_an_unattended_conversation_keeps_its_thread_and_gets_no_reminder(
    project: Path, env: dict[str, str]
) -> None:
    out = compact(project, env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"}, trigger="auto").out
    assert "Implement CacheAdapter.read" in out
    assert "Right after compaction" not in out
