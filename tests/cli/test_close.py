import json
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import pytest

from helpers import PROGRAMS, STRESS, add_session, command, commit, git, run, session_text

NAME = "20251204-143000-weather-fallback.md"
PATH = f".agents/sessions/{NAME}"
CLEAN = session_text("Weather fallback", "completed", steps="None")
FULL = session_text(
    branch="feat/weather",
    state="GET /v1/weather/{city} answers from the cache.",
    steps="1. Test it at night",
    more=(
        "## Decisions\n\n### Decision 1: Cache in SQLite\n"
        "**Decision**: Entries are kept in SQLite for six hours\n**Rationale**: One file\n\n"
        "## Lessons learned\n- An empty body means that the provider is down\n"
    ),
)


@pytest.fixture
def clean(repo: Path) -> Path:
    commit(repo, PATH, text=CLEAN)
    return repo


@pytest.fixture
def full(repo: Path) -> Path:
    commit(repo, PATH, text=FULL)
    commit(repo, "docs/plan.md", text=f"See {PATH}.\n")
    return repo


def copies(repo: Path) -> list[Path]:
    return sorted((repo / ".git" / "agent-session-hooks" / "archive").glob("*.md"))


def test_a_file_whose_knowledge_is_kept_goes_staged_and_not_committed(
    clean: Path, env: dict[str, str]
) -> None:
    done = command("agent-session", env, clean, "close", "--yes")
    assert (done.code, done.err) == (0, "")
    assert not (clean / PATH).exists()
    assert git(clean, "status", "--porcelain") == f"D  {PATH}\n"
    (copy,) = copies(clean)
    assert copy.read_text() == CLEAN


def test_closing_owes_nothing_and_is_told_to_nobody_afterwards(
    clean: Path, env: dict[str, str]
) -> None:
    command("agent-session", env, clean, "close", "--yes")
    git(clean, "commit", "-qam", "The session file has done its work")
    event = {"hook_event_name": "SessionStart", "source": "startup", "session_id": "a"}
    said = run("session-start-hook", {**event, "cwd": str(clean)}, env, clean)
    assert "Weather" not in said.out
    assert command("agent-session", env, clean, "waive").out == "Nothing is owed in this project.\n"


def test_it_is_brought_back_by_undo_as_it_was_in_git_too(clean: Path, env: dict[str, str]) -> None:
    command("agent-session", env, clean, "close", "--yes")
    assert command("agent-session", env, clean, "undo").code == 0
    assert (clean / PATH).read_text() == CLEAN
    assert git(clean, "status", "--porcelain") == ""


def test_it_is_brought_back_by_restore_even_later(clean: Path, env: dict[str, str]) -> None:
    command("agent-session", env, clean, "close", "--yes", PATH)
    git(clean, "commit", "-qam", "gone")
    assert "closed" in command("agent-session", env, clean, "restore").out
    assert command("agent-session", env, clean, "restore", PATH).out == f"{PATH}\n"
    assert (clean / PATH).read_text() == CLEAN


def test_what_would_be_lost_keeps_it_and_is_said_with_its_lines(
    full: Path, env: dict[str, str]
) -> None:
    before = (full / PATH).read_bytes()
    kept = command("agent-session", env, full, "close", "--yes")
    assert kept.code == 1
    for said in (
        "Cache in SQLite", "An empty body means", "Test it at night", "GET /v1/weather/{city}",
    ):  # fmt: skip
        (number,) = (n for n, line in enumerate(FULL.split("\n"), start=1) if said in line)
        assert f"line {number}: {said}" in kept.out
    assert "docs/plan.md:1" in kept.out
    assert (
        "for the sake of: status, issue, decisions, lessons, remaining, API, references" in kept.out
    )
    assert (full / PATH).read_bytes() == before
    assert git(full, "status", "--porcelain") == ""


def test_force_needs_a_reason_which_stays_with_the_copy(full: Path, env: dict[str, str]) -> None:
    refused = command("agent-session", env, full, "close", "--force")
    assert (refused.code, (full / PATH).exists()) == (2, True)
    done = command("agent-session", env, full, "close", "--force", "--reason", "Abandoned")
    assert (done.code, (full / PATH).exists()) == (0, False)
    assert "closed: Abandoned" in command("agent-session", env, full, "restore").out


def test_open_decisions_become_records_in_the_folders_own_style(
    full: Path, env: dict[str, str]
) -> None:
    commit(
        full, "docs/adr/ADR-0009-use-python.md",
        text="# ADR-0009: Use Python\n\n## Status\nAccepted\n\n## Context\nx\n\n## Decision\ny\n",
    )  # fmt: skip
    command("agent-session", env, full, "close", "--extract", "adr")
    record = full / "docs" / "adr" / "ADR-0010-cache-in-sqlite.md"
    lines = record.read_text().splitlines()
    assert lines[0] == "# ADR-0010: Cache in SQLite"
    assert [line for line in lines if line.startswith("## ")] == [
        "## Status", "## Context", "## Decision",
    ]  # fmt: skip
    assert "**Decision**: Entries are kept in SQLite for six hours" in lines
    again = command("agent-session", env, full, "close").out
    assert "[x] decisions:" in again
    assert command("agent-session", env, full, "undo").code == 0
    assert not record.exists()


