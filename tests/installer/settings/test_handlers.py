import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import readme
from helpers import ROOT
from session_hooks.project.hooks import HOOKS, Hook
from session_hooks_installer.settings.handlers import (
    Handler,
    Ownership,
    handler,
    is_edited,
    ownership,
    up_to_date,
)

START = "session-start-hook"


def shell(command: str) -> dict[str, Any]:
    return {"type": "command", "command": command}


OURS = [
    "session-start-hook",
    "/old/bin/session-start-hook",
    "~/bin/session-start-hook",
    "$HOME/.local/bin/session-start-hook",
    '"$HOME/.local/bin/session-start-hook"',
    '"${CLAUDE_PROJECT_DIR}/.venv/bin/session-start-hook"',
    "'/with space/session-start-hook'",
    '"/with space"/session-start-hook',
    r"/with\ space/session-start-hook",
    r"C:\tools\session-start-hook.exe",
    r"C:\\tools\\session-start-hook.exe",
    "C:/tools/session-start-hook.exe",
    r'"C:\Program Files\tools\session-start-hook.exe"',
    r"'C:\Program Files\tools\session-start-hook.exe'",
    r'& "C:\Program Files\tools\session-start-hook.exe"',
    "command -v session-start-hook >/dev/null || exit 0; session-start-hook",
    "command -v session-start-hook >/dev/null 2>&1 || exit 0\nsession-start-hook\n",
    "command -v session-start-hook &>/dev/null && session-start-hook || true",
    "command -v /x/session-start-hook >/dev/null && /x/session-start-hook || :",
    "command -v session-start-hook > /dev/null 2>&1 && session-start-hook || exit 0",
    "session-start-hook;",
    "  session-start-hook  ",
    "\nsession-start-hook\n",
    "(session-start-hook)",
    "session-start-hook || true",
    "session-start-hook # don't remove",
    "# the team's handoff\nsession-start-hook",
    "command -v \\\n  session-start-hook >/dev/null || exit 0; session-start-hook",
]
WRAPPED = [
    "session-start-hook; make tea",
    "make tea\nsession-start-hook",
    "cd /x && session-start-hook",
    "cd /x && session-start-hook || true",
    "test -x ~/bin/session-start-hook && ~/bin/session-start-hook",
    "session-start-hook --loud",
    "session-start-hook ''",
    "session-start-hook | tee log",
    "session-start-hook 2>/dev/null",
    "session-start-hook >> ~/start.log 2>&1",
    "session-start-hook < /dev/null",
    "session-start-hook; session-start-hook",
    "exec session-start-hook",
    "exec 2>/dev/null; session-start-hook",
    "A=1 session-start-hook",
    "A=1; session-start-hook",
    "env A=1 session-start-hook",
    "/usr/bin/env session-start-hook",
    "env -i session-start-hook",
    "env -i A=1 session-start-hook",
    "env -u PYTHONPATH session-start-hook",
    "exit 0; session-start-hook",
    "exit; session-start-hook",
    "timeout 5 session-start-hook",
    "timeout -k 1 5s session-start-hook",
    "nice -n 5 session-start-hook",
    "time -p session-start-hook",
    "nohup session-start-hook &",
    "sudo -u me session-start-hook",
    "if true; then session-start-hook; fi",
    "if command -v session-start-hook; then session-start-hook; fi",
    "while read -r line; do session-start-hook; done",
    '[ -n "$CI" ] || session-start-hook',
    "{ session-start-hook; }",
    "! session-start-hook",
    "sh -c 'session-start-hook'",
    'bash -lc "session-start-hook"',
    "bash -l -c 'cd /x && session-start-hook'",
    "bash -c \"sh -c 'session-start-hook'\"",
    "/bin/zsh -ic session-start-hook",
    "bash <<EOF\nsession-start-hook\nEOF",
    "cat <<EOF\nsession-start-hook\nEOF",
    "bash -s <<-'END'\n\tsession-start-hook\n\tEND\n",
    "eval session-start-hook",
    'eval "session-start-hook; date"',
    "`session-start-hook`",
    "$(session-start-hook)",
    "echo $(session-start-hook)",
    'echo "$(session-start-hook)"',
    'echo "`session-start-hook`"',
    'X="$(/x/session-start-hook)"; echo "$X"',
    "cat <(session-start-hook)",
    "diff <(date) <(session-start-hook)",
    "uv run session-start-hook",
    "uvx --from agent-session-hooks session-start-hook",
    "uv tool run --from agent-session-hooks session-start-hook",
    "pipx run --spec agent-session-hooks session-start-hook",
    "poetry run session-start-hook",
    "mise exec -- session-start-hook",
    "docker compose run app session-start-hook",
    "/usr/bin/python3.12 ~/bin/session-start-hook",
    "python3 ~/bin/session-start-hook",
    "cmd /c session-start-hook",
    "if (Get-Command session-start-hook) { session-start-hook }",
]
FOREIGN = [
    "",
    "command -v session-start-hook",
    "command -V session-start-hook",
    "if command -v session-start-hook; then echo there; fi",
    "! command -v session-start-hook && echo missing",
    "which session-start-hook",
    "echo session-start-hook",
    'echo "session-start-hook; date"',
    "# session-start-hook",
    "date # ; session-start-hook",
    "date # don't; session-start-hook",
    "my-session-start-hook",
    "session-start-hook.sh",
    "session-start-hooks",
    "session-start-hook#1",
    "/x#y/session-start-hook/z",
    "cat /session-start-hook/x",
    "date > session-start-hook",
    "date >>/x/session-start-hook",
    "cat <<< session-start-hook",
    "for hook in session-start-hook; do echo $hook; done",
    "pip install agent-session-hooks",
    "python -m session_hooks.events.entry",
    "session-end-hook",
    "'never closed session-start-hook",
    "session-start-hook 'never closed",
    "session-start-hook \\",
]


