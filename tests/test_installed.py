import json
from pathlib import Path

import pytest

from session_hooks_installer.findings import Code
from session_hooks_installer.handlers import Scope, handlers_for
from session_hooks_installer.installed import Reading, read_all
from session_hooks_installer.settings_edit import install

TEXT = install("{}", handlers_for(Scope.PROJECT, Path("/x")))


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
            '"disableAllHooks" is neither true nor false',
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


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{,}", "Claude Code can't read it either"),
        (b"[]", "Claude Code can't read it either"),
        (b'\xef\xbb\xbf{"hooks": []}', "Claude Code leaves out what is wrong"),
        (b'{"hooks": {"SessionEnd": {}}}', "Claude Code leaves out what is wrong"),
        ('{"a": 1}'.encode("utf-16"), "What Claude Code makes of it is not known"),
        (b'{"a": "\xff"}', "What Claude Code makes of it is not known"),
    ],
)
def test_of_what_is_not_read_here_it_is_said_what_claude_code_does(
    data: bytes, why: str, shared: Path, home: Path
) -> None:
    shared.write_bytes(data)
    (finding,) = read(shared, home).findings
    assert finding.code is Code.UNREADABLE_SETTINGS
    assert finding.why.startswith(why)
    assert "\n" not in finding.what


def test_a_switch_counts_beside_hooks_of_a_wrong_shape(shared: Path, home: Path) -> None:
    shared.write_text('{"disableAllHooks": true, "hooks": []}')
    contents = [one.content for one in read(shared, home).settings]
    assert {"disableAllHooks": True, "hooks": []} in contents
