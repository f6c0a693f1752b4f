"""What a trial run printed, as the lines that a person wants of it; pure.

Where each hook's output goes: CLIENT.md's table of that name.
"""

import json
from collections.abc import Iterator

from session_hooks import plain
from session_hooks.moments import count
from session_hooks_installer.findings import Run

_LINES = 3
_WIDTH = 88


def lines(run: Run) -> tuple[str, ...]:
    """Return for each of a run's readers what it is told: the first lines, and how many more."""
    return tuple(
        line
        for reader, text in _channels(run)
        for line in ([f"{reader}:", *_first(text)] if text.strip() else [])
    )


def _channels(run: Run) -> Iterator[tuple[str, str]]:
    answer = _json(run.stdout)
    if answer is None:
        told = {"SessionStart": "to the model", "PreCompact": "to the summarizer and to you"}
        yield told.get(run.event, "on stdout"), run.stdout
    else:
        output = answer.get("hookSpecificOutput")
        context = output.get("additionalContext") if isinstance(output, dict) else None
        yield "to the model", _text(context)
        yield "to you", _text(answer.get("systemMessage"))
        yield "to the terminal, as a notification", _text(answer.get("terminalSequence"))
    is_shown = run.event == "SessionEnd" and run.exit_code == 2
    yield "to you" if is_shown else "on stderr", run.stderr


def _json(text: str) -> dict[str, object] | None:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _first(text: str) -> Iterator[str]:
    """Yield the first lines of a text, with nothing in them that a terminal would obey."""
    # An operating system command is nothing but control: its words stand inside it.
    shown = [line.rstrip() for line in plain.clean(_without_osc(text)).split("\n") if line.strip()]
    for line in shown[:_LINES]:
        yield "| " + (line if len(line) <= _WIDTH else line[: _WIDTH - 1].rstrip() + "…")
    if len(shown) > _LINES:
        yield f"| … {count(len(shown) - _LINES, 'more line')}"


def _without_osc(text: str) -> str:
    """Make the words of a terminal's notification visible: ``ESC ] 9 ; words BEL``."""
    return text.replace("\x1b]", "").replace("\x1b\\", "").replace("\x07", "")
