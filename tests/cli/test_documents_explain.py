"""``agent-session explain``: why a document stands where it does, and what a rule asks for."""

import os
from pathlib import Path

import pytest

from helpers import Ran, add_session, ago, command, commits, git, run, session_text
from session_hooks.cli.check.check import RULES
from talks import NEXT, talk

LEAD = ".agents/sessions/20251204-143000-weather-fallback.md"
OTHER = ".agents/sessions/20251201-090000-billing-export.md"


def explain(env: dict[str, str], cwd: Path, what: str, *more: str) -> Ran:
    ran = command("agent-session", env, cwd, "explain", what, *more)
    assert "Traceback" not in ran.err
    assert ran.out.count("\n") <= 15
    return ran


def write(repo: Path, name: str, text: str = "# Note\n\n## Next Steps\n1. Go on\n") -> Path:
    path = repo / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# --- rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["S101", "s101"])
def test_a_rule_is_explained_by_its_code(code: str, repo: Path, env: dict[str, str]) -> None:
    rule = next(rule for rule in RULES if rule.code == "S101")
    lines = explain(env, repo, code).out.splitlines()
    assert lines[0] == f"S101, error: {rule.demand}"
    assert lines[1] == f"  where: {rule.source}"
    assert lines[2].startswith("  why: ")
    assert lines[3] == f"  to mend it: {rule.help}"
    answer = explain(env, repo, code, "--json").answer
    assert set(answer) == {"code", "severity", "demand", "source", "help", "why"}
    assert (answer["code"], answer["severity"]) == ("S101", "error")


@pytest.mark.parametrize(
    ("code", "hint"), [("S999", "Those of S: S101 to S"), ("Z101", "There are C, D, ")]
)
def test_a_code_that_there_is_not_is_refused_with_a_hint(
    code: str, hint: str, repo: Path, env: dict[str, str]
) -> None:
    ran = explain(env, repo, code)
    assert (ran.code, ran.out) == (2, "")
    assert f"there is no rule {code}. {hint}" in ran.err


# --- documents that are read ---------------------------------------------------------------------


def test_what_leads_and_what_comes_behind_say_why(project: Path, env: dict[str, str]) -> None:
    lines = explain(env, project, LEAD).out.splitlines()
    assert lines[0] == f"{LEAD}: a conversation that begins here would resume it"
    assert lines[1] == "  read as session, specification 003"
    assert lines[2].endswith("in_progress; names this branch; last activity 2 hours ago")
    assert lines[3] == "  number 1 of 2"
    said = explain(env, project, OTHER).out
    assert f"number 2 of 2, behind {LEAD}, which is in progress" in said
    answer = explain(env, project, OTHER, "--json").answer
    assert {key: answer[key] for key in ("path", "state", "format", "rank")} == {
        "path": OTHER,
        "state": "offered",
        "format": "session",
        "rank": 2,
    }
    assert answer["verdict"]
    assert set(answer) == {"path", "state", "reasons", "format", "verdict", "rank"}


def test_a_stale_one_says_how_many_commits_came(repo: Path, env: dict[str, str]) -> None:
    add_session(repo, "20250101-000000-old.md", session_text(updated=ago(days=20)), ago(days=20))
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "x", when=ago(days=20))
    commits(repo, 60, ago(days=19))
    ran = explain(env, repo, "20250101-000000-old.md")
    assert ": it is named and not quoted\n" in ran.out
    assert "stale: 60 commits since it was written" in ran.out
    assert "so it comes last" in ran.out


def test_a_completed_one_is_closed_and_a_new_one_is_blank(repo: Path, env: dict[str, str]) -> None:
    add_session(repo, "20251201-000000-done.md", session_text(status="completed"))
    assert explain(env, repo, "20251201-000000-done.md", "--json").answer["state"] == "closed"
    made = command("agent-session", env, repo, "new", "Caches").out.strip()
    assert explain(env, repo, made, "--json").answer["state"] == "blank"


def test_an_older_handoff_and_a_copy_name_what_counts(repo: Path, env: dict[str, str]) -> None:
    newest = "session-handoffs/2025-12-03-1000-b.md"
    write(repo, "session-handoffs/2025-12-02-1000-a.md", "# A\n\n## Next Steps\n1. Plan\n")
    write(repo, newest)
    older = explain(env, repo, "session-handoffs/2025-12-02-1000-a.md", "--json").answer
    assert (older["state"], older["rank"]) == ("superseded", None)
    assert f"the newest one is {newest}" in older["reasons"]
    write(repo, "session-handoffs/2025-12-03-1000-b copy.md")
    copy = explain(env, repo, "session-handoffs/2025-12-03-1000-b copy.md", "--json").answer
    assert (copy["state"], copy["reasons"][-1]) == ("copy", f"a copy of {newest}")


# --- NEXT_SESSION.md -----------------------------------------------------------------------------


def test_next_session_says_whether_it_will_be_taken(repo: Path, env: dict[str, str]) -> None:
    write(repo, "NEXT_SESSION.md", NEXT)
    said = explain(env, repo, "NEXT_SESSION.md").out
    assert said.splitlines()[-2:] == [
        "  the next conversation that a person starts here takes it and reads it once; scripts "
        "(claude -p), subagents, and what goes on or began with /clear leave it",
        "  no conversation is remembered here yet; are hooks installed? install-hooks --check",
    ]
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "x")
    assert "is tracked by git, so it stays" in explain(env, repo, "NEXT_SESSION.md").out
    write(repo, ".agents/session-hooks.toml", '[next_session]\nconsume = "never"\n')
    assert 'consume is "never"' in explain(env, repo, "NEXT_SESSION.md").out


