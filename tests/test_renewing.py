"""What is brought up to date is what git would tell anew, whatever happened to the documents."""

import os
import random
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpers import STRESS, ago, commit, git, iso, make_repository
from session_hooks import basis, evidence, knowing
from session_hooks.activity import View
from session_hooks.asking import Asked, asked
from session_hooks.basis import Basis
from session_hooks.config import Config
from session_hooks.document import Status
from session_hooks.facts import GitFacts, Tree
from session_hooks.memory import Memory, for_hook
from session_hooks.project import project_at
from session_hooks.scan import scan

SESSIONS = ".agents/sessions"
SECONDS = 30
STEPS = 60 if STRESS else 22
SOURCES = [f"src/{name}.py" for name in ("cache", "login", "queue", "retry")]


class Shop:
    """A repository in which documents are written, and what happens to them there."""

    def __init__(self, repo: Path, chance: random.Random) -> None:
        self.repo, self.chance, self._count = repo, chance, 0
        self.ids = [commit(repo, *SOURCES, when=ago(days=9))]
        git(repo, "branch", "feat/merged")
        for index in range(5):
            self.ids.append(commit(repo, SOURCES[index % 4], when=ago(days=8 - index)))
        git(repo, "checkout", "-q", "-b", "feat/open")
        self.ids.append(commit(repo, "src/open.py", when=ago(days=2)))
        git(repo, "checkout", "-q", "main")
        (repo / SESSIONS).mkdir(parents=True)
        for _ in range(8):
            self.add()
        git(repo, "add", "-f", SESSIONS)
        commit(repo, when=ago(hours=5))
        (repo / SOURCES[1]).write_text("changed and not committed\n")
        for _ in range(2):
            self.add()

    def text(self) -> str:
        """A document that names what there is, what there was and what there never was."""
        chance = self.chance
        named = chance.sample([*SOURCES, "cache.py", "src/nowhere.py", "src/open.py"], 3)
        branch = chance.choice(["main", "feat/open", "feat/merged", ""])
        updated = iso(ago(hours=chance.choice([-2, 0.1, 3, 30])))
        return (
            f"---\nsession:\n  title: Part {chance.randrange(99)}\n"
            f"  status: {chance.choice(['in_progress', 'paused', 'completed'])}\n"
            f"  last_updated: {updated}\n" + (f"  branch: {branch}\n" if branch else "") + "---\n\n"
            f"## Next Steps\n\n1. Write `{named[0]}`\n2. Test `{named[1]}`\n\n"
            f"## Context\n\nSee `{named[2]}` and commit {chance.choice(self.ids)[:8]}.\n"
        )

    @property
    def documents(self) -> list[Path]:
        """Without the links whose target is gone."""
        return sorted(path for path in (self.repo / SESSIONS).glob("*.md") if path.exists())

    @property
    def one(self) -> Path:
        return self.chance.choice(self.documents)

    def add(self) -> None:
        self._count += 1
        name = f"202512{self._count % 28 + 1:02}-1000{self._count % 60:02}-{self._count}.md"
        (self.repo / SESSIONS / name).write_text(self.text())

    def log(self) -> None:
        with self.one.open("a") as file:
            file.write(f"\n- **[10:00]** {self.chance.random()}\n")

    def rewrite(self) -> None:
        self.one.write_text(self.text())

    def take_back(self) -> None:
        """By hand, as git would give it back."""
        path = self.one
        name = path.relative_to(self.repo).as_posix()
        if git(self.repo, "ls-tree", "HEAD", "--", name):
            path.write_text(git(self.repo, "show", f"HEAD:{name}"))

    def delete(self) -> None:
        if len(self.documents) > 4:
            self.one.unlink()

    def rename(self) -> None:
        path = self.one
        path.rename(path.with_name(f"{path.stem}-moved.md"))

    def empty(self) -> None:
        self.one.write_text("")

    def touch(self) -> None:
        moment = ago(hours=self.chance.choice([-5, 0, 1, 40])).timestamp()
        os.utime(self.one, (moment, moment))

    def with_other_lines(self) -> None:
        path = self.one
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    def may_be_run(self) -> None:
        path = self.one
        path.chmod(path.stat().st_mode ^ 0o100)
        os.utime(path)  # a mode alone is not looked at

    def stage(self) -> None:
        git(self.repo, "add", "-f", str(self.one))

    def unstage(self) -> None:
        git(self.repo, "reset", "-q")

    def ignore(self) -> None:
        with (self.repo / ".git" / "info" / "exclude").open("a") as file:
            file.write(f"{self.one.name}\n")
        self.stage()

    def assume(self) -> None:
        path = self.one
        if git(self.repo, "ls-files", "--", str(path)):
            git(self.repo, "update-index", "--assume-unchanged", str(path))

    def commit(self) -> None:
        self.ids.append(commit(self.repo, self.chance.choice(SOURCES)))

    def commit_one(self) -> None:
        path = self.one
        git(self.repo, "add", "-f", str(path))
        git(self.repo, "commit", "-q", "--allow-empty", "-m", "One", "--", str(path))

    def check_out(self) -> None:
        """Without what is not committed of the files that the other branch has too.

        Git refuses where it was told to assume that one of them is unchanged.
        """
        with suppress(subprocess.CalledProcessError):
            git(self.repo, "checkout", "-q", "-f", self.chance.choice(["main", "feat/open"]))

    def link(self) -> None:
        """Put a link in a document's place that leads to another one."""
        first, second, *_ = self.documents
        first.unlink()
        first.symlink_to(second.name)


