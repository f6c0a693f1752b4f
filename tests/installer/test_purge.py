"""``install-hooks --purge``, with a state that the real hooks wrote."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from helpers import FULL, STRESS, Ran, ago, command, edited, git, run, spoke, transcript
from session_hooks.memory.process import identity

NEXT = "# Next Session\n\n## What's Next\n**Immediate action**: Cache it.\n"


@pytest.fixture
def client() -> Iterator[subprocess.Popen[bytes]]:
    """A living process, as the client is while its hooks run."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


@pytest.fixture
def state(project: Path) -> Path:
    return project / ".git" / "agent-session-hooks"


class Conversations:
    """Conversations of one client in the project, through the installed hooks."""

    def __init__(self, project: Path, env: dict[str, str], client: int, told: Path) -> None:
        self.project, self.env, self.told = project, env | {"CLAUDE_PID": str(client)}, told

    def begin(self, name: str) -> Ran:
        return self._run("session-start-hook", "SessionStart", name, source="startup")

    def end(self, name: str, *, spoken: bool) -> Ran:
        did = [spoke(ago(seconds=1)), edited("/elsewhere", ago(seconds=1))]
        transcript(self.told / name, *(did if spoken else []))
        return self.close(name)

    def close(self, name: str) -> Ran:
        return self._run("session-end-hook", "SessionEnd", name, reason="prompt_input_exit")

    def hand_over(self, name: str, *, spoken: bool) -> None:
        """Leave NEXT_SESSION.md behind, and have a conversation take it."""
        (self.project / "NEXT_SESSION.md").write_text(NEXT)
        self.begin(name)
        assert not (self.project / "NEXT_SESSION.md").exists()
        self.end(name, spoken=spoken)

    def _run(self, program: str, event: str, name: str, **more: Any) -> Ran:
        given = {
            "hook_event_name": event,
            "session_id": name,
            "cwd": str(self.project),
            "transcript_path": str(self.told / name),
        }
        return run(program, given | more, self.env, self.project)


@pytest.fixture
def conversations(
    project: Path, env: dict[str, str], client: subprocess.Popen[bytes], tmp_path: Path
) -> Conversations:
    return Conversations(project, env, client.pid, tmp_path / "told")


def install(env: dict[str, str], cwd: Path, *arguments: str) -> Ran:
    return command("install-hooks", env, cwd, *arguments)


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def archived(state: Path) -> list[Path]:
    return sorted((state / "archive").iterdir())


