"""Print findings, as text and as JSON."""

import json
from collections.abc import Iterator

from session_hooks.util import safe_text
from session_hooks.util.ages import count
from session_hooks_installer.check.findings import Code, Finding, Report, Run, Severity

_INDENT = 9
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.OK: "32"}
"""ANSI: red, yellow, green."""


def text(report: Report, *, quiet: bool, colour: bool) -> Iterator[str]:
    """Yield the lines that a person reads; the quiet form has errors and warnings alone."""
    for finding in report.findings:
        if not quiet or finding.severity is not Severity.OK:
            yield from _lines(finding, colour=colour)
    if not quiet:
        numbers = {one: report.count(one) for one in (Severity.ERROR, Severity.WARNING)}
        counts = [count(number, one.value) for one, number in numbers.items() if number]
        yield from ("", ", ".join(counts) or "Everything is in order.")


def _lines(finding: Finding, *, colour: bool) -> Iterator[str]:
    word = f"{finding.severity.value:<{_INDENT}}"
    indent = " " * _INDENT
    if colour:
        word = f"\x1b[{_COLOURS[finding.severity]}m{word}\x1b[0m"
    # With its code, for --explain; what is well needs none.
    code = "" if finding.severity is Severity.OK else f" [{finding.code.word}]"
    yield word + safe_text.single(finding.what) + code
    if finding.reason:
        yield indent + safe_text.single(finding.reason)
    for line in finding.detail:
        yield indent + safe_text.single(line)
    if finding.is_command:
        yield f"{indent}To mend it:"
        yield f"{indent}  {safe_text.single(finding.advice)}"
    elif finding.advice:
        yield f"{indent}What to do: {safe_text.single(finding.advice)}"


def as_json(report: Report) -> str:
    """Return the report as JSON: ``ok``, ``findings`` and ``runs``."""
    answer = json.dumps(
        {
            "ok": report.is_ok,
            "findings": [_record(finding) for finding in report.findings],
            "runs": [{**run._asdict(), "scope": run.scope.value} for run in report.runs],
        },
        ensure_ascii=False,
        indent=2,
    )
    return safe_text.json_safe(answer)


def _record(finding: Finding) -> dict[str, str | bool | None]:
    return {
        "code": finding.code.word,
        "severity": finding.severity.value,
        "what": finding.what,
        "why": finding.reason,
        "remedy": finding.advice,
        "is_command": finding.is_command,
        "scope": finding.scope.value if finding.scope else None,
        "path": finding.path,
    }


def explanation(code: Code) -> Iterator[str]:
    """Yield what a finding means, what comes of it, and how it is mended: a line for each."""
    yield f"{code.word} ({code.severity.value}): {code.about}."
    if code.why:
        yield code.why
    if code.remedy:
        yield f"To mend it: {code.remedy}."


# Where each hook's output goes: CLIENT.md's table of that name.

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
    # An operating system command is nothing but control: its words stand inside it.
    shown = [
        line.rstrip() for line in safe_text.clean(_without_osc(text)).split("\n") if line.strip()
    ]
    for line in shown[:_LINES]:
        yield "| " + (line if len(line) <= _WIDTH else line[: _WIDTH - 1].rstrip() + "…")
    if len(shown) > _LINES:
        yield f"| … {count(len(shown) - _LINES, 'more line')}"


def _without_osc(text: str) -> str:
    return text.replace("\x1b]", "").replace("\x1b\\", "").replace("\x07", "")
