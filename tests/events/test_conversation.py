"""What a conversation that begins knows of the earlier ones and of its neighbours."""

import json
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from helpers import add_session, ago, command, git, iso, make_repository, run, session_text
from talks import NEXT, archived, talk

LEAD = ".agents/sessions/20251204-143000-weather-fallback.md"
NIGHT = "Measure the nightly import against Postgres"


def commit(repo: Path, name: str) -> None:
    (repo / name).write_text(name)
    git(repo, "add", name)
    git(repo, "commit", "-q", "-m", name)


@pytest.fixture
def committed(project: Path) -> Path:
    """The project with a first commit, its session files in it."""
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first", when=ago(hours=3))
    return project


def worked(project: Path, env: dict[str, str], *names: str) -> None:
    """A conversation in which somebody spoke and each of the files was committed."""
    with talk(project, env) as one:
        one.start()
        one.say()
        for name in names:
            commit(project, name)
        one.end()


def opened(project: Path, env: dict[str, str]) -> None:
    """A conversation in which nobody spoke."""
    with talk(project, env) as one:
        one.start()
        one.end()


# --- debts ---------------------------------------------------------------------------------------


def test_what_one_conversation_left_undone_the_next_is_told_until_it_is_done(
    committed: Path, env: dict[str, str]
) -> None:
    with talk(committed, env) as one:
        one.start()
        one.say()
        for name in ("a", "b", "c"):
            commit(committed, name)
        (committed / "a").write_text("changed")
        (committed / "new").write_text("new")
        one.end()
    for _ in range(2):
        with talk(committed, env) as following:
            told = following.start()
            assert "During the last conversation here (" in told.model
            assert (
                ", closed by the person) HEAD moved by 3 commits and 2 files were left changed, "
                "and the file to resume was not updated. It is to be checked against that"
            ) in told.model
            assert 'Owed: "Weather fallback" lacks 3 commits and 2 changed files (' in told.person
            assert "Update it, or: agent-session waive" in told.person
    with (committed / LEAD).open("a") as file:
        file.write("\nDone: a, b and c.\n")
    with talk(committed, env) as last:
        told = last.start()
    assert "was not updated" not in told.model
    assert "Owed" not in told.person


def test_an_unattended_conversation_gets_no_reminders_and_may_leave_debts(
    committed: Path, env: dict[str, str]
) -> None:
    alone = env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"}
    with talk(committed, alone) as one:
        one.start()
        one.say()
        commit(committed, "a")
        ended = one.end("other")
        assert (ended.out, ended.err, ended.code) == ("", "", 0)
    with talk(committed, alone) as two:
        assert "HEAD moved" not in two.start().out
    with talk(committed, env) as three:
        assert "ended, nobody attended it) HEAD moved by 1 commit, and" in three.start().model


