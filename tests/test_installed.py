import contextlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_hooks_installer import as_read, settings_file
from session_hooks_installer.findings import Code
from session_hooks_installer.handlers import HOOKS, Ownership, Scope, handlers_for
from session_hooks_installer.installed import Installed, Reading, read_all
from session_hooks_installer.matchers import VALUES
from session_hooks_installer.naming import RefusedError
from session_hooks_installer.places import Edited, Place
from session_hooks_installer.settings_edit import find, install
from session_hooks_installer.splice import SettingsError

TEXT = install("{}", handlers_for(Scope.PROJECT, Path("/x")))
ALL = [hook.event for hook in HOOKS]
KEYS = st.sampled_from(
    [*ALL, "Stop", "hooks", "matcher", "type", "command", "args", "timeout", "shell"]
)


@pytest.fixture
def shared(repo: Path) -> Path:
    (repo / ".claude").mkdir()
    return repo / ".claude" / "settings.json"


def read(shared: Path, home: Path) -> Reading:
    return read_all(shared.parent.parent, {"HOME": str(home)})


def test_handlers_come_with_their_place_the_weakest_file_first(
    shared: Path, home: Path, repo: Path
) -> None:
    (home / ".claude").mkdir()
    for path in (shared, shared.with_name("settings.local.json"), home / ".claude/settings.json"):
        path.write_text(TEXT)
    found = read(shared, home)
    scopes = [item.scope for item in found.handlers]
    assert scopes == [Scope.USER] * 3 + [Scope.PROJECT] * 3 + [Scope.LOCAL] * 3
    assert found.findings == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TEXT + " " * (2 * 1024 * 1024), "it is larger than 2 MiB"),
        (
            json.dumps({**json.loads(TEXT), "disableAllHooks": "true"}),
            '"disableAllHooks" is not true or false',
        ),
    ],
)
def test_what_claude_code_refuses_whole_is_one_finding_and_no_switch(
    text: str, reason: str, shared: Path, home: Path
) -> None:
    shared.write_text(text)
    found = read(shared, home)
    (finding,) = found.findings
    assert (finding.code, finding.path) == (Code.REFUSED_SETTINGS, str(shared))
    assert finding.what == f"{shared}: {reason}"
    assert len(found.handlers) == 3  # they are installed: nothing else is to be said of them
    assert shared not in [one.place.path for one in found.settings]


@pytest.mark.parametrize("data", [b"{,}", b"[]", b"null", TEXT.encode("utf-16-be"), b"\xff\xfe{"])
def test_what_claude_code_refuses_too_is_an_error(data: bytes, shared: Path, home: Path) -> None:
    shared.write_bytes(data)
    found = read(shared, home)
    (finding,) = found.findings
    assert finding.code is Code.UNREADABLE_SETTINGS
    assert finding.why.startswith("Claude Code can't read it either")
    assert "\n" not in finding.what
    assert not finding.is_command
    assert found.handlers == ()


GROUP = json.dumps(json.loads(TEXT)["hooks"]["SessionEnd"])


# Each was tried in the real client, 2.1.329: it runs what is found here.
@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), ALL),
        (TEXT.replace("{", '{"a": "\xff",', 1).encode("latin-1"), ALL),
        (f'{{"hooks": {{"SessionEnd": [], "SessionEnd": {GROUP}}}}}'.encode(), ["SessionEnd"]),
        (f'{{"hooks": {{"SessionEnd": {GROUP}, "SessionEnd": []}}}}'.encode(), []),
        (f'{{"hooks": {{"SessionEnd": {GROUP}, "PreCompact": {{}}}}}}'.encode(), ["SessionEnd"]),
        (f'{{"hooks": {{"SessionEnd": [null, {GROUP[1:-1]}]}}}}'.encode(), ["SessionEnd"]),
        (b'\xef\xbb\xbf{"hooks": []}', []),
    ],
)
def test_what_claude_code_reads_and_nobody_edits_is_read(
    data: bytes, events: list[str], shared: Path, home: Path
) -> None:
    shared.write_bytes(data)
    found = read(shared, home)
    assert [item.hook.event for item in found.handlers] == events
    assert shared in [one.place.path for one in found.settings]
    (finding,) = found.findings
    assert (finding.code, finding.is_command) == (Code.NOT_EDITABLE, False)
    assert "\n" not in finding.what
    (place,) = (place for place in found.places if place.path == shared)
    assert place.edited is Edited.BY_HAND
    with pytest.raises((RefusedError, SettingsError)):
        install(settings_file.read(shared) or "", handlers_for(Scope.PROJECT, Path("/x")))


