import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpers import GIT, Ran, add_session, ago, command, git, make_repository, run, session_text
from session_hooks.documents.locations import PLACES
from session_hooks.documents.model import Scan
from session_hooks.documents.scan import scan
from session_hooks.evidence import elsewhere
from session_hooks.evidence.git import Git
from session_hooks.evidence.model import Elsewhere, GitFacts, View
from session_hooks.project.gitdir import read_head
from session_hooks.project.project import Project, project_at
from session_hooks.report import ranking, verdict

FOLDER = ".agents/sessions"
NAME = "20251204-143000-weather-fallback.md"


def commit(repo: Path, message: str = "work", when: datetime | None = None) -> str:
    git(repo, "add", "-A", "-f")
    git(repo, "commit", "-q", "--allow-empty", "-m", message, when=when)
    return git(repo, "rev-parse", "HEAD").strip()


def project_of(repo: Path) -> Project:
    return project_at(str(repo))


def on_branches(repo: Path, seconds: float = 20) -> tuple[Elsewhere, ...]:
    project = project_of(repo)
    head = read_head(project.git_top).branch
    return elsewhere.branches(project, PLACES, Git(project.root, seconds), head)


def in_worktrees(repo: Path, seconds: float = 20) -> tuple[Elsewhere, ...]:
    return elsewhere.read_worktrees(project_of(repo), PLACES, seconds).documents


def places(found: Sequence[Elsewhere]) -> list[str]:
    return [f"{one.ref}:{one.document.path.rpartition('/')[2]}" for one in found]


def news(repo: Path) -> list[str]:
    here = scan(project_of(repo), 5)
    return places(elsewhere.unique((*in_worktrees(repo), *on_branches(repo)), here))


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, git's own included."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


@pytest.fixture
def shop(repo: Path) -> Path:
    """A repository on feat/weather with one committed session file, which feat/x shares."""
    add_session(repo, NAME, session_text(updated=ago(days=3)), ago(days=3))
    (repo / "code.py").write_text("1\n")
    commit(repo, when=ago(days=3))
    git(repo, "branch", "feat/x")
    return repo


def work_on(repo: Path, branch: str, files: dict[str, str | bytes], **span: float) -> str:
    """Commit files on a branch, made where there is none, and come back."""
    before = git(repo, "rev-parse", "--abbrev-ref", "HEAD").strip()
    is_there = git(repo, "branch", "--list", branch)
    git(repo, "checkout", "-q", *(() if is_there else ("-b",)), branch)
    for name, data in files.items():
        add_session(repo, name, data)
    done = commit(repo, when=ago(**span) if span else ago(hours=1))
    git(repo, "checkout", "-q", before)
    return done


# --- branches ------------------------------------------------------------------------------------


def test_each_place_is_read_on_branches_too(shop: Path) -> None:
    text = "# Work\n\n## Next Steps\n1. Go on\n"
    read = (
        "HANDOFF.md", "docs/handover.md", "docs/handoffs/2026-01-05-x.md",
        "docs/handoff/auth-handoff.md", "memory-bank/activeContext.md", ".planning/STATE.md",
        "thoughts/shared/handoffs/ENG-1/2026-01-05_10-00-00_x.md", "sessions/Session-2026-01-05.md",
    )  # fmt: skip
    others = (
        "docs/handoff/note.md", "docs/handoffs/README.md", "memory-bank/progress.md",
        "sessions/notes.md", "docs/notes.md",
    )  # fmt: skip
    git(shop, "checkout", "-q", "-b", "feat/new")
    for name in (*read, *others):
        (shop / name).parent.mkdir(parents=True, exist_ok=True)
        (shop / name).write_text(f"{text}{name}\n")
    commit(shop)
    git(shop, "checkout", "-q", "feat/weather")
    assert sorted(one.document.path for one in on_branches(shop)) == sorted(read)


