"""How git is asked: nothing of the repository's own is run, and nothing in it is written."""

import contextlib
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from helpers import GIT, Ran, add_session, ago, command, environment, git, make_repository, run
from helpers import session_text as text_of
from session_hooks.evidence import git as evidence_git
from session_hooks.evidence.git import Git

STATE = "agent-session-hooks"
HOOKS = (
    "applypatch-msg", "fsmonitor-watchman", "post-checkout", "post-commit", "post-index-change",
    "post-merge", "post-rewrite", "pre-auto-gc", "pre-commit", "query-watchman",
    "reference-transaction", "sendemail-validate",
)  # fmt: skip
EVENTS = (
    ("session-start-hook", {"hook_event_name": "SessionStart", "source": "startup"}),
    ("session-start-hook", {"hook_event_name": "SessionStart", "source": "startup"}),
    ("pre-compact-hook", {"hook_event_name": "PreCompact", "trigger": "auto"}),
    ("session-end-hook", {"hook_event_name": "SessionEnd", "reason": "other"}),
)
"""A cold start and a warm one, and what ends a conversation's stretch."""
COMMANDS = (
    ("list", "--all"),
    ("list", "--json", "--all"),
    ("show", ".agents/sessions/20251204-143000-squashed.md"),
    ("check",),
)


class Shop(NamedTuple):
    """A repository about which every question is asked, and spies that leave a mark."""

    repo: Path
    folder: Path
    env: dict[str, str]

    def spy(self, name: str) -> str:
        """Make a program that leaves a mark, and lets through what it is given."""
        path = self.folder / "spies" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        marks = self.folder / "marks"
        marks.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\n: > "{marks}/{name}"\nexec cat\n')
        path.chmod(0o755)
        return str(path)

    @property
    def marks(self) -> list[str]:
        """The spies that were run."""
        return sorted(os.listdir(self.folder / "marks"))

    def set(self, key: str, value: str) -> None:
        git(self.repo, "config", key, value)


def commit(repo: Path, message: str = "work", **span: float) -> str:
    git(repo, "add", "-A", "-f")
    git(repo, "commit", "-q", "--allow-empty", "-m", message, when=ago(**span) if span else None)
    return git(repo, "rev-parse", "HEAD").strip()


def write(repo: Path, *names: str, text: str = "") -> None:
    for name in names:
        path = repo / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text or f"{name}\n" * 20)


