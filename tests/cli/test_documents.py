"""``agent-session`` as a real process."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from helpers import PROGRAMS, Ran, add_session, ago, command, git, run, session_text
from talks import NEXT, talk

LEAD = ".agents/sessions/20251204-143000-weather-fallback.md"
PAUSED = ".agents/sessions/20251201-090000-billing-export.md"
DONE = ".agents/sessions/20251120-100000-login-form.md"


def agent_session(env: dict[str, str], cwd: Path, *arguments: str) -> Ran:
    return command("agent-session", env, cwd, *arguments)


def test_the_documents_are_listed_as_the_hooks_rank_them(
    project: Path, env: dict[str, str]
) -> None:
    ran = agent_session(env, project, "list", "--json")
    assert (ran.code, ran.err) == (0, "")
    documents = ran.answer["documents"]
    assert [row["path"] for row in documents] == [LEAD, PAUSED]
    first = documents[0]
    assert first["format"] == "session"
    assert first["title"] == "Weather fallback"
    assert first["status"] == "in_progress"
    assert first["branch"] == "feat/weather"
    assert first["ref"] is None
    assert first["active"] is True
    assert first["reasons"] == [
        "nothing was committed since it was written",
        "in_progress",
        "names this branch",
    ]
    assert first["verdict"] == "current"
    assert first["next_action"] == "Implement CacheAdapter.read"
    assert first["created"].endswith("Z")


def test_a_handoff_that_was_taken_and_left_is_listed_with_what_brings_it_back(
    project: Path, env: dict[str, str]
) -> None:
    path = project / "NEXT_SESSION.md"
    path.write_text(NEXT)
    with talk(project, env) as one:
        one.start()
        one.end()
    (row, *_) = agent_session(env, project, "list", "--json").answer["documents"]
    assert (row["path"], row["next_action"]) == ("NEXT_SESSION.md", "Write FileStorage")
    said, way = row["reasons"][-2:]
    assert said.startswith("taken ")
    assert said.endswith(f" by conversation {one.id}: nothing was done with it, to be told again")
    assert agent_session(env, project, *way.split()[1:]).code == 0
    (row, *_) = agent_session(env, project, "list", "--json").answer["documents"]
    assert (row["path"], way in row["reasons"]) == ("NEXT_SESSION.md", False)


def test_all_shows_the_others_too(project: Path, env: dict[str, str]) -> None:
    rows = agent_session(env, project, "list", "--all", "--json").answer["documents"]
    assert [(row["path"], row["active"]) for row in rows] == [
        (LEAD, True), (PAUSED, True), (DONE, False),
    ]  # fmt: skip


def test_all_five_formats_stand_in_one_ranking(project: Path, env: dict[str, str]) -> None:
    stamp = f"{ago(days=1):%Y-%m-%d}"
    for name, text in (
        ("NEXT_SESSION.md", "# N\n\n## What's Next\nNow\n"),
        (f"session-handoffs/{stamp}-0900-x.md", "# H\n\n## Next Priorities\n1. H\n"),
        (f"sessions/{stamp}-x.md", "# J\n\nText.\n"),
        ("HANDOFF.md", "=== SESSION HANDOFF ===\n\n## Next Objective\nP\n"),
    ):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text)
    rows = agent_session(env, project, "list", "--all", "--json").answer["documents"]
    assert {row["format"] for row in rows} == {"session", "next", "handoff", "journal", "prompt"}
    assert rows[0]["format"] in ("next", "prompt")
    assert [row["path"] for row in rows if row["format"] == "session"] == [LEAD, PAUSED, DONE]


def test_a_table_for_people_names_action_and_reason(project: Path, env: dict[str, str]) -> None:
    out = agent_session(env, project, "list").out
    assert LEAD in out
    assert "Implement CacheAdapter.read" in out
    assert "in_progress, names this branch, last activity 2 hours ago" in out
    assert "\x1b" not in out


def test_brackets_in_a_title_are_no_markup(repo: Path, env: dict[str, str]) -> None:
    add_session(repo, "a.md", session_text("[bold]x[/] [link=y]z"))
    assert "[bold]x[/] [link=y]z" in agent_session(env, repo, "list").out


def test_nothing_active_is_said_and_no_list_is_sent_for_where_there_is_none(
    repo: Path, env: dict[str, str]
) -> None:
    said = agent_session(env, repo, "list").out
    assert said.startswith("No document is active here")
    assert "agent-session list --all" in said
    assert agent_session(env, repo, "list", "--all").out == "No document is here\n"
    assert agent_session(env, repo, "list", "--json").answer == {"documents": []}


def test_everything_read_from_one_document_is_shown_with_its_line(
    project: Path, env: dict[str, str]
) -> None:
    shown = agent_session(env, project, "show", f"./{LEAD}", "--json").answer
    lines = (project / LEAD).read_text().split("\n")
    assert shown["path"] == LEAD
    assert shown["active"] is True
    for part, heading in (("state", "Current State"), ("next_steps", "Next Steps")):
        assert shown[part]["title"] == heading
        assert lines[shown[part]["line"] - 1] == f"## {heading}"
    found = shown["next_action_found"]
    assert lines[found["line"] - 1] == "1. Implement CacheAdapter.read"
    assert [step["text"] for step in shown["steps"]] == ["Serve the cached answer with its age"]
    text = agent_session(env, project, "show", LEAD).out
    assert f"next action, line {found['line']}, first item under 'Next Steps':" in text
    assert "The retry is in and tested." in text


def test_a_path_from_a_folder_below_is_found(project: Path, env: dict[str, str]) -> None:
    folder = project / ".agents" / "sessions"
    name = LEAD.rpartition("/")[2]
    assert agent_session(env, folder, "show", name, "--json").answer["path"] == LEAD
    other = agent_session(env, folder.parent.parent.parent, "list", "--repo", str(project))
    assert LEAD in other.out


def test_a_file_s_name_alone_is_enough_where_no_other_has_it(
    project: Path, env: dict[str, str]
) -> None:
    name = LEAD.rpartition("/")[2]
    assert agent_session(env, project, "show", name, "--json").answer["path"] == LEAD
    checked = agent_session(env, project, "check", name)
    assert "in 1 document" in checked.out + checked.err or "1 document checked" in checked.out
    other = f"session-handoffs/{name}"
    (project / "session-handoffs").mkdir()
    (project / other).write_text("# Handoff\n\n## Next Steps\n- Go on\n")
    for command_ in ("show", "check"):
        ran = agent_session(env, project, command_, name)
        assert (ran.code, ran.out) == (2, "")
        assert f"{name} may be each of these: {LEAD}, {other}. Name one by its path" in ran.err
    assert agent_session(env, project, "show", other, "--json").answer["path"] == other


def test_what_was_made_and_not_filled_in_yet_is_everywhere(
    project: Path, env: dict[str, str]
) -> None:
    path = agent_session(env, project, "new", "Gift cards").out.strip()
    for arguments in (("list",), ("list", "--all")):
        assert path in agent_session(env, project, *arguments).out
        rows = agent_session(env, project, *arguments, "--json").answer["documents"]
        (row,) = [row for row in rows if row["path"] == path]
        assert row["reasons"][0] == "not filled in yet"
        assert (row["active"], row["next_action"]) == (False, None)
    assert "not filled in yet" in agent_session(env, project, "show", path).out
    event = {"source": "startup", "cwd": str(project), "hook_event_name": "SessionStart"}
    told = run("session-start-hook", event, env)
    assert f"Begun and not filled in yet: {path}" in told.model
    assert f"To resume: {LEAD}" in told.model
    for other in (project / ".agents/sessions").iterdir():
        if other.name not in path:
            other.unlink()
    told = run("session-start-hook", event, env)
    assert f"Begun and not filled in yet: {path}" in told.model
    assert f"Begun and not filled in yet: {path}" in told.person


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "nope.md"), "nope.md does not exist"),
        (("show", "README.md"), "README.md is no document"),
        (("show", ".agents/sessions/empty.md"), "can't be read: it is empty"),
        (("list", "--repo", "nope"), "nope is not a folder"),
        (("frobnicate",), "invalid choice"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    arguments: tuple[str, ...], words: str, project: Path, env: dict[str, str]
) -> None:
    (project / "README.md").write_text("# Readme\n")
    add_session(project, "empty.md", "")
    ran = agent_session(env, project, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_the_commands_compose_in_a_pipe(project: Path, env: dict[str, str]) -> None:
    program = PROGRAMS / "agent-session"
    command = f"{program} list --json | {program} show {LEAD} --json | head -c 5"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=project, env=env, capture_output=True, check=True
    )
    assert done.stderr == b""
    assert json.loads(done.stdout[:1] + b"}") == {}


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
def test_output_is_utf_8_whatever_the_locale(
    locale: dict[str, str], repo: Path, env: dict[str, str]
) -> None:
    add_session(repo, "a.md", session_text("Größe ✅"))
    assert "Größe ✅" in agent_session(env | locale, repo, "list").out


class TestCheck:
    BAD = ".agents/sessions/weather.md"

    @pytest.fixture
    def bad(self, repo: Path) -> Path:
        text = session_text(more="## Decisions\nOne hour.\n")
        add_session(repo, self.BAD.rpartition("/")[2], text)
        return repo

    def test_each_finding_has_its_place_and_its_remedy(
        self, bad: Path, env: dict[str, str]
    ) -> None:
        ran = agent_session(env, bad, "check")
        assert ran.code == 1
        assert f"{self.BAD}:1: error S101 the name doesn't begin with a UTC time" in ran.out
        assert "    Rename it: the time is that of `date -u" in ran.out
        assert ran.out.endswith("1 error in 1 document\n")
        assert "\x1b" not in ran.out

    @pytest.mark.parametrize("option", [("--json",), ("--format", "json")])
    def test_findings_as_json(
        self, option: tuple[str, ...], bad: Path, env: dict[str, str]
    ) -> None:
        ran = agent_session(env, bad, "check", *option)
        assert ran.code == 1
        assert [(f["code"], f["severity"]) for f in ran.answer["findings"]] == [
            ("S101", "error"), ("S143", "info"),
        ]  # fmt: skip
        assert set(ran.answer["findings"][0]) == {
            "path", "line", "code", "severity", "message", "help",
        }  # fmt: skip

    def test_findings_as_annotations(self, bad: Path, env: dict[str, str]) -> None:
        ran = agent_session(env, bad, "check", "--format", "github")
        first, second = ran.out.splitlines()
        assert first.startswith(f"::error file={self.BAD},line=1,title=S101::the name doesn't")
        assert second.startswith(f"::notice file={self.BAD},line=")
        assert "%Y%25m%25d" not in first
        assert '"%25Y%25m%25d-%25H%25M%25S"' in first

    def test_warnings_fail_only_where_it_is_strict(self, repo: Path, env: dict[str, str]) -> None:
        name = f"{ago(days=1):%Y%m%d-%H%M%S}-done.md"
        add_session(repo, name, session_text(status="completed", updated=ago(days=1)))
        assert agent_session(env, repo, "check").code == 0
        ran = agent_session(env, repo, "check", "--strict")
        assert (ran.code, "warning S142" in ran.out) == (1, True)

    def test_paths_narrow_it_down(self, bad: Path, env: dict[str, str]) -> None:
        good = f".agents/sessions/{ago(hours=2):%Y%m%d-%H%M%S}-good.md"
        add_session(bad, good.rpartition("/")[2], session_text())
        (bad / "README.md").write_text("# Readme\n")
        assert agent_session(env, bad, "check", good).code == 0
        ran = agent_session(env, bad, "check", "README.md", good)
        assert (ran.code, ran.err) == (0, "No documents, so not checked: README.md\n")
        assert "1 document checked" in ran.out
        for name in (".agents", ".", self.BAD, str(bad / self.BAD)):
            assert agent_session(env, bad, "check", name).code == 1
        inside = bad / ".agents" / "sessions"
        assert agent_session(env, inside, "check", "weather.md").code == 1
        ran = agent_session(env, bad, "check", "nope.md")
        assert (ran.code, "nope.md does not exist" in ran.err) == (2, True)

    def test_a_template_that_nobody_filled_in_is_checked_too(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        name = "20251204-143000-x.md"
        add_session(repo, name, "# Session: [Title]\n\n## Context\n\n## Current State\n")
        codes = {f["code"] for f in agent_session(env, repo, "check", "--json").answer["findings"]}
        assert {"S110", "S123", "S124"} <= codes

    def test_nothing_to_check_is_clean(self, repo: Path, env: dict[str, str]) -> None:
        ran = agent_session(env, repo, "check", "--strict")
        assert (ran.code, ran.out) == (0, "0 documents checked, no errors or warnings\n")

    def test_what_a_document_says_cannot_write_to_the_terminal(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        text = session_text(status='"\\e[31mred"', more="## \x1b[31mBlockers\n- Current blocker\n")
        add_session(repo, "a\x1b[31m.md", text.replace("## Context", "## \x1b[31mContext\x1b]0;x"))
        for option in ("text", "github"):
            out = agent_session(env, repo, "check", "--format", option).out
            assert "the status is" in out
            assert "\x1b" not in out


def test_what_git_says_of_a_document_is_shown_too(project: Path, env: dict[str, str]) -> None:
    text = session_text(branch="feat/weather", state="See `src/a.py`, from commit a1b2c3d.")
    name = add_session(project, "a.md", text).relative_to(project).as_posix()
    (project / "src").mkdir()
    (project / "src" / "a.py").write_text("1\n")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "one", when=ago(hours=1))
    git(project, "mv", "src/a.py", "src/b.py")
    git(project, "commit", "-q", "-m", "Move it")
    commit = git(project, "rev-parse", "HEAD").strip()
    shown = agent_session(env, project, "show", name, "--json").answer
    assert shown["verdict"] == "behind"
    assert shown["reasons"][:3] == [
        "1 commit since it was written",
        "src/a.py moved to src/b.py",
        "it names commit a1b2c3d, which is not in this repository",
    ]
    evidence = shown["evidence"]
    assert [one["id"] for one in evidence["commits_since"]["newest"]] == [commit]
    assert (evidence["branch"]["name"], evidence["branch"]["merged"]) == ("feat/weather", None)
    assert [(one["path"], one["moved_to"]) for one in evidence["paths"]] == [
        ("src/a.py", "src/b.py")
    ]
    assert [(one["id"], one["exists"]) for one in evidence["commits"]] == [("a1b2c3d", False)]
    text = agent_session(env, project, "show", name).out
    assert "  src/a.py, line 19: moved to src/b.py\n" in text
    assert f'- {commit[:7]} "Move it" by "A", just now\n' in text


def test_what_was_put_aside_is_listed_behind_the_others_with_why(
    project: Path, env: dict[str, str]
) -> None:
    left = {"NEXT_SESSION.md": 40, "session-handoffs/2025-10-27-0930-x.md": 50}
    for name, days in left.items():
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("# Left\n\n## What's Next\n- Go on\n")
        moment = ago(days=days).timestamp()
        os.utime(path, (moment, moment))
    rows = agent_session(env, project, "list", "--json").answer["documents"]
    assert [(row["path"], row["active"], row["verdict"]) for row in rows[2:]] == [
        ("NEXT_SESSION.md", False, "stale"),
        ("session-handoffs/2025-10-27-0930-x.md", False, "stale"),
    ]
