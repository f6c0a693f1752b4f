import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import (
    ROOT,
    add_session,
    ago,
    command,
    edited,
    run,
    session_text,
    spoke,
    transcript,
)
from session_hooks.documents import config
from session_hooks.documents.config import Config, parse
from session_hooks.documents.locations import PLACES
from session_hooks.project.project import CONFIG, project_at


def write(project: Path, text: str | bytes) -> None:
    path = project / CONFIG
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_without_a_file_the_defaults_hold(repo: Path) -> None:
    assert config.read(project_at(str(repo))) == Config()


@pytest.mark.parametrize(
    ("name", "shows"),
    [("README.md", Config()), ("hooks/README.md", Config(formats=tuple(PLACES)))],
)
def test_the_readmes_show_the_defaults(name: str, shows: Config) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", (ROOT / name).read_text(), re.DOTALL)
    assert parse(tomllib.loads(shown)) == shows


def test_every_key_is_read(repo: Path) -> None:
    write(
        repo,
        "[context]\nbudget = 2000\nredact = false\n[documents]\nmax_age_days = 5\nmax_commits = 9\n"
        "branches = true\n"
        "[end]\nchecklist = 'debts'\nnotify = 'never'\n",
    )
    read = config.read(project_at(str(repo)))
    assert read == Config(
        2000, timedelta(days=5), 9, branches=True, checklist="debts", notify="never", redact=False
    )
    without = parse({"documents": {"max_age_days": 0, "max_commits": 0}})
    assert (without.max_age, without.max_commits) == (None, None)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"context": {"budget": 100}}, "context.budget: it must be a number"),
        ({"context": {"budget": "4000"}}, "context.budget: it must be a number"),
        ({"context": {"budget": True}}, "context.budget: it must be a number"),
        ({"context": {"bugdet": 4000}}, "context.bugdet: there is no such key"),
        ({"documents": {"max_age_days": -1}}, "documents.max_age_days: it must be"),
        ({"documents": {"max_commits": "50"}}, "documents.max_commits: it must be a number of"),
        ({"end": {"notify": "sometimes"}}, "end.notify: it must be one of always, debts, never"),
        ({"end": {"checklist": ["always"]}}, "end.checklist: it must be one of"),
        (
            {"ends": {"notify": "never"}},
            "ends: there is no such table; there are archive, close, ",
        ),
        ({"documents": {"formats": ["sessions"]}}, "documents.formats: it must be a list of"),
        ({"documents": {"formats": "session"}}, "documents.formats: it must be a list of some of"),
        ({"context": {"redact": "no"}}, "context.redact: it must be true or false"),
        ({"documents": {"branches": "yes"}}, "documents.branches: it must be true or false"),
        ({"documents": {"branches": 1}}, "documents.branches: it must be true or false"),
        ({"folders": {"sessions": ["a"]}}, "folders.sessions: there is no such key; there are"),
        ({"folders": {"session": []}}, "folders.session: it must be a list of folders"),
        ({"prompt": {"template": "base.md"}}, "prompt.template: it must be the http(s) address"),
        ({"prompt": {"template": "https://e.org/\x07"}}, "prompt.template: it must be the http"),
        ({"prompt": {"trigger": 'say "x"'}}, "prompt.trigger: it must be a word or a few"),
        ({"end": "never"}, "end: there is no such table"),
        ({"next_session": {"consume": "yes"}}, "next_session.consume: it must be one of always, "),
        ({"archive": {"max_age_days": 0}}, "archive.max_age_days: it must be a number of days"),
        ({"archive": {"max_mb": 1.5}}, "archive.max_mb: it must be a number of megabytes"),
    ],
)
def test_what_is_wrong_is_named_and_its_default_holds(settings: dict[str, Any], key: str) -> None:
    found = parse(settings)
    assert found._replace(problems=()) == Config()
    assert len(found.problems) == 1
    assert found.problems[0].startswith(key)


@pytest.mark.parametrize("text", ["[end", b"\xff\xfe", "a = 1\na = 2"])
def test_a_file_that_cannot_be_read_is_named_to_the_person(
    text: str | bytes, project: Path, env: dict[str, str]
) -> None:
    write(project, text)
    told = run("session-start-hook", {"source": "startup", "cwd": str(project)}, env)
    assert "Weather fallback" in told.model
    assert f"{CONFIG}: it can't be read" in told.person


def test_the_budget_is_kept(repo: Path, env: dict[str, str]) -> None:
    log = "\n".join(f"- entry {number} of what was done" for number in range(900))
    add_session(repo, "20251204-143000-work.md", session_text(more=f"## Session Log\n{log}\n"))
    lengths = []
    for budget in (2000, 4000, 9000):
        write(repo, f"[context]\nbudget = {budget}\n")
        told = run("session-start-hook", {"source": "startup", "cwd": str(repo)}, env)
        assert len(told.model) <= budget
        lengths.append(len(told.model))
    assert lengths == sorted(set(lengths))