def make_shop(folder: Path) -> Shop:
    """One branch squashed, one rebased, one merged, one unmerged; renames; another worktree."""
    repo = make_repository(folder / "shop")
    write(repo, "a.py", "b.py", "old/c.py", "old/d.py")
    (repo / ".agents").mkdir()
    (repo / ".agents/session-hooks.toml").write_text("[documents]\nbranches = true\n")
    first = commit(repo, "first", days=9)
    for branch in ("squashed", "rebased", "merged", "open"):
        git(repo, "checkout", "-q", "-b", f"feat/{branch}", first)
        for number in (1, 22):  # not of the same size: git would not see the change at once
            write(repo, f"{branch}.py", text=f"{branch}\n" * number)
            add_session(repo, f"20251204-150000-{branch}.md", text_of(f"On {branch} {number}"))
            commit(repo, f"{branch} {number}", days=8)
    git(repo, "checkout", "-q", "main")
    add_session(
        repo,
        "20251204-143000-squashed.md",
        text_of(
            "Squashed",
            branch="feat/squashed",
            updated=ago(days=8.5),
            state=f"`old/c.py` and `a.py` are done since {first[:10]} and 1234567.",
        ),
    )
    for branch in ("rebased", "merged", "open", "gone"):
        text = text_of(branch, branch=f"feat/{branch}", updated=ago(days=8.5))
        add_session(repo, f"20251204-143000-{branch}.md", text)
    commit(repo, "documents", days=7)
    git(repo, "merge", "-q", "--squash", "feat/squashed")
    commit(repo, "squashed", days=6)
    git(repo, "cherry-pick", "-n", "feat/rebased~")
    commit(repo, "rebased 1", days=6)
    git(repo, "cherry-pick", "-n", "feat/rebased")
    commit(repo, "rebased 2", days=6)
    git(repo, "merge", "-q", "--no-ff", "-m", "Merge branch 'feat/merged'", "feat/merged")
    git(repo, "mv", "old", "new")
    commit(repo, "moved", days=5)
    git(repo, "worktree", "add", "-q", "-b", "feat/side", str(folder / "side"))
    add_session(folder / "side", "20251205-090000-side.md", text_of("Side"))
    # Of the same size, at another time: git has to look into them.
    for name in ("a.py", ".agents/sessions/20251204-143000-open.md"):
        path = repo / name
        path.write_text(path.read_text().replace("a", "e", 1))
        os.utime(path, (ago(days=4).timestamp(),) * 2)
    write(repo, "untracked.py")
    (repo / ".git" / STATE).mkdir()
    home = folder / "home"
    home.mkdir()
    return Shop(repo, folder, environment(home))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one that is copied, with all times: making it takes fifty gits."""
    return make_shop(tmp_path_factory.mktemp("made")).folder


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Shop:
    shutil.copytree(made, tmp_path, symlinks=True, dirs_exist_ok=True)
    repo, side = tmp_path / "shop", tmp_path / "side"
    for pointer in (side / ".git", repo / ".git/worktrees/side/gitdir"):
        pointer.write_text(pointer.read_text().replace(str(made), str(tmp_path)))
    for tree in (repo, side):
        git(tree, "update-index", "-q", "--refresh")  # each file is another one
    return Shop(repo, tmp_path, environment(tmp_path / "home"))


def everything(shop: Shop, env: dict[str, str] | None = None) -> list[Ran]:
    """Run every program that asks git, each as if it were the first."""
    env = env or shop.env
    ran = []
    for number, (program, event) in enumerate(EVENTS):
        if number != 1:
            forget(shop.repo)
        of_own = {"session_id": f"c{number}", "cwd": str(shop.repo)}
        ran.append(run(program, event | of_own, env, shop.repo))
    ran += [command("agent-session", env, shop.repo, *arguments) for arguments in COMMANDS]
    errors = shop.repo / ".git" / STATE / "hook-errors.log"
    assert not errors.exists(), errors.read_text()
    return ran


def forget(repo: Path) -> None:
    for path in (repo / ".git" / STATE).iterdir():
        path.unlink() if path.is_file() else shutil.rmtree(path)


def assert_all_asked(ran: list[Ran]) -> None:
    """See that the questions were asked at all, and answered."""
    listed = {row["title"]: (row["verdict"], row["reasons"]) for row in ran[5].answer["documents"]}
    assert listed["Squashed"][0] == listed["rebased"][0] == listed["merged"][0] == "done"
    assert 'was squashed into "main"' in listed["Squashed"][1][0]
    assert "old/c.py moved to new/c.py" in listed["Squashed"][1]
    assert 'was rebased onto "main"' in listed["rebased"][1][0]
    assert 'was merged into "main"' in listed["merged"][1][0]
    assert listed["open"][0] == "current"
    assert {"On open 22", "Side"} <= listed.keys()


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything in a git folder but this package's own.

    A folder's time is that of the last file that was made or deleted in it, so that it tells of a
    lock that was there for a moment only.
    """
    found: dict[str, tuple[object, ...]] = {}
    for top, folders, files in os.walk(folder):
        if STATE in folders:
            folders.remove(STATE)
        for path in (top, *(os.path.join(top, name) for name in files)):
            found[path] = _as_it_is(path)
    return found


def _as_it_is(path: str) -> tuple[object, ...]:
    status = os.lstat(path)
    content = Path(path).read_bytes() if stat.S_ISREG(status.st_mode) else b""
    return status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, content


# --- nothing of the repository's own is run ------------------------------------------------------