def test_a_teammates_pushed_file_is_listed_after_a_fetch_and_nothing_here_changed(
    shop: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    """Two worktrees and one remote."""
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(shop, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(shop, "push", "-q", "origin", "feat/weather")
    git(shop, "worktree", "add", "-q", "-b", "hotfix/login", str(tmp_path / "shop-hotfix"))
    add_session(tmp_path / "shop-hotfix", "hot.md", session_text("Hotfix"), ago(minutes=5))
    mate = tmp_path / "mate"
    git(tmp_path, "clone", "-q", "-b", "feat/weather", str(tmp_path / "remote.git"), "mate")
    work_on(mate, "feat/billing", {"20251210-090000-billing.md": session_text("Billing")})
    git(mate, "push", "-q", "origin", "feat/billing")
    (shop / ".agents" / "session-hooks.toml").write_text("[documents]\nbranches = true\n")
    git(shop, "fetch", "-q")
    add_session(shop, NAME, session_text(state="Changed, not committed"))
    git(shop, "status")

    before, status = everything(tmp_path), git(shop, "--no-optional-locks", "status", "--porcelain")
    ran = command("agent-session", env, shop, "list", "--json")
    assert everything(tmp_path) == before
    assert git(shop, "--no-optional-locks", "status", "--porcelain") == status
    assert (ran.code, ran.err) == (0, "")
    rows = [(row["ref"], row["path"], row["active"]) for row in ran.answer["documents"]]
    assert rows == [
        (None, f"{FOLDER}/{NAME}", True),
        ("worktree ../shop-hotfix (hotfix/login)", f"{FOLDER}/hot.md", True),
        ("origin/feat/billing", f"{FOLDER}/20251210-090000-billing.md", True),
    ]


def test_only_what_a_branch_added_or_changed_is_read(shop: Path) -> None:
    add_session(shop, "other.md", session_text("Other"))
    commit(shop)
    git(shop, "branch", "-f", "feat/x")
    work_on(shop, "feat/x", {"new.md": session_text("New"), "other.md": session_text("Changed")})
    assert sorted(places(on_branches(shop))) == ["feat/x:new.md", "feat/x:other.md"]
    (one, *_) = [one for one in on_branches(shop) if one.document.title == "New"]
    assert one.document.path == f"{FOLDER}/new.md"
    assert git(shop, "cat-file", "blob", one.blob or "") == (
        git(shop, "show", f"feat/x:{FOLDER}/new.md")
    )


def test_what_was_deleted_or_rewritten_here_does_not_come_back(shop: Path) -> None:
    add_session(shop, "kept.md", session_text("Kept"))
    commit(shop)
    git(shop, "branch", "-f", "feat/x")
    work_on(shop, "feat/x", {"../../code.py": "2\n"})
    (shop / FOLDER / NAME).unlink()
    add_session(shop, "kept.md", session_text("Rewritten"))
    commit(shop)
    assert on_branches(shop) == ()


def test_what_came_here_squashed_and_was_deleted_does_not_come_back(shop: Path) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A"), "b.md": session_text("B")})
    git(shop, "merge", "-q", "--squash", "feat/x")
    commit(shop)
    assert on_branches(shop) == ()
    (shop / FOLDER / "a.md").unlink()
    commit(shop)
    assert on_branches(shop) == ()
    work_on(shop, "feat/x", {"a.md": session_text("A, gone on")})
    assert places(on_branches(shop)) == ["feat/x:a.md"]


def test_after_criss_cross_merges_only_what_neither_side_had_is_new(shop: Path) -> None:
    work_on(shop, "feat/x", {"theirs.md": session_text("Theirs")})
    add_session(shop, "ours.md", session_text("Ours"))
    commit(shop)
    git(shop, "branch", "before")
    git(shop, "merge", "-q", "-m", "theirs", "feat/x")
    git(shop, "checkout", "-q", "feat/x")
    git(shop, "merge", "-q", "-m", "ours", "before")
    git(shop, "checkout", "-q", "feat/weather")
    git(shop, "branch", "-D", "before")
    assert len(git(shop, "merge-base", "--all", "HEAD", "feat/x").split()) == 2
    work_on(shop, "feat/x", {"new.md": session_text("New")})
    assert places(on_branches(shop)) == ["feat/x:new.md"]


def test_what_a_merge_made_of_both_sides_is_new(shop: Path) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("Theirs")})
    add_session(shop, "a.md", session_text("Ours"))
    commit(shop)
    git(shop, "checkout", "-q", "feat/x")
    git(shop, "merge", "-q", "-s", "ours", "--no-commit", "feat/weather")
    add_session(shop, "a.md", session_text("Both"))
    commit(shop)
    git(shop, "checkout", "-q", "feat/weather")
    assert [one.document.title for one in on_branches(shop)] == ["Both"]


def test_a_branch_that_is_merged_and_the_one_checked_out_are_passed_over(shop: Path) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A")})
    git(shop, "merge", "-q", "--no-ff", "-m", "merge", "feat/x")
    (shop / FOLDER / "a.md").unlink()
    commit(shop)
    assert on_branches(shop) == ()


def test_a_branch_without_a_common_ancestor_gives_all_that_differs(shop: Path) -> None:
    git(shop, "checkout", "-q", "--orphan", "alone")
    add_session(shop, "alone.md", session_text("Alone"))
    commit(shop)
    git(shop, "checkout", "-q", "feat/weather")
    assert places(on_branches(shop)) == news(shop) == ["alone:alone.md"]


def test_before_the_first_commit_other_branches_are_read_whole(shop: Path) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A")})
    git(shop, "checkout", "-q", "--orphan", "unborn")
    git(shop, "rm", "-rqf", ".")
    found = places(on_branches(shop))
    assert sorted(found) == ["feat/weather:" + NAME, "feat/x:" + NAME, "feat/x:a.md"]
    assert news(shop) == ["feat/x:a.md", f"feat/x:{NAME}"]


def test_a_detached_head_is_compared_like_a_branch(shop: Path) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A")})
    git(shop, "checkout", "-q", "--detach")
    assert places(on_branches(shop)) == ["feat/x:a.md"]
    git(shop, "checkout", "-q", "--detach", "feat/x")
    assert on_branches(shop) == ()


