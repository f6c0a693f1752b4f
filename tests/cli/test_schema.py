import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from helpers import ROOT, add_session, command, commit, session_text
from session_hooks.documents import config


def schema(name: str, repo: Path, env: dict[str, str]) -> dict[str, Any]:
    found = command("agent-session", env, repo, "schema", name).answer
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def is_valid(value: object, known: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(known).is_valid(value)


# --- the frontmatter -----------------------------------------------------------------------------


def front(text: str) -> Any:
    return yaml.safe_load(text.split("---\n")[1])


def test_what_new_writes_is_valid(repo: Path, env: dict[str, str]) -> None:
    path = command("agent-session", env, repo, "new", "Weather", "--agent", "qa").out.strip()
    assert is_valid(front((repo / path).read_text()), schema("session", repo, env))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("status: in_progress", "status: wip"),
        ("  last_updated:", "  updated:"),
        ("orchestration:\n", "other:\n"),
        ("  current_task:", "  spawned_agents: [{agent: qa}]\n  current_task:"),
    ],
)
def test_what_003_demands_is_demanded(old: str, new: str, repo: Path, env: dict[str, str]) -> None:
    known, text = schema("session", repo, env), session_text()
    assert is_valid(front(text), known)
    assert not is_valid(front(text.replace(old, new)), known)


# --- the configuration ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "", "[context]\nbudget = 4000\nredact = false\n", "[documents]\nmax_age_days = 0\n",
        '[documents]\nformats = ["session"]\n', '[folders]\nsession = "notes"\n',
        '[folders]\nhandoff = ["a", "b"]\n', '[end]\nnotify = "never"\n',
        '[prompt]\ntemplate = "https://example.org/t.md"\ntrigger = "snapshot"\n',
        '[next_session]\nconsume = "always"\n[archive]\nmax_mb = 5\nmax_age_days = 9\n',
        "[context]\nbudget = 1\n", "[context]\nbudget = true\n", "[context]\nno = 1\n",
        "[other]\n", '[documents]\nformats = ["x"]\n', "[documents]\nbranches = 1\n",
        "[folders]\nsession = []\n", '[prompt]\ntemplate = "x"\n', '[end]\nchecklist = "x"\n',
        "[archive]\nmax_mb = 0\n",
    ],
)  # fmt: skip
def test_it_is_valid_where_nothing_is_wrong_with_it(
    text: str, repo: Path, env: dict[str, str]
) -> None:
    settings = tomllib.loads(text)
    assert is_valid(settings, schema("config", repo, env)) is not bool(
        config.parse(settings).problems
    )


# --- SARIF ---------------------------------------------------------------------------------------


def test_findings_are_sarif_as_its_schema_has_it(repo: Path, env: dict[str, str]) -> None:
    known = json.loads((ROOT / "tests" / "data" / "sarif-2.1.0.schema.json").read_text())
    add_session(repo, "weather fallback.md", "# Weather\n\n## Status\nx\n")
    log = command("agent-session", env, repo, "check", "--format", "sarif")
    assert log.code == 1
    jsonschema.Draft4Validator(known).validate(log.answer)
    (run,) = log.answer["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (place,) = result["locations"]
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == ".agents/sessions/weather%20fallback.md"
    found = command("agent-session", env, repo, "check", "--json").answer["findings"]
    assert [one["code"] for one in found] == [one["ruleId"] for one in run["results"]]


def test_a_clean_project_has_an_empty_log(repo: Path, env: dict[str, str]) -> None:
    commit(repo, "a.py")
    log = command("agent-session", env, repo, "check", "--format", "sarif")
    assert (log.code, log.answer["runs"][0]["results"]) == (0, [])