def hostile(shop: Shop, server: str) -> None:
    """Have the repository's configuration and attributes run a spy in every way there is."""
    spy = shop.spy
    for key in (
        "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.gitProxy",
        "core.askPass", "core.alternateRefsCommand", "credential.helper", "diff.external",
        "interactive.diffFilter", "sequence.editor", "gpg.program", "gpg.ssh.program",
        "gpg.x509.program", "gpg.ssh.defaultKeyCommand", "man.viewer", "web.browser",
        "uploadpack.packObjectsHook", "diff.guitool", "merge.tool", "fetch.bundleURI",
        "remote.origin.uploadpack", "remote.origin.receivepack", "remote.origin.proxy",
        "trailer.sign.command", "trailer.sign.cmd", "merge.spy.driver", "diff.spy.command",
        "diff.spy.textconv", "filter.spy.clean", "filter.spy.smudge", "filter.proc.process",
        "filter.many words.clean", "difftool.spy.cmd", "mergetool.spy.cmd", "browser.spy.cmd",
        "submodule.sub.update", "tar.tar.gz.command", "http.proxy", "core.notesRef",
        "filter.é.clean", "filter.A.process", "merge.renormalize.driver",
    ):  # fmt: skip
        shop.set(key, spy(key.replace(" ", "-")))
    for name in ("log", "status", "diff", "config", "for-each-ref", "rev-list", "cat-file"):
        shop.set(f"pager.{name}", spy(f"pager-{name}"))
        shop.set(f"alias.{name}", f"!{spy(f'alias-{name}')}")
    for key, value in {
        "log.showSignature": "true",
        "diff.spy.cachetextconv": "true",
        "diff.spy.binary": "false",
        "filter.spy.required": "true",
        "filter.proc.required": "true",
        "submodule.recurse": "true",
        "status.submoduleSummary": "true",
        "diff.submodule": "diff",
        "diff.ignoreSubmodules": "none",
        "diff.trustExitCode": "true",
        "trailer.sign.key": "Signed-off-by",
        "gc.auto": "1",
        "maintenance.auto": "true",
        "index.version": "4",
        "core.splitIndex": "true",
        "core.untrackedCache": "true",
        "core.commitGraph": "true",
        "fetch.writeCommitGraph": "true",
        "help.autocorrect": "immediate",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "remote.origin.url": f"ext::{spy('ext')} %S",
        "remote.origin.promisor": "true",
        "remote.origin.partialclonefilter": "blob:none",
        "remote.web.url": server,
        "remote.web.promisor": "true",
        "remote.odd.url": "x://y",
        "remote.odd.vcs": "spy",
        "branch.main.remote": "origin",
        "branch.main.merge": "refs/heads/main",
        "url.ext::sh.insteadOf": "https://",
    }.items():
        shop.set(key, value)
    included = shop.folder / "included"
    included.write_text(
        f'[filter "included"]\n\tclean = {spy("filter-included")}\n\trequired = true\n'
    )
    shop.set("include.path", str(included))
    (shop.repo / ".gitattributes").write_text(
        "*.py filter=spy diff=spy merge=spy ident text eol=lf\n"
        "a.py filter=proc\n*.md filter=included diff=spy\nnew/* filter=é\n*.txt filter=A\n"
    )
    for name in HOOKS:
        spy(name)
        for folder in (shop.repo / ".git" / "hooks", shop.folder / "hooks"):
            folder.mkdir(exist_ok=True)
            shutil.copy(shop.folder / "spies" / name, folder / name)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def connections(server: socket.socket) -> int:
    server.setblocking(False)
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return 0
    return 1


def url_of(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}/x.git"


@pytest.mark.parametrize("hooks", [".git/hooks", "core.hooksPath"])
def test_nothing_that_a_repository_configures_is_run_and_every_question_is_answered(
    hooks: str, shop: Shop, server: socket.socket
) -> None:
    hostile(shop, url_of(server))
    if hooks == "core.hooksPath":
        shop.set("core.hooksPath", str(shop.folder / "hooks"))
    before = snapshot(shop.repo / ".git")
    ran = everything(shop)
    assert shop.marks == []
    assert connections(server) == 0
    assert snapshot(shop.repo / ".git") == before
    assert_all_asked(ran)


def test_the_spies_are_run_where_git_is_asked_without_care(
    shop: Shop, server: socket.socket
) -> None:
    """What the tests above show the absence of is there otherwise."""
    hostile(shop, url_of(server))
    for arguments in (("status",), ("log", "-p", "-1"), ("diff",), ("add", "a.py")):
        with contextlib.suppress(subprocess.CalledProcessError):
            git(shop.repo, *arguments)
    assert {"core.fsmonitor", "filter.proc.process", "filter-included"} <= set(shop.marks)


@pytest.mark.parametrize("key", ["filter.x=y.clean", "core.worktree"])
def test_what_cannot_be_turned_off_is_not_asked(key: str, shop: Shop) -> None:
    """An option's name ends at the first "=": ``-c filter.x=y.clean=`` would be another one."""
    section, _, name = key.rpartition(".")
    spy = shop.spy("equals")
    value = spy if name == "clean" else str(shop.folder)
    heading = section.replace(".", ' "', 1) + ('"' if "." in section else "")
    with (shop.repo / ".git" / "config").open("a") as config:
        config.write(f"[{heading}]\n\t{name} = {value}\n")
    (shop.repo / ".gitattributes").write_text("* filter=x=y\n")
    ran = everything(shop)
    assert shop.marks == []
    rows = [row for row in ran[5].answer["documents"] if row["ref"] is None]
    assert rows
    assert {row["verdict"] for row in rows} <= {"unverifiable", "stale"}
    assert all("moved to" not in reason for row in rows for reason in row["reasons"])


