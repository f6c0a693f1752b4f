import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from helpers import (
    PROGRAMS,
    STRESS,
    add_session,
    ago,
    command,
    commit,
    git,
    run,
    session_text,
)

LEAD = "20251204-143000-weather-fallback.md"
BOXES = "## Execution Progress\n- [ ] BACK-1 - read\n- [x] BACK-2 - write\n"


def session(repo: Path) -> Path:
    return repo / ".agents" / "sessions" / LEAD


def text_of(repo: Path) -> str:
    return session(repo).read_text()


@pytest.mark.parametrize(
    ("name", "word", "said"),
    [("pause", "paused", "Paused"), ("done", "completed", "Completed")],
)
def test_a_status_is_set_noted_in_the_log_and_taken_back(
    name: str, word: str, said: str, project: Path, env: dict[str, str]
) -> None:
    before = session(project).read_bytes()
    done = command("agent-session", env, project, name, "-m", "Waiting for finance")
    assert done.code == 0, done.err
    assert f"  status: {word}\n" in text_of(project)
    entry = rf"## Session Log\n\n### \d{{4}}-\d\d-\d\d \d\d:\d\d - {said}\nWaiting for finance\n$"
    assert re.search(entry, text_of(project))
    assert done.out.splitlines()[0] == f".agents/sessions/{LEAD}"
    assert done.out.splitlines()[-1] == "To take it back: agent-session undo"
    assert command("agent-session", env, project, "undo").code == 0
    assert session(project).read_bytes() == before


def test_what_is_paused_takes_a_note_where_nothing_is_in_progress(
    project: Path, env: dict[str, str]
) -> None:
    (project / ".agents" / "sessions" / "20251201-090000-billing-export.md").unlink()
    assert command("agent-session", env, project, "pause").code == 0
    again = command("agent-session", env, project, "pause", LEAD, "-m", "Ask Ann")
    assert again.err.endswith(f"agent-session note TEXT --path .agents/sessions/{LEAD}\n")
    assert command("agent-session", env, project, "note", "Ask Ann").code == 0
    assert text_of(project).endswith(" - Ask Ann\n")
    assert "  status: paused\n" in text_of(project)


def test_a_note_names_the_steps_that_commits_since_may_have_done(
    project: Path, env: dict[str, str]
) -> None:
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "Session files", when=ago(hours=2))
    (project / "cache.py").write_text("class CacheAdapter: ...\n")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "Implement CacheAdapter.read")
    noted = command("agent-session", env, project, "note", "The cache reads").out
    assert "\nPossibly done already, to be checked:\n- " in noted
    assert "CacheAdapter.read" in noted


def test_the_file_is_named_alike_for_all_of_them(project: Path, env: dict[str, str]) -> None:
    path = f".agents/sessions/{LEAD}"
    for words in (("pause", path), ("resume", "--path", path), ("note", "x", "--path", path)):
        done = command("agent-session", env, project, *words)
        assert done.out.splitlines()[0] == path, done.err


def test_the_one_paused_file_is_gone_on_with(project: Path, env: dict[str, str]) -> None:
    done = command("agent-session", env, project, "resume")
    assert "20251201-090000-billing-export.md" in done.out
    listed = command("agent-session", env, project, "list", "--json").answer["documents"]
    assert {row["status"] for row in listed} == {"in_progress"}


def test_the_model_that_ticks_and_is_done_is_told_so_at_the_next_start(
    project: Path, env: dict[str, str]
) -> None:
    add_session(project, LEAD, session_text(branch="feat/weather", more=BOXES))
    command("agent-session", env, project, "next", "Write the storage class")
    command("agent-session", env, project, "tick", "BACK-1")
    event = {"hook_event_name": "SessionStart", "source": "startup", "session_id": "a"}
    said = run("session-start-hook", {**event, "cwd": str(project)}, env, project)
    assert "Write the storage class" in said.model
    assert "- [x] BACK-1" in said.model
    command("agent-session", env, project, "done")
    said = run(
        "session-start-hook", {**event, "session_id": "b", "cwd": str(project)}, env, project
    )
    assert "Weather fallback" not in said.model
    assert LEAD in command("agent-session", env, project).out