@pytest.mark.parametrize(
    ("command", "whose"),
    [
        *((command, Ownership.OURS) for command in OURS),
        *((command, Ownership.WRAPPED) for command in WRAPPED),
        *((command, Ownership.FOREIGN) for command in FOREIGN),
    ],
)
def test_a_shell_command_is_recognised_by_the_word_it_runs(command: str, whose: Ownership) -> None:
    assert ownership(shell(command), START) is whose


@pytest.mark.parametrize("command", [*OURS, *WRAPPED])
def test_every_program_is_recognised_as_the_first_is(command: str) -> None:
    for hook in HOOKS[1:]:
        other = command.replace("session-start", hook.program.removesuffix("-hook"))
        assert ownership(shell(other), hook.program) is ownership(shell(command), START)
        assert ownership(shell(command), hook.program) is Ownership.FOREIGN


PIECES = [*";&|()<>'\"\\`$# \n\t", "<<", "E", START, "bash -c ", "eval ", "env "]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_command_hides_the_line_behind_it_but_by_quotes(command: str) -> None:
    assert ownership(shell(command), START) in Ownership
    if ownership(shell(f"{command}\n{START}\n"), START) is Ownership.FOREIGN:
        assert re.search(r"['\"`\\]|<", command)


@pytest.mark.parametrize("count", [10, 5_000])
@pytest.mark.parametrize(
    "piece", ["eval ", "bash <<E\n", "$(", '"$(', "(", "x ", "; ", "env ", "<<<x ", "bash -c '"]
)
def test_a_huge_command_is_judged_at_once(piece: str, count: int) -> None:
    command = piece * count + START
    assert ownership(shell(command), START) in Ownership