def test_a_repository_may_name_its_own_working_tree(shop: Shop) -> None:
    """As that of a submodule does."""
    shop.set("core.worktree", "..")
    assert_all_asked(everything(shop))


def test_submodules_are_not_entered(shop: Shop, tmp_path: Path) -> None:
    module = make_repository(tmp_path / "module")
    write(module, "m.py")
    commit(module)
    allow = ("-c", "protocol.file.allow=always")
    git(shop.repo, *allow, "submodule", "--quiet", "add", str(module), "sub")
    commit(shop.repo, "a submodule", days=5)
    inner = shop.repo / ".git" / "modules" / "sub"
    for key in ("core.fsmonitor", "filter.spy.clean", "diff.external"):
        git(inner, "config", key, shop.spy(f"sub-{key}"))
    write(shop.repo, "sub/m.py", text="changed")
    (shop.repo / "sub" / ".gitattributes").write_text("* filter=spy\n")
    git(shop.repo, "config", "-f", ".gitmodules", "submodule.sub.ignore", "none")
    git(shop.repo, "config", "submodule.sub.ignore", "none")
    git(shop.repo, "config", "diff.ignoreSubmodules", "none")
    before = snapshot(shop.repo / ".git")
    ran = everything(shop)
    assert shop.marks == []
    assert snapshot(shop.repo / ".git") == before
    assert_all_asked(ran)


