"""``install-hooks --agent``: the settings of other agents than Claude Code."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers import PROGRAMS, Ran, command
from session_hooks.agents.agent import NAMES, Agent, load
from session_hooks.project.hooks import HOOKS
from session_hooks_installer.settings import edit, plugin
from session_hooks_installer.settings.edit import find
from session_hooks_installer.settings.handlers import Ownership

OTHERS = NAMES[1:]


@pytest.fixture(params=["gemini", "cursor"])
def agent(request: pytest.FixtureRequest) -> Agent:
    """Two forms of settings between which all others are."""
    return load(request.param)


def install(env: dict[str, str], cwd: Path, *arguments: str) -> Ran:
    return command("install-hooks", env, cwd, *arguments)


def handlers(agent: Agent, path: Path) -> Iterator[dict[str, Any]]:
    for entries in edit.load(path.read_text(), agent)["hooks"].values():
        for entry in entries:
            yield from [entry] if agent.is_flat else entry["hooks"]


def codes(ran: Ran) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in json.loads(ran.out)["findings"]:
        found.setdefault(one["code"], []).append(one["what"])
    return found


@pytest.mark.parametrize("name", OTHERS)
def test_once_installs_twice_is_once_and_uninstalling_leaves_nothing(
    name: str, project: Path, env: dict[str, str]
) -> None:
    agent = load(name)
    path = project / agent.project_file
    first = install(env, project, "--agent", agent.name)
    assert f"Installed for {agent.title} in {path}:" in first.out
    programs = [hook.program for hook in HOOKS if hook.event in agent.events]
    for event, program in zip(agent.events.values(), programs, strict=True):
        assert f"  {event:<13} {program}" in first.out
    before = path.read_bytes()
    assert edit.load(before.decode(), agent).get("version") == agent.version
    assert all(
        one["command"].endswith(f"SESSION_HOOKS_AGENT={agent.name} {program}")
        for one, program in zip(handlers(agent, path), programs, strict=True)
    )
    assert "Already installed" in install(env, project, "--agent", agent.name).out
    assert path.read_bytes() == before
    assert install(env, project, "--uninstall", "--agent", agent.name).code == 0
    assert not path.exists()
    assert not (project / Path(agent.project_file).parts[0]).exists()


def test_what_others_wrote_there_stays_byte_for_byte(
    agent: Agent, project: Path, env: dict[str, str]
) -> None:
    path = project / agent.project_file
    other = {"type": "command", "command": "echo hello"}
    entry = other if agent.is_flat else {"hooks": [other]}
    content = {"version": 1, "hooks": {agent.events["SessionStart"]: [entry]}, "else": [1.50, "é"]}
    path.parent.mkdir(parents=True)
    text = json.dumps(content, indent="\t", ensure_ascii=False).replace("1.5", "1.50") + "\n\n"
    path.write_text(text)
    assert install(env, project, "--agent", agent.name).code == 0
    assert other in list(handlers(agent, path))
    assert len(list(handlers(agent, path))) == 3
    assert install(env, project, "--uninstall", "--agent", agent.name).code == 0
    assert path.read_text() == text
    # Where somebody edited it since, ours alone go.
    assert install(env, project, "--agent", agent.name).code == 0
    path.write_text(path.read_text().replace("é", "è"))
    assert install(env, project, "--uninstall", "--agent", agent.name).code == 0
    assert json.loads(path.read_text()) == {**content, "else": [1.50, "è"]}


def test_timeouts_are_in_the_agents_own_unit(project: Path, env: dict[str, str]) -> None:
    for name, expected in {"codex": [10, 3], "gemini": [10_000, 5_000], "copilot": [10, 5]}.items():
        install(env, project, "--agent", name)
        one = load(name)
        found = [handler["timeout"] for handler in handlers(one, project / one.project_file)]
        assert found == expected


def test_for_one_person_everywhere_the_programs_are_named(
    agent: Agent, project: Path, env: dict[str, str]
) -> None:
    assert install(env, project, "--agent", agent.name, "--scope", "user").code == 0
    path = Path(env["HOME"]) / agent.home / agent.user_file
    assert all(
        f"SESSION_HOOKS_AGENT={agent.name} /" in one["command"] for one in handlers(agent, path)
    )
    text = path.read_text()
    assert {one.ownership for one in find(text, agent)} == {Ownership.OURS}
    checked = install(env, project, "--check", "--json", "--agent", agent.name)
    assert checked.code == 0
    assert len(codes(checked)["ran"]) == 2
    assert install(env, project, "--uninstall", "--agent", agent.name, "--scope", "user").code == 0
    assert not path.exists()


def test_another_home_of_the_agent_is_written_to(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    there = env | {"CODEX_HOME": str(tmp_path / "mine")}
    assert install(there, project, "--agent", "codex", "--scope", "user").code == 0
    assert (tmp_path / "mine" / "hooks.json").exists()


def test_local_settings_are_claude_codes_alone(
    agent: Agent, project: Path, env: dict[str, str]
) -> None:
    ran = install(env, project, "--agent", agent.name, "--scope", "local")
    assert ran.code == 2
    assert f"{agent.title} has no local settings" in ran.err


def test_skills_are_claude_codes_alone(project: Path, env: dict[str, str]) -> None:
    ran = install(env, project, "--agent", "codex", "--skills")
    assert ran.code == 2
    assert "argument --skills: only for Claude Code" in ran.err


@pytest.mark.parametrize(
    ("more", "lacking"),
    [(["--all"], "subagents, compaction, live"), (["--with", "live"], "live")],
)
def test_the_features_that_an_agent_lacks_are_named_and_the_rest_is_installed(
    more: list[str], lacking: str, agent: Agent, project: Path, env: dict[str, str]
) -> None:
    ran = install(env, project, "--agent", agent.name, *more)
    assert ran.code == 0, ran.err
    said = f"Note: {agent.title} has no hooks for {lacking}; its others are installed.\n"
    assert said in ran.out
    assert (project / agent.project_file).exists()


def test_a_check_says_what_is_missing_what_runs_and_what_an_agent_cannot_do(
    agent: Agent, project: Path, env: dict[str, str]
) -> None:
    before = install(env, project, "--check", "--json", "--agent", agent.name)
    assert before.code == 1
    assert codes(before)["not-installed"] == [f"the hooks are not installed here for {agent.title}"]
    install(env, project, "--agent", agent.name)
    after = codes(install(env, project, "--check", "--json", "--agent", agent.name))
    assert not {"not-installed", "partly-installed", "out-of-date", "not-tried"} & after.keys()
    assert len(after["ran"]) == 2
    assert all(f"{agent.title}: {one}" in after["agent-limits"] for one in agent.lacks)


def test_an_event_without_a_handler_and_one_of_another_form_are_found(
    project: Path, env: dict[str, str]
) -> None:
    install(env, project, "--agent", "codex")
    path = project / ".codex" / "hooks.json"
    settings = json.loads(path.read_text())
    del settings["hooks"]["SessionEnd"]
    settings["hooks"]["SessionStart"][0]["hooks"][0]["command"] = "session-start-hook"
    path.write_text(json.dumps(settings))
    found = codes(install(env, project, "--check", "--json"))  # without --agent, too
    assert found["partly-installed"] == [f"SessionEnd: no handler, Codex, project scope ({path})"]
    assert len(found["out-of-date"]) == 1
    install(env, project, "--agent", "codex")
    found = codes(install(env, project, "--check", "--json"))
    assert not {"partly-installed", "out-of-date"} & found.keys()


def test_without_a_name_all_are_taken_out_and_checked(project: Path, env: dict[str, str]) -> None:
    some = ("claude", "codex", "cursor")
    for name in some:
        assert install(env, project, "--agent", name).code == 0
    found = codes(install(env, project, "--check", "--json"))
    assert len(found["ran"]) == 3 + 2 + 2
    ran = install(env, project, "--uninstall")
    assert ran.code == 0
    for name in some:
        path = project / load(name).project_file
        assert not path.exists()
        assert str(path) in ran.out


def test_that_copilot_runs_claude_codes_handlers_is_said(
    project: Path, env: dict[str, str]
) -> None:
    install(env, project)
    checked = install(env, project, "--check", "--json", "--agent", "copilot")
    assert checked.code == 0
    path = project / ".claude/settings.json"
    assert f"Copilot CLI runs the hooks in {path}" in codes(checked)["installed"]
    said = "Copilot CLI runs the hooks of Claude Code's settings, too"
    theirs = project / load("copilot").project_file
    first = install(env, project, "--agent", "copilot").out
    assert f"{said}, and those of Claude Code are in {path}. With both, each" in first
    later = install(env, project).out  # whichever came first
    assert f"{said}, and those of Copilot CLI are in {theirs}. With both, each" in later


def test_what_codex_asks_for_is_said(project: Path, env: dict[str, str]) -> None:
    assert (
        "Note: Codex runs hooks once you trust them"
        in install(env, project, "--agent", "codex").out
    )


def test_invalid_settings_are_refused_with_their_place(
    agent: Agent, project: Path, env: dict[str, str]
) -> None:
    path = project / agent.project_file
    path.parent.mkdir(parents=True)
    path.write_text('{"hooks": {},}')
    ran = install(env, project, "--agent", agent.name)
    assert ran.code == 2
    assert f"{path}, line 1, column 13" in ran.err
    assert path.read_text() == '{"hooks": {},}'
    checked = codes(install(env, project, "--check", "--json", "--agent", agent.name))
    assert "unreadable-settings" in checked


@pytest.mark.parametrize(
    "value",
    ['"$(touch {})"', "`touch${{IFS}}{}`", "a${{x:-`touch {}`}}", "codex$(touch {})", "nobody"],
)
@pytest.mark.parametrize("where", [".codex/hooks.json", ".claude/settings.json"])
def test_a_check_runs_nothing_that_is_hidden_in_the_agents_name(
    value: str, where: str, project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    program = PROGRAMS / "session-start-hook"
    said = f"SESSION_HOOKS_AGENT={value.format(ran)} {program}"
    handlers = [{"hooks": [{"type": "command", "command": said}]}]
    path = project / where
    path.parent.mkdir()
    path.write_text(json.dumps({"hooks": {"SessionStart": handlers}}))
    checked = codes(install(env, project, "--check", "--json"))
    assert not ran.exists()
    assert "ran" not in checked


def test_a_link_out_of_the_project_is_refused(project: Path, env: dict[str, str]) -> None:
    theirs = Path(env["HOME"]) / ".copilot" / "hooks"
    theirs.mkdir(parents=True)
    (project / ".github").mkdir()
    (project / ".github" / "hooks").symlink_to(theirs)
    ran = install(env, project, "--agent", "copilot")
    assert ran.code == 2
    assert list(theirs.iterdir()) == []


def test_matchers_doubles_and_broken_files_are_found(project: Path, env: dict[str, str]) -> None:
    install(env, project, "--agent", "codex")
    path = project / ".codex" / "hooks.json"
    settings = json.loads(path.read_text())
    settings["hooks"]["SessionStart"][0]["matcher"] = "resume"
    path.write_text(json.dumps(settings))
    found = codes(install(env, project, "--check", "--json", "--agent", "codex"))
    left = f"SessionStart: not for startup, clear and compact, Codex, project scope ({path})"
    assert found["sources-left-out"] == [left]
    install(env, project, "--agent", "codex", "--scope", "user")
    found = codes(install(env, project, "--check", "--json", "--agent", "codex"))
    assert found["two-scopes"]
    path.write_text(path.read_text()[:-1])
    found = codes(install(env, project, "--check", "--json"))
    assert any(str(path) in one for one in found["unreadable-settings"])
    ran = install(env, project, "--uninstall")
    assert ran.code == 0
    assert f"Codex's settings were not changed: {path}, line " in ran.out


def test_fixing_mends_each_agents_settings(project: Path, env: dict[str, str]) -> None:
    some = ("claude", "codex", "gemini")
    for name in some:
        install(env, project, "--agent", name)
        path = project / load(name).project_file
        settings = json.loads(path.read_text())
        del settings["hooks"]["SessionEnd"]
        path.write_text(json.dumps(settings))
    fixed = install(env, project, "--check", "--json", "--fix")
    ways = ("", " --agent codex", " --agent gemini")
    done = "".join(f"done: install-hooks{how}\n" for how in ways)
    assert (fixed.code, fixed.err) == (0, done)
    assert len(codes(fixed)["ran"]) == 3 + 2 + 2


def test_that_gemini_has_its_hooks_switched_off_is_found(
    project: Path, env: dict[str, str]
) -> None:
    install(env, project, "--agent", "gemini")
    user, path = (Path(one) / ".gemini/settings.json" for one in (env["HOME"], project))
    user.parent.mkdir()
    user.write_text('{"hooksConfig": {"enabled": false}}')
    checked = install(env, project, "--check", "--json")
    assert checked.code == 1
    assert codes(checked)["switched-off"] == [
        f'{user}: "hooksConfig.enabled" turns these hooks off'
    ]
    settings = json.loads(path.read_text())
    path.write_text(json.dumps(settings | {"hooksConfig": {"enabled": True}}))
    assert install(env, project, "--check", "--json").code == 0


def test_started_in_a_folder_below_an_agent_may_not_read_its_settings(
    project: Path, env: dict[str, str]
) -> None:
    (project / "below").mkdir()
    for name, expected in (("gemini", True), ("codex", False)):
        install(env, project, "--agent", name)
        found = codes(install(env, project / "below", "--check", "--json", "--agent", name))
        assert ("not-read" in found) == expected
        install(env, project, "--uninstall", "--agent", name)


def test_for_a_further_agent_only_what_is_new_is_said(project: Path, env: dict[str, str]) -> None:
    preview = "The next conversation here will be told"
    assert preview in install(env, project).out
    said = install(env, project, "--agent", "codex").out
    path = project / ".codex/hooks.json"
    assert said.startswith(f"Installed for Codex in {path}:\n  SessionStart  session-start-hook\n")
    assert said.endswith(
        "Note: Codex runs hooks once you trust them: start codex here, and say so when it asks.\n"
    )
    assert preview not in said


def test_where_only_another_agent_has_the_hooks_a_check_is_content(
    project: Path, env: dict[str, str]
) -> None:
    install(env, project, "--agent", "gemini")
    checked = install(env, project, "--check", "--json")
    assert checked.code == 0
    assert "not-installed" not in codes(checked)


def test_a_persons_own_name_and_keys_of_a_handler_stay(project: Path, env: dict[str, str]) -> None:
    install(env, project, "--agent", "gemini")
    path = project / ".gemini" / "settings.json"
    settings = json.loads(path.read_text())
    mine = settings["hooks"]["SessionStart"][0]["hooks"]
    mine.append({**mine[0], "name": "mine", "timeout": 30_000, "description": "keep me"})
    path.write_text(json.dumps(settings))
    install(env, project, "--agent", "gemini")
    (kept,) = json.loads(path.read_text())["hooks"]["SessionStart"][0]["hooks"]
    assert (kept["name"], kept["timeout"], kept["description"]) == ("mine", 30_000, "keep me")


def test_the_version_of_the_form_is_added_where_it_is_missing(
    project: Path, env: dict[str, str]
) -> None:
    path = project / ".cursor" / "hooks.json"
    path.parent.mkdir()
    path.write_text('{"hooks": {}}\n')
    install(env, project, "--agent", "cursor")
    assert json.loads(path.read_text())["version"] == 1
    install(env, project, "--agent", "cursor", "--uninstall")
    assert path.read_text() == '{"hooks": {}}\n'


def test_gemini_has_its_home_elsewhere(project: Path, env: dict[str, str], tmp_path: Path) -> None:
    there = env | {"GEMINI_CLI_HOME": str(tmp_path / "mine")}
    install(there, project, "--agent", "gemini", "--scope", "user")
    assert (tmp_path / "mine" / ".gemini" / "settings.json").exists()


def test_that_a_folder_below_reads_no_settings_is_said(project: Path, env: dict[str, str]) -> None:
    (project / "below").mkdir()
    said = install(env, project / "below", "--agent", "gemini").out
    assert f"Gemini CLI reads that file where it is started in {project}" in said
    assert "install-hooks --agent gemini --scope user" in said
    assert "reads that file" not in install(env, project / "below", "--agent", "codex").out


PLUGIN = Path(".opencode/plugins/agent-session-hooks.js")


def test_of_a_plugin_an_edited_one_and_anothers_stay_with_a_word(
    project: Path, env: dict[str, str]
) -> None:
    path = project / PLUGIN
    install(env, project, "--agent", "opencode")
    written = path.read_text()
    edited = written.replace('"timeout": 10', '"timeout": 20')
    for text in ("export const Theirs = async () => ({})\n", edited, written + "// mine\n"):
        path.write_text(text)
        for more in ([], ["--uninstall"]):
            ran = install(env, project, "--agent", "opencode", *more)
            assert ran.code == 2
            assert f"{path}, line 1, column 1: edited, or not ours" in ran.err
            assert path.read_text() == text
        checked = codes(install(env, project, "--check", "--json", "--agent", "opencode"))
        assert "unreadable-settings" in checked
    ran = install(env, project, "--uninstall")
    assert ran.code == 0
    assert f"opencode's settings were not changed: {path}, line 1" in ran.out
    assert path.exists()


def test_a_plugin_of_ours_is_known_by_whoever_has_it_and_from_older_versions(
    project: Path, env: dict[str, str]
) -> None:
    path = project / PLUGIN
    install(env, project, "--agent", "opencode")
    new = path.read_text()
    install(env, project, "--agent", "opencode", "--uninstall")
    older = plugin.sealed(new.rpartition("\n//")[0].replace("Session files", "Sessions") + "\n")
    path.parent.mkdir(parents=True)
    for text in (older, older.replace("\n", "\r\n")):  # as it came with a clone
        path.write_bytes(text.encode())
        checked = install(env, project, "--check", "--json", "--agent", "opencode")
        assert checked.code == 0
        assert len(codes(checked)["ran"]) == 3
        assert install(env, project, "--agent", "opencode").code == 0
        assert path.read_text() == new
        path.write_bytes(text.encode())
        assert install(env, project, "--agent", "opencode", "--uninstall").code == 0
        assert not path.exists()
