import re
from pathlib import Path

import pytest

from helpers import ROOT, command

SKILLS = ("handoff", "resume-session", "close-session")


def skill(repo: Path, name: str) -> Path:
    return repo / ".claude" / "skills" / name / "SKILL.md"


@pytest.fixture
def installed(repo: Path, env: dict[str, str]) -> Path:
    assert command("install-hooks", env, repo, "--skills", "--quiet").code == 0
    return repo


@pytest.mark.parametrize("name", SKILLS)
def test_each_has_what_the_client_lists(name: str, installed: Path) -> None:
    head = skill(installed, name).read_text().split("---\n")[1]
    assert f"name: {name}\n" in head
    assert len(re.findall(r"^description: .{80,}$", head, re.MULTILINE)) == 1


@pytest.mark.parametrize("name", SKILLS)
def test_each_command_that_one_names_is_there(
    name: str, installed: Path, env: dict[str, str]
) -> None:
    text = skill(installed, name).read_text()
    for named in set(re.findall(r"`agent-session (\w+)", text)):
        assert command("agent-session", env, installed, named, "--help").code == 0


def test_they_are_not_installed_unless_asked_for(repo: Path, env: dict[str, str]) -> None:
    command("install-hooks", env, repo, "--quiet")
    assert not (repo / ".claude" / "skills").exists()


def test_uninstalling_takes_them_out_with_their_folders(
    installed: Path, env: dict[str, str]
) -> None:
    assert command("install-hooks", env, installed, "--uninstall").code == 0
    assert not (installed / ".claude").exists()


def test_somebodys_own_stays(repo: Path, env: dict[str, str]) -> None:
    path = skill(repo, "handoff")
    path.parent.mkdir(parents=True)
    path.write_text("Mine.\n")
    said = command("install-hooks", env, repo, "--skills")
    assert "is somebody's own and stays as it is" in said.out
    command("install-hooks", env, repo, "--uninstall")
    assert path.read_text() == "Mine.\n"
    assert not skill(repo, "close-session").exists()


def test_where_one_cannot_be_written_the_hooks_are_installed_all_the_same(
    repo: Path, env: dict[str, str]
) -> None:
    (repo / ".claude").mkdir()
    (repo / ".claude" / "skills").write_text("Mine.\n")
    ran = command("install-hooks", env, repo, "--skills")
    assert (ran.code, ran.err) == (0, "")
    path = skill(repo, "handoff")
    assert f"Note: {path} was not changed: {repo}/.claude/skills is a file" in ran.out
    assert (repo / ".claude" / "settings.json").exists()
    assert command("install-hooks", env, repo, "--uninstall").code == 0
    assert [one.name for one in (repo / ".claude").iterdir()] == ["skills"]


def test_an_older_one_of_ours_is_written_anew(installed: Path, env: dict[str, str]) -> None:
    path = skill(installed, "handoff")
    new = path.read_text()
    path.write_text(new.replace("Hand the work over", "Former words"))
    command("install-hooks", env, installed, "--skills", "--quiet")
    assert path.read_text() == new


def test_a_dry_run_writes_none(repo: Path, env: dict[str, str]) -> None:
    said = command("install-hooks", env, repo, "--skills", "--dry-run")
    assert "+name: handoff" in said.out
    assert not (repo / ".claude").exists()


def test_they_are_in_the_wheel() -> None:
    folder = ROOT / "installer" / "session_hooks_installer" / "skills"
    assert {path.stem for path in folder.glob("*.md")} == {*SKILLS}