@pytest.mark.parametrize(
    ("found", "whose"),
    [
        ({"type": "command", "command": "/x/session-start-hook", "args": []}, Ownership.OURS),
        ({"type": "command", "command": "/a b/session-start-hook", "args": []}, Ownership.OURS),
        (
            {"type": "command", "command": "/x/session-start-hook", "args": ["-x"]},
            Ownership.WRAPPED,
        ),
        ({"type": "command", "command": "echo", "args": [START]}, Ownership.FOREIGN),
        ({"type": "command", "command": "uv", "args": ["run", START]}, Ownership.WRAPPED),
        ({"type": "command", "command": "sh", "args": ["-c", START]}, Ownership.WRAPPED),
        ({"type": "command", "command": "/usr/bin/env", "args": [START]}, Ownership.WRAPPED),
        ({"type": "command", "command": "py", "args": [f"/x/{START}"]}, Ownership.WRAPPED),
        ({"type": "command", "command": "sh", "args": ["-c", 5, None]}, Ownership.FOREIGN),
        ({"type": "command", "command": START, "args": [5]}, Ownership.WRAPPED),
        (
            {"type": "command", "command": r"C:\x\session-start-hook.exe", "args": []},
            Ownership.OURS,
        ),
        ({"type": "command", "command": f"date; {START}", "args": []}, Ownership.FOREIGN),
        ({"type": "prompt", "command": START}, Ownership.FOREIGN),
        ({"type": "command", "command": 5}, Ownership.FOREIGN),
        ({"type": "command"}, Ownership.FOREIGN),
        ({"type": "command", "command": START, "args": None}, Ownership.OURS),
        ({"type": "command", "command": START, "args": 5}, Ownership.OURS),
        ({}, Ownership.FOREIGN),
    ],
)
def test_other_handlers_are_recognised_by_their_program(
    found: dict[str, Any], whose: Ownership
) -> None:
    assert ownership(found, START) is whose


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.event)
def test_every_form_that_we_write_is_ours(hook: Hook) -> None:
    assert ownership(handler(hook), hook.program) is Ownership.OURS
    assert ownership(handler(hook, "/any where/bin"), hook.program) is Ownership.OURS


HOOK = HOOKS[0]
SHARED, OWN = handler(HOOK), handler(HOOK, "/x")


@pytest.mark.parametrize(
    ("old", "wanted", "better"),
    [
        (SHARED, SHARED, SHARED),
        (SHARED, OWN, OWN),
        (OWN, SHARED, SHARED),
        (shell(START), SHARED, SHARED),
        (shell(START), OWN, OWN),
        ({**SHARED, "timeout": 30}, SHARED, {**SHARED, "timeout": 30}),
        ({**SHARED, "timeout": 0.5}, SHARED, {**SHARED, "timeout": 0.5}),
        # Claude Code leaves out a handler with one of these.
        ({**SHARED, "timeout": "60"}, SHARED, SHARED),
        ({**SHARED, "timeout": None}, SHARED, SHARED),
        ({**SHARED, "timeout": 0}, OWN, OWN),
        ({**SHARED, "timeout": -1}, SHARED, SHARED),
        ({**SHARED, "timeout": True}, SHARED, SHARED),
        ({**SHARED, "timeout": []}, SHARED, SHARED),
        ({**OWN, "async": True}, SHARED, {**SHARED, "async": True}),
        ({**shell(START), "args": None, "x": [1]}, SHARED, {**SHARED, "x": [1]}),
    ],
)
def test_a_handler_is_brought_up_to_date_with_what_a_person_set_in_it(
    old: Handler, wanted: Handler, better: Handler
) -> None:
    assert up_to_date(old, wanted) == better
    assert up_to_date(better, wanted) == better
    kept = set(better) - set(wanted)
    assert [key for key in old if key in kept] == [key for key in better if key in kept]


@pytest.mark.parametrize(
    ("found", "edited"),
    [
        (SHARED, False),
        (OWN, False),
        (shell(START), False),
        (shell("/gone/session-start-hook"), False),
        ({**SHARED, "timeout": 10.0}, False),
        ({**SHARED, "timeout": 30}, True),
        ({**SHARED, "timeout": None}, False),
        ({**SHARED, "timeout": -1}, False),
        ({**SHARED, "statusMessage": ""}, True),
    ],
)
def test_a_handler_is_edited_by_another_timeout_or_key(found: Handler, edited: bool) -> None:
    assert is_edited(found, SHARED) is edited


def test_the_snippets_are_what_the_installer_writes_for_each_scope() -> None:
    there = (ROOT / "settings-snippets").glob("*.js*")
    assert {path: path.read_text() for path in there} == readme.snippets()
