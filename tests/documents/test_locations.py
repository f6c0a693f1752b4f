import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import commit, environment, git, make_repository, run
from session_hooks.documents import locations
from session_hooks.documents.locations import ANY, DATED, HANDOFFS, LIKELY, PLACES
from session_hooks.documents.scan import scan
from session_hooks.events import prepared, session_start
from session_hooks.events.context import Event, Surroundings
from session_hooks.project.hooks import HOOKS
from session_hooks.project.project import project_at


def test_each_format_has_its_places_and_each_place_of_a_format_stands_there_once() -> None:
    for places in PLACES.values():
        assert len(set(places)) == len(places)
        assert not any(place.startswith("/") or place.endswith("/") for place in places)


@pytest.mark.parametrize(
    ("form", "place", "names"),
    [
        ("session", ".agents/sessions", ANY),
        ("handoff", "session-handoffs", ANY),
        ("handoff", "docs/handoffs", LIKELY),
        ("handoff", "memory-bank/activeContext.md", ANY),
        ("journal", "docs/sessions", DATED),
        ("prompt", "", HANDOFFS),
    ],
)
def test_which_names_are_read_in_a_place(form: str, place: str, names: object) -> None:
    assert locations.names_in(form, place, PLACES[form]) == names


def test_in_a_folder_that_a_project_names_a_formats_own_names_are_read() -> None:
    assert locations.names_in("handoff", "docs/handoffs", ("docs/handoffs",)) == ANY
    assert locations.names_in("journal", "log", ("log",)) == DATED
    assert locations.names_in("prompt", "log", ("log",)) == HANDOFFS


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("HANDOFF.md", True),
        (".claude/handover.md", True),
        ("memory-bank/activeContext.md", True),
        ("docs/handoffs/2026-01-05-x.md", False),
        ("docs/handoffs/auth.md", False),
    ],
)
def test_a_document_that_is_written_anew_in_its_place(path: str, *, is_one: bool) -> None:
    assert locations.is_one_file(path, PLACES["handoff"]) is is_one


NOW = datetime.now(UTC)


def event(folder: Path) -> dict[str, object]:
    return {"cwd": str(folder), "session_id": "c1", "source": "startup"}


def is_silent(folder: Path, home: Path) -> bool:
    found = prepared.answer(event(folder), {"HOME": str(home)}, "/", NOW.timestamp())
    return found is not None and not found.model and not found.person


