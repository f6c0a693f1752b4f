"""A hundred thousand commits and fifty thousand files: in time, and what is left out is said.

Without STRESS it is a quarter of them, which is as far above all that is read of a history.
"""

import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helpers import STRESS, Ran, add_session, ago, command, environment, git, make_repository, run
from helpers import session_text as text_of
from session_hooks.documents.config import Config
from session_hooks.documents.scan import scan
from session_hooks.evidence import cache, evidence, queries
from session_hooks.evidence.cache import asked
from session_hooks.evidence.git import Git
from session_hooks.evidence.model import Asked, GitFacts, View
from session_hooks.project import gitdir
from session_hooks.project.project import project_at
from session_hooks.report.ranking import JUDGE
from session_hooks.util.deadline import OutOfTimeError

COMMITS, FILES = (100_000, 50_000) if STRESS else (25_000, 12_500)
DOCUMENTS = 300 if STRESS else 60
STATE = "agent-session-hooks"


def path_of(number: int) -> str:
    return f"src/{number % 100}/{number // 100 % 25}/f{number}.py"


def import_commits(repo: Path, commits: int, files: int, each: int = 1) -> None:
    """Make commits on main, the last one two days ago; each touches some files."""
    newest = int(time.time()) - 2 * 24 * 60 * 60
    fast = ("-c", "core.compression=0", "-c", "pack.compression=0", "fast-import", "--quiet")
    with subprocess.Popen(
        ["git", *fast, "--date-format=raw"], cwd=repo, stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"blob\nmark :1\ndata 2\n1\nblob\nmark :2\ndata 2\n2\n")
        who = "commit refs/heads/main\ncommitter A <a@example.org> {} +0000\ndata 4\nwork\n"
        for number in range(commits):
            touched = range(files) if number == 0 else range(number * each, (number + 1) * each)
            mark = number * each // files % 2 + 1
            lines = [f"M 644 :{mark} {path_of(one * 7919 % files)}\n" for one in touched]
            made = who.format(newest - 60 * (commits - number))
            process.stdin.write((made + "".join(lines)).encode())
        process.stdin.close()
        assert process.wait() == 0


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two branches, one that parted a little ago and one very long ago; documents of both."""
    repo = make_repository(tmp_path_factory.mktemp("large") / "large")
    import_commits(repo, COMMITS, FILES)
    git(repo, "reset", "-q", "--hard")
    for branch, base in (("feat/old", f"main~{COMMITS // 2}"), ("feat/near", "main~500")):
        tree = f"{base}~100^{{tree}}"
        made = git(repo, "commit-tree", "-p", base, "-m", "work", tree, when=ago(days=2)).strip()
        git(repo, "branch", branch, made)
    for number in range(DOCUMENTS):
        branch = ("feat/old", "feat/near", "main", "feat/gone", "x/y")[number % 5]
        text = text_of(
            f"Work {number}",
            branch=branch,
            updated=ago(hours=1 + 40 * number / DOCUMENTS),
            state=f"`{path_of(number)}` is done, `{path_of(1)}x` is not.",
        )
        add_session(repo, f"20251204-{number // 60:02}{number % 60:02}00-w.md", text)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "documents")
    return repo


@pytest.fixture(autouse=True)
def forget(large: Path) -> None:
    shutil.rmtree(large / ".git" / STATE, ignore_errors=True)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


def timed(most: float, act: Callable[[], Ran], repo: Path) -> Ran:
    began = time.monotonic()
    ran = act()
    assert time.monotonic() - began < most
    assert not (repo / ".git" / STATE / "hook-errors.log").exists()
    return ran


def start(repo: Path, env: dict[str, str], session: str = "a") -> Ran:
    return run("session-start-hook", event(repo, session, source="startup"), env, repo)


def event(repo: Path, session: str, **more: str) -> dict[str, Any]:
    return {"session_id": session, "cwd": str(repo), **more}


# --- in time -------------------------------------------------------------------------------------


def test_a_start_a_compaction_and_an_end_are_in_time(large: Path, env: dict[str, str]) -> None:
    told = timed(4, lambda: start(large, env), large).model
    assert "Not checked for lack of time" not in told
    assert "# Session: Work 2\n" in told  # the newest that names the branch
    timed(1, lambda: start(large, env, "b"), large)
    compact, end = event(large, "a", trigger="auto"), event(large, "a", reason="other")
    timed(3, lambda: run("pre-compact-hook", compact, env, large), large)
    timed(1, lambda: run("session-end-hook", end, env, large), large)
    forget_all(large)
    timed(4, lambda: run("pre-compact-hook", compact, env, large), large)
    forget_all(large)
    ran = timed(1, lambda: run("session-end-hook", end, env, large), large)
    assert f"{DOCUMENTS} active session files" in ran.err


def forget_all(repo: Path) -> None:
    shutil.rmtree(repo / ".git" / STATE, ignore_errors=True)


def test_the_list_takes_seconds_however_many_documents_there_are(
    large: Path, env: dict[str, str]
) -> None:
    ran = timed(15, lambda: command("agent-session", env, large, "list", "--json"), large)
    rows = ran.answer["documents"]
    assert len(rows) == DOCUMENTS
    assert {row["verdict"] for row in rows} == {"current"}


def test_more_commits_than_are_read_are_said_to_be_more(
    large: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    """A document from before, in another checkout of the same history."""
    clone = tmp_path / "clone"
    git(large, "worktree", "add", "-q", "--detach", "--no-checkout", str(clone), "main~5")
    try:
        git(clone, "sparse-checkout", "set", "src/1")
        git(clone, "checkout", "-q")
        add_session(clone, "old.md", text_of("Old", updated=ago(days=20)), ago(days=20))
        git(clone, "add", "-A", "--sparse")
        (document,) = gathered(clone).evidence.values()
        assert document.since is not None
        assert (document.since.number, document.since.is_all) == (1000, False)
        assert "1000 commits or more" in timed(4, lambda: start(clone, env), large).model
    finally:
        git(large, "worktree", "remove", "--force", str(clone))


def test_ten_thousand_branches_and_thousands_of_untracked_files(
    large: Path, env: dict[str, str]
) -> None:
    tip = git(large, "rev-parse", "main~3").strip()
    branches = large / ".git" / "refs" / "heads" / "many"
    branches.mkdir()
    untracked = large / "untracked"
    untracked.mkdir()
    for number in range(10_000):
        (branches / f"b{number}").write_text(f"{tip}\n")
    for number in range(3_000):
        (untracked / f"f{number}").write_text("x")
    try:
        timed(4, lambda: start(large, env), large)
        timed(1, lambda: start(large, env, "b"), large)
        end = event(large, "a", reason="other")
        timed(1, lambda: run("session-end-hook", end, env, large), large)
        before = gitdir.fingerprint(str(large))
        assert before is not None
        git(large, "update-ref", "refs/heads/many/b77", "main~4")
        assert gitdir.fingerprint(str(large)) != before
        known = gathered(large)
        assert known.tree is not None
        assert list(known.tree.changed) == ["untracked/"]
    finally:
        shutil.rmtree(branches)
        shutil.rmtree(untracked)


def test_commits_that_touch_everything_are_read_as_far_as_there_is_room(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "shop")
    import_commits(repo, 60, 20_000, each=20_000)
    git(repo, "reset", "-q", "--soft")
    project = project_at(str(repo))
    began = time.monotonic()
    found = queries.start_history(Git(project.root, 5), project, "HEAD", "the commits")()
    assert time.monotonic() - began < 2.5
    assert found is not None
    assert not found.is_all
    assert 10 < len(found.commits) < 60
    assert {len(commit.paths) for commit in found.commits} == {20_000}


# --- what there was no time for ------------------------------------------------------------------


def asked_of(repo: Path) -> Asked:
    project = project_at(str(repo))
    settings = Config()
    found = scan(project, 10, settings.places)
    return asked(project, settings, found, View(ago(), GitFacts()), JUDGE, limits=(30, 5))


def gathered(repo: Path, seconds: float = 30) -> GitFacts:
    return evidence.gather(asked_of(repo), seconds)


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.2, 0.3])
def test_with_less_time_less_is_known_and_that_is_said(seconds: float, large: Path) -> None:
    began = time.monotonic()
    found = gathered(large, seconds)
    assert time.monotonic() - began < seconds + 0.5
    for document in found.evidence.values():
        assert document.since is None or document.since.number == 0
    whole = gathered(large)
    assert not whole.left_out
    assert found.left_out or found.evidence == whole.evidence


def test_a_later_hook_with_more_time_completes_what_one_had_no_time_for(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[float] = []
    partial = GitFacts("main", frozenset(), left_out=("the commits",))
    answers = {0.3: partial, 2.0: GitFacts("main", frozenset())}

    def gather(_: Asked, seconds: float) -> GitFacts:
        calls.append(seconds)
        return answers[seconds]

    monkeypatch.setattr(evidence, "gather", gather)
    kept: list[tuple[str, str]] = []
    for seconds in (0.3, 0.3, 2.0, 0.3, 2.0):
        learnt = cache.learn(lambda: kept[-1] if kept else None, asked_of(large), seconds)
        cache.save(lambda *row: kept.append(row), learnt)
    assert calls == [0.3, 2.0]


def test_what_is_always_too_slow_is_asked_again_after_a_while_alone(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[datetime] = []

    def gather(asking: Asked, seconds: float) -> GitFacts:
        calls.append(asking.now)
        raise OutOfTimeError  # as a git that can't be killed

    monkeypatch.setattr(evidence, "gather", gather)
    kept: list[tuple[str, str]] = []
    now = datetime.now(UTC)
    minutes = [0, 1, 5, 9, 11, 12, 22, -1]
    for later in minutes:
        moment = now + timedelta(minutes=later)
        asking = asked_of(large)
        asking = asking._replace(view=asking.view._replace(now=moment))
        for seconds in (2.0, 0.3):
            learnt = cache.learn(lambda: kept[-1] if kept else None, asking, seconds)
            assert learnt.facts.left_out == ("anything, git did not answer",)
            cache.save(lambda *row: kept.append(row), learnt)
    assert [(when - now) // timedelta(minutes=1) for when in calls] == [0, 11, 22, -1]


def test_the_changed_files_that_one_had_no_time_for_are_no_longer_left_out(large: Path) -> None:
    facts = GitFacts(left_out=("x", queries.CHANGED_FILES))
    found = cache.with_tree(facts, asked_of(large), 20)
    assert found.tree is not None
    assert found.left_out == ("x",)
