"""Whatever two settings files say, the parts of ``--check`` that only think raise nothing."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from session_hooks.agents.agent import NAMES
from session_hooks.project.hooks import HOOKS
from session_hooks_installer.check import commands, coverage, run
from session_hooks_installer.check import settings as check_settings
from session_hooks_installer.check.settings import AllSettings, Place
from session_hooks_installer.programs import Run
from session_hooks_installer.settings.handlers import CLAUDE, Scope

EVENTS = [*(hook.event for hook in HOOKS), "Stop", "sessionStart", "\x1b\ud800"]
COMMANDS = st.sampled_from(
    [
        *(hook.program for hook in HOOKS),
        "/usr/bin/session-start-hook",
        "a; session-end-hook",
        "'session-start-hook",
        "/\0/session-start-hook",
        "",
    ]
)
ODD: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, -1, 10**400, "", "x", [], {}, [5], ["x"]])
)
HANDLERS = st.fixed_dictionaries(
    {"type": st.just("command"), "command": COMMANDS},
    optional=dict.fromkeys(("args", "timeout", "shell", "async", "statusMessage", "other"), ODD),
)
MATCHERS = ODD | st.sampled_from(["startup", "*", ".*", "(", "a|startup"]) | st.text(max_size=6)
GROUPS = ODD | st.fixed_dictionaries(
    {"hooks": st.lists(HANDLERS | ODD, max_size=3)}, optional={"matcher": MATCHERS}
)
SETTINGS = st.fixed_dictionaries(
    {"hooks": st.dictionaries(st.sampled_from(EVENTS), st.lists(GROUPS, max_size=3) | ODD)}
)
PLACES = st.builds(
    Place,
    st.sampled_from(Scope),
    st.sampled_from([Path("/a/.claude/settings.json"), Path("/b/.claude/\ud800\n.json")]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(NAMES),
)


GUARD = commands.Guard((), (), {}, frozenset())


@given(st.lists(st.tuples(PLACES, SETTINGS), max_size=3))
def test_whatever_settings_say_it_is_told(files: list[tuple[Place, dict[str, Any]]]) -> None:
    items = tuple(
        item
        for place, settings in files
        for item in check_settings.handlers(
            check_settings.parse(json.dumps(settings).encode()), place
        )
        if item.hook.event in place.agent.events
    )
    reading = AllSettings(CLAUDE, tuple(place for place, _ in files), handlers=items)
    targets = commands.check(items, Path("/"), {}).targets
    findings = (
        *coverage.check_coverage(reading),
        *coverage.check_repeats(items),
        *coverage.check_age(items, Path("/usr/bin"), ()),
        *commands.choose(targets, GUARD)[1],
        *(commands.judge(Run(1, 0.1, "", ""), item, 5.0) for item in items),
    )
    assert all(finding.what for finding in findings)
    lines = list(run.text(run.Report(findings), quiet=False, colour=False))
    assert all("\n" not in line and "\x1b" not in line for line in lines)
    assert json.loads(run.report_as_json(run.Report(findings)))["findings"] is not None