def test_uninstalling_keeps_the_state_and_says_where(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    install(env, project)
    conversations.hand_over("c1", spoken=True)
    before = everything(state)
    out = install(env, project, "--uninstall").out
    assert f"What is remembered stays in {state}; to delete it: install-hooks --purge\n" in out
    assert everything(state) == {
        name: content for name, content in before.items() if name != "installed.json"
    }


def test_uninstalling_says_nothing_of_a_state_that_is_not_there(
    project: Path, env: dict[str, str]
) -> None:
    install(env, project)
    assert "--purge" not in install(env, project, "--uninstall").out


def test_all_that_the_hooks_wrote_is_deleted_and_nothing_else(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    before = everything(project)
    conversations.hand_over("c1", spoken=True)
    run("pre-compact-hook", b"[]", env, project)  # an error, for the log
    conversations.begin("c2")  # which marks it as told
    (state / "hook-errors.log.1").write_text("older\n")
    (state / "state.db.broken-1").write_bytes(b"noise")
    (state / "state.db.broken-1-journal").write_bytes(b"noise")
    assert {"state.db", "hook-errors.log", "hook-errors.told"} <= set(everything(state))
    purged = install(env, project, "--purge")
    assert (purged.code, purged.err) == (0, "")
    lead = f"Deleted what was remembered in {state}: 8 files, 1 archived document among them.\n"
    assert purged.out == lead
    assert not state.exists()
    assert everything(project) == before


def test_what_says_how_to_take_the_hooks_out_stays_until_they_are(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    install(env, project)
    conversations.begin("c1")
    purged = install(env, project, "--purge")
    assert (purged.code, "Left in place" in purged.out) == (0, False)
    assert set(everything(state)) == {"installed.json", "install.lock"}
    assert "What is remembered" not in install(env, project, "--uninstall").out
    assert not state.exists()


def test_a_dry_run_lists_what_would_go_and_deletes_nothing(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    conversations.hand_over("c1", spoken=True)
    before = everything(state)
    shown = install(env, project, "--purge", "--dry-run")
    assert shown.code == 0
    assert "Would delete" in shown.out
    assert [line.strip() for line in shown.out.splitlines()[1:]] == [
        str(archived(state)[0]),
        str(state / "state.db-journal"),
        str(state / "state.db"),
    ]
    assert everything(state) == before


def test_with_uninstall_both_are_done(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    install(env, project)
    conversations.begin("c1")
    both = install(env, project, "--uninstall", "--purge")
    assert both.code == 0
    assert "settings.json, which held nothing else" in both.out
    assert "Deleted what was remembered" in both.out
    assert not state.exists()
    assert not (project / ".claude").exists()


def test_where_the_hooks_can_t_be_taken_out_nothing_is_deleted_either(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    conversations.begin("c1")
    before = everything(state)
    (project / ".claude").mkdir()
    (project / ".claude" / "settings.json").write_text("{,}")
    assert install(env, project, "--uninstall", "--purge").code == 2
    assert everything(state) == before


def test_a_document_that_is_taken_meanwhile_survives(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    for number in range((100 if FULL else 30) if STRESS else 5):
        name, text = f"c{number}", f"{NEXT}\nRound {number}\n"
        (project / "NEXT_SESSION.md").write_text(text)
        with ThreadPoolExecutor() as pool:
            start = pool.submit(conversations.begin, name)
            time.sleep(number % 10 / 50)
            purged = pool.submit(install, env, project, "--purge")
        assert start.result().code == 0
        assert purged.result().code in (0, 2)
        copies = [project / "NEXT_SESSION.md", *(state / "archive").glob("*.md")]
        assert text in [copy.read_text() for copy in copies if copy.exists()]
        conversations.end(name, spoken=True)
        shutil.rmtree(state, ignore_errors=True)


def test_nothing_there_is_said(project: Path, env: dict[str, str]) -> None:
    purged = install(env, project, "--purge")
    assert (purged.code, "Nothing is remembered" in purged.out) == (0, True)


def test_a_document_that_perhaps_nobody_has_read_stops_all_of_it(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    install(env, project)
    conversations.hand_over("c1", spoken=False)
    (unread,) = archived(state)
    settings = project / ".claude" / "settings.json"
    before, text = everything(state), settings.read_text()
    for arguments in (("--purge",), ("--purge", "--dry-run"), ("--purge", "--uninstall")):
        refused = install(env, project, *arguments)
        assert (refused.code, refused.out) == (2, "")
        assert str(unread) in refused.err
        assert f"agent-session restore {unread.name}" in refused.err
        assert everything(state) == before
        assert settings.read_text() == text
    conversations.hand_over("c2", spoken=True)
    conversations.hand_over("c3", spoken=True)  # whose start settles what is older than was read
    assert install(env, project, "--purge").code == 0


def test_what_was_only_talked_about_is_to_be_told_again_and_stays(
    project: Path, env: dict[str, str], conversations: Conversations
) -> None:
    install(env, project)
    (project / "NEXT_SESSION.md").write_text(NEXT)
    conversations.begin("c1")
    transcript(conversations.told / "c1", spoke(ago(seconds=1)))
    conversations.close("c1")
    refused = install(env, project, "--purge", "--uninstall")
    assert (refused.code, refused.out) == (2, "")
    assert "agent-session restore" in refused.err


def test_what_an_open_conversation_took_may_still_be_unread(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    (project / "NEXT_SESSION.md").write_text(NEXT)
    conversations.begin("c1")
    assert install(env, project, "--purge").code == 2
    worked = edited("/elsewhere", ago(seconds=1))
    transcript(conversations.told / "c1", spoke(ago(seconds=1)), worked)
    assert install(env, project, "--purge").code == 0
    assert not state.exists()


def test_of_a_worktree_too(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations, tmp_path: Path
) -> None:
    git(project, "commit", "-q", "--allow-empty", "-m", "one")
    git(project, "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    conversations.hand_over("c1", spoken=False)
    refused = install(env, tmp_path / "tree", "--purge")
    assert (refused.code, str(archived(state)[0]) in refused.err) == (2, True)


@pytest.mark.parametrize("how", ["noise", "newer", "gone"])
def test_without_a_database_that_can_be_read_no_document_is_known_to_be_read(
    how: str, project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    conversations.hand_over("c1", spoken=True)
    database = state / "state.db"
    if how == "noise":
        database.write_bytes(b"noise" * 1000)
    elif how == "newer":
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA user_version = 99")
    else:
        database.unlink()
    before = everything(state)
    refused = install(env, project, "--purge")
    assert refused.code == 2
    assert str(archived(state)[0]) in refused.err
    assert f"{database} would say so, and can't be read." in refused.err
    assert everything(state) == before
    archived(state)[0].unlink()
    purged = install(env, project, "--purge")
    assert (purged.code, purged.err) == (0, "")
    assert not state.exists()


def test_a_database_in_use_is_waited_for_and_then_refused(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    conversations.begin("c1")
    with contextlib.closing(sqlite3.connect(state / "state.db")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        refused = install(env, project, "--purge")
    assert (refused.code, "in use by another process" in refused.err) == (2, True)
    assert (state / "state.db").exists()


def test_a_hook_between_its_note_and_its_move_is_not_cut_off(
    project: Path,
    env: dict[str, str],
    state: Path,
    conversations: Conversations,
    client: subprocess.Popen[bytes],
) -> None:
    conversations.hand_over("c1", spoken=True)
    (document,) = archived(state)
    document.write_bytes(b"")  # its name is reserved, and the hook that reserved it still runs
    with contextlib.closing(sqlite3.connect(state / "state.db")) as connection:
        connection.execute(
            "UPDATE archive SET delivered = NULL, settled = NULL, hook = ?",
            (identity(str(client.pid)),),
        )
        connection.commit()
    assert install(env, project, "--purge").code == 2
    client.kill()
    client.wait()
    assert install(env, project, "--purge").code == 0


def test_what_is_not_ours_stays_and_is_named(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations, tmp_path: Path
) -> None:
    conversations.hand_over("c1", spoken=True)
    outside = tmp_path / "outside"
    outside.write_text("theirs")
    (state / "hook-errors.log").symlink_to(outside)
    (state / "notes.md").write_text("theirs")
    (state / "archive" / "notes.md").write_text("theirs")
    (state / "archive" / "20269999T000000.000000Z-x.md").write_text("theirs")
    (state / "config.told").mkdir()
    purged = install(env, project, "--purge")
    assert purged.code == 0
    assert set(everything(state)) == {
        "archive/20269999T000000.000000Z-x.md",
        "archive/notes.md",
        "hook-errors.log",
        "notes.md",
    }
    assert outside.read_text() == "theirs"
    assert f"Left in place, because it isn't ours: {state}/notes.md\n" in purged.out


@pytest.mark.parametrize("name", ["", "archive"])
def test_a_folder_that_is_a_link_is_not_followed(
    name: str,
    project: Path,
    env: dict[str, str],
    state: Path,
    conversations: Conversations,
    tmp_path: Path,
) -> None:
    conversations.hand_over("c1", spoken=True)
    shutil.move(state / name, tmp_path / "elsewhere")
    (state / name).symlink_to(tmp_path / "elsewhere")
    before = everything(tmp_path / "elsewhere")
    refused = install(env, project, "--purge")
    assert (refused.code, "is a link" in refused.err) == (2, True)
    assert everything(tmp_path / "elsewhere") == before
    assert install(env, project, "--uninstall").code == 0


def test_outside_git_its_own_folder_goes_and_the_one_around_it(
    env: dict[str, str], home: Path, tmp_path: Path, client: subprocess.Popen[bytes]
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    there = Conversations(plain, env, client.pid, tmp_path / "told")
    there.hand_over("c1", spoken=True)
    around = home / ".local" / "state" / "agent-session-hooks"
    assert list(around.iterdir())
    assert install(env, plain, "--purge").code == 0
    assert not around.exists()
    assert around.parent.exists()


def test_a_folder_that_cannot_be_written_to_is_refused_before_anything_is_deleted(
    project: Path, env: dict[str, str], state: Path, conversations: Conversations
) -> None:
    conversations.hand_over("c1", spoken=True)
    before = everything(state)
    (state / "archive").chmod(0o500)
    refused = command("install-hooks", env, project, "--purge", is_bound=True)
    assert refused.code == 2
    assert f"{state}/archive can't be written to" in refused.err
    assert everything(state) == before
    os.chmod(state / "archive", 0o700)