def whole_way(folder: Path, home: Path) -> str:
    surroundings = Surroundings(NOW, {"HOME": str(home)}, "/")
    return session_start.handle(Event.parse(event(folder)), surroundings).stdout


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository in which nobody writes down where the work stands."""
    repo = make_repository(tmp_path / "shop")
    commit(repo, "README.md", "docs/guide.md", ".claude/settings.json", "src/sessions/store.py")
    return repo


def test_what_a_scan_finds_is_found_here(shop: Path, home: Path) -> None:
    names = ("2025-12-04-x.md", "NEXT_SESSION.md", "handover.md", "activecontext.md", "STATE.md")
    places = {place for places in locations.PLACES.values() for place in places}
    for place in sorted(place.replace("*", "a") for place in places):
        folder = shop / locations.parts(place)[0]
        is_new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            path = folder / name
            path.write_text("# Work\n\n## Next Steps\n1. Go on\n")
            if scan(project_at(str(shop)), 5).documents:
                assert not is_silent(shop, home)
            path.unlink()
        if is_new:
            while folder != shop and not any(folder.iterdir()):
                folder.rmdir()
                folder = folder.parent


NAMES = st.sampled_from(["2026-01-05", "2026_01_05", "20260105", "2026", "9999-99-99"]).flatmap(
    lambda date: st.sampled_from([f"{date}.md", f"Session-{date}.md", f"{date}-x.txt", date])
)
OTHER_NAMES = st.sampled_from(["handoff.md", "Hand-Over-1.md", "notes.md", "README.md", "x.txt"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    found=st.lists(NAMES | OTHER_NAMES, max_size=5),
    notes=st.sampled_from([0, 5, locations.FEW - 1, locations.FEW, locations.FEW + 1]),
)
@pytest.mark.parametrize("folder", ["sessions", "docs/handoff"])
def test_among_anything_it_is_told_by_the_names_that_a_scan_reads(
    folder: str, shop: Path, home: Path, found: list[str], notes: int
) -> None:
    place = shop / folder
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in (*found, *(f"note-{number}.md" for number in range(notes))):
        (place / name).write_text("# Work\n\n## Next Steps\n1. Go on\n")
    if scan(project_at(str(shop)), 5).documents:
        assert not is_silent(shop, home)
    if not found and (notes > locations.FEW or folder == "sessions"):
        assert is_silent(shop, home)


@pytest.mark.parametrize("in_git", [True, False])
def test_in_a_project_without_any_document_nothing_is_said(
    shop: Path, home: Path, tmp_path: Path, *, in_git: bool
) -> None:
    folder = shop if in_git else tmp_path / "plain"
    folder.mkdir(exist_ok=True)
    assert is_silent(folder, home)
    assert whole_way(folder, home) == ""
    ran = run("session-start-hook", json.dumps(event(folder)).encode(), environment(home))
    assert (ran.code, ran.out, ran.err) == (0, "", "")


EVENTS = {hook.module: hook.event for hook in HOOKS}
REST = {"source": "startup", "reason": "other", "trigger": "auto"}
_MODULES = """
import sys
before = set(sys.modules)
from session_hooks.events import entry
from session_hooks.project import hooks
assert entry.run(next(one for one in hooks.HOOKS if one.module == "{0}")) == 0
print(*(name for name in set(sys.modules) - before if name.startswith("session_hooks.")))
"""


def loaded(hook: str, folder: Path, env: dict[str, str]) -> set[str]:
    """Return which modules of this package a hook needs in a folder where it says nothing."""
    ran = subprocess.run(
        [sys.executable, "-c", _MODULES.format(hook)],
        input=json.dumps(event(folder) | REST | {"hook_event_name": EVENTS[hook]}),
        env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stderr == ""
    return set(ran.stdout.replace("session_hooks.", "").split())


LIGHT = {
    "documents", "documents.locations", "events", "events.entry", "events.io",
    "project", "project.hooks", "project.project", "project.state", "util", "util.lazy",
}  # fmt: skip
FURTHER = {
    "session_start": {
        "events.prepared", "memory", "memory.database", "memory.process", "util.stamps",
    },
    "user_prompt_submit": {"events.stops", "events.watch", "util.stamps"},
}  # fmt: skip
"""What is imported besides for what is answered at once."""
HERE_ALONE = ("session_start", "user_prompt_submit")
"""What looks at the project alone that the conversation is in now."""


@pytest.mark.parametrize("hook", EVENTS)
def test_in_a_project_without_any_document_hardly_anything_is_loaded(
    hook: str, shop: Path, home: Path
) -> None:
    env = environment(home, CLAUDE_PROJECT_DIR=str(shop))
    assert loaded(hook, shop, env) == LIGHT | FURTHER.get(hook, set())


@pytest.mark.parametrize("hook", [hook for hook in EVENTS if hook not in HERE_ALONE])
def test_where_the_conversation_began_counts_as_much_as_where_it_is(
    hook: str, shop: Path, home: Path
) -> None:
    other = make_repository(home / "other")
    env = environment(home, CLAUDE_PROJECT_DIR=str(other))
    assert loaded(hook, shop, env) == LIGHT
    commit(other, "NEXT_SESSION.md", text="# Next\n")
    assert "events.context" in loaded(hook, shop, env)


@pytest.mark.parametrize("hook", EVENTS)
@pytest.mark.parametrize("data", [b"[]", b"{", b"\xff"])
def test_what_can_not_be_read_is_said_in_the_log_there_too(
    hook: str, data: bytes, shop: Path, home: Path
) -> None:
    env = environment(home)
    ran = run(f"{hook.replace('_', '-')}-hook", data, env, shop)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    log = shop / ".git" / "agent-session-hooks" / "hook-errors.log"
    assert "UnreadableInputError" in log.read_text()


DOCUMENTS = [
    ".agents/sessions/20251204-143000-x.md",
    "NEXT_SESSION.md",
    "docs/next_session.md",
    ".claude/HANDOFF.md",
    "session-handoffs/2025-12-04-1430-x.md",
    "docs/sessions/2025-12-04-x.md",
    "thoughts/shared/handoffs/ENG-1/x.md",
    "memory-bank/activeContext.md",
    ".planning/state.md",
    ".agents/session-hooks.toml",
]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_where_one_may_lie_a_start_looks_closer(name: str, shop: Path, home: Path) -> None:
    commit(shop, name, text="# Something\n")
    assert not is_silent(shop, home)


def test_where_something_is_kept_or_lies_in_another_worktree_a_start_looks_closer(
    shop: Path, home: Path
) -> None:
    git(shop, "worktree", "add", "-q", str(home / "tree"))
    assert not is_silent(shop, home)
    git(shop, "worktree", "remove", str(home / "tree"))
    assert is_silent(shop, home)
    (shop / ".git" / "agent-session-hooks").mkdir()
    assert not is_silent(shop, home)


def test_what_is_kept_in_the_persons_own_folder_counts(shop: Path, home: Path) -> None:
    starting_state = home / ".local" / "state" / "agent-session-hooks"
    starting_state.mkdir(parents=True)
    assert is_silent(shop, home)
    from session_hooks.project.state import state_folders

    os.mkdir(state_folders(str(shop), str(shop), {"HOME": str(home)})[1])
    assert not is_silent(shop, home)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("README.md", "a README"),
        ("README-handoffs.md", "a README"),
        ("readme.de.md", "a README"),
        ("INDEX.md", "an index"),
        ("TEMPLATE.md", "a template"),
        ("_TEMPLATE.md", "a template"),
        ("HANDOFF_TEMPLATE.md", "a template"),
        ("001-template.md", "a template"),
        ("YYYY-MM-DD-HHMM-x.md", "a template"),
        ("EXAMPLE.md", "an example"),
        ("example-handoff.md", "an example"),
        ("CONVENTIONS.md", "a guide"),
        ("How-To write one.md", "a guide"),
        (".draft.md", "a hidden file"),
        ("20251204-143000-invoice-template.md", None),
        ("2026-01-05-example-service.md", None),
        ("2026-01-05-example.md", None),
        ("session-2026-01-05-template.md", None),
        ("templates-rework.md", None),
        ("how-tokens-expire.md", None),
        ("readmes.md", None),
        ("index-migration.md", None),
        ("conventions-cleanup.md", None),
    ],
)
def test_what_a_name_calls_a_file(name: str, kind: str | None) -> None:
    assert locations.kind(name) == kind
    assert locations.is_prose(name) is (kind is None)


@given(st.lists(st.text(max_size=20) | st.from_regex(r"\A[a-z]{0,4}20\d{2}-?\d{2}-?\d{2}\.md\Z")))
def test_whatever_the_names_are_some_of_them_are_read_and_not_too_many(found: list[str]) -> None:
    few = locations.likely(found)
    assert few <= {name for name in found if locations.is_prose(name)}
    many = locations.likely(f"{name}{number}.md" for name in found for number in range(60))
    assert len(many) <= locations.MOST + 2 * locations.FEW


def test_of_several_the_newest_by_their_names_are_read() -> None:
    found = [f"handoff-{number}.md" for number in range(locations.FEW + 9)]
    assert locations.likely(found) == frozenset(found[9:])