def test_records_are_looked_for_and_written_where_the_project_keeps_them(
    full: Path, env: dict[str, str]
) -> None:
    commit(full, ".agents/session-hooks.toml", text='[close]\nrecords = ["rfcs", "docs/old"]\n')
    command("agent-session", env, full, "close", "--extract", "adr")
    assert (full / "rfcs" / "0001-cache-in-sqlite.md").exists()
    command("agent-session", env, full, "undo")
    commit(full, "rfcs/0001-use-python.md", text="# Use Python\n")
    commit(full, "docs/old/1.md", text=FULL[FULL.index("**Decision**") :])
    assert "1 of 1 stand elsewhere" in command("agent-session", env, full, "close").out


def test_the_remaining_work_becomes_a_session_file_that_leads(
    full: Path, env: dict[str, str]
) -> None:
    command("agent-session", env, full, "close", "--extract", "next", "--force", "--reason", "Part")
    assert not (full / PATH).exists()
    (row,) = command("agent-session", env, full, "list", "--json").answer["documents"]
    assert (row["title"], row["next_action"]) == ("Weather fallback", "Test it at night")
    assert command("agent-session", env, full, "check", row["path"]).code == 0


def test_the_remaining_work_is_json_for_a_tracker(full: Path, env: dict[str, str]) -> None:
    found = command("agent-session", env, full, "close", "--extract", "issues", "--json").answer
    assert [one["title"] for one in found["issues"]] == ["Test it at night"]
    out = command("agent-session", env, full, "close", "--extract", "issues").out
    assert json.loads(out.splitlines()[0]) == {
        "title": "Test it at night", "body": f"Test it at night\n\nFrom {PATH}, line 22",
    }  # fmt: skip


def test_a_handoff_is_never_closed(repo: Path, env: dict[str, str]) -> None:
    commit(repo, "HANDOFF.md", text="# Handoff\n\n## Next Steps\n1. Do\n")
    refused = command("agent-session", env, repo, "close", "HANDOFF.md")
    assert refused.code == 2
    assert "is no session file" in refused.err


def test_outside_git_it_goes_to_the_persons_own_archive(
    tmp_path: Path, env: dict[str, str]
) -> None:
    add_session(tmp_path / "plain", NAME, CLEAN)
    assert command("agent-session", env, tmp_path / "plain", "close", "--yes").code == 0
    assert command("agent-session", env, tmp_path / "plain", "undo").code == 0
    assert (tmp_path / "plain" / PATH).read_text() == CLEAN


@pytest.mark.parametrize("staged", ["modified", "added", "unmerged"])
def test_what_was_staged_comes_back_with_it(staged: str, clean: Path, env: dict[str, str]) -> None:
    path = clean / PATH
    if staged == "unmerged":
        git(clean, "checkout", "-qb", "other")
        commit(clean, PATH, text=CLEAN.replace("The retry", "Their retry"))
        git(clean, "checkout", "-q", "feat/weather")
        commit(clean, PATH, text=CLEAN.replace("The retry", "Our retry"))
        with pytest.raises(subprocess.CalledProcessError):
            git(clean, "merge", "other")
    else:
        if staged == "added":
            git(clean, "rm", "-q", "--cached", PATH)
            git(clean, "commit", "-qm", "gone")
        path.write_text(f"{CLEAN}Staged.\n")
        git(clean, "add", PATH)
        path.write_text(f"{CLEAN}On disk.\n")

    def standing() -> tuple[str, str, str]:
        index = git(clean, "ls-files", "--stage")
        return git(clean, "status", "--porcelain"), index, path.read_text()

    before = standing()
    done = command("agent-session", env, clean, "close", PATH, "--force", "--reason", "x")
    assert (done.code, path.exists()) == (0, False)
    assert command("agent-session", env, clean, "undo").code == 0
    assert standing() == before


def test_what_restore_brings_back_is_not_deleted_by_the_next_commit(
    clean: Path, env: dict[str, str]
) -> None:
    command("agent-session", env, clean, "close", "--yes")
    command("agent-session", env, clean, "restore", PATH)
    assert git(clean, "status", "--porcelain") == ""


def test_extracting_twice_writes_the_follow_up_once(full: Path, env: dict[str, str]) -> None:
    for _ in range(2):
        command("agent-session", env, full, "close", PATH, "--extract", "next")
    assert len(list((full / ".agents" / "sessions").iterdir())) == 2


