import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import ROOT, add_session, ago, run, session_text
from session_hooks import config
from session_hooks.config import Config, parse
from session_hooks.project import project_at


def write(project: Path, text: str | bytes) -> None:
    path = project / config.FILE
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_without_a_file_the_defaults_hold(repo: Path) -> None:
    assert config.read(project_at(str(repo))) == Config()


def test_the_readme_shows_the_defaults() -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert parse(tomllib.loads(shown)) == Config()


def test_every_key_is_read(repo: Path) -> None:
    write(
        repo,
        "[context]\nbudget = 2000\n[documents]\nmax_age_days = 5\n"
        "[end]\nchecklist = 'debts'\nnotify = 'never'\n",
    )
    read = config.read(project_at(str(repo)))
    assert read == Config(2000, timedelta(days=5), "debts", "never")
    assert parse({"documents": {"max_age_days": 0}}).max_age is None


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"context": {"budget": 100}}, "context.budget: it must be a number"),
        ({"context": {"budget": "4000"}}, "context.budget: it must be a number"),
        ({"context": {"budget": True}}, "context.budget: it must be a number"),
        ({"context": {"bugdet": 4000}}, "context.bugdet: there is no such key"),
        ({"documents": {"max_age_days": -1}}, "documents.max_age_days: it must be"),
        ({"end": {"notify": "sometimes"}}, "end.notify: it must be one of always, debts, never"),
        ({"end": {"checklist": ["always"]}}, "end.checklist: it must be one of"),
        ({"ends": {"notify": "never"}}, "ends: there is no such table"),
        ({"end": "never"}, "end: there is no such table"),
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
    assert f"{config.FILE}: it can't be read" in told.person


def test_the_budget_is_kept(repo: Path, env: dict[str, str]) -> None:
    for number in range(80):
        add_session(repo, f"20251204-1430{number:02}-work.md", session_text(f"Work {number}"))
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
    stamp = f"{ago(days=days):%Y-%m-%dT%H:%M:%SZ}"
    told.write_text(f'{{"type": "user", "timestamp": "{stamp}"}}\n')
    event = {"reason": "prompt_input_exit", "cwd": str(project), "transcript_path": str(told)}
    ended = run("session-end-hook", event, env)
    assert (ended.code, bool(ended.err), bool(ended.out)) == (code, words, sequence)


@given(st.dictionaries(st.text(max_size=9), st.dictionaries(st.text(max_size=9), st.integers())))
def test_no_settings_make_it_raise(settings: dict[str, Any]) -> None:
    assert isinstance(parse(settings), Config)