@pytest.mark.parametrize("name", ["settings.json", ""])
def test_a_link_that_leads_nowhere_is_no_file(name: str, repo: Path, home: Path) -> None:
    link = repo / ".claude" / name
    if name:
        link.parent.mkdir()
    link.symlink_to("gone")
    found = read_all(repo, {"HOME": str(home)})
    assert {finding.code for finding in found.findings} == {Code.NOT_EDITABLE}
    assert "no settings at all" in found.findings[0].why


def test_a_link_that_leads_in_a_circle_is_an_error(shared: Path, home: Path) -> None:
    shared.symlink_to(shared)
    (finding,) = read(shared, home).findings
    assert finding.code is Code.UNREADABLE_SETTINGS


def test_what_stands_under_another_event_is_named(shared: Path, home: Path) -> None:
    settings = json.loads(TEXT)
    settings["hooks"] |= {"Stop": settings["hooks"].pop("SessionStart"), "sessionEnd": [{"x": 5}]}
    shared.write_text(json.dumps(settings))
    found = read(shared, home)
    assert [item.hook.event for item in found.handlers] == ["PreCompact", "SessionEnd"]
    (one,) = found.misplaced
    assert (one.event, one.hook.program) == ("Stop", "session-start-hook")


def test_what_is_far_too_much_takes_no_time(shared: Path, home: Path) -> None:
    began = time.monotonic()
    for command in ("session-end-hook " + "a b;" * 400_000, "a b;" * 400_000):
        handler = {"type": "command", "command": command}
        shared.write_text(json.dumps({"hooks": {"SessionEnd": [{"hooks": [handler]}]}}))
        found = read(shared, home)
        assert [item.ownership for item in found.handlers] == (
            [Ownership.WRAPPED] if "session" in command else []
        )
    group = {"hooks": [{"type": "command", "command": "session-end-hook"}]}
    shared.write_text(json.dumps({"hooks": {"SessionEnd": [group] * 20_000}}))
    found = read(shared, home)
    assert len(found.handlers) == 100
    assert [finding.code for finding in found.findings] == [Code.UNREADABLE_SETTINGS]
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("command", ["python3 -m session_hooks.session_end", "'session'-end-hook"])
def test_the_check_and_the_installer_see_the_same_handlers(
    command: str, shared: Path, home: Path
) -> None:
    handler = {"type": "command", "command": command}
    text = json.dumps({"hooks": {"SessionEnd": [{"hooks": [handler]}]}})
    shared.write_text(text)
    assert [item.handler for item in read(shared, home).handlers] == [
        found.handler for found in find(text)
    ]


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", TEXT, "startup"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, ANY, max_size=4) | ANY)
def test_whatever_a_file_says_nothing_is_raised(settings: object) -> None:
    data = json.dumps(settings).encode()
    with contextlib.suppress(SettingsError):
        for found in as_read.handlers(as_read.parse(data)):
            item = Installed(Place(Scope.USER, Path("/s")), *found[1:])
            assert item.problem or set(item.sources) <= set(VALUES[item.hook.event])


@given(st.binary())
def test_whatever_bytes_a_file_holds_only_a_refusal_is_raised(data: bytes) -> None:
    with contextlib.suppress(SettingsError):
        as_read.parse(data)


def test_a_switch_counts_beside_hooks_of_a_wrong_shape(shared: Path, home: Path) -> None:
    shared.write_text('{"disableAllHooks": true, "hooks": []}')
    contents = [one.content for one in read(shared, home).settings]
    assert {"disableAllHooks": True, "hooks": []} in contents