OFTEN = (Shop.log, Shop.rewrite, Shop.add, Shop.delete, Shop.touch, Shop.take_back)
SELDOM = (
    Shop.rename, Shop.stage, Shop.unstage, Shop.ignore, Shop.assume, Shop.commit, Shop.commit_one,
    Shop.with_other_lines, Shop.may_be_run, Shop.empty, Shop.link, Shop.check_out,
)  # fmt: skip


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "shop")


def asked_of(repo: Path, limits: tuple[int, int] = (30, 5)) -> Asked:
    project, settings = project_at(str(repo)), Config()
    found = scan(project, SECONDS, settings.places)
    return asked(project, settings, found, View(datetime.now(UTC), GitFacts()), limits)


def memory_of(repo: Path) -> Memory:
    memory = for_hook([str(repo / ".git" / "agent-session-hooks")], ago(), "test", None)
    memory.open(create=True)
    return memory


def comparable(facts: GitFacts, asking: Asked) -> GitFacts:
    """What is said of the documents there are; the changed files without their moment.

    Which of them are ignored no hook asks, nor when a completed one was added.
    """
    there = {document.path for document in asking.documents}
    open_ones = {one.path for one in asking.documents if one.status is not Status.COMPLETED}
    tree = facts.tree and Tree(facts.tree.changed, asking.now, facts.tree.is_all)
    committed = {path: when for path, when in (facts.committed or {}).items() if path in there}
    return facts._replace(
        changed=(facts.changed or frozenset()) & there,
        untracked=(facts.untracked or frozenset()) & there,
        ignored=None,
        committed=committed,
        added={path: when for path, when in facts.added.items() if path in open_ones},
        before={path: when for path, when in facts.before.items() if path in open_ones},
        tree=tree,
    )


