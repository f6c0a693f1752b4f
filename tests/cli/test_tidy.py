import signal
import subprocess
import time
from pathlib import Path

import pytest

from helpers import PROGRAMS, STRESS, add_session, ago, command, commit, git, session_text

FOLDER = ".agents/sessions/"


@pytest.fixture
def untidy(repo: Path, env: dict[str, str]) -> Path:
    days = {"login": 14, "told": 14, "full": 14, "old": 60, "noname": 1, "date": 1}
    when = {name: ago(days=number) for name, number in days.items()}
    texts = {
        "20251120-100000-login": session_text(
            "Login", "completed", steps="None", state="None", task="None"
        ).replace("The provider fails twice a week.", "None"),
        "20251120-110000-told": session_text("Told", "completed", steps="None"),
        "20251121-100000-full": session_text("Full", "completed", steps="1. Test it at night"),
        "20251001-100000-old": session_text("Old", updated=when["old"]),
        "noname": session_text("No name", updated=when["noname"]),
        "20251204-143000-date": session_text("Date").replace("updated: ", "updated: around "),
    }
    for name, text in texts.items():
        commit(repo, f"{FOLDER}{name}.md", text=text, when=when[name.rpartition("-")[2]])
    blank = Path(repo / command("agent-session", env, repo, "new", "Blank").out.strip())
    add_session(repo, "20251002-100000-blank.md", blank.read_bytes(), ago(days=3))
    blank.unlink()
    return repo


def proposals(repo: Path, env: dict[str, str], *arguments: str) -> dict[str, tuple[str, bool]]:
    found = command("agent-session", env, repo, "tidy", "--json", *arguments).answer["proposals"]
    return {
        one["path"].removeprefix(FOLDER).partition(".")[0].rpartition("-")[2]: (
            one["kind"],
            one["is_safe"],
        )
        for one in found
    }


def test_each_document_has_its_action(untidy: Path, env: dict[str, str]) -> None:
    assert proposals(untidy, env) == {
        "blank": ("delete", True),
        "old": ("pause", True),
        "login": ("close", True),
        "told": ("close", False),
        "full": ("close", False),
        "date": ("date", True),
        "noname": ("rename", True),
    }


def test_what_loses_nothing_is_done_and_each_taken_back(untidy: Path, env: dict[str, str]) -> None:
    before = {path: path.read_bytes() for path in (untidy / FOLDER).iterdir()}
    done = command("agent-session", env, untidy, "tidy", "--apply")
    assert (done.code, done.err) == (0, "")
    assert proposals(untidy, env) == {"full": ("close", False), "told": ("close", False)}
    assert "  status: paused" in (untidy / FOLDER / "20251001-100000-old.md").read_text()
    for _ in range(5):
        assert command("agent-session", env, untidy, "undo").code == 0
    assert {path: path.read_bytes() for path in (untidy / FOLDER).iterdir()} == before
    assert git(untidy, "status", "--porcelain") == f"?? {FOLDER}20251002-100000-blank.md\n"


def test_without_apply_nothing_is_changed(untidy: Path, env: dict[str, str]) -> None:
    before = git(untidy, "status", "--porcelain")
    said = command("agent-session", env, untidy, "tidy").out
    assert said.splitlines()[-1] == "5 of 7 actions can be taken: agent-session tidy --apply"
    assert git(untidy, "status", "--porcelain") == before


def test_two_of_one_name_get_two(repo: Path, env: dict[str, str]) -> None:
    for name in ("a", "b"):
        text = session_text("Same", updated=ago(hours=3), state=f"Of {name}.")
        commit(repo, f"{FOLDER}{name}.md", text=text)
    assert command("agent-session", env, repo, "tidy", "--apply").code == 0
    assert len({path.read_text() for path in (repo / FOLDER).iterdir()}) == 2
    assert all(path.name[0].isdecimal() for path in (repo / FOLDER).iterdir())


def test_what_failed_is_not_called_done(repo: Path, env: dict[str, str]) -> None:
    text = session_text("Old", updated=ago(days=60)).replace("orchestration:", "a: [")
    commit(repo, f"{FOLDER}20251001-100000-old.md", text=text, when=ago(days=60))
    done = command("agent-session", env, repo, "tidy", "--apply")
    assert done.code == 2
    assert "done: pause" not in done.out
    assert "its YAML is not valid" in done.err


def test_what_is_staged_comes_back(untidy: Path, env: dict[str, str]) -> None:
    path = untidy / FOLDER / "noname.md"
    path.write_text(f"{path.read_text()}Staged.\n")
    git(untidy, "add", "-A")
    before = git(untidy, "status", "--porcelain"), git(untidy, "ls-files", "--stage")
    command("agent-session", env, untidy, "tidy", "--apply")
    for _ in range(6):
        command("agent-session", env, untidy, "undo")
    assert (git(untidy, "status", "--porcelain"), git(untidy, "ls-files", "--stage")) == before


def test_an_age_is_written_as_one(repo: Path, env: dict[str, str]) -> None:
    commit(repo, "a.py")
    git(repo, "branch", "-f", "main")
    text = session_text("Merged", branch="feat/weather", updated=ago(days=2))
    commit(repo, f"{FOLDER}20251001-100000-x.md", text=text, when=ago(days=2))
    git(repo, "checkout", "-q", "main")
    git(repo, "merge", "-q", "--no-ff", "-m", "merge", "feat/weather")
    said = command("agent-session", env, repo, "tidy").out
    assert 'was merged into "main"' in said
    assert "invisible" not in said


def test_a_file_that_is_referred_to_is_not_renamed(untidy: Path, env: dict[str, str]) -> None:
    commit(untidy, "docs/plan.md", text=f"See {FOLDER}noname.md\n")
    assert proposals(untidy, env)["noname"] == ("rename", False)


@pytest.mark.parametrize(
    "step", ["- [ ] #123 fix login", "- <https://example.org/9>", "<!-- mine -->"]
)
def test_what_somebody_wrote_in_is_not_deleted(step: str, repo: Path, env: dict[str, str]) -> None:
    path = repo / command("agent-session", env, repo, "new", "Port it", "--short").out.strip()
    text = path.read_text().replace("- [ ] Immediate actions for continuation", step)
    path.unlink()
    path = add_session(repo, path.name, text, ago(days=3))
    command("agent-session", env, repo, "tidy", "--apply")
    assert path.exists()


def test_a_file_that_was_just_begun_is_left_alone(repo: Path, env: dict[str, str]) -> None:
    command("agent-session", env, repo, "new", "Blank")
    assert command("agent-session", env, repo, "tidy").out == "All is tidy.\n"


@pytest.mark.parametrize("number", range(60 if STRESS else 3))
def test_killed_at_any_moment_each_text_is_whole_somewhere(
    number: int, untidy: Path, env: dict[str, str]
) -> None:
    before = {path.name: path.read_bytes() for path in (untidy / FOLDER).iterdir()}
    process = subprocess.Popen(
        [PROGRAMS / "agent-session", "tidy", "--apply"],
        cwd=untidy,
        env=env,
        stdout=subprocess.DEVNULL,
    )
    time.sleep(0.4 + number * (0.02 if STRESS else 0.3))
    process.send_signal(signal.SIGKILL)
    process.wait()
    (untidy / ".git" / "index.lock").unlink(missing_ok=True)  # of a git that was killed, too
    for _ in range(6):
        done = command("agent-session", env, untidy, "undo")
        assert done.code == 0 or "nothing to take back" in done.err
    assert {path.name: path.read_bytes() for path in (untidy / FOLDER).iterdir()} == before
