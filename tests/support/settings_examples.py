"""Settings as anybody may have written them: any structure, white space, order and spelling."""

import itertools
import json
import re
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from session_hooks.project.hooks import HOOKS, Hook
from session_hooks_installer.settings.handlers import Ownership
from settings_oracle import OUR_KEYS

EVENTS = [hook.event for hook in HOOKS]

FILES = {
    "one line": '{"model": "opus", "env": {"A": "b"}}\n',
    "one line, compact": '{"model":"opus","env":{"A":"b"}}',
    "two spaces": '{\n  "model": "opus",\n  "env": {\n    "A": "b"\n  }\n}\n',
    "four spaces": '{\n    "model": "opus"\n}\n',
    "tabs": '{\n\t"model": "opus"\n}\n',
    "CRLF": '{\r\n  "model": "opus"\r\n}\r\n',
    "BOM": '\ufeff{\n  "model": "opus"\n}\n',
    "no newline at the end": '{\n  "model": "opus"\n}',
    "odd spacing": '{  "model" :"opus" ,\n\n"b":[ 1,2 ,3 ] }\n\n',
    "escapes and numbers": '{\n  "a": "\\u00e9\\/é",\n  "n": [1.0, 1e3, -0, 10000000000000]\n}\n',
    "a key of another's twice": '{\n  "x": 1,\n  "x": 2\n}\n',
    "an empty object": "{}",
    "others' hooks in the same events": (
        '{\n  "hooks": {\n    "SessionStart": [\n      {\n        "matcher": "startup",\n'
        '        "hooks": [{"type": "command", "command": "echo session-start-hook"}]\n'
        '      }\n    ],\n    "PreToolUse": []\n  }\n}\n'
    ),
    "brackets on one line": (
        '{\n  "hooks": {\n    "SessionEnd": [{\n      "hooks": [{ "type": "command", "command": '
        '"date" }]\n    }]\n  },\n  "permissions": {"allow": ["Bash(ls:*)", "Read"]}\n}\n'
    ),
}
"""Settings files as people lay them out."""

SPACES = ["", "", "", " ", "\n", "\n  ", "\t", "\r\n", " \n\n\t"]
LETTERS = st.characters() | st.sampled_from('"\\/\u2028\x7f\ud83d\udc4d\x00,:[]{}')
STRINGS = st.text(LETTERS, max_size=6).flatmap(
    lambda text: st.sampled_from([json.dumps(text), written(text)])
)
VALUES = STRINGS | st.sampled_from(
    [
        *["0", "-0", "1.50", "-0.0", "1E5", "1e-07", "1e400", "123456789012345678901", "9" * 5000],
        *["true", "false", "null", "[]", "{}", "[ ]", "{\n}", "[[], [[ ]],{}]", "[1, 2 ,\n3\t]"],
        *['{"a" :1, "a": 2}', '{"": {"": []}}', '[{"hooks": [5]}]', '{"hooks" : {}}', '["},{"]'],
        *[r'"\ud800"', r'"\uD83D\uDC4D"', '"\U0001f44d"', r'"\/\"\\\b"', '"//\u2028"', '"a, b: {"'],
    ]
)
OTHER_KEYS = STRINGS.filter(lambda text: json.loads(text) not in {"hooks", *EVENTS})


def written(text: str) -> str:
    """A string in JSON as far as it can be written in UTF-8, the rest of it escaped."""
    whole = json.dumps(text, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda half: rf"\u{ord(half[0]):04x}", whole)


PATHS = ["{}", "/gone/bin/{}", "/x/{}"]
OURS = [*PATHS, "'/a b/{}'", r"C:\x\{}.exe", "command -v {0} >/dev/null || exit 0; {0}"]
WRAPPED = ["{}; date", "uv run {}", 'bash -lc "{}"', "{} 2>/dev/null", "X=1 {}"]
FOREIGN = ["date", "echo {}", "command -v {}", "my-{}", "# {}"]
KNOWN = {
    command.format(hook.program): (hook.program, whose)
    for whose, commands in zip(Ownership, (OURS, WRAPPED, FOREIGN), strict=True)
    for command in commands
    for hook in HOOKS
}