@pytest.mark.parametrize("old_git", [False, True])
def test_what_a_partial_clone_lacks_is_not_fetched(
    old_git: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even by a git that doesn't know GIT_NO_LAZY_FETCH."""
    whole = make_shop(tmp_path)
    git(whole.repo, "config", "uploadpack.allowFilter", "true")
    url = f"file://{whole.repo}"
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", url, "part")
    shop = whole._replace(repo=tmp_path / "part")
    git(shop.repo, "read-tree", "HEAD")
    add_session(shop.repo, "20251204-143000-squashed.md", text_of(branch="feat/squashed"))
    (shop.repo / ".agents/session-hooks.toml").write_text("[documents]\nbranches = true\n")
    (shop.repo / ".git" / STATE).mkdir()
    for branch in ("squashed", "rebased", "open"):
        git(shop.repo, "branch", f"feat/{branch}", f"origin/feat/{branch}")
    shop.set("remote.origin.uploadpack", shop.spy("uploadpack"))
    before = snapshot(shop.repo / ".git")
    if old_git:
        monkeypatch.delitem(evidence_git._ENVIRONMENT, "GIT_NO_LAZY_FETCH")
        asking = Git(str(shop.repo), 20)
        assert asking.ask("cat-file", "blob", "origin/feat/open:open.py") is None
        assert asking.ask("diff-tree", "-p", "HEAD", "origin/feat/open") is None
    else:
        everything(shop)
    assert shop.marks == []
    assert snapshot(shop.repo / ".git") == before


# --- nor of the environment's --------------------------------------------------------------------


def test_what_the_environment_says_of_git_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    other = make_repository(tmp_path / "other", "elsewhere")
    spy = shop.spy
    nothing = str(tmp_path / "nothing")
    said = {
        "GIT_DIR": f"{other}/.git", "GIT_WORK_TREE": str(other), "GIT_COMMON_DIR": f"{other}/.git",
        "GIT_INDEX_FILE": nothing, "GIT_OBJECT_DIRECTORY": nothing, "GIT_NAMESPACE": "x",
        "GIT_CONFIG": "/dev/null", "GIT_GRAFT_FILE": nothing, "GIT_SHALLOW_FILE": nothing,
        "GIT_LITERAL_PATHSPECS": "1", "GIT_PREFIX": "x/", "GIT_ATTR_SOURCE": "HEAD",
        "GIT_EXTERNAL_DIFF": spy("external-diff"), "GIT_PAGER": spy("pager"), "PAGER": spy("less"),
        "GIT_EDITOR": spy("editor"), "GIT_ASKPASS": spy("askpass"), "SSH_ASKPASS": spy("ssh-ask"),
        "GIT_SSH": spy("ssh"), "GIT_SSH_COMMAND": spy("ssh-command"), "GIT_PROXY_COMMAND": spy("p"),
        "GIT_PYTHON_REFRESH": "raise", "GIT_PYTHON_TRACE": "full", "GIT_DIFF_OPTS": "-u0",
        "GIT_OPTIONAL_LOCKS": "1", "GIT_ALLOW_PROTOCOL": "file:ext", "GIT_TRACE": "1",
        "GIT_TRACE_SETUP": "1", "LC_ALL": "C", "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": spy("environment-fsmonitor"),
        "GIT_CONFIG_KEY_1": "filter.spy.clean", "GIT_CONFIG_VALUE_1": spy("environment-filter"),
        "GIT_CONFIG_PARAMETERS": f"'core.hooksPath'='{spy('hooks')}'",
    }  # fmt: skip
    shop.set("filter.spy.clean", spy("clean"))
    (shop.repo / ".gitattributes").write_text("* filter=spy\n")
    before = snapshot(shop.repo / ".git")
    ran = everything(shop, shop.env | said)
    assert shop.marks == []
    assert snapshot(shop.repo / ".git") == before
    assert_all_asked(ran)


def test_a_git_in_the_projects_folder_is_not_run_however_the_path_names_it(shop: Shop) -> None:
    """Each entry stands before git's own folder; a mark's name is how the PATH led there."""
    side, link = shop.folder / "side", shop.folder / "link"
    link.symlink_to(shop.repo)
    (shop.folder / "marks").mkdir()
    mark = f'echo "$0" >> "{shop.folder}/marks/run"'
    for folder in (shop.repo, shop.repo / "bin", shop.repo / "~", shop.repo / "~/bin", side):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("git", "git.bat", "git.exe", "pgrep", "ps", "true"):
            (folder / name).write_text(f"#!/bin/sh\n{mark}\nexec cat\n")
            (folder / name).chmod(0o755)
    path = ":".join((
        ".", "", "bin", "~", "~/bin", f"{shop.repo}", f"{shop.repo}/bin",
        f"{shop.repo}/../shop/bin/", f"{link}/bin", "/proc/self/cwd/bin",
    ))  # fmt: skip
    env = shop.env | {"PATH": f"{path}:{shop.env['PATH']}"}

    def run_before() -> str:
        marks = shop.folder / "marks" / "run"
        return marks.read_text() if marks.exists() else ""

    ran = everything(shop, env)
    assert run_before() == ""
    assert_all_asked(ran)
    for arguments in (("--scope", "local"), ("--scope", "local", "--uninstall"), ("--check",)):
        command("install-hooks", env, shop.repo, *arguments)
        assert run_before() == ""
    command("agent-session", env, side, "list")
    assert run_before() == ""
    assert command("agent-session", env | {"PATH": path}, shop.repo, "list").code == 0
    assert run_before() == ""


@pytest.mark.parametrize("is_inside", [True, False])
def test_where_git_has_its_programs_the_repository_does_not_say(
    is_inside: bool, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = (shop.repo if is_inside else shop.folder) / "libexec"
    folder.mkdir()
    monkeypatch.setenv("GIT_EXEC_PATH", str(folder))
    said = Git(str(shop.repo), 5).ask("--exec-path")
    assert said is not None
    assert (said.decode().strip() == str(folder)) is not is_inside


# --- nothing is written --------------------------------------------------------------------------


@pytest.mark.parametrize("is_locked", [False, True])
def test_no_lock_matters_and_none_is_made(is_locked: bool, shop: Shop) -> None:
    if is_locked:
        for name in ("index", "HEAD", "packed-refs", "config", "shallow", "refs/heads/main"):
            (shop.repo / ".git" / f"{name}.lock").write_text("")
    before = snapshot(shop.repo / ".git")
    assert_all_asked(everything(shop))
    assert snapshot(shop.repo / ".git") == before


# --- through GitPython ---------------------------------------------------------------------------

ASKED = """
import os, sys
before = dict(os.environ)
from session_hooks.evidence.git import Git
said = Git(sys.argv[1], 20).ask("log", what="it")
assert dict(os.environ) == before, set(os.environ.items()) ^ set(before.items())
print(said)
"""


def asked_in_a_process_of_its_own(repo: Path, env: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "-c", ASKED, str(repo)],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_its_import_runs_no_git_and_leaves_the_environment_as_it_was(
    repo: Path, tmp_path: Path
) -> None:
    path = stub(tmp_path, f"echo >> {tmp_path}/runs; echo $GIT_DIR$GIT_PYTHON_REFRESH")
    stubbed = (tmp_path / "bin" / "git").read_text().replace('[ "$1" = version ]', "false")
    (tmp_path / "bin" / "git").write_text(stubbed)
    env = {"PATH": path, "GIT_DIR": "/elsewhere", "GIT_PYTHON_REFRESH": "raise"}
    assert asked_in_a_process_of_its_own(repo, env) == "b'quiet\\n'\n"
    assert (tmp_path / "runs").read_text() == "\n"


def test_where_it_is_broken_git_has_no_answer(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "__init__.py").write_text("import no_such_module\n")
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)}
    assert asked_in_a_process_of_its_own(repo, env) == "None\n"


