import json
from pathlib import Path

import pytest

from helpers import add_session, command, commit, git, session_text

FORMATS = ("session", "journal", "next", "handoff")


@pytest.mark.parametrize("form", FORMATS)
def test_the_next_start_has_something_to_say(form: str, repo: Path, env: dict[str, str]) -> None:
    commit(repo, "src/cache.py", message="Begin the cache")
    done = command("agent-session", env, repo, "init", "--format", form, "Write CacheAdapter.read")
    assert (done.code, done.err) == (0, "")
    (row,) = command("agent-session", env, repo, "list", "--json").answer["documents"]
    assert (row["format"], row["next_action"]) == (form, "Write CacheAdapter.read")
    document = repo / row["path"]
    assert "Begin the cache" in document.read_text()
    assert "[" not in document.read_text().replace("- [ ]", "")  # nothing is left to fill in
    found = command("agent-session", env, repo, "check", "--json").answer["findings"]
    assert [one for one in found if one["severity"] == "error"] == []


def test_next_session_is_kept_out_of_git_and_other_lines_stay(
    repo: Path, env: dict[str, str]
) -> None:
    (repo / ".gitignore").write_bytes(b"*.pyc\r\nbuild")
    command("agent-session", env, repo, "init", "Go")
    assert (repo / ".gitignore").read_bytes() == b"*.pyc\r\nbuild\nNEXT_SESSION.md\n"
    command("agent-session", env, repo, "init", "--format", "journal", "Go")
    assert (repo / ".gitignore").read_bytes().count(b"NEXT_SESSION.md") == 1


def test_journals_get_their_template_which_is_no_document(repo: Path, env: dict[str, str]) -> None:
    command("agent-session", env, repo, "init", "--format", "journal", "Go")
    assert (repo / "sessions" / "YYYY-MM-DD-TEMPLATE-session.md").is_file()
    assert len(command("agent-session", env, repo, "list", "--json").answer["documents"]) == 1


def test_where_there_are_documents_nothing_is_written(project: Path, env: dict[str, str]) -> None:
    (project / ".gitignore").write_text("NEXT_SESSION.md\n")
    before = git(project, "status", "--porcelain", "-uall")
    done = command("agent-session", env, project, "init")
    assert done.out.splitlines()[0] == "3 documents there already: agent-session"
    assert git(project, "status", "--porcelain", "-uall") == before


def test_all_of_it_is_taken_back_at_once(repo: Path, env: dict[str, str]) -> None:
    command("agent-session", env, repo, "init", "--format", "journal", "Go")
    assert command("agent-session", env, repo, "undo").code == 0
    assert git(repo, "status", "--porcelain") == ""


def test_the_hooks_are_named_until_they_are_installed(repo: Path, env: dict[str, str]) -> None:
    said = command("agent-session", env, repo, "init", "Go").out
    assert said.splitlines()[-1] == f"The hooks are not installed yet: install-hooks --repo {repo}"
    assert command("install-hooks", env, repo, "--quiet").code == 0
    assert "install-hooks" not in command("agent-session", env, repo, "init").out


@pytest.mark.parametrize("is_on", [True, False])
def test_as_a_plugin_they_are_installed_while_it_is_switched_on(
    is_on: bool, repo: Path, env: dict[str, str]
) -> None:
    settings = Path(env["HOME"]) / ".claude" / "settings.json"
    settings.parent.mkdir()
    plugin = {"session-hooks@agent-session-hooks": is_on}
    settings.write_text(json.dumps({"enabledPlugins": plugin}))
    assert ("install-hooks" in command("agent-session", env, repo, "init", "Go").out) is not is_on


def test_without_an_answer_it_says_what_is_missing(repo: Path, env: dict[str, str]) -> None:
    refused = command("agent-session", env, repo, "init")
    assert refused.code == 2
    assert "say what is to be done next" in refused.err


def test_json_names_what_was_written(repo: Path, env: dict[str, str]) -> None:
    done = command("agent-session", env, repo, "init", "--json", "Go")
    first, second = json.loads(done.out)["written"]
    assert first == ".gitignore"
    assert second.startswith(".agents/sessions/")


@pytest.mark.parametrize(
    "title", ["Fix the cache: don't retry #42", "- [ ] * item", '"quoted"', "null", "# x"]
)
def test_any_title_makes_a_sound_file(title: str, repo: Path, env: dict[str, str]) -> None:
    assert command("agent-session", env, repo, "init", "--", title).code == 0
    (path,) = (repo / ".agents" / "sessions").iterdir()
    found = command("agent-session", env, repo, "check", "--json").answer["findings"]
    assert [one for one in found if one["severity"] == "error"] == []
    assert command("agent-session", env, repo, "note", "x").code == 0
    assert title in path.read_text()


def test_nothing_is_ever_written_over(repo: Path, env: dict[str, str]) -> None:
    (repo / "NEXT_SESSION.md").write_bytes(b"precious\0")
    refused = command("agent-session", env, repo, "init", "--format", "next", "New")
    assert (refused.code, (repo / "NEXT_SESSION.md").read_bytes()) == (2, b"precious\0")
    assert "is there already" in refused.err
    assert not (repo / ".gitignore").exists()
    command("agent-session", env, repo, "new", "--format", "journal", "Topic")
    (draft,) = (repo / "sessions").iterdir()
    before = draft.read_bytes()
    assert command("agent-session", env, repo, "init", "--format", "journal", "Topic").code == 0
    assert draft.read_bytes() == before


def test_beside_completed_files_a_new_one_begins(repo: Path, env: dict[str, str]) -> None:
    add_session(repo, "20251120-100000-login.md", session_text("Login", "completed"))
    command("agent-session", env, repo, "init", "Cache the answer")
    (row,) = command("agent-session", env, repo, "list", "--json").answer["documents"]
    assert row["title"] == "Cache the answer"