def test_a_scripts_run_is_not_expected_to_write_a_handoff(repo: Path, env: dict[str, str]) -> None:
    (repo / "session-handoffs").mkdir()
    (repo / "session-handoffs/2025-10-27-0930-x.md").write_text("# Handoff: X\n\nX is done.\n")
    commit(repo, "a")
    with talk(repo, env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"}) as one:
        one.start()
        one.say()
        commit(repo, "b")
        one.end("other")
    with talk(repo, env) as following:
        assert "no handoff" not in following.start().out


def test_a_change_of_branch_is_no_work(committed: Path, env: dict[str, str]) -> None:
    git(committed, "checkout", "-q", "-b", "feat/other")
    for name in ("a", "b"):
        (committed / name).write_text(name)
        git(committed, "add", name)
        git(committed, "commit", "-q", "-m", name, when=ago(hours=1))
    git(committed, "checkout", "-q", "feat/weather")
    with talk(committed, env) as one:
        one.start()
        one.say()
        git(committed, "checkout", "-q", "feat/other")
        one.end()
    with talk(committed, env) as following:
        assert "HEAD moved" not in following.start().model


def test_what_was_owed_at_a_compaction_is_told_once_the_conversation_is_over(
    committed: Path, env: dict[str, str]
) -> None:
    with talk(committed, env) as one, talk(committed, env) as other:
        one.start()
        one.say()
        commit(committed, "a")
        one.compact()
        assert "HEAD moved" not in other.start().model  # it may still write it down
        one.die()
        with talk(committed, env) as following:
            assert "HEAD moved by 1 commit" in following.start().model


def test_what_is_brought_up_to_date_before_the_end_is_not_owed(
    committed: Path, env: dict[str, str]
) -> None:
    with talk(committed, env) as one:
        one.start()
        one.say()
        commit(committed, "a")
        one.compact()
        with (committed / LEAD).open("a") as file:
            file.write("\nDone: a.\n")
        one.end()
    with talk(committed, env) as following:
        assert "HEAD moved" not in following.start().model


def test_work_without_a_handoff_is_told_where_the_project_writes_them(
    repo: Path, env: dict[str, str]
) -> None:
    folder = repo / "session-handoffs"
    folder.mkdir()
    (folder / "2025-10-27-0930-x.md").write_text("# Handoff: X\n\n## Next Priorities\n1. X\n")
    commit(repo, "a")
    with talk(repo, env) as one:
        one.start()
        one.say()
        commit(repo, "b")
        commit(repo, "c")
        one.end("clear")
    with talk(repo, env) as following:
        told = following.start("clear")
        assert (
            ", ended by /clear) HEAD moved by 2 commits, and nothing was written that says "
            "where the work stands (git log --oneline "
        ) in told.model
        assert "Owed: 2 commits, and no word on where the work stands (" in told.person
        (folder / "2025-10-28-0930-y.md").write_text("# Handoff: Y\n\n## Next Priorities\n1. Y\n")
    with talk(repo, env) as last:
        assert "Owed" not in last.start().person


def test_one_small_commit_needs_no_handoff(repo: Path, env: dict[str, str]) -> None:
    (repo / "session-handoffs").mkdir()
    handoff = repo / "session-handoffs/2025-10-27-0930-x.md"
    handoff.write_text("# Handoff: X\n\n## Next Priorities\n1. X\n")
    commit(repo, "a")
    worked(repo, env, "b")
    with talk(repo, env) as following:
        told = following.start()
        assert "Owed" not in told.person
        assert "At the end of larger work, write a handoff" in told.model


def test_to_commit_that_a_completed_file_is_deleted_makes_no_debt(
    committed: Path, env: dict[str, str]
) -> None:
    path = committed / LEAD
    path.write_text(path.read_text().replace("in_progress", "completed"))
    git(committed, "commit", "-q", "-a", "-m", "completed")
    with talk(committed, env) as one:
        one.start()
        one.say()
        for name in git(committed, "ls-files", ".agents/sessions").split():
            git(committed, "rm", "-q", name)
            git(committed, "commit", "-q", "-m", "closed")
        one.end()
    with talk(committed, env) as following:
        assert "Owed" not in following.start().out


def test_a_completed_file_that_is_still_there_is_told(committed: Path, env: dict[str, str]) -> None:
    with talk(committed, env) as one:
        one.start()
        one.say()
        path = committed / LEAD
        path.write_text(path.read_text().replace("in_progress", "completed"))
        one.end()
    with talk(committed, env) as following:
        told = following.start()
        assert f"{LEAD} says completed (" in told.model
        path.unlink()
    with talk(committed, env) as last:
        assert "says completed" not in last.start().model


def test_a_resumed_conversation_is_told_what_is_owed_too(
    committed: Path, env: dict[str, str]
) -> None:
    with talk(committed, env) as one:
        one.start()
        one.say()
        commit(committed, "a")
        one.end()
        told = one.start("resume")
    assert told.model.startswith("During the last conversation here (")
    assert told.person.startswith('Owed: "Weather fallback" lacks 1 commit (')


def test_what_several_conversations_left_adds_up(committed: Path, env: dict[str, str]) -> None:
    for names in (("a", "b"), ("c",)):
        with talk(committed, env) as one:
            one.start()
            one.say()
            for name in names:
                commit(committed, name)
            one.compact()  # the same work is not counted twice
            one.end()
    (committed / "a").write_text("changed")
    with talk(committed, env) as following:
        told = following.start()
    assert "During the conversations here since " in told.model
    assert "HEAD moved by 3 commits" in told.model
    assert "lacks 3 commits (" in told.person


def test_what_a_pull_brought_is_nobodys_to_close(committed: Path, env: dict[str, str]) -> None:
    """A checkout sets the time of what it writes to now."""
    git(committed, "checkout", "-q", "-b", "theirs")
    text = session_text("Theirs", branch="feat/theirs")
    add_session(committed, "20251203-090000-theirs.md", text)
    add_session(committed, "20251203-100000-done.md", session_text("Done", "completed"))
    git(committed, "add", ".")
    git(committed, "commit", "-q", "-m", "theirs", when=ago(hours=1))
    git(committed, "checkout", "-q", "feat/weather")
    with talk(committed, env) as one:
        one.start()
        one.say()
        git(committed, "merge", "-q", "--ff-only", "theirs")
        one.end()
    with talk(committed, env) as following:
        told = following.start()
    assert "20251203" not in "".join(
        line for line in told.model.splitlines() if "HEAD moved" in line or "completed" in line
    )


def test_where_nobody_spoke_nothing_is_owed(committed: Path, env: dict[str, str]) -> None:
    with talk(committed, env) as one:
        one.start()
        commit(committed, "a")
        one.end()
    with talk(committed, env) as following:
        assert "Owed" not in following.start().person


def test_what_was_paid_is_not_owed_again_with_what_came_later(
    committed: Path, env: dict[str, str]
) -> None:
    with talk(committed, env) as one:
        one.start()
        one.say()
        for name in ("a", "b", "c"):
            commit(committed, name)
        one.end()
    with (committed / LEAD).open("a") as file:
        file.write("\nDone: a, b and c.\n")
    git(committed, "commit", "-q", "-a", "-m", "told")
    worked(committed, env, "d")
    with talk(committed, env) as following:
        assert "lacks 1 commit (" in following.start().person


def test_a_commit_that_holds_the_session_file_brings_it_up_to_date(
    committed: Path, env: dict[str, str]
) -> None:
    with (committed / LEAD).open("a") as file:
        file.write("\nDone.\n")
    (committed / "a").write_text("a")
    with talk(committed, env) as one:
        one.start()
        one.say()
        git(committed, "add", ".")
        git(committed, "commit", "-q", "-m", "all of it")
        one.end()
    with talk(committed, env) as following:
        assert "Owed" not in following.start().person


def test_other_files_owe_nothing_where_one_was_updated(
    committed: Path, env: dict[str, str]
) -> None:
    other = committed / ".agents/sessions/20251202-090000-search.md"
    add_session(committed, other.name, session_text("Search", branch="feat/weather"), ago(hours=1))
    with talk(committed, env) as one:
        one.start()
        one.say()
        commit(committed, "a")
        with other.open("a") as file:
            file.write("\nDone.\n")
        one.end()
    with talk(committed, env) as following:
        assert "Owed" not in following.start().person


def test_a_script_that_goes_on_with_a_persons_conversation_changes_nothing_of_it(
    committed: Path, env: dict[str, str]
) -> None:
    with talk(committed, env, name="same") as one:
        one.start()
        one.say()
        commit(committed, "a")
        one.end()
    with talk(committed, env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"}, name="same") as script:
        script.start("resume")
        script.say()
        script.end("other")
    with talk(committed, env) as following:
        assert ", closed by the person) HEAD moved by 1 commit" in following.start().model


# --- deaths --------------------------------------------------------------------------------------


def test_a_conversation_that_was_killed_is_told_once_and_what_it_owes_until_it_is_paid(
    committed: Path, env: dict[str, str]
) -> None:
    with talk(committed, env) as one:
        one.start()
        one.say()
        commit(committed, "a")
        one.die()
        with talk(committed, env) as following:
            told = following.start()
            assert "never ended, its process is gone" in told.model
            assert f"Its transcript: {one.transcript}" in told.model
            assert f"Its transcript: {one.transcript}. To go on with it: claude" in told.person
            assert "HEAD moved by 1 commit, and the file to resume was not updated" in told.model
        with talk(committed, env) as last:
            told = last.start()
            assert str(one.transcript) not in told.model
            assert "HEAD moved by 1 commit, and the file to resume was not updated" in told.model


def test_one_that_is_open_in_two_terminals_lives_as_long_as_the_first(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env, name="same") as one, talk(project, env, name="same") as again:
        one.start()
        one.say()
        again.start("resume")
        again.die()
        with talk(project, env) as other:
            told = other.start()
    assert "process is gone" not in told.model
    assert "Another conversation is open here" in told.model


def test_one_terminal_of_two_that_closes_ends_nothing(project: Path, env: dict[str, str]) -> None:
    with talk(project, env, name="same") as one, talk(project, env, name="same") as again:
        one.start()
        one.say()
        again.start("resume")
        again.end()
        with talk(project, env) as other:
            assert "Another conversation is open here" in other.start().model
        one.end()
        with talk(project, env) as last:
            assert "Another conversation" not in last.start().model


def test_the_death_of_a_conversation_that_nobody_spoke_in_is_no_news(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env) as one:
        one.start()
        one.die()
        with talk(project, env) as following:
            told = following.start()
    assert "process is gone" not in told.model


def test_a_conversation_whose_process_is_not_known_has_not_died(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env) as one:
        del one.env["CLAUDE_PID"]
        one.start()
        one.say()
        one.die()
        with talk(project, env) as following:
            assert "process is gone" not in following.start().model


def test_one_that_went_into_another_repository_has_ended_all_the_same(
    repo: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    other = make_repository(tmp_path / "other")
    (repo / "NEXT_SESSION.md").write_text(NEXT)
    with talk(repo, env | {"CLAUDE_PROJECT_DIR": str(repo)}) as one:
        one.start()
        one.say()
        one.project = other
        one.end()
        one.die()
        with talk(repo, env) as following:
            assert "process is gone" not in following.start().out
    assert not (other / ".git" / "agent-session-hooks").exists()


def test_what_came_after_a_death_is_none_of_its_work(committed: Path, env: dict[str, str]) -> None:
    with talk(committed, env) as one:
        one.start()
        one.record(type="user", timestamp=iso(ago(hours=3)), message={"content": "Hello"})
        one.die()
        git(committed, "commit", "-q", "--allow-empty", "-m", "much later")
        database = committed / ".git/agent-session-hooks/state.db"
        with sqlite3.connect(database) as connection:
            connection.execute(
                "UPDATE conversation SET began = began - 10800000, resumed = resumed - 10800000"
            )
        connection.close()
        with talk(committed, env) as following:
            told = following.start()
    assert "process is gone" in told.model
    assert "HEAD moved" not in told.model


# --- neighbours ----------------------------------------------------------------------------------


def test_an_open_conversation_is_named_with_its_branch_and_the_file_it_writes(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env) as one:
        one.start()
        one.say()
        with talk(project, env) as other:
            assert f', branch "feat/weather", begun with {LEAD}.' in other.start().person
        one.edit(project / LEAD)
        with talk(project, env) as other:
            told = other.start()
            line = f', branch "feat/weather", and writes {LEAD}'
            assert "Another conversation is open here since " in told.model
            assert line in told.model
            assert line in told.person
            other.say()
            ended = other.end()
        assert LEAD not in ended.err  # it is the neighbour's to close
        one.end()
    with talk(project, env) as last:
        assert "Another conversation" not in last.start().model


def test_what_a_neighbour_writes_does_not_lead(project: Path, env: dict[str, str]) -> None:
    with talk(project, env) as one, talk(project, env) as other:
        one.start()
        one.say()
        one.edit(project / LEAD)
        told = other.start()
    assert "To resume: .agents/sessions/20251201-090000-billing-export.md, " in told.model
    assert f"writes {LEAD}: that file is not to be edited here without asking" in told.model


def test_several_that_do_nothing_are_one_line(project: Path, env: dict[str, str]) -> None:
    with talk(project, env) as one, talk(project, env) as two, talk(project, env) as other:
        one.start()
        two.start()
        told = other.start()
    assert "2 other conversations are open here, the first since " in told.person


def test_a_neighbour_in_another_worktree_is_named_with_its_place(
    committed: Path, env: dict[str, str], tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    git(committed, "worktree", "add", "-q", "-b", "feat/other", str(tree))
    with talk(tree, env) as one:
        one.start()
        with talk(committed, env) as other:
            told = other.start()
    assert f'Another conversation is open in "{tree}" since ' in told.model
    assert f', branch "feat/other", begun with {LEAD}.' in told.model


# --- told once -----------------------------------------------------------------------------------


def test_a_resumed_conversation_is_told_what_changed_since_it_was_told(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env) as one:
        one.start()
        one.say()
        one.end()
        assert one.start("resume").out == ""
    with talk(project, env, name=one.id) as one:  # another process, or it would be the same event
        text = session_text(state="Somebody else wrote this.", branch="feat/weather")
        # Before the conversation was last written to: the time alone would not show it.
        add_session(project, Path(LEAD).name, text, ago(hours=1))
        told = one.start("resume")
        assert "Changed since this conversation was last written to" in told.model
        assert "Somebody else wrote this." in told.model
    assert run("session-start-hook", one.event("SessionStart", source="resume"), env).out == ""


def test_what_a_conversation_wrote_itself_it_is_not_told(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env) as one:
        one.start()
        one.say()
        one.edit(project / LEAD)
        with (project / LEAD).open("a") as file:
            file.write("\nWritten by the conversation itself.\n")
        one.say()
        one.end()
        assert one.start("resume").out == ""


def test_a_fork_knows_what_the_conversation_was_told_that_it_began_from(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env) as one, talk(project, env) as fork:
        one.start()
        one.say()
        one.end()
        message = {"role": "user", "content": "Hello"}
        fork.record(type="user", message=message, forkedFrom={"sessionId": one.id})
        assert fork.start("fork").out == ""
        fork.end()
        text = session_text(state="Somebody else wrote this.", branch="feat/weather")
        add_session(project, Path(LEAD).name, text, ago(hours=1))
        with talk(project, env) as second:
            second.record(type="user", message=message, forkedFrom={"sessionId": one.id})
            assert "Somebody else wrote this." in second.start("fork").model


@pytest.mark.parametrize("source", ["startup", "clear", "resume", "compact"])
def test_two_handlers_of_one_event_speak_once(
    project: Path, env: dict[str, str], source: str
) -> None:
    with talk(project, env) as one:
        if source == "resume":
            one.start()
            one.say()
            add_session(project, Path(LEAD).name, session_text(state="New"), ago(minutes=1))
        said = [one.start(source).out for _ in range(2)]
        assert said[0]
        assert not said[1]


def test_two_handlers_of_one_end_or_compaction_speak_once(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env) as one:
        one.start()
        one.say()
        assert one.compact().out
        assert not one.compact().out
        assert one.end().err
        assert one.end() == (0, "", "")


def test_without_the_clients_process_nothing_is_held_back(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env) as one:
        del one.env["CLAUDE_PID"]
        assert one.start().out == one.start().out != ""


# --- NEXT_SESSION.md -----------------------------------------------------------------------------


@pytest.fixture
def left(project: Path) -> Path:
    path = project / "NEXT_SESSION.md"
    path.write_text(NEXT)
    return path


@pytest.mark.parametrize(
    ("what", "more", "event"),
    [
        ("unattended", {"CLAUDE_CODE_SESSION_ATTENDED": "0"}, {}),
        ("an SDK's", {"CLAUDE_CODE_SESSION_ATTENDED": "", "CLAUDE_CODE_ENTRYPOINT": "sdk-py"}, {}),
        ("a subagent's", {}, {"agent_id": "a1"}),
        ("without an id", {}, {"session_id": None}),
    ],
)
def test_who_is_not_a_person_reads_and_takes_nothing(
    left: Path, env: dict[str, str], what: str, more: dict[str, str], event: dict[str, Any]
) -> None:
    with talk(left.parent, env | more) as one:
        told = one.start(**event)
    assert "Write FileStorage" in told.model
    assert left.read_text() == NEXT
    assert archived(left.parent / ".git/agent-session-hooks") == []


def test_a_resumed_conversation_takes_nothing(left: Path, env: dict[str, str]) -> None:
    with talk(left.parent, env) as one:
        one.say()
        one.start("resume")
        one.start("fork")
    assert left.exists()


def test_one_that_leads_not_is_quoted_too_and_gone(left: Path, env: dict[str, str]) -> None:
    project = left.parent
    moment = ago(hours=4).timestamp()
    os.utime(left, (moment, moment))
    with talk(project, env) as one:
        told = one.start()
    assert f"To resume: {LEAD}, " in told.model
    assert "Left for this conversation: NEXT_SESSION.md, " in told.model
    assert "**Immediate action**: Write FileStorage" in told.model
    assert "it is gone from the working tree" in told.model
    assert not left.exists()


def test_an_agents_conversation_is_told_its_text_as_well(left: Path, env: dict[str, str]) -> None:
    with talk(left.parent, env) as one:
        told = one.start(agent_type="qa")
    assert "Write FileStorage" in told.model
    assert not left.exists()


def test_one_that_fits_is_quoted_whole(left: Path, env: dict[str, str]) -> None:
    text = NEXT + "\n## What We Learned\n\n" + "- Something that was learned\n" * 70
    left.write_text(text)
    with talk(left.parent, env) as one:
        told = one.start()
    assert len(told.model) <= 4000
    assert told.model.count("- Something that was learned") == 70
    assert "only a part of it" not in told.model


def test_a_long_one_is_quoted_in_part_with_the_place_of_its_copy(
    left: Path, env: dict[str, str]
) -> None:
    left.write_text(NEXT + "\n## History\n" + "something that happened\n" * 3000)
    with talk(left.parent, env) as one:
        told = one.start()
    (copy,) = archived(left.parent / ".git/agent-session-hooks")
    assert len(told.model) <= 6000
    assert "Write FileStorage" in told.model
    assert "That is only a part of it. It is to be read whole before work goes on: " in told.model
    assert str(copy) in told.model
    assert copy.stat().st_size > 50_000


def test_it_is_told_again_after_a_conversation_in_which_nothing_was_done(
    left: Path, env: dict[str, str]
) -> None:
    opened(left.parent, env)
    with talk(left.parent, env) as two:
        told = two.start()
        assert "Write FileStorage" in told.model
        assert "NEXT_SESSION.md, with which nothing was done yet, was taken into" in told.person
        two.say()
        two.end()
    with talk(left.parent, env) as three:  # it was only spoken of
        assert "Write FileStorage" in three.start().model
        three.work()
        three.end()
    with talk(left.parent, env) as three:
        assert "Write FileStorage" not in three.start().model


def test_it_is_told_again_after_a_clear_without_a_prompt(left: Path, env: dict[str, str]) -> None:
    with talk(left.parent, env) as one, talk(left.parent, env) as cleared:
        one.start()
        one.record(type="user", message={"content": "<command-name>/clear</command-name>"})
        one.end("clear")
        cleared.env["CLAUDE_PID"] = one.env["CLAUDE_PID"]
        assert "Write FileStorage" in cleared.start("clear").model


def test_it_is_told_again_when_the_client_died_before_anybody_spoke(
    left: Path, env: dict[str, str]
) -> None:
    with talk(left.parent, env) as one:
        one.start()
        one.die()
        with talk(left.parent, env) as two:
            assert "Write FileStorage" in two.start().model
            two.work()
            two.die()
            with talk(left.parent, env) as three:
                assert "Write FileStorage" not in three.start().model


def test_while_its_conversation_is_open_others_are_told_who_has_it(
    left: Path, env: dict[str, str]
) -> None:
    with talk(left.parent, env, name="first") as one, talk(left.parent, env) as two:
        one.start()
        told = two.start()
    assert "NEXT_SESSION.md was taken by another conversation at " in told.model
    assert ", first, and is that one's to act on. Its copy: " in told.model
    assert " (first). To see it: agent-session show NEXT_SESSION.md" in told.person
    assert "Write FileStorage" not in told.model


def test_what_nobody_read_is_named_until_something_newer_was_read(
    left: Path, env: dict[str, str]
) -> None:
    opened(left.parent, env)
    left.write_text(NEXT.replace("FileStorage", "the second thing"))
    for _ in range(2):  # nobody speaks in these either
        with talk(left.parent, env) as two:
            told = two.start()
            assert "Write the second thing" in told.model
            assert "An earlier NEXT_SESSION.md, taken at " in told.model
            assert "An earlier NEXT_SESSION.md, with which nothing was done: " in told.person
            two.end()


def test_the_other_steps_of_a_handoff_are_not_lost_with_the_first_one(
    repo: Path, env: dict[str, str]
) -> None:
    steps = "# Next\n\n## Next Steps\n\n1. Write the adapter\n2. Test it at night\n"
    commit(repo, "first.py")
    (repo / "NEXT_SESSION.md").write_text(steps)
    with talk(repo, env) as one:
        assert "Write the adapter" in one.start().model
        one.work()
        (repo / "adapter.py").write_text("")
        git(repo, "add", "adapter.py")
        git(repo, "commit", "-q", "-m", "Write the adapter", when=ago(seconds=0))
        assert one.end().err == (
            "Reminder, nothing failed: nothing says what is left of NEXT_SESSION.md "
            "(agent-session restore NEXT_SESSION.md).\n"
        )
    begun = "It had begun with NEXT_SESSION.md (agent-session show NEXT_SESSION.md), of which"
    with talk(repo, env) as two:
        told = two.start()
        assert f'{begun} nothing speaks any more: "Test it at night".' in told.model
        assert "what is left of NEXT_SESSION.md (" in told.person
        shown = command("agent-session", env, repo, "show", "NEXT_SESSION.md").out
        assert "Test it at night" in shown
        two.work()
        (repo / "NEXT_SESSION.md").write_text(steps)
        two.edit(repo / "NEXT_SESSION.md")
        assert two.end().err == ""
    with talk(repo, env) as three:
        assert begun not in three.start().model


@pytest.mark.parametrize(("noted", "is_left"), [("Adapter written.", True), (NIGHT, False)])
def test_a_note_loses_no_step_of_a_handoff_that_it_does_not_speak_of(
    noted: str, is_left: bool, project: Path, env: dict[str, str]
) -> None:
    commit(project, "first.py")
    (project / "NEXT_SESSION.md").write_text(
        f"# Next\n\n## Next Steps\n\n1. Write it\n2. {NIGHT}\n"
    )
    with talk(project, env) as one:
        one.start()
        one.work()
        (project / LEAD).write_text((project / LEAD).read_text() + f"\n{noted}\n")
        one.edit(project / LEAD)
        assert ("what is left of NEXT_SESSION.md" in one.end().err) is is_left


def test_what_somebody_else_wrote_last_is_nobodys_debt_and_no_commands_own(
    project: Path, env: dict[str, str]
) -> None:
    git(project, "config", "user.name", "A")
    commit(project, "first.py")
    (project / LEAD).unlink()
    add_session(project, "theirs.md", session_text("Theirs"))
    git(project, "add", ".agents/sessions/theirs.md")
    git(project, "commit", "-q", "-m", "Theirs", "--author", "Pavel <p@example.org>")
    with talk(project, env) as one:
        assert "last changed by Pavel" in one.start().person
        one.work()
        for number in range(2):
            commit(project, f"more{number}.py")
        assert "theirs.md" not in one.end().err
    log = command("agent-session", env, project, "log").out
    assert "theirs.md was not updated" not in log
    noted = command("agent-session", env, project, "note", "Ask finance")
    assert noted.out.startswith(".agents/sessions/20251201-090000-billing-export.md\n")


def test_the_end_says_that_a_handoff_is_written(project: Path, env: dict[str, str]) -> None:
    with talk(project, env) as one:
        one.start()
        (project / "NEXT_SESSION.md").write_text(NEXT)
        one.edit(project / "NEXT_SESSION.md")
        said = one.end().err
    assert said.endswith("not updated in this conversation; NEXT_SESSION.md is written.\n")
    assert said.count("\n") == 1


def test_what_is_in_the_archive_and_not_in_the_store_is_told(
    left: Path, env: dict[str, str]
) -> None:
    state = left.parent / ".git/agent-session-hooks"
    opened(left.parent, env)
    (taken,) = archived(state)
    taken.rename(taken.with_name("20251204T143000.000000Z-NEXT_SESSION.md"))
    (state / "state.db").unlink()
    with talk(left.parent, env) as two:
        told = two.start()
        two.work()
        two.end()
    assert "Write FileStorage" in told.model
    with talk(left.parent, env) as three:
        assert "Write FileStorage" not in three.start().model


def test_an_archive_that_can_t_be_seen_for_once_loses_nothing(
    left: Path, env: dict[str, str]
) -> None:
    state = left.parent / ".git/agent-session-hooks"
    opened(left.parent, env)
    (state / "archive").rename(state / "away")
    with talk(left.parent, env) as two:
        assert "Write FileStorage" not in two.start().model
        two.end()
    subprocess.run(["rm", "-rf", state / "archive"], check=True)
    (state / "away").rename(state / "archive")
    with talk(left.parent, env) as three:
        assert "Write FileStorage" in three.start().model


def test_a_large_one_is_told_in_time(left: Path, env: dict[str, str]) -> None:
    left.write_text(NEXT + "# heading\n" * 2_000_000)
    with talk(left.parent, env) as one:
        told = one.start()
    assert "Write FileStorage" in told.model
    assert not left.exists()


def test_a_newer_one_is_told_with_the_place_of_the_unread(left: Path, env: dict[str, str]) -> None:
    opened(left.parent, env)
    left.write_text(NEXT.replace("FileStorage", "the second thing"))
    with talk(left.parent, env) as two:
        told = two.start()
        two.work()
        two.end()
    assert "Write the second thing" in told.model
    assert "An earlier NEXT_SESSION.md, taken at " in told.model
    older = archived(left.parent / ".git/agent-session-hooks")[0]
    assert str(older) in told.model
    with talk(left.parent, env) as three:
        assert "NEXT_SESSION.md, taken at" not in three.start().model


@pytest.mark.parametrize(
    ("consume", "is_tracked", "is_gone"),
    [
        (None, False, True),
        (None, True, False),
        ("untracked", True, False),
        ("always", True, True),
        ("never", False, False),
    ],
)
def test_the_configuration_says_which_ones_are_taken(
    left: Path, env: dict[str, str], consume: str | None, is_tracked: bool, is_gone: bool
) -> None:
    project = left.parent
    if consume:
        config = project / ".agents" / "session-hooks.toml"
        config.write_text(f'[next_session]\nconsume = "{consume}"\n')
    if is_tracked:
        git(project, "add", "NEXT_SESSION.md")
        git(project, "commit", "-q", "-m", "next")
    said = []
    for _ in range(2):
        with talk(project, env) as one:
            told = one.start()
            said.append("git rm --cached NEXT_SESSION.md" in told.person)
            assert "Write FileStorage" in told.model or not left.exists()
            one.say()
            one.end()
    assert left.exists() is not is_gone
    assert said == [is_tracked and not is_gone, False]  # once


def test_a_link_stays_where_it_is(project: Path, env: dict[str, str]) -> None:
    target = project / "notes.md"
    target.write_text(NEXT)
    other = project / "docs" / "NEXT_SESSION.md"
    other.parent.mkdir()
    other.write_text(NEXT)
    link = project / "NEXT_SESSION.md"
    link.symlink_to(other)
    with talk(project, env) as one:
        one.start()
    assert link.is_symlink() or not other.exists()


def test_an_old_one_is_named_and_stays(left: Path, env: dict[str, str]) -> None:
    moment = ago(days=40).timestamp()
    os.utime(left, (moment, moment))
    with talk(left.parent, env) as one:
        told = one.start()
    assert '- NEXT_SESSION.md "Next Session": stale, ' in told.model
    assert left.exists()


def test_outside_git_it_is_read_once_too(tmp_path: Path, env: dict[str, str]) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "NEXT_SESSION.md").write_text(NEXT)
    with talk(folder, env) as one:
        told = one.start()
    assert "Write FileStorage" in told.model
    assert not (folder / "NEXT_SESSION.md").exists()
    (state,) = (Path(env["HOME"]) / ".local/state/agent-session-hooks").iterdir()
    assert len(archived(state)) == 1


def test_after_the_last_session_file_was_deleted_the_next_one_is_still_asked_for(
    committed: Path, env: dict[str, str]
) -> None:
    with talk(committed, env) as one:
        one.start()
        one.say()
        git(committed, "rm", "-r", "-q", "-f", ".agents")
        git(committed, "commit", "-q", "-m", "done")
        one.end()
    assert not (committed / ".agents").exists()
    with talk(committed, env) as following:
        told = following.start()
    assert "No session file is active. Work of several steps gets one" in told.model


def test_what_was_taken_is_there_again_after_a_compaction(repo: Path, env: dict[str, str]) -> None:
    (repo / "NEXT_SESSION.md").write_text(NEXT)
    with talk(repo, env) as one:
        one.start()
        one.say()
        kept = one.compact().out
        assert "quoted from what the work was begun from:\nNEXT_SESSION.md, " in kept
        assert "Write FileStorage" in kept
        assert "up to date" not in kept
        restored = one.start("compact").model
    assert restored.startswith("After compaction. ")
    assert "NEXT_SESSION.md, " in restored
    assert "Write FileStorage" in restored
    assert "brought up to date" not in restored


def test_what_was_written_in_its_place_since_is_there_after_a_compaction(
    repo: Path, env: dict[str, str]
) -> None:
    (repo / "NEXT_SESSION.md").write_text(NEXT)
    with talk(repo, env) as one:
        one.start()
        one.say()
        (repo / "NEXT_SESSION.md").write_text(NEXT.replace("FileStorage", "the migration"))
        kept = one.compact().out
    assert "Write the migration" in kept
    assert "Write FileStorage" not in kept


def test_after_a_clear_the_next_is_told_what_the_one_before_read(
    left: Path, env: dict[str, str]
) -> None:
    with talk(left.parent, env) as one, talk(left.parent, env) as cleared:
        one.start()
        one.work()
        one.end("clear")
        cleared.env["CLAUDE_PID"] = one.env["CLAUDE_PID"]
        told = cleared.start("clear")
    assert "The conversation before this one read NEXT_SESSION.md, at " in told.model
    assert "Write FileStorage" not in told.model


STAYS = "NEXT_SESSION.md stays in the working tree: the person may not have been shown it here."


def test_after_a_clear_what_was_left_is_told_and_stays_for_the_next_that_is_started(
    left: Path, env: dict[str, str]
) -> None:
    """The classic renderer shows the person nothing of such a start."""
    for _ in range(3):  # the last one is answered at once
        with talk(left.parent, env) as cleared:
            told = cleared.start("clear")
            assert "Write FileStorage" in told.model
            assert STAYS in told.model
            cleared.say()
            cleared.end()
    assert left.exists()
    assert not archived(left.parent / ".git/agent-session-hooks")
    with talk(left.parent, env) as following:
        told = following.start()
    assert "NEXT_SESSION.md was taken into this conversation" in told.person
    assert STAYS not in told.model
    assert not left.exists()


def test_what_a_person_is_told_once_waits_for_a_start_that_is_shown(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env) as one:
        one.start()
        one.say()
        one.die()
    (project / ".agents/session-hooks.toml").write_text("unknown = 1\n")
    run("session-start-hook", b"no event", env, project)
    said = ("never ended", "session-hooks.toml: ", "An error in a session hook")
    with talk(project, env) as cleared:
        told = cleared.start("clear").person
        assert not any(one in told for one in said)
        cleared.end()
    with talk(project, env) as following:
        told = following.start().person
        assert all(one in told for one in said)


COPILOT = {"COPILOT_CLI": "1", "COPILOT_LOADER_PID": "7"}
"""GitHub Copilot's CLI, which runs the handlers that are installed for Claude Code."""


@pytest.mark.parametrize(
    ("more", "source"),
    [(COPILOT, "new"), (COPILOT, "startup"), ({"COPILOT_LOADER_PID": "7"}, "new"), ({}, "startup")],
)
def test_in_another_client_nothing_is_taken(
    more: dict[str, str], source: str, left: Path, env: dict[str, str]
) -> None:
    other = {name: value for name, value in env.items() if not name.startswith("CLAUDE")} | more
    for number in range(4):
        event = {
            "session_id": f"other-{number}", "cwd": str(left.parent),
            "hook_event_name": "SessionStart", "source": source,
        }  # fmt: skip
        told = run("session-start-hook", event, other)
        assert "Write FileStorage" in told.model
        assert STAYS in told.model
        at_top = told.answer.get("additionalContext")
        assert at_top == (told.model if more or source == "new" else None)
    assert left.exists()
    with talk(left.parent, env) as one:
        assert "NEXT_SESSION.md was taken into this conversation" in one.start().person


def test_what_was_taken_and_not_read_is_not_told_in_the_place_of_what_lies_there(
    left: Path, env: dict[str, str]
) -> None:
    opened(left.parent, env)
    left.write_text(NEXT.replace("FileStorage", "the migration"))
    git(left.parent, "add", "-f", "NEXT_SESSION.md")
    git(left.parent, "commit", "-q", "-m", "tracked")
    with talk(left.parent, env) as one:
        told = one.start()
    assert "Write the migration" in told.model
    assert "had nothing done with it. Its copy: " in told.model
    assert left.exists()


def test_what_is_taken_is_not_in_the_list_of_others_too(
    committed: Path, env: dict[str, str]
) -> None:
    path = committed / "NEXT_SESSION.md"
    path.write_text(NEXT)
    os.utime(path, (ago(hours=9).timestamp(),) * 2)  # so that another document leads
    with talk(committed, env) as one:
        told = one.start().model
    assert "To resume: .agents/sessions/20251204-143000-weather-fallback.md" in told
    assert "Left for this conversation: NEXT_SESSION.md" in told
    assert "\n- NEXT_SESSION.md" not in told


# --- where nothing is kept -----------------------------------------------------------------------


def test_a_project_without_documents_gets_no_state(repo: Path, env: dict[str, str]) -> None:
    with talk(repo, env) as one:
        one.start()
        one.say()
        one.compact()
        one.end()
    assert not (repo / ".git" / "agent-session-hooks").exists()
    assert not (Path(env["HOME"]) / ".local").exists()


def test_a_conversation_that_nobody_spoke_in_ends_without_a_checklist(
    project: Path, env: dict[str, str]
) -> None:
    with talk(project, env) as one:
        one.start()
        ended = one.end()
        assert (ended.out, ended.err) == ("", "")


def test_what_is_noted_is_noted_once_the_text_was_written(left: Path, env: dict[str, str]) -> None:
    with talk(left.parent, env) as one:
        event = json.dumps(one.event("SessionStart", source="startup"))
        closed = ["/bin/sh", "-c", "session-start-hook >&-"]
        subprocess.run(closed, input=event.encode(), env=one.env, check=False)
        store = left.parent / ".git/agent-session-hooks/state.db"
        with sqlite3.connect(store) as connection:
            assert connection.execute("SELECT count(*) FROM delivery").fetchone() == (0,)
    with talk(left.parent, env) as two:
        assert "Write FileStorage" in two.start().model


def test_however_much_there_is_to_say_the_budget_holds(repo: Path, env: dict[str, str]) -> None:
    steps = "\n".join(f"{n}. {'step ' * 20}" for n in range(30))
    more = "## Blockers\n" + "- blocked by something\n" * 40
    for number in range(6):
        text = session_text(
            f"Title {number}", branch="feat/weather", steps=steps, state="STATE " * 300, more=more
        )
        add_session(repo, f"2025120{number + 1}-100000-x.md", text)
    (repo / ".gitignore").write_text("NEXT_SESSION.md\n")
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "first")
    left = repo / "NEXT_SESSION.md"
    with talk(repo, env) as one:
        one.start()
        one.say()
        commit(repo, "a")
        one.end()
    left.write_text(NEXT + "\n## What We Learned\n" + "- Something that was learned\n" * 300)
    moment = ago(hours=3).timestamp()
    os.utime(left, (moment, moment))
    with talk(repo, env) as dead, talk(repo, env) as two, talk(repo, env) as three:
        dead.start("resume")
        dead.say()
        dead.die()
        two.start("fork")
        two.say()
        two.edit(repo / ".agents/sessions/20251206-100000-x.md")
        three.start("fork")
        with talk(repo, env) as following:
            told = following.start()
    assert len(told.model) <= 6000
    for said in ("To resume: ", "Left for this conversation", "HEAD moved by 1 commit",
                 "and writes .agents/sessions/20251206-100000-x.md"):  # fmt: skip
        assert said in told.model
    assert len(told.person.splitlines()) <= 7


def test_a_conversation_works_on_what_it_was_told_whatever_a_pull_brings(
    repo: Path, env: dict[str, str]
) -> None:
    add_session(repo, "20251204-143000-weather.md", session_text("Weather", updated=ago(hours=2)))
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "Weather")
    with talk(repo, env) as one:
        assert "Weather" in one.start().model
        one.say()
        pulled = session_text("Billing", updated=ago())
        add_session(repo, "20251205-100000-billing.md", pulled, ago())
        (repo / "cache.py").write_text("CACHE = {}\n")
        git(repo, "add", ".")
        git(repo, "commit", "-q", "-m", "Billing, pulled; the cache, made here")
        assert "-weather.md" in one.compact().out.partition("~~~")[0]
        checklist = one.end().err
        assert "-weather.md" in checklist
        assert "-billing.md" not in checklist
    with talk(repo, env) as following:
        assert '"Weather" lacks 1 commit' in following.start().person