# --- one question --------------------------------------------------------------------------------


def stub(folder: Path, script: str) -> str:
    """Make a git that does something else, once it has told its version; its PATH."""
    path = folder / "bin" / "git"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\n[ "$1" = version ] && exec {GIT} version\n{script}\n')
    path.chmod(0o755)
    return f"{path.parent}:/usr/bin:/bin"


@pytest.mark.parametrize(
    "script",
    [
        "exec yes",
        "exec yes 1>&2",
        "trap '' PIPE TERM; while :; do echo x; done",
        "sleep 30 & sleep 30",
        "exec 1>&- 2>&-; exec sleep 30",
    ],
)
def test_a_git_that_does_not_end_is_ended_with_all_that_it_started(
    script: str, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", stub(tmp_path, f"echo $$ > {tmp_path}/pid; {script}"))
    monkeypatch.setattr(evidence_git, "_MOST_BYTES", 1 << 20)
    asking = Git(str(repo), 0.5)
    began = time.monotonic()
    assert asking.ask("status", what="it") is None
    assert time.monotonic() - began < 1
    assert asking.unanswered == ("it",)
    session = int((tmp_path / "pid").read_text())
    while running(session):
        assert time.monotonic() - began < 5


def running(session: int) -> list[str]:
    """The processes of a session, but for those that are dead and not yet forgotten."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, own = path.read_text().rpartition(")")[2].split()[:4]
            if int(own) == session and state != "Z":
                found.append(path.parent.name)
    return found


def test_what_is_printed_beside_an_answer_does_not_matter(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", stub(tmp_path, "seq 100000 >&2; echo answer"))
    assert Git(str(repo), 5).ask("status") == b"answer\n"


def test_an_answer_that_is_too_long_counts_as_none(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", stub(tmp_path, "seq 100000"))
    monkeypatch.setattr(evidence_git, "_MOST_BYTES", 1000)
    asking = Git(str(repo), 5)
    assert asking.ask("status", what="it") is None
    assert asking.unanswered == ("it",)


def test_a_git_that_asks_has_nobody_to_ask(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", stub(tmp_path, "read answer; [ -t 0 ] || exec 0</dev/tty; echo y"))
    assert Git(str(repo), 5).ask("status") is None


def test_questions_that_are_under_way_together_are_answered_each(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = 'for last; do :; done; sleep 0.3; seq 100000 | sed "s/$/ $last/"'
    monkeypatch.setenv("PATH", stub(tmp_path, script))
    asking = Git(str(repo), 20)
    began = time.monotonic()
    waits = [asking.start("log", name) for name in "abcd"]
    answers = [wait() for wait in reversed(waits)]
    assert [(answer or b"")[:4] for answer in answers] == [b"1 d\n", b"1 c\n", b"1 b\n", b"1 a\n"]
    assert {len(answer or b"") for answer in answers} == {len(answers[0] or b"")}
    assert waits[0]() == answers[3]  # an answer stays
    assert time.monotonic() - began < 4 * 0.3 + 5


def test_what_nobody_waits_for_any_more_is_ended(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", stub(tmp_path, f"echo $$ > {tmp_path}/pid; sleep 30 & sleep 30"))
    asking = Git(str(repo), 20)
    asking.start("log", what="it")
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.01)
    asking.end()
    session = int((tmp_path / "pid").read_text())
    began = time.monotonic()
    while running(session):
        assert time.monotonic() - began < 5
    assert asking.unanswered == ()


@pytest.mark.parametrize("script", ["exit 128", "kill -9 $$", "kill -1 $$", "kill -11 $$"])
def test_a_git_that_fails_has_no_answer(
    script: str, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", stub(tmp_path, f"echo half; {script}"))
    asking = Git(str(repo), 5)
    assert asking.ask("status", what="it") is None
    assert asking.unanswered == ()
    assert asking.is_true("merge-base", what="it") is None
