import os
import re
from pathlib import Path

import pytest

from helpers import add_session, ago, command, commit, session_text
from talks import NEXT, talk


def test_it_says_what_leads_what_is_next_and_how_to_go_on(
    project: Path, env: dict[str, str]
) -> None:
    said = command("agent-session", env, project)
    assert said.code == 0
    assert said.out.splitlines() == [
        ".agents/sessions/20251204-143000-weather-fallback.md",
        '  "Weather fallback"',
        '  in_progress, current, branch "feat/weather", 2 hours ago',
        '  next, line 22: "Implement CacheAdapter.read"',
        "  go on: claude; agent-session tick, next, note, pause, done",
        "Paused: 1  (agent-session resume PATH)",
        "  20251201-090000-billing-export.md  paused, current, 3 days ago",
        "Completed, and still there: 1  (agent-session close PATH)",
        "  20251120-100000-login-form.md",
    ]


def test_of_several_it_says_how_each_command_is_told_which(repo: Path, env: dict[str, str]) -> None:
    for day in (4, 5):
        name = f"2025120{day}-100000-work.md"
        add_session(repo, name, session_text(updated=ago(days=day)), ago(days=day))
    lines = command("agent-session", env, repo).out.splitlines()
    said = "  of several, to each of these: --path 20251204-100000-work.md"
    assert lines[lines.index(said) - 1].endswith("agent-session tick, next, note, pause, done")
    for name in ("20251204-100000-work.md", "20251205-100000-work.md"):
        assert command("agent-session", env, repo, "pause", "--path", name).code == 0
    assert "  go on: agent-session resume 20251205-100000-work.md" in (
        command("agent-session", env, repo).out
    )


def test_where_nothing_is_it_says_how_to_begin(repo: Path, env: dict[str, str]) -> None:
    assert command("agent-session", env, repo).out.splitlines() == [
        "No document is active here.",
        "  begin: agent-session init TITLE",
    ]


def test_a_handoff_that_leads_is_gone_on_with_by_the_agent_alone(
    repo: Path, env: dict[str, str]
) -> None:
    (repo / "NEXT_SESSION.md").write_text("# Next\n\n## Next Steps\n\n1. Write the adapter\n")
    said = command("agent-session", env, repo).out.splitlines()
    assert said[-2:] == ['  next, line 5: "Write the adapter"', "  go on: claude"]


def test_json_has_the_same(project: Path, env: dict[str, str]) -> None:
    found = command("agent-session", env, project, "--json").answer
    assert found["leads"]["next_action"] == {"text": "Implement CacheAdapter.read", "line": 22}
    assert [row["title"] for row in found["paused"]] == ["Billing export"]
    assert found["completed"] == [".agents/sessions/20251120-100000-login-form.md"]


def test_what_is_wrong_is_said(project: Path, env: dict[str, str]) -> None:
    add_session(project, "20251205-100000-binary.md", b"\0\0")
    config = project / ".agents" / "session-hooks.toml"
    config.write_text("[context]\nbudget = 1\n")
    out = command("agent-session", env, project).out
    assert "Wrong: 2  (install-hooks --check)" in out
    assert "binary.md can't be read: it is not text" in out


def test_an_ordinary_project_fits_a_terminal(repo: Path, env: dict[str, str]) -> None:
    for number in range(30):
        state = ("in_progress", "paused", "completed")[number % 3]
        text = session_text(f"Work {number}", state, updated=ago(days=number))
        commit(repo, f".agents/sessions/202512{number + 1:02}-100000-work.md", text=text)
    lines = command("agent-session", env, repo).out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("  … ") for line in lines)


def test_a_handoff_that_is_owed_is_written_in_the_way_that_is_named(
    repo: Path, env: dict[str, str]
) -> None:
    config = repo / ".agents" / "session-hooks.toml"
    config.parent.mkdir()
    config.write_text('[documents]\nformats = ["next"]\n')
    commit(repo, "a", when=ago(hours=2))
    with talk(repo, env) as one:
        one.start()
        one.say()
        commit(repo, *"bcdefg")
        one.end()
    owed = "Owed: 1  (agent-session new --format next, waive)"
    assert owed in command("agent-session", env, repo).out.splitlines()
    command("agent-session", env, repo, "new", "--format", "next")
    handoff = repo / "NEXT_SESSION.md"
    handoff.write_text(handoff.read_text().replace("[Specific next step to take]", "Write h"))
    with talk(repo, env) as one:
        one.start()
    assert "Owed" not in command("agent-session", env, repo).out


def test_a_handoff_that_was_taken_and_left_leads_as_at_the_next_start(
    project: Path, env: dict[str, str]
) -> None:
    (project / "NEXT_SESSION.md").write_text(NEXT)
    with talk(project, env) as one:
        one.start()
        one.say()
        assert "NEXT_SESSION.md" not in command("agent-session", env, project).out
        one.end()
    lines = command("agent-session", env, project).out.splitlines()
    assert lines[:2] == ["NEXT_SESSION.md", '  "Next Session"']
    assert lines[3] == '  next, line 9: "Write FileStorage"'
    assert re.fullmatch(r"  taken .*: nothing was done with it, to be told again", lines[4])
    assert lines[5] == "  bring it back: agent-session restore NEXT_SESSION.md"
    assert lines[6] == "Active, too: 1  (agent-session show PATH)"
    found = command("agent-session", env, project, "--json").answer
    assert found["leads"]["path"] == "NEXT_SESSION.md"
    assert (project / found["told_again"]).read_text() == NEXT
    with talk(project, env) as one:
        assert "First to resume: NEXT_SESSION.md" in one.start().person
        one.work()
        one.end()
    assert "NEXT_SESSION.md" not in command("agent-session", env, project).out


def test_one_that_a_session_file_outranks_is_said_to_be_told_again(
    project: Path, env: dict[str, str]
) -> None:
    path = project / "NEXT_SESSION.md"
    path.write_text(NEXT)
    os.utime(path, (ago(hours=9).timestamp(),) * 2)
    with talk(project, env) as one:
        one.start()
        one.end()
    out = command("agent-session", env, project).out
    assert "\n  NEXT_SESSION.md  no status, current, 9 hours ago, to be told again\n" in out


@pytest.mark.parametrize("before", [True, False])
def test_the_repository_may_be_named_on_either_side_of_the_command(
    before: bool, project: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    named = ("--repo", str(project))
    arguments = (*named, "list") if before else ("list", *named)
    assert "weather-fallback" in command("agent-session", env, tmp_path, *arguments).out