def test_a_box_is_listed_with_its_number_and_ticked_by_it(
    project: Path, env: dict[str, str]
) -> None:
    add_session(project, LEAD, session_text(branch="feat/weather", more=BOXES))
    listed = command("agent-session", env, project, "tick").out
    assert listed.splitlines()[1:] == ["   1  [ ] BACK-1 - read", "   2  [x] BACK-2 - write"]
    assert command("agent-session", env, project, "tick", "1").code == 0
    assert "- [x] BACK-1 - read" in text_of(project)


def test_what_an_agent_did_makes_its_file_no_newer(project: Path, env: dict[str, str]) -> None:
    text = session_text(updated=ago(days=40), branch="feat/weather")
    path = add_session(project, LEAD, text, ago(days=40))
    before = path.stat().st_mtime_ns
    done = command("agent-session", env, project, "agent", "qa", "--status", "completed")
    assert done.code == 0
    found = re.compile(r"  last_updated: .*")
    assert found.findall(path.read_text()) == found.findall(text)
    assert path.stat().st_mtime_ns == before
    assert command("agent-session", env, project, "undo").code == 0
    assert path.read_text() == text
    assert path.stat().st_mtime_ns == before


def test_an_agent_reports(project: Path, env: dict[str, str]) -> None:
    arguments = ("agent", "qa", "--status", "completed", "--summary", "All green")
    assert command("agent-session", env, project, *arguments).code == 0
    assert 'summary: "All green"' in text_of(project)
    again = command("agent-session", env, project, *arguments)
    assert (again.code, again.err) == (
        2,
        f"agent-session: .agents/sessions/{LEAD} says that already\n",
    )


def test_where_several_may_be_meant_they_are_named(repo: Path, env: dict[str, str]) -> None:
    for day in (4, 5):
        add_session(repo, f"2025120{day}-143000-x{day}.md", session_text(f"X{day}"))
    refused = command("agent-session", env, repo, "note", "Found it")
    assert refused.code == 2
    way = "each of these may be meant, so name one (agent-session {}): .agents/sessions/"
    assert way.format("note … --path PATH") in refused.err
    assert way.format("pause PATH") in command("agent-session", env, repo, "pause").err
    named = command(
        "agent-session", env, repo, "note", "Found it", "--path", "20251204-143000-x4.md"
    )
    assert named.code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"---\nsession: [\n---\n\n# X\n\nText.\n", "line 2: its YAML is not valid"),
        (session_text().encode() + b"\xff\n", "line 24 is not UTF-8"),
        (b"# X\n\nText.\n", "it says no status"),
    ],
)
def test_what_can_not_be_edited_is_named_with_file_and_line(
    text: bytes, said: str, repo: Path, env: dict[str, str]
) -> None:
    path = add_session(repo, LEAD, text)
    refused = command("agent-session", env, repo, "pause", str(path))
    assert (refused.code, refused.out) == (2, "")
    assert LEAD in refused.err
    assert said in refused.err
    assert path.read_bytes() == text
    assert not list(path.parent.glob(".*"))


def test_a_message_of_several_lines_is_one(project: Path, env: dict[str, str]) -> None:
    command("agent-session", env, project, "note", "One\n## Two\n---")
    assert re.search(r"\n### [\d: -]+ - One ## Two ---\n$", text_of(project))


def test_what_was_changed_since_is_not_overwritten_by_undo(
    project: Path, env: dict[str, str]
) -> None:
    command("agent-session", env, project, "note", "Found it")
    with session(project).open("a") as file:
        file.write("By hand.\n")
    refused = command("agent-session", env, project, "undo")
    assert refused.code == 2
    kept = re.search(r"What the file said before: (\S+)", refused.err)
    assert kept is not None
    assert "Found it" not in (project / kept[1]).read_text()
    assert command("agent-session", env, project, "undo", "--skip").code == 0
    assert "nothing to take back" in command("agent-session", env, project, "undo").err
    assert text_of(project).endswith("By hand.\n")


def test_what_is_as_it_was_already_is_said_so(project: Path, env: dict[str, str]) -> None:
    before = text_of(project)
    command("agent-session", env, project, "note", "One")
    one = text_of(project)
    command("agent-session", env, project, "note", "Two")
    session(project).write_text(one)  # by hand, or by git
    assert "was as it was already" in command("agent-session", env, project, "undo").out
    assert command("agent-session", env, project, "undo").code == 0
    assert text_of(project) == before


