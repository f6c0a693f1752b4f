"""``agent-session log`` and ``waive``, on what the real hooks remember."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from helpers import Ran, add_session, ago, command, git, make_repository, session_text
from talks import NEXT, Talk, talk

NAME = "20251204-143000-weather-fallback.md"
FILE = f".agents/sessions/{NAME}"
EMPTY: dict[str, list[Any]] = {
    "conversations": [], "deliveries": [], "compactions": [], "debts": [], "archive": [],
}  # fmt: skip


def agent_session(env: dict[str, str], cwd: Path, *arguments: str) -> Ran:
    return command("agent-session", env, cwd, *arguments)


def state(repo: Path) -> Path:
    return repo / ".git" / "agent-session-hooks"


@pytest.fixture
def shop(repo: Path) -> Path:
    """A repository with one session file in progress, committed."""
    add_session(repo, NAME, session_text())
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "a", when=ago(hours=2))
    return repo


def work(repo: Path, files: int = 5) -> None:
    """A commit, and changed files."""
    for number in range(files + 1):
        (repo / f"file-{number}").write_text("x")
    git(repo, "add", "file-0")
    git(repo, "commit", "-qm", "work")


def owing(repo: Path, env: dict[str, str]) -> Talk:
    """A conversation that ended and owes the update of a session file."""
    with talk(repo, env) as one:
        one.start()
        one.say()
        work(repo)
        one.end()
    return one


class TestLog:
    def test_nothing_remembered_is_said_and_nothing_is_made(
        self, shop: Path, env: dict[str, str], home: Path
    ) -> None:
        ran = agent_session(env, shop, "log")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == "No conversation in this project is remembered.\n"
        assert agent_session(env, shop, "log", "--json").answer == EMPTY
        for arguments in (("restore",), ("waive",)):
            assert agent_session(env, shop, *arguments).code == 0
        assert not state(shop).exists()
        assert not (home / ".local").exists()

    def test_a_conversation_is_told_with_all_that_is_known_of_it(
        self, shop: Path, env: dict[str, str]
    ) -> None:
        (shop / "NEXT_SESSION.md").write_text(NEXT)
        one = owing(shop, env)
        answer = agent_session(env, shop, "log", "--json").answer
        (conversation,) = answer["conversations"]
        assert conversation["id"] == one.id
        assert conversation["project"] == conversation["worktree"] == "."
        assert (conversation["state"], conversation["reason"]) == ("ended", "prompt_input_exit")
        assert conversation["began"].endswith("Z")
        assert conversation["ended"].endswith("Z")
        assert conversation["branch_at_start"] == conversation["branch_at_end"] == "feat/weather"
        assert conversation["attended"] is conversation["had_prompt"] is True
        assert {(told["document"], told["source"]) for told in answer["deliveries"]} == {
            ("NEXT_SESSION.md", "startup"), (FILE, "startup"),
        }  # fmt: skip
        (taken,) = answer["archive"]
        assert (taken["former"], taken["conversation"]) == ("NEXT_SESSION.md", one.id)
        assert taken["state"] == "read"
        assert (shop / taken["path"]).read_text() == NEXT
        (debt,) = answer["debts"]
        assert (debt["document"], debt["kind"], debt["paid"]) == (FILE, "not_updated", None)
        assert (debt["commits"], debt["files"]) == (1, 5)

        out = agent_session(env, shop, "log").out
        assert f"closed by the person  {one.id}\n" in out
        assert '  branch "feat/weather", attended, had a prompt\n' in out
        assert "told at startup" in out
        assert f"took NEXT_SESSION.md, now {taken['name']}: read\n" in out
        moved = "HEAD moved by 1 commit and 5 files were left changed"
        assert f"  owes: {FILE} was not updated, though {moved}\n" in out
        assert "1 owed in this project." in out
        assert "\x1b" not in out

    def test_the_newest_stands_first_with_how_it_stands_now(
        self, shop: Path, env: dict[str, str]
    ) -> None:
        with talk(shop, env, name="killed") as killed:
            killed.start()
            killed.say()
        with talk(shop, env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"}, name="batch") as batch:
            batch.start()
            batch.end("other")
        with talk(shop, env | {"CLAUDE_CODE_SESSION_ATTENDED": "0"}, name="here") as here:
            here.start()
            rows = agent_session(env, shop, "log", "--json").answer["conversations"]
            assert [(row["id"], row["state"]) for row in rows] == [
                ("here", "open"), ("batch", "ended"), ("killed", "process_gone"),
            ]  # fmt: skip
            assert [row["attended"] for row in rows] == [False, False, True]
            assert [row["had_prompt"] for row in rows] == [None, False, True]
            out = agent_session(env, shop, "log").out
        assert "open  here" in out
        assert "never ended, its process is gone  killed" in out
        assert "not attended, had no prompt" in out

    def test_a_document_that_nobody_has_read_yet_is_said_to_be_that(
        self, shop: Path, env: dict[str, str]
    ) -> None:
        (shop / "NEXT_SESSION.md").write_text(NEXT)

        def became() -> str:
            (taken,) = agent_session(env, shop, "log", "--json").answer["archive"]
            return str(taken["state"])

        with talk(shop, env) as one:
            one.start()
            assert became() == "held"
        assert became() == "unread"
        assert ": nothing was done with it, to be told again" in agent_session(env, shop, "log").out

    def test_all_shows_the_other_worktrees_too(
        self, shop: Path, env: dict[str, str], tmp_path: Path
    ) -> None:
        other = tmp_path / "other"
        git(shop, "worktree", "add", "-q", "-b", "fix", str(other))
        owing(other, env)
        here = agent_session(env, shop, "log")
        assert here.out == (
            "No conversation in this project is remembered. "
            "The other worktrees': agent-session log --all\n"
        )
        assert agent_session(env, shop, "log", "--json").answer == EMPTY
        answer = agent_session(env, shop, "log", "--all", "--json").answer
        assert answer["conversations"][0]["project"] == str(other)
        assert answer["debts"][0]["document"] == str(other / FILE)
        assert f"in {other}" in agent_session(env, shop, "log", "--all").out
        assert agent_session(env, other, "log", "--json").answer["debts"][0]["document"] == FILE

    def test_outside_git_the_persons_own_state_folder_is_read(
        self, tmp_path: Path, env: dict[str, str]
    ) -> None:
        folder = tmp_path / "notes"
        add_session(folder, NAME, session_text())
        with talk(folder, env) as one:
            one.start()
            answer = agent_session(env, folder, "log", "--json").answer
        assert [row["id"] for row in answer["conversations"]] == [one.id]

    def test_names_cannot_write_to_the_terminal(self, shop: Path, env: dict[str, str]) -> None:
        git(shop, "checkout", "-q", "-b", "red\u202ex")
        with talk(shop, env, name="\x1b[31mred") as one:
            one.start("\x1b]0;title\x07")
            out = agent_session(env, shop, "log").out
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert "red" in out


class TestADatabaseThatCannotBeRead:
    @pytest.mark.parametrize("arguments", [("log",), ("log", "--json"), ("waive",)])
    def test_a_broken_one_is_named_and_left_where_it_is(
        self, arguments: tuple[str, ...], shop: Path, env: dict[str, str]
    ) -> None:
        state(shop).mkdir()
        path = state(shop) / "state.db"
        path.write_bytes(b"noise" * 1000)
        ran = agent_session(env, shop, *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert f"{path} is broken (file is not a database)" in ran.err
        assert "Traceback" not in ran.err
        assert path.read_bytes() == b"noise" * 1000
        assert [entry.name for entry in state(shop).iterdir()] == ["state.db"]

    def test_one_with_rows_that_no_hook_wrote_is_broken(
        self, shop: Path, env: dict[str, str]
    ) -> None:
        owing(shop, env)
        path = state(shop) / "state.db"
        for value in ("'x'", "x'00'"):
            with sqlite3.connect(path) as database:
                database.execute(f"UPDATE conversation SET began = {value}")
            database.close()
            ran = agent_session(env, shop, "log")
            assert (ran.code, f"{path} is broken" in ran.err) == (2, True)
            assert "Traceback" not in ran.err

    def test_one_in_use_is_to_be_tried_again(self, shop: Path, env: dict[str, str]) -> None:
        owing(shop, env)
        path = state(shop) / "state.db"
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("BEGIN EXCLUSIVE")
        ran = agent_session(env, shop, "log")
        database.close()
        assert ran.code == 2
        assert f"{path} is in use by another process: try again" in ran.err

    def test_a_later_versions_asks_for_an_update(self, shop: Path, env: dict[str, str]) -> None:
        owing(shop, env)
        path = state(shop) / "state.db"
        database = sqlite3.connect(path)
        database.execute("PRAGMA user_version = 99")
        database.close()
        ran = agent_session(env, shop, "log")
        assert ran.code == 2
        assert f"{path} was written by a later version" in ran.err
        assert "update the package" in ran.err

    @pytest.mark.parametrize("kind", ["folder", "link"])
    def test_what_is_no_regular_file_is_refused(
        self, kind: str, shop: Path, env: dict[str, str], tmp_path: Path
    ) -> None:
        state(shop).mkdir()
        path = state(shop) / "state.db"
        if kind == "folder":
            path.mkdir()
        else:
            path.symlink_to(tmp_path / "elsewhere")
        ran = agent_session(env, shop, "log")
        assert (ran.code, f"{path} can't be used" in ran.err) == (2, True)
        assert not (tmp_path / "elsewhere").exists()


class TestWaive:
    def test_all_that_is_owed_is_dropped_and_told_no_more(
        self, shop: Path, env: dict[str, str]
    ) -> None:
        owing(shop, env)
        with talk(shop, env) as one:
            assert "the file to resume was not updated" in one.start().model
        ran = agent_session(env, shop, "waive")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == (
            f"Waived: {FILE} was not updated, though HEAD moved by 1 commit and "
            "5 files were left changed\n"
        )
        again = agent_session(env, shop, "waive")
        assert (again.code, again.out) == (0, "Nothing is owed in this project.\n")
        with talk(shop, env) as one:
            assert "was not updated" not in one.start().model
        (debt,) = agent_session(env, shop, "log", "--json").answer["debts"]
        assert debt["how"] == "waived"
        assert debt["paid"].endswith("Z")
        assert "  waived " in agent_session(env, shop, "log").out

    def test_one_of_an_open_conversation_may_still_be_paid(
        self, shop: Path, env: dict[str, str]
    ) -> None:
        with talk(shop, env) as one:
            one.start()
            one.say()
            work(shop)
            one.compact()
            out = agent_session(env, shop, "log").out
        assert f"  may still pay: {FILE} was not updated" in out
        assert "owe" not in out
        assert "1 owed in this project" in agent_session(env, shop, "log").out

    def test_one_that_was_paid_is_said_to_be(self, shop: Path, env: dict[str, str]) -> None:
        owing(shop, env)
        add_session(shop, NAME, session_text(updated=ago(seconds=0)), ago(seconds=0))
        with talk(shop, env) as one:
            one.start()
        (debt,) = agent_session(env, shop, "log", "--json").answer["debts"]
        assert debt["how"] == "updated"
        out = agent_session(env, shop, "log").out
        assert re.search(rf"  paid [^:]*\d\d:\d\d: {re.escape(FILE)} was not updated, though", out)
        assert "owed" not in out

    @pytest.mark.parametrize("way", ["project", "folder", "absolute", "name"])
    def test_only_a_documents_debts_are_dropped(
        self, way: str, shop: Path, env: dict[str, str]
    ) -> None:
        other = "20251203-090000-billing.md"
        with talk(shop, env) as one:
            one.start()
            one.say()
            work(shop)
            add_session(shop, other, session_text("Billing", "completed"), ago(seconds=0))
            one.end()
        name = {"project": FILE, "folder": NAME, "absolute": str(shop / FILE)}.get(way, NAME)
        where = shop / ".agents" / "sessions" if way == "folder" else shop
        ran = agent_session(env, where, "waive", name, "--json")
        assert [debt["document"] for debt in ran.answer["waived"]] == [FILE]
        (left,) = agent_session(env, shop, "waive", "--json").answer["waived"]
        assert left["document"] == f".agents/sessions/{other}"

    def test_a_document_that_is_gone_is_waived_by_its_former_path(
        self, shop: Path, env: dict[str, str]
    ) -> None:
        owing(shop, env)
        (shop / FILE).unlink()
        assert agent_session(env, shop, "waive", FILE).out.startswith(f"Waived: {FILE}")

    def test_an_unknown_one_drops_nothing_and_says_what_is_owed(
        self, shop: Path, env: dict[str, str]
    ) -> None:
        owing(shop, env)
        ran = agent_session(env, shop, "waive", FILE, "nope.md")
        assert (ran.code, ran.out) == (2, "")
        assert f"nothing is owed for nope.md. What is owed: {FILE}" in ran.err
        assert len(agent_session(env, shop, "waive", "--json").answer["waived"]) == 1
        ran = agent_session(env, shop, "waive", FILE)
        assert (ran.code, "Nothing is owed in this project" in ran.err) == (2, True)

    def test_a_handoff_that_nobody_wrote_is_named_by_a_dash(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        (repo / ".agents").mkdir()
        (repo / ".agents" / "session-hooks.toml").write_text('[documents]\nformats = ["next"]\n')
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", "a", when=ago(hours=2))
        owing(repo, env)
        (debt,) = agent_session(env, repo, "log", "--json").answer["debts"]
        assert (debt["kind"], debt["document"]) == ("no_handoff", None)
        assert "- (no handoff)" in agent_session(env, repo, "waive", "nope.md").err
        ran = agent_session(env, repo, "waive", "-")
        assert ran.out.startswith("Waived: no handoff was written, though HEAD moved by 1 commit")

    def test_another_worktrees_debts_stay(
        self, shop: Path, env: dict[str, str], tmp_path: Path
    ) -> None:
        other = tmp_path / "other"
        git(shop, "worktree", "add", "-q", "-b", "fix", str(other))
        owing(other, env)
        assert "Nothing is owed" in agent_session(env, shop, "waive").out
        assert agent_session(env, other, "waive").out.startswith("Waived: ")


def test_a_repository_of_ones_own_below_is_another_project(shop: Path, env: dict[str, str]) -> None:
    owing(shop, env)
    inner = make_repository(shop / "inner")
    assert agent_session(env, inner, "log", "--all", "--json").answer == EMPTY