def test_a_remote_branch_at_the_tip_of_a_local_one_counts_once(shop: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(shop, "remote", "add", "origin", str(tmp_path / "remote.git"))
    work_on(shop, "feat/x", {"a.md": session_text("A")})
    git(shop, "push", "-q", "origin", "feat/x", "feat/weather")
    git(shop, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/feat/x")
    git(shop, "fetch", "-q")
    assert places(on_branches(shop)) == ["feat/x:a.md"]
    git(shop, "branch", "-D", "feat/x")
    assert places(on_branches(shop)) == ["origin/feat/x:a.md"]


def test_the_newest_branches_come_first_and_not_more_than_that(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in (5, 1, 9):
        work_on(shop, f"b{days}", {f"{days}.md": session_text(str(days))}, days=days)
    assert places(on_branches(shop)) == ["b1:1.md", "b5:5.md", "b9:9.md"]
    monkeypatch.setattr(elsewhere, "MOST_BRANCHES", 2)
    assert places(on_branches(shop)) == ["b1:1.md", "b5:5.md"]
    monkeypatch.setattr(elsewhere, "MOST_BLOBS", 1)
    assert places(on_branches(shop)) == ["b1:1.md"]


def test_the_time_of_a_document_is_that_of_the_commit_that_wrote_it(shop: Path) -> None:
    work_on(shop, "feat/x", {"a.md": "# A\n\n## Next Steps\n1. Go\n"}, days=2)
    work_on(shop, "feat/x", {"../../code.py": "2\n"}, days=1)
    (one,) = on_branches(shop)
    assert (datetime.now(UTC) - one.document.modified).days == 2
    view = View(datetime.now(UTC), GitFacts("feat/weather", frozenset()))
    there = ranking.view_elsewhere(one, view)
    assert verdict.activity(one.document, there) == one.document.modified
    assert ranking.is_active_elsewhere(one, view)


def test_a_project_below_the_top_has_its_own_documents(shop: Path) -> None:
    inner = shop / "packages" / "a[pi]*\\x"
    add_session(inner, NAME, session_text("Inner"))
    commit(shop)
    git(shop, "checkout", "-q", "-b", "feat/y")
    add_session(inner, "inside.md", session_text("Inside"))
    add_session(shop, "outside.md", session_text("Outside"))
    commit(shop)
    git(shop, "checkout", "-q", "feat/weather")
    assert [one.document.path for one in on_branches(inner)] == [f"{FOLDER}/inside.md"]
    assert places(on_branches(shop)) == ["feat/y:outside.md"]


def test_every_format_is_read_where_it_lies(shop: Path) -> None:
    folder_of_its_own = f"{FOLDER}/2025-12-04-login"
    files = {
        "NEXT_SESSION.md": "# Next\n\n## What's Next\nNow\n",
        "README.md": "# Readme\n",
        "docs/HANDOFF.md": "=== SESSION HANDOFF ===\n\n## Next Objective\nP\n",
        "session-handoffs/2025-12-04-0900-x.md": "# H\n\n## Next Priorities\n1. H\n",
        "sessions/2025-12-04-x.md": "# J\n\nText.\n",
        "sessions/code.md": "# Code\n",
        f"{FOLDER}/README.md": "# Readme\n",
        f"{FOLDER}/deep/er.md": session_text("Too deep"),
        f"{folder_of_its_own}/notes.md": "# N\n",
        f"{folder_of_its_own}/session.md": session_text("Own folder"),
        f"{folder_of_its_own}/other.md": "# O\n",
        f"{FOLDER}/2025-12-05-cart/state.md": "# S\n",
        f"{FOLDER}/2025-12-05-cart/context.md": "# C\n",
    }
    work_on(shop, "feat/x", {f"../../{name}": text for name, text in files.items()})
    found = {one.document.path: one.document.format for one in on_branches(shop)}
    assert found == {
        "NEXT_SESSION.md": "next",
        "docs/HANDOFF.md": "prompt",
        "session-handoffs/2025-12-04-0900-x.md": "handoff",
        "sessions/2025-12-04-x.md": "journal",
        f"{folder_of_its_own}/session.md": "session",
        f"{FOLDER}/2025-12-05-cart/context.md": "session",
    }


def test_what_is_no_text_or_too_large_is_passed_over(shop: Path) -> None:
    git(shop, "checkout", "-q", "feat/x")
    template = "# Session: [Title]\n\n## Context\n\n## Current State\n\n## Next Steps\n"
    files: dict[str, str | bytes] = {
        "binary.md": b"\x00\x01\x02",
        "large.md": session_text() + "x" * 2_000_000,
        "empty.md": "\n",
        "blank.md": template,
        "good.md": session_text("Good"),
    }
    for name, data in files.items():
        add_session(shop, name, data)
    (shop / FOLDER / "link.md").symlink_to("good.md")
    (shop / FOLDER / "out.md").symlink_to("/etc/passwd")
    add_session(shop, "program.md", session_text("Program")).chmod(0o755)
    commit(shop)
    git(shop, "checkout", "-q", "feat/weather")
    assert sorted(places(on_branches(shop))) == ["feat/x:good.md", "feat/x:program.md"]


def test_a_link_that_became_a_file_is_a_document(shop: Path) -> None:
    (shop / FOLDER / "a.md").symlink_to(NAME)
    commit(shop)
    git(shop, "branch", "-f", "feat/x")
    git(shop, "checkout", "-q", "feat/x")
    (shop / FOLDER / "a.md").unlink()
    add_session(shop, "a.md", session_text("A"))
    commit(shop)
    git(shop, "checkout", "-q", "feat/weather")
    assert places(on_branches(shop)) == ["feat/x:a.md"]


def test_names_are_taken_as_they_are(shop: Path) -> None:
    names = ("with space.md", "größe ✅.md", 'a\nb"\t.md', ":100644 x.md", "-n.md", "*.md")
    titles = {name: f"Title {number}" for number, name in enumerate(names)}
    git(shop, "checkout", "-q", "feat/x")
    for name, title in titles.items():
        add_session(shop, name, session_text(title))
    path = os.fsencode(shop / FOLDER) + b"/caf\xe9.md"
    with open(path, "w") as file:
        file.write(session_text("Bytes"))
    commit(shop, when=ago(hours=1))
    git(shop, "commit", "-q", "--allow-empty", "-m", "later")
    git(shop, "checkout", "-q", "feat/weather")
    git(shop, "branch", "-m", "feat/x", "größe\u2028x")
    found = on_branches(shop)
    assert {one.ref for one in found} == {"größe\u2028x"}
    read = {one.document.path.removeprefix(f"{FOLDER}/"): one.document.title for one in found}
    assert read == {**titles, "caf\udce9.md": "Bytes"}
    assert all(datetime.now(UTC) - one.document.modified > timedelta(minutes=50) for one in found)


def test_nothing_that_the_repository_configures_is_run(shop: Path, tmp_path: Path) -> None:
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    spy.chmod(0o755)
    git(shop, "checkout", "-q", "feat/x")
    add_session(shop, "a.md", session_text("A"))
    (shop / ".gitattributes").write_text("*.md filter=spy diff=spy merge=spy\n")
    commit(shop)
    git(shop, "checkout", "-q", "feat/weather")
    (shop / ".gitattributes").write_text("*.md filter=spy diff=spy merge=spy\n")
    git(shop, "worktree", "add", "-q", str(tmp_path / "other"), "feat/x")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
        (hooks / name).write_text(spy.read_text())
        (hooks / name).chmod(0o755)
    for key in (
        "filter.spy.clean", "filter.spy.smudge", "filter.spy.process", "diff.spy.textconv",
        "diff.spy.command", "diff.external", "core.fsmonitor", "core.pager", "core.editor",
        "core.sshCommand", "gpg.program", "credential.helper",
    ):  # fmt: skip
        git(shop, "config", key, str(spy))
    git(shop, "config", "log.showSignature", "true")
    git(shop, "config", "filter.spy.required", "true")
    git(shop, "config", "core.hooksPath", str(hooks))
    for name in ("for-each-ref", "merge-base", "diff-tree", "log", "cat-file", "rev-list"):
        git(shop, "config", f"alias.{name}", f"!{spy}")
    (tmp_path / "ran").unlink(missing_ok=True)
    assert places(on_branches(shop)) == ["feat/x:a.md"]
    assert "a.md" in "".join(places(in_worktrees(shop)))
    assert not (tmp_path / "ran").exists()
    subprocess.run([GIT, "diff", "HEAD", "feat/x"], cwd=shop, capture_output=True, check=False)
    assert (tmp_path / "ran").exists()  # it would have been


@pytest.mark.parametrize("key", ["diff.renames", "diff.noprefix", "diff.relative", "log.follow"])
def test_what_git_is_configured_to_show_changes_no_answer(key: str, shop: Path) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A")}, days=2)
    git(shop, "config", key, "true")
    git(shop, "config", "diff.orderFile", "/no/such/file")
    git(shop, "config", "core.quotePath", "true")
    git(shop, "config", "log.diffMerges", "on")
    (one,) = on_branches(shop)
    assert (datetime.now(UTC) - one.document.modified).days == 2


def test_in_a_shallow_clone_what_differs_is_found(shop: Path, tmp_path: Path) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A")})
    git(shop, "config", "uploadpack.allowAnySHA1InWant", "true")
    url = shop.as_uri()
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", url, "shallow")
    assert news(tmp_path / "shallow") == ["origin/feat/x:a.md"]


def test_what_a_partial_clone_lacks_is_not_fetched(shop: Path, tmp_path: Path) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A")})
    git(shop, "config", "uploadpack.allowFilter", "true")
    for lacks in ("blob:none", "tree:0"):
        folder = lacks.partition(":")[0]
        git(tmp_path, "clone", "-q", f"--filter={lacks}", shop.as_uri(), folder)
        before = everything(tmp_path / folder)
        assert on_branches(tmp_path / folder) == ()
        assert everything(tmp_path / folder) == before


def test_a_missing_commit_is_a_poorer_answer(shop: Path) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A")})
    (shop / ".git/refs/heads/broken").write_text("0" * 39 + "1\n")
    (shop / ".git/refs/heads/nonsense").write_text("nonsense\n")
    assert isinstance(on_branches(shop), tuple)


def test_outside_git_and_without_git_nothing_is_found(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A")})
    (tmp_path / "plain").mkdir()
    assert on_branches(tmp_path / "plain") == in_worktrees(tmp_path / "plain") == ()
    monkeypatch.setenv("PATH", "/no/such/folder")
    assert on_branches(shop) == ()


def fast_import(repo: Path, branches: int, files: int) -> None:
    """Make many branches, each with a commit of its own that adds session files."""
    stream = []
    for branch in range(branches):
        stream.append(
            f"commit refs/heads/many/{branch}\ncommitter A <a@example.org> "
            f"{1_700_000_000 + branch} +0000\ndata 1\nx\nfrom refs/heads/feat/weather^0\n"
        )
        for number in range(files):
            text = session_text(f"{branch} {number}", updated=ago(days=branch % 20))
            stream.append(
                f"M 100644 inline {FOLDER}/{branch}-{number}.md\n"
                f"data {len(text.encode())}\n{text}\n"
            )
    subprocess.run(
        [GIT, "fast-import", "--quiet"], cwd=repo, input="".join(stream).encode(), check=True
    )


def test_three_hundred_branches_are_looked_through_in_time(shop: Path) -> None:
    fast_import(shop, branches=300, files=5)
    began = time.monotonic()
    found = on_branches(shop)
    took = time.monotonic() - began
    assert len({one.ref for one in found}) == 200 / 5
    assert found[0].ref == "many/299"
    assert took < 5, took
    project = project_of(shop)
    asked = Git(project.root, 0.03)
    began = time.monotonic()
    elsewhere.branches(project, PLACES, asked, None)
    assert time.monotonic() - began < 2
    assert asked.unanswered == (elsewhere.WHAT,)


# --- worktrees -----------------------------------------------------------------------------------


@pytest.fixture
def hotfix(shop: Path, tmp_path: Path) -> Path:
    """A second worktree of the repository, on its own branch, with a session file of its own."""
    folder = tmp_path / "shop-hotfix"
    git(shop, "worktree", "add", "-q", "-b", "hotfix/login", str(folder))
    add_session(folder, "hot.md", session_text("Hotfix"))
    return folder


def test_each_worktree_sees_the_others(shop: Path, hotfix: Path) -> None:
    add_session(shop, "main.md", session_text("Main"))
    assert news(shop) == ["worktree ../shop-hotfix (hotfix/login):hot.md"]
    assert news(hotfix) == ["worktree ../shop (feat/weather):main.md"]
    (one,) = [one for one in in_worktrees(shop) if one.document.title == "Hotfix"]
    assert one.file == str(hotfix / FOLDER / "hot.md")
    git(hotfix, "checkout", "-q", "--detach")
    assert news(shop) == ["worktree ../shop-hotfix:hot.md"]


def test_git_is_not_started_for_them(
    shop: Path, hotfix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Git, "ask", None)
    monkeypatch.setenv("PATH", "/no/such/folder")
    assert "worktree ../shop-hotfix (hotfix/login):hot.md" in places(in_worktrees(shop))


def test_a_worktree_is_named_by_its_path_where_that_is_near(shop: Path, tmp_path: Path) -> None:
    for number, path in enumerate(("shop/.worktrees/in", "a/b/c/far")):
        git(shop, "worktree", "add", "-q", "--detach", str(tmp_path / path))
        add_session(tmp_path / path, f"{number}.md", session_text(str(number)))
    found = [one for one in in_worktrees(shop) if one.document.path.endswith(("0.md", "1.md"))]
    assert {one.ref for one in found} == {"worktree .worktrees/in", "worktree ../a/b/c/far"}
    inside = tmp_path / "a" / "b" / "c" / "far"
    add_session(shop, "main.md", session_text("Main"))
    assert "worktree shop (feat/weather):main.md" in places(in_worktrees(inside))


def test_a_project_below_the_top_is_looked_for_in_the_same_folder(shop: Path, hotfix: Path) -> None:
    for top, title in ((shop, "Here"), (hotfix, "There")):
        add_session(top / "packages" / "api", f"{title}.md", session_text(title))
    found = in_worktrees(shop / "packages" / "api")
    assert places(found) == ["worktree shop-hotfix (hotfix/login):There.md"]
    (hotfix / "packages").rename(hotfix / "moved")
    assert in_worktrees(shop / "packages" / "api") == ()
    (hotfix / "packages").symlink_to(shop / "packages")
    assert in_worktrees(shop / "packages" / "api") == ()


def read_all(repo: Path) -> bool:
    """Tell whether stamps alone tell that another look finds the same."""
    return elsewhere.read_worktrees(project_of(repo), PLACES, 20).is_all


def test_where_a_link_leads_no_stamp_tells(shop: Path, hotfix: Path) -> None:
    inside = shop / "packages" / "api"
    for top in (shop, hotfix):
        add_session(top / "packages" / "api", "a.md", session_text("Below"))
    assert read_all(inside)
    (hotfix / "packages").rename(hotfix / "v1")
    (hotfix / "packages").symlink_to("v1")
    assert read_all(shop)
    assert in_worktrees(inside)
    assert not read_all(inside)


def test_of_two_with_one_name_the_order_is_always_the_same(shop: Path, tmp_path: Path) -> None:
    tops = [tmp_path / "a" / "b" / "c" / "d" / one / "far" for one in ("x", "y")]
    for top in tops:
        git(shop, "worktree", "add", "-q", "--detach", str(top))
        add_session(top, "same.md", session_text(f"In {top.parent.name}"))
    inside = tmp_path / "e" / "f" / "g" / "own"
    git(shop, "worktree", "add", "-q", "--detach", str(inside))
    found = []
    for admin in sorted((shop / ".git" / "worktrees").glob("far*")):
        os.utime(admin / "index", (2**31, 2**31))
        found.append([one.root for one in in_worktrees(inside) if "/far" in (one.root or "")])
        os.utime(admin / "index", (1, 1))
    assert found[0] == found[1] == sorted(found[0], key=str)
    assert {os.path.dirname(root or "") for root in found[0]} == {str(top.parent) for top in tops}


def test_a_worktree_that_is_missing_or_broken_is_passed_over(
    shop: Path, hotfix: Path, tmp_path: Path
) -> None:
    admin = shop / ".git" / "worktrees"
    for name, data in (
        ("gone", b"/no/such/folder/.git\n"),
        ("loop", os.fsencode(tmp_path / "loop" / ".git") + b"\n"),
        ("empty", b""),
        ("nul", b"a\0b/.git"),
        ("long", b"x/" * 5000),
        ("bytes", b"/\xff\xfe/.git"),
        ("own", os.fsencode(shop / ".git") + b"\n"),
        ("stolen", os.fsencode(hotfix / ".git") + b"\n"),
    ):
        (admin / name).mkdir()
        (admin / name / "gitdir").write_bytes(data)
    (admin / "none").mkdir()
    (admin / "file").write_text("x")
    (admin / "linked").symlink_to("linked")
    (admin / "fifo").mkdir()
    os.mkfifo(admin / "fifo" / "gitdir")
    (admin / "pipe").mkdir()
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / ".git")
    (admin / "pipe" / "gitdir").write_bytes(os.fsencode(tmp_path / "pipe" / ".git"))
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert {one.ref for one in in_worktrees(shop)} == {"worktree ../shop-hotfix (hotfix/login)"}


def test_a_bare_repository_has_no_main_worktree(shop: Path, tmp_path: Path) -> None:
    """Some keep a bare one in .git, and all their worktrees beside it."""
    home = tmp_path / "home"
    home.mkdir()
    git(tmp_path, "clone", "-q", "--bare", str(shop), "home/.git")
    add_session(home, "no-worktree.md", session_text("No worktree"))
    for name in ("one", "two"):
        git(home, "worktree", "add", "-q", "--detach", name)
        add_session(home / name, f"{name}.md", session_text(name))
    assert news(home / "one") == ["worktree ../two:two.md"]
    git(home, "config", "core.bare", "false")
    assert "worktree .. (feat/weather):no-worktree.md" in news(home / "one")


def test_twenty_worktrees_are_read_in_time_and_not_more(shop: Path, tmp_path: Path) -> None:
    for number in range(20):
        add_session(shop, f"{number}.md", session_text(f"Shared {number}"))
    commit(shop)
    for number in range(25):
        git(shop, "worktree", "add", "-q", "--detach", f"../w{number}")
        add_session(tmp_path / f"w{number}", f"own-{number}.md", session_text(f"Own {number}"))
        index = shop / ".git" / "worktrees" / f"w{number}" / "index"
        for path in (index, index.with_name("HEAD")):
            os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    began = time.monotonic()
    found = in_worktrees(shop)
    took = time.monotonic() - began
    assert took < 5, took
    assert {one.ref for one in found} == {f"worktree ../w{number}" for number in range(5, 25)}
    assert len(news(shop)) == 20
    assert in_worktrees(shop, 0) == ()


# --- what is news --------------------------------------------------------------------------------


def test_what_lies_here_too_is_no_news(shop: Path, hotfix: Path) -> None:
    assert f"worktree ../shop-hotfix (hotfix/login):{NAME}" in places(in_worktrees(shop))
    add_session(shop, "other-name.md", session_text("Hotfix"))
    add_session(hotfix, "hot.md", session_text("Hotfix"))
    text = (hotfix / FOLDER / "hot.md").read_bytes()
    add_session(shop, "other-name.md", text)
    assert news(shop) == []


@pytest.mark.parametrize(("days", "is_news"), [(1, True), (5, False)])
def test_of_a_file_that_is_here_only_a_newer_state_is_news(
    days: int, is_news: bool, shop: Path
) -> None:
    work_on(shop, "feat/x", {NAME: session_text(updated=ago(days=days), state="Theirs")})
    assert news(shop) == ([f"feat/x:{NAME}"] if is_news else [])


def test_without_a_date_that_changes_the_later_commit_is_of_the_newer_state(shop: Path) -> None:
    bare = "# A\n\n## Next Steps\n1. {}\n"
    add_session(shop, "2025-12-04-a.md", bare.format("Begin"), ago(days=4))
    commit(shop, when=ago(days=4))
    git(shop, "branch", "-f", "feat/x")
    work_on(shop, "feat/x", {"2025-12-04-a.md": bare.format("Go on")}, days=2)
    mine = shop / FOLDER / "2025-12-04-a.md"
    for days, expected in ((4, ["feat/x:2025-12-04-a.md"]), (1, [])):
        os.utime(mine, (ago(days=days).timestamp(),) * 2)
        assert news(shop) == expected


def test_of_several_states_elsewhere_the_newest_is_told(shop: Path) -> None:
    for hours, branch in ((30, "b1"), (20, "b2"), (40, "b3")):
        work_on(shop, branch, {"a.md": session_text("A", updated=ago(hours=hours))})
    assert news(shop) == ["b2:a.md"]


def test_each_handoff_that_is_left_behind_counts_by_its_text(shop: Path) -> None:
    text = "# Next\n\n## What's Next\n{}\n"
    (shop / "NEXT_SESSION.md").write_text(text.format("Mine"))
    texts = ("One", "Two", "Two", "Mine")  # of equal ones the newest is told
    for number, said in enumerate(texts, start=1):
        work_on(shop, f"b{number}", {"../../NEXT_SESSION.md": text.format(said)}, hours=number)
        (shop / "NEXT_SESSION.md").write_text(text.format("Mine"))
    assert sorted(place.partition(":")[0] for place in news(shop)) == ["b1", "b2"]


def test_a_text_in_two_places_is_told_where_the_work_on_it_goes_on(
    shop: Path, tmp_path: Path
) -> None:
    work_on(shop, "feat/a", {"a.md": session_text("A", branch="feat/a")}, hours=3)
    git(shop, "branch", "feat/b", "feat/a")
    work_on(shop, "feat/b", {"../../code.py": "2\n"}, hours=1)
    assert places(on_branches(shop)) == ["feat/b:a.md", "feat/a:a.md"]
    assert news(shop) == ["feat/a:a.md"]
    git(shop, "worktree", "add", "-q", str(tmp_path / "w"), "feat/b")
    assert news(shop) == ["worktree ../w (feat/b):a.md"]


def test_the_newest_activity_comes_first_and_a_date_to_come_is_none(shop: Path) -> None:
    for name, hours in (("old", 60), ("new", 2), ("forged", -9000), ("mid", 30)):
        text = session_text(name, updated=ago(hours=hours))
        work_on(shop, f"b/{name}", {f"{name}.md": text}, hours=40 if name == "forged" else 1)
    assert [place.partition(":")[0] for place in news(shop)] == [
        "b/new", "b/mid", "b/forged", "b/old",
    ]  # fmt: skip


def test_nothing_found_is_no_news() -> None:
    assert elsewhere.unique((), Scan((), (), 0)) == ()


# --- agent-session -------------------------------------------------------------------------------


def test_branches_are_listed_where_the_project_says_so(shop: Path, env: dict[str, str]) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A"), "b.md": session_text("B", "completed")})
    assert [row["ref"] for row in listed(shop, env)] == [None]
    (shop / ".agents" / "session-hooks.toml").write_text("[documents]\nbranches = true\n")
    assert [(row["ref"], row["title"]) for row in listed(shop, env)] == [
        (None, "Weather fallback"), ("feat/x", "A"),
    ]  # fmt: skip
    rows = {row["title"]: row["active"] for row in listed(shop, env, "--all")}
    assert rows == {"Weather fallback": True, "A": True, "B": False}


def listed(repo: Path, env: dict[str, str], *options: str) -> list[dict[str, object]]:
    documents = command("agent-session", env, repo, "list", "--json", *options).answer["documents"]
    assert isinstance(documents, list)
    return documents


def test_the_table_has_them_in_a_section_of_their_own(
    shop: Path, hotfix: Path, env: dict[str, str]
) -> None:
    out = command("agent-session", env, shop, "list").out
    own, beyond = out.split("\nElsewhere\n")
    assert "Weather fallback" in own
    assert (
        'in worktree "../shop-hotfix (hotfix/login)", unverifiable, not checked out here' in beyond
    )
    (shop / FOLDER / NAME).unlink()
    out = command("agent-session", env, shop, "list").out
    assert out.startswith("No document is active here")
    assert "Hotfix" in out


def test_one_elsewhere_is_shown_by_its_ref_or_its_file(
    shop: Path, hotfix: Path, env: dict[str, str]
) -> None:
    work_on(shop, "feat/x", {"a.md": session_text("A")})
    for name, ref in (
        (f"feat/x:{FOLDER}/a.md", "feat/x"),
        (str(hotfix / FOLDER / "hot.md"), "worktree ../shop-hotfix (hotfix/login)"),
        (f"../shop-hotfix/{FOLDER}/hot.md", "worktree ../shop-hotfix (hotfix/login)"),
        (
            f"worktree ../shop-hotfix (hotfix/login):{FOLDER}/hot.md",
            "worktree ../shop-hotfix (hotfix/login)",
        ),
    ):
        shown = command("agent-session", env, shop, "show", name, "--json").answer
        assert (shown["ref"], shown["active"]) == (ref, True)
        assert shown["state"]["text"] == "The retry is in and tested."
    assert "  ref:          feat/x\n" in (
        command("agent-session", env, shop, "show", f"feat/x:{FOLDER}/a.md").out
    )


def test_what_is_not_there_is_refused_with_what_there_is(
    shop: Path, hotfix: Path, env: dict[str, str]
) -> None:
    ran = command("agent-session", env, shop, "show", f"feat/x:{FOLDER}/a.md")
    assert (ran.code, ran.out) == (2, "")
    assert "is no document that another worktree or branch added or changed" in ran.err
    assert f'"worktree ../shop-hotfix (hotfix/login):{FOLDER}/hot.md"' in ran.err
    (hotfix / FOLDER / "hot.md").unlink()
    assert "There is none." in command("agent-session", env, shop, "show", "feat/x:a.md").err


def test_a_repository_of_another_kind_of_hash_is_read(tmp_path: Path) -> None:
    repo = tmp_path / "other"
    repo.mkdir()
    git(repo, "init", "-q", "--object-format=sha256", "-b", "main")
    add_session(repo, "main.md", session_text("Main"))
    commit(repo)
    work_on(repo, "feat/x", {"a.md": session_text("A")})
    git(repo, "checkout", "-q", "--orphan", "alone")
    git(repo, "rm", "-rqf", ".")
    add_session(repo, "alone.md", session_text("Alone"))
    commit(repo)
    git(repo, "checkout", "-q", "main")
    assert sorted(places(on_branches(repo))) == ["alone:alone.md", "feat/x:a.md"]


def test_another_repositorys_worktree_is_none_of_this_one(shop: Path, tmp_path: Path) -> None:
    """One of this repository's was deleted, and another's made in its place."""
    git(shop, "worktree", "add", "-q", "--detach", "../place")
    shutil.rmtree(tmp_path / "place")
    other = make_repository(tmp_path / "unrelated")
    add_session(other, "a.md", session_text("A"))
    commit(other)
    git(other, "worktree", "add", "-q", "--detach", "../place")
    assert in_worktrees(shop) == ()
    assert len(in_worktrees(other)) == 1


# --- at the start of a conversation --------------------------------------------------------------


def start(repo: Path, env: dict[str, str], name: str = "a") -> Ran:
    event = {"source": "startup", "session_id": name, "cwd": str(repo)}
    return run("session-start-hook", event, env)


def test_a_start_names_them_behind_what_lies_here_and_never_leads_with_them(
    shop: Path, hotfix: Path, env: dict[str, str]
) -> None:
    work_on(shop, "feat/x", {"20251210-090000-billing.md": session_text("Billing", updated=ago())})
    (shop / ".agents" / "session-hooks.toml").write_text("[documents]\nbranches = true\n")
    model = start(shop, env).model
    assert f"To resume: {FOLDER}/{NAME}, " in model
    here, beyond = model.split("\nElsewhere in this repository; ")
    assert "Billing" not in here
    lines = beyond.splitlines()
    assert lines[1].startswith(f'- on "feat/x": {FOLDER}/20251210-090000-billing.md "Billing", in_')
    assert lines[2].startswith(
        f'- in worktree "../shop-hotfix (hotfix/login)": {FOLDER}/hot.md "Hot'
    )
    again = start(shop, env, "b").model
    assert again.split("Elsewhere in this repository; ")[1] == beyond
    assert (hotfix / FOLDER / "hot.md").exists()


def test_where_nothing_lies_here_the_person_is_told_the_newest(
    shop: Path, env: dict[str, str]
) -> None:
    work_on(shop, "feat/x", {"20251210-090000-billing.md": session_text("Billing", updated=ago())})
    git(shop, "rm", "-q", "-r", FOLDER)
    commit(shop)
    (shop / ".agents").mkdir(exist_ok=True)
    (shop / ".agents" / "session-hooks.toml").write_text("[documents]\nbranches = true\n")
    told = start(shop, env)
    assert f'- on "feat/x": {FOLDER}/20251210-090000-billing.md "Billing"' in told.model
    assert told.person == 'On "feat/x": "Billing" (in_progress, just now)'


def test_branches_are_not_read_unless_the_project_says_so(shop: Path, env: dict[str, str]) -> None:
    work_on(shop, "feat/x", {"20251210-090000-billing.md": session_text("Billing")})
    assert "Billing" not in start(shop, env).model


def test_what_is_done_or_old_elsewhere_is_not_told(shop: Path, env: dict[str, str]) -> None:
    done = session_text("Done", "completed")
    old = session_text("Old", updated=ago(days=90))
    work_on(shop, "feat/x", {"done.md": done, "old.md": old}, days=90)
    (shop / ".agents" / "session-hooks.toml").write_text("[documents]\nbranches = true\n")
    assert "Elsewhere" not in start(shop, env).model


def test_a_worktree_whose_branch_is_merged_is_done(
    shop: Path, hotfix: Path, env: dict[str, str]
) -> None:
    add_session(hotfix, "hot.md", session_text("Hotfix", branch="hotfix/login", updated=ago()))
    assert "Hotfix" in start(shop, env).model
    git(shop, "branch", "main", "feat/weather")
    (hotfix / "fix.py").write_text("1\n")
    commit(hotfix, when=ago(minutes=1))
    git(shop, "checkout", "-q", "main")
    git(shop, "merge", "-q", "--no-ff", "-m", "Merge", "hotfix/login")
    (shop / FOLDER / "hot.md").unlink()
    commit(shop)
    assert "Hotfix" not in start(shop, env, "b").model
    (row,) = [one for one in listed(shop, env, "--all") if one["ref"]]
    assert row["verdict"] == "done"


def test_where_a_newer_state_of_the_file_that_leads_lies_is_said(
    shop: Path, hotfix: Path, env: dict[str, str]
) -> None:
    add_session(hotfix, NAME, session_text(updated=ago(minutes=5), steps="1. Step two"))
    model = start(shop, env).model
    assert f"To resume: {FOLDER}/{NAME}, " in model
    said = 'A newer state of it is in worktree "../shop-hotfix (hotfix/login)", 5 minutes ago.'
    assert said in model.splitlines()


def test_a_document_whose_branch_is_gone_comes_after_the_others(
    repo: Path, env: dict[str, str]
) -> None:
    git(repo, "checkout", "-q", "-b", "main")
    commit(repo, when=ago(days=9))
    git(repo, "checkout", "-q", "-b", "feat/cache")
    git(repo, "checkout", "-q", "main")
    git(repo, "branch", "-D", "-q", "feat/cache")
    add_session(repo, "cache.md", session_text("Cache", branch="feat/cache"), ago(hours=1))
    add_session(repo, "paused.md", session_text("Paused", "paused"), ago(hours=3))
    assert "To resume: .agents/sessions/paused.md" in start(repo, env).model


# --- folders that the worktrees share by a link ----------------------------------------------


@pytest.fixture
def sharing(shop: Path, tmp_path: Path) -> Path:
    """Another worktree, whose .agents leads to the main one's, which git ignores."""
    git(shop, "rm", "-q", "-r", "--cached", ".agents")
    (shop / ".gitignore").write_text(".agents\n")
    git(shop, "add", ".gitignore")
    git(shop, "commit", "-q", "-m", "ignored", when=ago(days=2))
    other = tmp_path / "shop-other"
    git(shop, "worktree", "add", "-q", "-b", "other", str(other))
    (other / ".agents").symlink_to(shop / ".agents")
    return other


def begin(repo: Path, env: dict[str, str], name: str = "a") -> Ran:
    event = {"session_id": name, "cwd": str(repo), "source": "startup"}
    return run("session-start-hook", event, env, repo)


def test_what_worktrees_share_by_a_link_is_read_in_each_and_once(
    sharing: Path, shop: Path, env: dict[str, str]
) -> None:
    for number, place in enumerate((sharing, shop, sharing)):
        told = begin(place, env, str(number))
        assert f"To resume: {FOLDER}/{NAME}" in told.model
        assert "Elsewhere" not in told.model
        assert "Not readable" not in told.model
    add_session(sharing, "undated.md", "---\nsession:\n  status: wip\n---\n\n## Next Steps\n1. X\n")
    listed = command("agent-session", env, sharing, "list", "--json").answer["documents"]
    assert sorted((row["path"], row["ref"]) for row in listed) == [
        (f"{FOLDER}/{NAME}", None),
        (f"{FOLDER}/undated.md", None),
    ]
    assert all(row["active"] for row in listed)
    ran = command("agent-session", env, sharing, "new", "From here")
    assert ran.code == 0
    assert len(list((shop / FOLDER).iterdir())) == 3


@pytest.mark.parametrize("way", ["not a worktree", "no repository of its own", "another's"])
def test_a_link_to_anything_else_is_refused_and_the_person_is_told(
    way: str, sharing: Path, shop: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    target = tmp_path / "vault"
    shutil.copytree(shop / ".agents", target / ".agents")
    if way == "another's":
        make_repository(target)
    if way == "no repository of its own":  # .git names another one, which knows nothing of it
        target, sharing = shop, tmp_path / "stray"
        sharing.mkdir()
        (sharing / ".git").write_text(f"gitdir: {shop}/.git\n")
    else:
        (sharing / ".agents").unlink()
    (sharing / ".agents").symlink_to(target / ".agents")
    told = begin(sharing, env)
    assert "Not readable: .agents (it is a link that leaves the project" in told.model
    assert "Not read, because it leaves the project: the link .agents" in told.person.splitlines()
    assert "gets one" not in told.model
    assert command("agent-session", env, sharing, "new", "From here").code == 2


def test_a_single_refused_link_is_named_beside_what_leads(shop: Path, env: dict[str, str]) -> None:
    (shop / FOLDER / "other.md").symlink_to("/etc/passwd")
    link = f"Not read, because it leaves the project: the link {FOLDER}/other.md"
    assert begin(shop, env).person.splitlines()[-1] == link