def test_a_failed_edit_leaves_nothing_to_take_back(
    project: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = session(project).parent
    folder.chmod(0o500)
    done = command("agent-session", env, project, "note", "One", is_bound=True)
    folder.chmod(0o700)
    assert done.code == 2
    assert "nothing to take back" in command("agent-session", env, project, "undo").err


def test_undo_outlives_a_branch_and_takes_back_one_after_another(
    project: Path, env: dict[str, str]
) -> None:
    before = text_of(project)
    for text in ("One", "Two", "Three"):
        command("agent-session", env, project, "note", text)
    for text in ("Three", "Two", "One"):
        assert text in text_of(project)
        command("agent-session", env, project, "undo")
    assert text_of(project) == before
    assert command("agent-session", env, project, "undo").code == 2


def test_a_link_inside_the_project_is_followed_and_stays_one(
    project: Path, env: dict[str, str]
) -> None:
    real = project / "docs" / LEAD
    real.parent.mkdir()
    session(project).rename(real)
    session(project).symlink_to(real)
    assert command("agent-session", env, project, "note", "Found it", "--path", LEAD).code == 0
    assert session(project).is_symlink()
    assert "Found it" in real.read_text()


def test_a_files_mode_stays(project: Path, env: dict[str, str]) -> None:
    session(project).chmod(0o640)
    command("agent-session", env, project, "note", "Found it")
    assert session(project).stat().st_mode & 0o777 == 0o640


def test_eight_at_once_all_come_in(project: Path, env: dict[str, str]) -> None:
    running = [
        subprocess.Popen(
            [PROGRAMS / "agent-session", "note", f"Note {number}"],
            cwd=project, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        for number in range(8)
    ]  # fmt: skip
    ends = [one.communicate()[1] for one in running]
    assert ends == [b""] * 8
    assert all(f" - Note {number}\n" in text_of(project) for number in range(8))
    for _ in range(8):
        assert command("agent-session", env, project, "undo").code == 0
    assert "Note" not in text_of(project)


@pytest.mark.parametrize("number", range(100 if STRESS else 5))
def test_killed_at_any_moment_the_file_is_the_old_or_the_new_one(
    number: int, project: Path, env: dict[str, str]
) -> None:
    before = text_of(project)
    process = subprocess.Popen(
        [PROGRAMS / "agent-session", "done"], cwd=project, env=env, stdout=subprocess.DEVNULL
    )
    time.sleep(0.25 + number * (0.004 if STRESS else 0.08))
    process.send_signal(signal.SIGKILL)
    process.wait()
    after = text_of(project)
    is_new = "status: completed" in after and after.rstrip().endswith("- Completed")
    assert after == before or is_new
    done = command("agent-session", env, project, "undo")  # whatever was left
    assert done.code == 0 or "nothing to take back" in done.err
    assert text_of(project) == before
    command("agent-session", env, project, "note", "Goes on")
    assert "Goes on" in text_of(project)


def test_where_the_state_can_not_be_kept_nothing_is_changed(
    project: Path, env: dict[str, str]
) -> None:
    (project / ".git" / "agent-session-hooks").write_text("in the way")
    before = text_of(project)
    env = {**env, "HOME": os.devnull}
    refused = command("agent-session", env, project, "note", "Found it")
    assert refused.code == 2
    assert "can't be kept" in refused.err
    assert text_of(project) == before


def test_the_commit_of_an_edit_is_no_work_without_a_word(
    project: Path, env: dict[str, str]
) -> None:
    commit(project, f".agents/sessions/{LEAD}", text=session_text(branch="feat/weather"))
    command("agent-session", env, project, "note", "Found it")
    git(project, "commit", "-qam", "Note")
    row = command("agent-session", env, project, "list", "--json").answer["documents"][0]
    assert row["verdict"] == "current"


def test_a_template_is_not_edited(repo: Path, env: dict[str, str]) -> None:
    path = command("agent-session", env, repo, "new", "Weather").out.strip()
    refused = command("agent-session", env, repo, "note", "Found it", "--path", path)
    assert "is still to be filled in" in refused.err


def test_long_ago_is_no_reason(project: Path, env: dict[str, str]) -> None:
    os.utime(session(project), (ago(days=400).timestamp(),) * 2)
    assert command("agent-session", env, project, "note", "x", "--path", LEAD).code == 0
