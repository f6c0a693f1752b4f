from pathlib import Path
from typing import Any

import pytest

from session_hooks.project.hooks import HOOKS
from session_hooks_installer.check.commands import judge
from session_hooks_installer.check.findings import Code, Run
from session_hooks_installer.check.settings import Installed, Place
from session_hooks_installer.settings.handlers import Ownership, Scope


def judged(event: str, exit_code: int | None, seconds: float, timeout: float) -> Any:
    hook = next(hook for hook in HOOKS if hook.event == event)
    item = Installed(Place(Scope.LOCAL, Path("/s.json")), hook, {"command": "c"}, Ownership.OURS)
    return judge(Run(event, "c", Scope.LOCAL, exit_code, seconds, "", ""), item, timeout)


@pytest.mark.parametrize(
    ("event", "exit_code", "seconds", "code"),
    [
        ("SessionStart", 0, 0.1, Code.RAN),
        ("SessionStart", 0, 4.9, Code.RAN),
        ("SessionStart", 2, 0.1, Code.RUN_FAILED),
        ("PreCompact", 2, 0.1, Code.RUN_FAILED),
        ("SessionEnd", 2, 0.1, Code.RAN),
        ("SessionEnd", 1, 0.1, Code.RUN_FAILED),
        ("SessionEnd", 127, 0.1, Code.RUN_FAILED),
        ("SessionEnd", 2, 2.6, Code.LITTLE_TIME),
        ("SessionEnd", 2, 5.1, Code.TOO_SLOW),
        ("SessionStart", None, 6, Code.TOO_SLOW),
        ("SessionStart", None, 0, Code.RUN_FAILED),  # it could not be started
    ],
)
def test_a_run_is_judged_by_its_exit_code_and_its_time(
    event: str, exit_code: int | None, seconds: float, code: Code
) -> None:
    finding = judged(event, exit_code, seconds, 5)
    assert finding.code is code
    assert (finding.scope, finding.path) == (Scope.LOCAL, "/s.json")
    assert bool(finding.advice) == (code is not Code.RAN)


def test_the_timeout_that_is_asked_for_is_enough() -> None:
    assert 'set "timeout": 5 on' in judged("SessionEnd", 2, 1.2, 1.5).remedy
    assert 'set "timeout": 9 on' in judged("SessionEnd", 2, 4.3, 5).remedy
