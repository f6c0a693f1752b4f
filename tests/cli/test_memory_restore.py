"""``agent-session restore``, and ``show`` and ``prompt`` of what it can restore."""

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from helpers import PROGRAMS, Ran, command, git, make_repository
from talks import NEXT, archived, talk

FORMER = "NEXT_SESSION.md"
TEMPLATE = ("--template", "https://example.org/base.md")


def agent_session(env: dict[str, str], cwd: Path, *arguments: str) -> Ran:
    return command("agent-session", env, cwd, *arguments)


def state(repo: Path) -> Path:
    return repo / ".git" / "agent-session-hooks"


def take(project: Path, env: dict[str, str], former: str = FORMER, text: str = NEXT) -> Path:
    """A conversation in which nobody speaks takes a document; returns its copy."""
    path = project / former
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with talk(project, env) as one:
        one.start()
        one.work()
        one.end()
    assert not path.exists()
    common = git(project, "rev-parse", "--path-format=absolute", "--git-common-dir").strip()
    return archived(Path(common) / "agent-session-hooks")[-1]


def became(project: Path, env: dict[str, str]) -> list[str | None]:
    rows = agent_session(env, project, "restore", "--json").answer["archive"]
    return [row["state"] for row in rows]


class TestTheList:
    def test_an_empty_archive_is_said(self, repo: Path, env: dict[str, str]) -> None:
        ran = agent_session(env, repo, "restore")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == "The archive is empty: no document was taken from the working tree.\n"
        assert agent_session(env, repo, "restore", "--json").answer == {"archive": []}
        assert not state(repo).exists()

    def test_the_newest_stands_first_with_where_it_lay_and_whether_it_was_read(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        take(repo, env)
        take(repo, env, "docs/NEXT_SESSION.md", NEXT + "Later.\n")
        with talk(repo, env) as one:  # it finds out that both were read
            one.start()
        rows = agent_session(env, repo, "restore", "--json").answer["archive"]
        assert [row["former"] for row in rows] == ["docs/NEXT_SESSION.md", FORMER]
        assert [row["state"] for row in rows] == ["read", "read"]
        assert rows[0]["taken"] > "2020"
        assert rows[0]["conversation"].startswith("talk-")
        assert (repo / rows[1]["path"]).read_text() == NEXT
        lines = agent_session(env, repo, "restore").out.splitlines()
        assert lines[0].split() == [
            "archived", "as", "where", "it", "lay", "taken", "by", "conversation",
            "what", "came", "of", "it",
        ]  # fmt: skip
        assert lines[1].startswith(rows[0]["name"])
        assert "docs/NEXT_SESSION.md" in lines[1]

    def test_what_the_store_knows_nothing_of_is_listed_too(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        name = take(repo, env).name
        (state(repo) / "state.db").unlink()
        (row,) = agent_session(env, repo, "restore", "--json").answer["archive"]
        assert (row["name"], row["former"], row["state"]) == (name, FORMER, None)
        assert "unknown" in agent_session(env, repo, "restore").out
        assert not (state(repo) / "state.db").exists()


class TestOne:
    @pytest.mark.parametrize("way", ["name", "path", "absolute", "former", "dotted"])
    def test_it_comes_back_to_where_it_lay_and_the_copy_stays(
        self, way: str, repo: Path, env: dict[str, str]
    ) -> None:
        copy = take(repo, env, "docs/NEXT_SESSION.md")
        name = {
            "name": copy.name,
            "path": str(copy.relative_to(repo)),
            "absolute": str(copy),
            "former": "docs/NEXT_SESSION.md",
            "dotted": "./docs/../docs/NEXT_SESSION.md",
        }[way]
        ran = agent_session(env, repo, "restore", name)
        assert (ran.code, ran.out, ran.err) == (0, "docs/NEXT_SESSION.md\n", "")
        restored = repo / "docs" / FORMER
        assert restored.read_text() == NEXT == copy.read_text()
        assert restored.stat().st_mtime == copy.stat().st_mtime

    def test_it_composes(self, repo: Path, env: dict[str, str]) -> None:
        take(repo, env)
        (repo / "src").mkdir()
        program = PROGRAMS / "agent-session"
        for folder in (repo, repo / "src"):
            done = subprocess.run(
                ["/bin/sh", "-c", f"{program} restore {FORMER} | xargs cat"],
                cwd=folder,
                env=env,
                capture_output=True,
                check=True,
                text=True,
            )
            assert done.stdout == NEXT
            (repo / FORMER).unlink()

    def test_as_json(self, repo: Path, env: dict[str, str]) -> None:
        copy = take(repo, env)
        assert agent_session(env, repo, "restore", FORMER, "--json").answer == {
            "path": FORMER,
            "name": copy.name,
            "copy": str(copy.relative_to(repo)),
        }

    def test_a_former_path_means_the_newest(self, repo: Path, env: dict[str, str]) -> None:
        older = take(repo, env)
        take(repo, env, text=NEXT + "Newer.\n")
        agent_session(env, repo, "restore", FORMER)
        assert (repo / FORMER).read_text() == NEXT + "Newer.\n"
        (repo / FORMER).unlink()
        agent_session(env, repo, "restore", older.name)
        assert (repo / FORMER).read_text() == NEXT

    def test_what_was_restored_is_not_told_from_the_archive_as_well(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        (repo / FORMER).write_text(NEXT)
        with talk(repo, env) as one:  # nobody speaks in it, so it would be told again
            one.start()
        assert became(repo, env) == ["unread"]
        agent_session(env, repo, "restore", FORMER)
        assert became(repo, env) == ["restored"]
        (repo / FORMER).write_text(NEXT.replace("FileStorage", "CloudStorage"))
        with talk(repo, env) as one:
            told = one.start().model
        assert "CloudStorage" in told
        assert "FileStorage" not in told
        assert became(repo, env) == ["unread", "restored"]

    def test_that_it_was_read_stays_known(self, repo: Path, env: dict[str, str]) -> None:
        take(repo, env)
        with talk(repo, env) as one:
            one.start()
        assert became(repo, env) == ["read"]
        agent_session(env, repo, "restore", FORMER)
        assert became(repo, env) == ["read"]

    @pytest.mark.parametrize("kind", ["file", "folder", "link"])
    def test_nothing_is_overwritten(
        self, kind: str, repo: Path, env: dict[str, str], tmp_path: Path
    ) -> None:
        copy = take(repo, env)
        target = repo / FORMER
        if kind == "file":
            target.write_text("mine")
        elif kind == "folder":
            target.mkdir()
        else:
            target.symlink_to(tmp_path / "elsewhere")
        ran = agent_session(env, repo, "restore", FORMER)
        assert (ran.code, ran.out) == (2, "")
        assert f"{FORMER} is there already" in ran.err
        assert copy.name in ran.err
        assert "move it away first" in ran.err
        assert kind != "file" or target.read_text() == "mine"
        assert not (tmp_path / "elsewhere").exists()
        assert copy.read_text() == NEXT
        assert became(repo, env) != ["restored"]

    @pytest.mark.parametrize("outside", [True, False])
    def test_nothing_is_written_through_a_link(
        self, outside: bool, repo: Path, env: dict[str, str], tmp_path: Path
    ) -> None:
        copy = take(repo, env, "docs/NEXT_SESSION.md")
        (repo / "docs").rmdir()
        folder = tmp_path / "elsewhere" if outside else repo / "src"
        folder.mkdir()
        (repo / "docs").symlink_to(folder)
        ran = agent_session(env, repo, "restore", copy.name)
        assert ran.code == 2
        assert "docs is a link" in ran.err
        assert str(copy) in ran.err
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize("former", ["../NEXT_SESSION.md", "docs/../../NEXT_SESSION.md"])
    def test_nothing_is_written_outside_the_project(
        self, former: str, repo: Path, env: dict[str, str]
    ) -> None:
        copy = take(repo, env)
        database = sqlite3.connect(state(repo) / "state.db", isolation_level=None)
        database.execute("UPDATE archive SET former = ?", (former,))
        database.close()
        ran = agent_session(env, repo, "restore", copy.name)
        assert (ran.code, "lies outside the project" in ran.err) == (2, True)
        assert not (repo.parent / FORMER).exists()

    def test_a_file_in_the_place_of_its_folder_is_refused(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        copy = take(repo, env, "docs/NEXT_SESSION.md")
        (repo / "docs").rmdir()
        (repo / "docs").write_text("x")
        ran = agent_session(env, repo, "restore", copy.name)
        assert (ran.code, "could not be copied" in ran.err) == (2, True)
        assert "Traceback" not in ran.err

    def test_what_is_not_there_is_refused(self, repo: Path, env: dict[str, str]) -> None:
        take(repo, env)
        for name in ("nope.md", "docs/NEXT_SESSION.md", "", ".git/config"):
            ran = agent_session(env, repo, "restore", name)
            assert (ran.code, ran.out) == (2, "")
            assert "is not in the archive. What there is: agent-session restore" in ran.err

    def test_another_worktrees_goes_back_there_only(
        self, repo: Path, env: dict[str, str], tmp_path: Path
    ) -> None:
        (repo / "a").write_text("a")
        git(repo, "add", "a")
        git(repo, "commit", "-qm", "a")
        other = tmp_path / "other"
        git(repo, "worktree", "add", "-q", "-b", "fix", str(other))
        copy = take(other, env)
        assert agent_session(env, repo, "restore", FORMER).code == 2
        ran = agent_session(env, repo, "restore", copy.name)
        assert ran.code == 2
        assert f"agent-session restore --repo {other} {copy.name}" in ran.err
        ran = agent_session(env, repo, "restore", "--repo", str(other), copy.name)
        assert ran.out == f"{other / FORMER}\n"
        (other / FORMER).unlink()
        git(repo, "worktree", "remove", str(other))
        assert agent_session(env, repo, "restore", copy.name).out == f"{FORMER}\n"

    def test_outside_git_it_comes_from_the_persons_own_state_folder(
        self, tmp_path: Path, env: dict[str, str], home: Path
    ) -> None:
        folder = tmp_path / "notes"
        folder.mkdir()
        (folder / FORMER).write_text(NEXT)
        with talk(folder, env) as one:
            one.start()
        assert not (folder / FORMER).exists()
        assert agent_session(env, folder, "restore", FORMER).out == f"{FORMER}\n"
        assert (folder / FORMER).read_text() == NEXT
        (row,) = agent_session(env, folder, "restore", "--json").answer["archive"]
        assert row["path"].startswith(str(home))


class TestWithoutADatabase:
    def test_a_broken_one_does_not_keep_a_document_back(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        copy = take(repo, env)
        noise = b"noise" * 1000
        (state(repo) / "state.db").write_bytes(noise)
        ran = agent_session(env, repo, "restore", copy.name)
        assert (ran.code, ran.out) == (0, f"{FORMER}\n")
        assert "state.db is broken" in ran.err
        assert (repo / FORMER).read_text() == NEXT
        assert (state(repo) / "state.db").read_bytes() == noise

    def test_one_in_use_has_to_be_waited_for(self, repo: Path, env: dict[str, str]) -> None:
        copy = take(repo, env)
        database = sqlite3.connect(state(repo) / "state.db", isolation_level=None)
        database.execute("BEGIN EXCLUSIVE")
        ran = agent_session(env, repo, "restore", copy.name)
        database.close()
        assert (ran.code, "in use by another process" in ran.err) == (2, True)
        assert not (repo / FORMER).exists()

    def test_where_nothing_can_be_noted_it_comes_back_and_that_is_said(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        (repo / FORMER).write_text(NEXT)
        with talk(repo, env) as one:
            one.start()
        database = sqlite3.connect(state(repo) / "state.db", isolation_level=None)
        database.execute("BEGIN IMMEDIATE")  # reading goes on, writing has to wait
        ran = agent_session(env, repo, "restore", FORMER)
        database.close()
        assert (ran.code, ran.out) == (0, f"{FORMER}\n")
        assert "could not be noted" in ran.err

    def test_a_name_that_is_only_reserved_is_no_document(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        folder = state(repo) / "archive"
        folder.mkdir(parents=True)
        (folder / "20251204T143000.000000Z-NEXT_SESSION.md").touch()
        (folder / "20251204T143001.000000Z-NEXT_SESSION.md").symlink_to(repo / "a")
        assert agent_session(env, repo, "restore", "--json").answer == {"archive": []}


class TestShowAndPrompt:
    @pytest.mark.parametrize("way", ["name", "path", "absolute", "former"])
    def test_a_document_in_the_archive_is_shown_and_retold(
        self, way: str, repo: Path, env: dict[str, str]
    ) -> None:
        copy = take(repo, env)
        inside = str(copy.relative_to(repo))
        name = {"name": copy.name, "path": inside, "absolute": str(copy), "former": FORMER}[way]
        shown = agent_session(env, repo, "show", name, "--json").answer
        assert shown["path"] == inside
        assert (shown["format"], shown["active"]) == ("next", False)
        assert shown["verdict"] != "stale"  # it is as old as it was
        assert shown["next_action"] == "Write FileStorage"
        assert inside in agent_session(env, repo, "show", name).out
        prompt = agent_session(env, repo, "prompt", name, *TEMPLATE)
        assert prompt.code == 0
        assert "Write FileStorage" in prompt.out
        assert f"Notes: `{inside}`" in prompt.out

    def test_the_one_in_the_tree_goes_before(self, repo: Path, env: dict[str, str]) -> None:
        copy = take(repo, env)
        (repo / FORMER).write_text(NEXT.replace("FileStorage", "CloudStorage"))
        shown = agent_session(env, repo, "show", FORMER, "--json").answer
        assert (shown["path"], shown["next_action"]) == (FORMER, "Write CloudStorage")
        shown = agent_session(env, repo, "show", copy.name, "--json").answer
        assert shown["next_action"] == "Write FileStorage"

    def test_one_in_the_tree_that_cannot_be_read_is_not_passed_over(
        self, repo: Path, env: dict[str, str]
    ) -> None:
        take(repo, env)
        (repo / FORMER).write_text("")
        ran = agent_session(env, repo, "show", FORMER)
        assert (ran.code, "can't be read: it is empty" in ran.err) == (2, True)

    def test_from_a_worktree_its_path_is_absolute(
        self, repo: Path, env: dict[str, str], tmp_path: Path
    ) -> None:
        git(repo, "commit", "-q", "--allow-empty", "-m", "a")
        other = tmp_path / "other"
        git(repo, "worktree", "add", "-q", "-b", "fix", str(other))
        copy = take(other, env)
        shown = agent_session(env, other, "show", FORMER, "--json").answer
        assert shown["path"] == str(copy)

    def test_what_is_nowhere_is_refused_as_before(self, repo: Path, env: dict[str, str]) -> None:
        take(repo, env)
        ran = agent_session(env, repo, "show", "nope.md")
        assert (ran.code, "nope.md does not exist" in ran.err) == (2, True)

    def test_another_repositorys_archive_is_not_looked_into(
        self, repo: Path, env: dict[str, str], tmp_path: Path
    ) -> None:
        copy = take(repo, env)
        other = make_repository(tmp_path / "other")
        for name in (copy.name, str(copy), os.path.relpath(copy, other)):
            assert agent_session(env, other, "show", name).code == 2
            assert agent_session(env, other, "restore", name).code == 2