class Counted:
    """How often everything was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number = 0
        ask = evidence.gather_to_keep

        def counting(asking: Asked, seconds: float) -> tuple[GitFacts, Basis | None]:
            self.number += 1
            return ask(asking, seconds)

        monkeypatch.setattr(evidence, "gather_to_keep", counting)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.mark.parametrize("limits", [(30, 5), (6, 2)])
@pytest.mark.parametrize("seed", range(8 if STRESS else 4))
def test_it_is_what_would_be_gathered_anew(
    seed: int,
    limits: tuple[int, int],
    repo: Path,
    counted: Counted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(basis, "NEAR", 2 * limits[0])
    chance = random.Random(seed)
    shop = Shop(repo, chance)
    done: list[tuple[int, str]] = []
    memory = memory_of(repo)
    for step in range(STEPS):
        asking = asked_of(repo, limits)
        tree_now = chance.random() < 0.3
        learnt = knowing.learn(memory, asking, SECONDS, tree_now=tree_now)
        whole = evidence.gather(asking, SECONDS)
        assert not whole.left_out
        assert comparable(learnt.facts, asking) == comparable(whole, asking), done
        knowing.keep(memory, str(repo), asking.now, learnt)
        for _ in range(chance.choice([1, 1, 1, 2, 4])):
            act = chance.choice(OFTEN if chance.random() < 0.75 else SELDOM)
            act(shop)
            done.append((step, act.__name__))
    memory.close()
    assert 0 < counted.number < STEPS


def written(path: Path, text: str) -> None:
    path.write_text(text)
    now = time.time()
    os.utime(path, (now, now))


CHANGES: dict[str, Callable[[Path], object]] = {
    "an entry": lambda path: written(path, path.read_text() + "\n- **[10:00]** Done\n"),
    "another step": lambda path: written(path, path.read_text().replace("1. ", "1. Not ")),
    "its time": os.utime,
    "another path that it names": lambda path: written(path, path.read_text() + "`src/login.py`\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_git_is_asked_nothing_about_a_document_that_was_written(
    change: Callable[[Path], object],
    repo: Path,
    counted: Counted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (
        f"---\nsession:\n  title: Part\n  status: in_progress\n  last_updated: {iso(ago(hours=1))}"
        "\n  branch: main\n---\n\n## Next Steps\n\n1. Write `src/cache.py`\n"
    )
    for source in SOURCES:
        (repo / source).parent.mkdir(exist_ok=True)
        (repo / source).write_text("1\n")
    path = repo / SESSIONS / "20251201-100000-x.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    git(repo, "add", "-f", ".")
    commit(repo, when=ago(minutes=30))
    memory = memory_of(repo)
    asking = asked_of(repo)
    knowing.keep(memory, str(repo), asking.now, knowing.learn(memory, asking, SECONDS))
    change(path)
    asking = asked_of(repo)
    whole = evidence.gather(asking, SECONDS)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "/nowhere")
        learnt = knowing.learn(memory, asking, SECONDS)
    assert comparable(learnt.facts, asking) == comparable(whole, asking)
    assert learnt.facts.evidence
    assert counted.number == 1
    memory.close()


def test_a_document_that_git_would_read_otherwise_is_asked_about(
    repo: Path, counted: Counted
) -> None:
    git(repo, "config", "core.autocrlf", "true")
    path = repo / SESSIONS / "20251201-100000-x.md"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"# Part\r\n\r\n## Next Steps\r\n\r\n1. Go on\r\n")
    git(repo, "add", "-f", ".")
    commit(repo, when=ago(minutes=30))
    memory = memory_of(repo)
    for data in (path.read_bytes(), path.read_bytes().replace(b"\r", b""), b"# Another\n"):
        path.write_bytes(data)
        asking = asked_of(repo)
        learnt = knowing.learn(memory, asking, SECONDS)
        whole = evidence.gather(asking, SECONDS)
        assert comparable(learnt.facts, asking) == comparable(whole, asking)
        knowing.keep(memory, str(repo), asking.now, learnt)
    memory.close()
    assert counted.number < 3


def same_after(repo: Path, change: Callable[[], object]) -> bool:
    """Change something once facts are kept; tell whether the next are those gathered anew."""
    memory = memory_of(repo)
    asking = asked_of(repo)
    knowing.keep(memory, str(repo), asking.now, knowing.learn(memory, asking, SECONDS))
    change()
    asking = asked_of(repo)
    learnt = knowing.learn(memory, asking, SECONDS)
    memory.close()
    whole = evidence.gather(asking, SECONDS)
    return comparable(learnt.facts, asking) == comparable(whole, asking)


def a_document(repo: Path, text: str = "See `src/cache.py`.\n") -> Path:
    path = repo / SESSIONS / "20251201-100000-x.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# Part\n\n{text}")
    return path


def test_what_is_staged_stays_changed_where_its_file_is_as_the_index_has_it(repo: Path) -> None:
    path = a_document(repo)
    git(repo, "add", "-f", ".")
    commit(repo, when=ago(minutes=30))
    path.write_text("# Another\n")
    git(repo, "add", "-f", ".")
    assert same_after(repo, lambda: os.utime(path))


def test_where_a_path_that_is_gone_was_moved_to_is_asked(repo: Path) -> None:
    commit(repo, "src/cache.py", when=ago(days=3), text="cache\n" * 20)
    git(repo, "mv", "src/cache.py", "src/store.py")
    commit(repo, when=ago(days=2))
    commit(repo, "src/cache.py", when=ago(days=1), text="again\n")
    path = a_document(repo)
    assert same_after(repo, lambda: written(path, path.read_text() + "\nMore\n"))
    (repo / "src" / "cache.py").unlink()
    assert same_after(repo, lambda: written(path, path.read_text() + "\nStill more\n"))


def test_another_branch_that_a_document_is_given_is_asked_about(repo: Path) -> None:
    commit(repo, "src/cache.py", when=ago(days=3))
    git(repo, "branch", "feat/x")
    path = a_document(repo)
    assert same_after(repo, lambda: written(path, "**Branch**: feat/x\n" + path.read_text()))


def test_what_is_kept_of_a_repository_without_a_commit_is_brought_up_to_date(repo: Path) -> None:
    git(repo, "checkout", "-q", "--orphan", "new")
    path = a_document(repo)
    assert same_after(repo, lambda: written(path, path.read_text() + "\nMore\n"))


def test_what_was_taken_back_by_hand_is_as_git_holds_it(repo: Path) -> None:
    path = a_document(repo)
    git(repo, "add", "-f", ".")
    commit(repo, when=ago(minutes=30))
    text = path.read_text()
    assert same_after(repo, lambda: written(path, "# Another\n"))
    assert same_after(repo, lambda: written(path, text))
