"""A report as text for a person, or as JSON for a program; pure."""

import json
from collections.abc import Iterator

from session_hooks import plain
from session_hooks.moments import count
from session_hooks_installer.findings import Finding, Report, Severity

_WIDTH = 9
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.OK: "32"}
"""ANSI: red, yellow, green."""


def text(report: Report, *, quiet: bool, colour: bool) -> Iterator[str]:
    """Yield the lines that a person reads; the quiet form has errors and warnings alone."""
    for finding in report.findings:
        if not quiet or finding.severity is not Severity.OK:
            yield from _lines(finding, colour=colour)
    if not quiet:
        yield ""
        yield summary(report)


def summary(report: Report) -> str:
    """Say in one line how it stands."""
    counts = [
        count(number, severity.value)
        for severity in (Severity.ERROR, Severity.WARNING)
        if (number := report.count(severity))
    ]
    return ", ".join(counts) if counts else "Everything is in order."


def _lines(finding: Finding, *, colour: bool) -> Iterator[str]:
    word = f"{finding.severity.value:<{_WIDTH}}"
    indent = " " * _WIDTH
    if colour:
        word = f"\x1b[{_COLOURS[finding.severity]}m{word}\x1b[0m"
    yield word + plain.single(finding.what)
    if finding.why:
        yield indent + plain.single(finding.why)
    for line in finding.detail:
        yield indent + plain.single(line)
    if finding.is_command:
        yield f"{indent}To mend it:"
        yield f"{indent}  {plain.single(finding.remedy)}"
    elif finding.remedy:
        yield f"{indent}What to do: {plain.single(finding.remedy)}"


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
    return plain.json_safe(answer)


def _record(finding: Finding) -> dict[str, str | bool | None]:
    return {
        "code": finding.code.word,
        "severity": finding.severity.value,
        "what": finding.what,
        "why": finding.why,
        "remedy": finding.remedy,
        "is_command": finding.is_command,
        "scope": finding.scope.value if finding.scope else None,
        "path": finding.path,
    }