def whose(handler: Any, hook: Hook) -> Ownership:
    """Whose a handler is, from what it was written as."""
    if not isinstance(handler, dict) or handler.get("type") != "command":
        return Ownership.FOREIGN
    program, known = KNOWN.get(str(handler.get("command")), ("", Ownership.FOREIGN))
    if program != hook.program:
        return Ownership.FOREIGN
    return Ownership.WRAPPED if handler.get("args") else known


MORE = st.lists(st.tuples(OTHER_KEYS, VALUES), max_size=1)
MORE_OF_OURS = st.lists(
    st.tuples(OTHER_KEYS.filter(lambda key: json.loads(key) not in {*OUR_KEYS, "matcher"}), VALUES),
    max_size=1,
)
TIMEOUTS = ["", "", "10", "60", "1e1", "20.0", "30", '"10"', "null"]
MATCHERS = ["", "", '""', '"*"', "null", "7", '"startup"', r'"start\u0075p"', '"resume"']


class Pen:
    """Writes JSON with white space, escapes and an order of its own."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self._spaces = itertools.cycle(draw(st.lists(st.sampled_from(SPACES), min_size=1)))
        self._escapes = itertools.cycle(draw(st.lists(st.integers(0, 30), min_size=1)))

    def space(self) -> str:
        return next(self._spaces)

    def string(self, text: str) -> str:
        """A string, one letter perhaps escaped where it needn't be."""
        at = next(self._escapes)
        if at >= len(text):
            return written(text)
        return rf"{written(text[:at])[:-1]}\u{ord(text[at]):04X}{written(text[at + 1 :])[1:]}"

    def array(self, items: Sequence[str]) -> str:
        return f"[{self._joined(items)}]"

    def object(self, known: dict[str, str], more: Any = MORE) -> str:
        members = [(self.string(key), value) for key, value in known.items() if value]
        members = self.draw(st.permutations(members + self.draw(more)))
        return f"{{{self._joined([self._member(*member) for member in members])}}}"

    def _member(self, key: str, value: str) -> str:
        return f"{key}{self.space()}:{self.space()}{value}"

    def _joined(self, parts: Sequence[str]) -> str:
        return ",".join(f"{self.space()}{part}{self.space()}" for part in parts) or self.space()


HANDLERS = st.tuples(
    st.sampled_from([*OURS, *OURS, *WRAPPED, *FOREIGN, ""]),
    st.sampled_from(["", "", "[]", "null", '["-x"]']),
    st.sampled_from(TIMEOUTS),
)
GROUPS = st.tuples(st.lists(HANDLERS, max_size=3) | st.none(), st.sampled_from(MATCHERS))
EVENTS_AND_GROUPS = st.dictionaries(
    st.sampled_from([*HOOKS, Hook("Stop", "date", 1, 1)]), st.lists(GROUPS, max_size=3), max_size=4
)


@st.composite
def settings(draw: st.DrawFn) -> str:
    pen = Pen(draw)

    def handler(program: str, pattern: str, args: str, timeout: str) -> str:
        if not pattern:
            return draw(VALUES)
        known = {
            "type": pen.string("command"),
            "command": pen.string(pattern.format(program)),
            "args": args if pattern in PATHS else "",
            "timeout": timeout,
        }
        return pen.object(known, MORE_OF_OURS)

    def group(program: str, handlers: list[tuple[str, str, str]] | None, matcher: str) -> str:
        items = None if handlers is None else [handler(program, *one) for one in handlers]
        hooks = "" if items is None else pen.array(items)
        return pen.object({"hooks": hooks, "matcher": matcher}, MORE_OF_OURS)

    events = draw(EVENTS_AND_GROUPS | st.none())
    hooks = {
        hook.event: pen.array([group(hook.program, *one) for one in groups])
        for hook, groups in (events or {}).items()
    }
    whole = pen.object({"hooks": pen.object(hooks) if events is not None else ""})
    return draw(st.sampled_from(["", "", "\ufeff"])) + pen.space() + whole + pen.space()