@pytest.mark.parametrize(
    "title", ["Fix the cache: don't retry #42", "- [ ] * item", "```", '"quoted"', "<!-- x"]
)
def test_whatever_remains_makes_a_sound_file(title: str, repo: Path, env: dict[str, str]) -> None:
    commit(repo, PATH, text=session_text(steps=f"1. {title}", more="## Blockers\n- Ann is away\n"))
    command("agent-session", env, repo, "close", PATH, "--extract", "next")
    (new,) = {*(repo / ".agents" / "sessions").iterdir()} - {repo / PATH}
    assert "- Ann is away" in new.read_text()
    assert command("agent-session", env, repo, "note", "x", "--path", str(new)).code == 0


def test_what_remains_is_carried_whatever_stands_in_the_context(
    repo: Path, env: dict[str, str]
) -> None:
    text = session_text(
        status="completed",
        steps="- [ ] Add retries\n  - [ ] with jitter\n\n- [ ] Rotate the key\nthat Bob keeps",
        more="## Tasks\n- [ ] Port it\nto Windows\n\n## Follow-ups\n- Ask Ann\n",
    ).replace(
        "The provider fails twice a week.", "### Next Steps\n\nTheirs.\n\n### Contact\n\nMs Lee"
    )
    commit(repo, PATH, text=text)
    done = command("agent-session", env, repo, "close", PATH, "--extract", "next", "--yes")
    assert done.code == 0, done.out
    (new,) = (repo / ".agents" / "sessions").iterdir()
    said = new.read_text().split("---\n", 2)[2]
    for line in ("Ms Lee", "Theirs.", "that Bob keeps", "to Windows", "- Ask Ann", "with jitter"):
        assert said.count(line) == 1, line
    assert "Immediate actions for continuation" not in said


def test_a_files_mode_comes_back_with_it(clean: Path, env: dict[str, str]) -> None:
    (clean / PATH).chmod(0o600)
    command("agent-session", env, clean, "close", "--yes")
    command("agent-session", env, clean, "undo")
    assert (clean / PATH).stat().st_mode & 0o777 == 0o600


def test_a_link_is_not_closed(clean: Path, env: dict[str, str]) -> None:
    (clean / "docs").mkdir()
    (clean / PATH).rename(clean / "docs" / "x.md")
    (clean / PATH).symlink_to("../../docs/x.md")
    refused = command("agent-session", env, clean, "close", PATH, "--yes")
    assert (refused.code, (clean / PATH).exists()) == (2, True)
    assert "is a link: close what it leads to" in refused.err


def test_a_file_that_is_not_read_whole_stays(repo: Path, env: dict[str, str]) -> None:
    commit(repo, PATH, text=CLEAN + "x\n" * 12_000)
    kept = command("agent-session", env, repo, "close", PATH, "--yes")
    assert (kept.code, (repo / PATH).exists()) == (1, True)
    assert "for the sake of: reading" in kept.out


@pytest.mark.parametrize(("answers", "is_closed"), [("y", True), ("n", False), ("", False)])
def test_in_a_terminal_each_point_is_asked(
    answers: str, is_closed: bool, full: Path, env: dict[str, str]
) -> None:
    above, below = pty.openpty()
    process = subprocess.Popen(
        [PROGRAMS / "agent-session", "close"], cwd=full, env={**env, "TERM": "dumb"},
        stdin=below, stdout=below, stderr=below,
    )  # fmt: skip
    os.close(below)
    seen = b""
    while True:
        try:
            seen += os.read(above, 4096)
        except OSError:
            break
        while b"[y/N] " in seen:
            seen = seen.replace(b"[y/N] ", b"", 1)
            os.write(above, f"{answers}\n".encode())
    process.wait()
    assert (full / PATH).exists() is not is_closed


@pytest.mark.parametrize("number", range(100 if STRESS else 5))
def test_killed_at_any_moment_the_text_is_in_the_tree_or_in_the_archive(
    number: int, clean: Path, env: dict[str, str]
) -> None:
    process = subprocess.Popen(
        [PROGRAMS / "agent-session", "close", "--yes"], cwd=clean, env=env,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(0.3 + number * (0.004 if STRESS else 0.08))
    process.send_signal(signal.SIGKILL)
    process.wait()
    (clean / ".git" / "index.lock").unlink(missing_ok=True)  # of a git that was killed, too
    kept = [copy.read_text() for copy in copies(clean) if copy.stat().st_size]
    if (clean / PATH).exists():
        assert (clean / PATH).read_text() == CLEAN
    else:
        assert kept == [CLEAN]
    done = command("agent-session", env, clean, "undo")
    assert done.code == 0 or "nothing to take back" in done.err
    assert (clean / PATH).read_text() == CLEAN
    assert git(clean, "status", "--porcelain") == ""