@pytest.mark.parametrize(
    ("checklist", "notify", "days", "code", "words", "sequence"),
    [
        ("never", "never", 0, 0, False, False),
        ("never", "always", 9, 0, False, True),
        ("debts", "debts", 9, 0, False, False),
        ("debts", "debts", 0, 2, True, True),
        ("always", "never", 0, 2, True, False),
        ("always", "always", 9, 2, True, True),
    ],
)
def test_the_end_is_as_quiet_as_it_is_set(
    checklist: str,
    notify: str,
    days: int,
    code: int,
    words: bool,
    sequence: bool,
    project: Path,
    env: dict[str, str],
    tmp_path: Path,
) -> None:
    write(project, f"[end]\nchecklist = '{checklist}'\nnotify = '{notify}'\n")
    told = tmp_path / "t.jsonl"  # it began before everything was written, or just now
    transcript(told, spoke(ago(days=days)), edited("/elsewhere", ago(days=days)))
    event = {"reason": "prompt_input_exit", "cwd": str(project), "transcript_path": str(told)}
    ended = run("session-end-hook", event, env)
    assert (ended.code, bool(ended.err), bool(ended.out)) == (code, words, sequence)


def test_what_is_wrong_is_told_once_until_it_changes(project: Path, env: dict[str, str]) -> None:
    event = {"source": "startup", "cwd": str(project)}
    said = []
    for text in ("[ends]\n", "[ends]\n", "[end]\nnotify = 1\n", "[end]\n", "[ends]\n"):
        write(project, text)
        said.append(CONFIG in run("session-start-hook", event, env).person)
    assert said == [True, False, True, False, True]


def test_documents_are_looked_for_where_the_project_says(repo: Path, env: dict[str, str]) -> None:
    write(repo, '[folders]\nsession = ["work/sessions/", "."]\nhandoff = "handoffs"\n')
    path = repo / "work" / "sessions" / "a.md"
    path.parent.mkdir(parents=True)
    path.write_text(session_text("Elsewhere"))
    add_session(repo, "b.md", session_text("Where nobody looks"))
    told = run("session-start-hook", {"source": "startup", "cwd": str(path.parent)}, env)
    assert "To resume: work/sessions/a.md" in told.model
    assert "Where nobody looks" not in told.model
    assert "Elsewhere" in run("pre-compact-hook", {"cwd": str(repo)}, env).out
    ended = run("session-end-hook", {"cwd": str(repo), "reason": "other"}, env)
    assert "work/sessions/a.md" in ended.err


def test_a_place_may_be_one_file(repo: Path, env: dict[str, str]) -> None:
    write(repo, '[folders]\nhandoff = ["STATUS.md", "docs/handoffs"]\n')
    (repo / "STATUS.md").write_text("# Status\n\n## Next Steps\n1. Publish\n")
    told = run("session-start-hook", {"source": "startup", "cwd": str(repo)}, env)
    assert "Next: Publish" in told.person
    assert "At the end of larger work, bring STATUS.md up to date." in told.model
    made = command("agent-session", env, repo, "new", "X", "--format", "handoff")
    assert made.out.startswith("docs/handoffs/")


@pytest.mark.parametrize("form", ["next", "prompt"])
def test_what_has_one_name_has_no_file_for_its_place(form: str) -> None:
    found = parse({"folders": {form: ["docs/NEXT.md"]}})
    assert "'docs/NEXT.md' is a file; it must be the folder" in found.problems[0]
    assert found.folders == PLACES


def test_a_format_that_is_off_is_not_read(project: Path, env: dict[str, str]) -> None:
    (project / "NEXT_SESSION.md").write_text("# Next Session\n\n## What's Next\n- Now\n")
    event = {"source": "startup", "cwd": str(project)}
    assert "NEXT_SESSION.md" in run("session-start-hook", event, env).model
    write(project, '[documents]\nformats = ["session", "journal"]\n')
    told = run("session-start-hook", event, env)
    assert "NEXT_SESSION.md" not in told.model
    assert "Weather fallback" in told.model
    # Named as in use, it is said when one is written, before there is any.
    assert "write a journal: sessions/YYYY-MM-DD-<topic>.md." in told.model


@pytest.mark.parametrize(
    ("folder", "inside"),
    [
        ("docs/handoffs/", "docs/handoffs"),
        (".", ""),
        ("./a//b", "a/b"),
        ("/etc", None),
        ("../other", None),
        ("a/../../b", None),
        ("C:/x", None),
        ("a\\b", None),
        ("", None),
        (3, None),
    ],
)
def test_only_folders_inside_the_project_are_taken(folder: object, inside: str | None) -> None:
    found = parse({"folders": {"journal": [folder]}})
    if inside is None:
        assert "is not a folder inside the project" in found.problems[0]
        assert found.folders == PLACES
    else:
        assert found.problems == ()
        assert found.folders["journal"] == (inside,)


@given(st.dictionaries(st.text(max_size=9), st.dictionaries(st.text(max_size=9), st.integers())))
def test_no_settings_make_it_raise(settings: dict[str, Any]) -> None:
    assert isinstance(parse(settings), Config)
