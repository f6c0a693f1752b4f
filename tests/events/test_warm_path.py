"""What a start does that is answered at once: counted, so that no machine's mood matters."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from helpers import add_session, ago, environment, git, make_repository, session_text

OURS = {
    "session_hooks",
    *(
        f"session_hooks.{name}"
        for name in (
            "agents", "agents.agent", "agents.claude",
            "documents", "documents.locations", "events", "events.entry", "events.io",
            "events.prepared", "memory", "memory.database", "memory.process", "project",
            "project.hooks", "project.project", "project.state", "util", "util.dates", "util.lazy",
            "util.stamps",
        )
    ),
}  # fmt: skip
"""Every module of this package that such a start imports. One more is a thousandth of a second in
front of a waiting person; it needs a reason."""
LIBRARIES = "__future__, collections.abc, json, select, sqlite3"
"""And every other one, with what these import themselves."""
_OBSERVED = """
import os, sys
before = set(sys.modules)
opened, started, seen = [], [], []
def hook(event, arguments):
    if event == "open":
        opened.append(os.fsdecode(arguments[0]) if not isinstance(arguments[0], int) else "")
    elif event.startswith(("subprocess.", "os.posix_spawn", "os.fork", "os.exec", "os.system")):
        started.append(event)
sys.addaudithook(hook)
def counting(look):
    def counted(path, *arguments, **named):
        below = os.readlink(f"/proc/self/fd/{named['dir_fd']}") if "dir_fd" in named else ""
        seen.append(os.path.join(below, os.fsdecode(path)) if not isinstance(path, int) else "")
        return look(path, *arguments, **named)
    return counted
os.stat, os.lstat = counting(os.stat), counting(os.lstat)
from session_hooks.events import entry
from session_hooks.project import hooks
assert entry.run(hooks.SESSION_START) == 0
print()
import json
print(json.dumps([sorted(set(sys.modules) - before), opened, started, seen]))
"""


class Observed(NamedTuple):
    """What one start did."""

    answer: str
    modules: set[str]
    opened: list[str]
    started: list[str]
    seen: list[str]
    """The paths that were stat'ed."""


class Place(NamedTuple):
    """A project in which nothing changes any more."""

    folder: Path
    env: dict[str, str]

    def start(self) -> Observed:
        event = {
            "session_id": "c1",
            "cwd": str(self.folder),
            "hook_event_name": "SessionStart",
            "source": "startup",
        }
        done = subprocess.run(
            [sys.executable, "-c", _OBSERVED],
            input=json.dumps(event), env=self.env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        answer, _, said = done.stdout.rstrip().rpartition("\n")
        modules, opened, started, seen = json.loads(said)
        return Observed(answer, set(modules), opened, started, seen)


def make(folder: Path, documents: int, *, in_git: bool) -> Place:
    project = make_repository(folder / "shop") if in_git else folder / "shop"
    home = folder / "home"
    home.mkdir(parents=True)
    for number in range(documents):
        name = f"202512{number % 28 + 1:02}-{number:06}-work.md"
        add_session(project, name, session_text(f"Work {number}"), ago(hours=number % 100 + 1))
    if in_git:
        git(project, "add", "-A")
        git(project, "commit", "-q", "-m", "all", when=ago(hours=1))
    return Place(project, environment(home, CLAUDE_CODE_SESSION_ID="c1"))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Place]:
    """Projects that were started in until the answer was ready."""
    folder = tmp_path_factory.mktemp("places")
    found = {
        "in git": make(folder / "git", 12, in_git=True),
        "outside git": make(folder / "outside", 12, in_git=False),
        "large": make(folder / "large", 200, in_git=True),
        "written to": make(folder / "written", 12, in_git=True),
    }
    time.sleep(2.1)  # what was changed just before it was read is read again
    for place in found.values():
        for _ in range(5):  # where git had no time, the answer is not kept
            if "session_hooks.events.session_start" not in place.start().modules:
                break
    return found


PLACES = ("in git", "outside git", "large")


def libraries() -> set[str]:
    code = (
        "import sys; before = set(sys.modules); "
        f"import {LIBRARIES}; print(*(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("place", PLACES)
def test_it_imports_what_it_needs_and_nothing_else(place: str, places: dict[str, Place]) -> None:
    found = places[place].start()
    assert "active session files" in found.answer
    needed = OURS | libraries() | {"gc"}  # which is built in
    if place == "outside git":  # the state folder's name
        needed |= {name for name in found.modules if name.lstrip("_").split(".")[0] in HASHES}
    assert found.modules == needed


HASHES = ("hashlib", "blake2", "sha1", "sha2", "sha3", "sha256", "sha512", "md5")
"""What ``hashlib`` is made of, from one Python to the next."""


@pytest.mark.parametrize("place", PLACES)
def test_it_starts_no_process(place: str, places: dict[str, Place]) -> None:
    assert places[place].start().started == []


@pytest.mark.parametrize("place", PLACES)
def test_it_opens_no_document_and_sees_each_once(place: str, places: dict[str, Place]) -> None:
    folder = places[place].folder
    documents = sorted(str(path) for path in folder.glob(".agents/sessions/*"))
    found = places[place].start()
    assert not set(documents) & set(found.opened)
    assert sorted(path for path in found.seen if path in set(documents)) == documents


@pytest.mark.parametrize("place", PLACES)
def test_it_opens_what_is_kept_of_the_project_and_nothing_else(
    place: str, places: dict[str, Place]
) -> None:
    folder, env = places[place]
    own = (str(folder), env["HOME"])
    found = {*places[place].start().opened} - {str(folder)}  # which paths are relative to
    names = {os.path.basename(path) for path in found if path.startswith(own)} - {"commondir"}
    assert names == {"state.db"}


def test_its_work_grows_by_one_look_for_each_document(places: dict[str, Place]) -> None:
    few, many = places["in git"].start(), places["large"].start()
    assert len(many.seen) - len(few.seen) == 200 - 12
    assert len(many.opened) == len(few.opened)


PARSERS = {"rich", "argparse"}


def test_after_a_document_was_written_to_only_the_active_ones_are_read(
    places: dict[str, Place],
) -> None:
    place = places["written to"]
    newest = max(place.folder.glob(".agents/sessions/*"), key=lambda path: path.stat().st_mtime)
    with newest.open("a") as file:
        file.write("\n- **[10:00]** Another entry\n")
    found = place.start()
    assert "active session files" in found.answer
    assert PARSERS & found.modules == set()
    active = {str(path) for path in newest.parent.iterdir()}
    assert {path for path in found.opened if path.endswith(".md")} == active