def test_the_newest_of_two_is_taken_first_and_an_old_one_not_at_all(
    repo: Path, env: dict[str, str]
) -> None:
    for name, days in (("NEXT_SESSION.md", 1), (".claude/NEXT_SESSION.md", 40)):
        moment = ago(days=days).timestamp()
        os.utime(write(repo, name, NEXT + name), (moment, moment))
    write(repo, "docs/NEXT_SESSION.md", NEXT)
    assert "a start takes the newest, docs/NEXT_SESSION.md" in (
        explain(env, repo, "NEXT_SESSION.md").out
    )
    assert "what is put aside is not told" in explain(env, repo, ".claude/NEXT_SESSION.md").out


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("resume", "which went on, and takes nothing"),
        ("clear", "which began with /clear"),
        ("new", "whose agent doesn't tell whether somebody read it"),
    ],
)
def test_one_that_was_told_and_not_taken_says_why(
    source: str, why: str, repo: Path, env: dict[str, str]
) -> None:
    with talk(repo, env | {"COPILOT_LOADER_PID": "7"}, name="one") as one:
        one.start()
        one.say()
        write(repo, "NEXT_SESSION.md", NEXT)
        one.start(source)
    assert f"to conversation one, {why}" in explain(env, repo, "NEXT_SESSION.md").out


def test_a_link_is_not_moved_and_who_tried_is_said(repo: Path, env: dict[str, str]) -> None:
    (repo / "NEXT_SESSION.md").symlink_to(write(repo, "work/NEXT_SESSION.md", NEXT))
    assert "it stays in the working tree: it is a link" in explain(env, repo, "NEXT_SESSION.md").out
    with talk(repo, env, name="one") as one:
        one.start()
    said = explain(env, repo, "NEXT_SESSION.md").out
    assert "to conversation one, which could not move it away" in said


def test_why_it_was_left_is_what_held_when_it_was_told(repo: Path, env: dict[str, str]) -> None:
    write(repo, "NEXT_SESSION.md", NEXT)
    unattended = env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"}
    with talk(repo, unattended, name="one") as one:
        one.start()
    with talk(repo, env, name="one") as one:
        one.say()
        one.start("resume")  # nothing is told again, and now somebody attends it
    assert "to conversation one, which nobody attended" in explain(env, repo, "NEXT_SESSION.md").out
    (repo / "NEXT_SESSION.md").write_text("# Next Session\n\n- [ ] Something else\n")
    assert "an earlier text was last told " in explain(env, repo, "NEXT_SESSION.md").out


def test_another_client_leaves_it(repo: Path, env: dict[str, str]) -> None:
    write(repo, "NEXT_SESSION.md", NEXT)
    given = {"session_id": "g", "source": "startup", "cwd": str(repo)}
    other = env | {"GEMINI_SESSION_ID": "g"}
    run("session-start-hook", given, other)
    said = explain(env, repo, "NEXT_SESSION.md").out
    assert "to conversation g, whose agent doesn't tell whether somebody read it" in said


def test_one_that_nobody_attended_stays_and_one_that_was_taken_says_by_whom(
    repo: Path, env: dict[str, str]
) -> None:
    write(repo, "NEXT_SESSION.md", NEXT)
    with talk(repo, env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"}, name="alone") as one:
        one.start()
    assert "to conversation alone, which nobody attended" in (
        explain(env, repo, "NEXT_SESSION.md").out
    )
    with talk(repo, env, name="reader") as one:
        one.start()
        one.say()
        one.end()
    taken = explain(env, repo, "NEXT_SESSION.md", "--json").answer
    assert (taken["path"], taken["state"]) == ("NEXT_SESSION.md", "taken")
    assert "by conversation reader" in taken["reasons"][0]
    assert "-NEXT_SESSION.md" in taken["reasons"][1]
    assert taken["reasons"][2].startswith("to bring it back: agent-session restore ")
    write(repo, "NEXT_SESSION.md", NEXT + "Later.\n")
    assert "an earlier one was taken " in explain(env, repo, "NEXT_SESSION.md").out


# --- what is not read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("docs/handoffs/README.md", "a README"),
        ("notes/plan.md", "its folder or its name is of no format"),
        ("sessions/notes.md", "its name has no date"),
    ],
)
def test_a_file_that_is_not_read_says_why(
    name: str, reason: str, repo: Path, env: dict[str, str]
) -> None:
    write(repo, name)
    answer = explain(env, repo, name, "--json").answer
    assert (answer["path"], answer["state"], answer["reasons"][0]) == (name, "unread", reason)


def test_a_broken_one_an_outside_one_and_none_at_all(
    repo: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    write(repo, ".agents/sessions/20251201-000000-a.md").write_bytes(b"a\0b")
    answer = explain(env, repo, ".agents/sessions/20251201-000000-a.md", "--json").answer
    assert answer["state"] == "unread"
    (repo / ".agents/sessions/20251202-000000-b.md").symlink_to("/nowhere/b.md")
    gone = explain(env, repo, ".agents/sessions/20251202-000000-b.md", "--json").answer
    assert gone["state"] == "unread"
    outside = write(tmp_path, "elsewhere.md")
    assert "it lies outside this project" in explain(env, repo, str(outside)).out
    ran = explain(env, repo, "nope.md")
    assert (ran.code, ran.out) == (2, "")
    assert "nope.md does not exist" in ran.err


def test_one_in_another_worktree_says_where(
    project: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-qm", "x")
    other = tmp_path / "hotfix"
    git(project, "worktree", "add", "-q", "-b", "hotfix", str(other))
    path = add_session(other, "20251204-150000-hotfix.md", session_text("Hotfix"))
    answer = explain(env, project, str(path), "--json").answer
    assert answer["state"] == "elsewhere"
    assert answer["reasons"][0] == 'in worktree "../hotfix (hotfix)"'
