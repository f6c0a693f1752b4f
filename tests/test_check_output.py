import json

import pytest

from session_hooks_installer.check_output import as_json, summary, text
from session_hooks_installer.findings import Code, Finding, Report, Run, Words
from session_hooks_installer.handlers import Scope

OK = Finding(Code.TRUSTED, "trusted")
WARNING = Finding(Code.UNTRUSTED, "not trusted", "No hook runs.", Words("start claude here"))
ERROR = Finding(Code.NOT_INSTALLED, "not installed", "So.", "install-hooks", Scope.LOCAL, "/s")


@pytest.mark.parametrize(
    ("findings", "line"),
    [
        ((), "Everything is in order."),
        ((OK,), "Everything is in order."),
        ((OK, WARNING), "1 warning"),
        ((ERROR, ERROR, WARNING), "2 errors, 1 warning"),
    ],
)
def test_one_line_says_how_it_stands(findings: tuple[Finding, ...], line: str) -> None:
    assert summary(Report(findings)) == line


def test_a_finding_is_its_severity_what_why_and_remedy() -> None:
    assert list(text(Report((OK, WARNING)), quiet=False, colour=False)) == [
        "ok       trusted",
        "warning  not trusted",
        "         No hook runs.",
        "         What to do: start claude here",
        "",
        "1 warning",
    ]


def test_quiet_is_what_is_wrong_and_nothing_else() -> None:
    assert list(text(Report((OK,)), quiet=True, colour=False)) == []
    lines = list(text(Report((OK, ERROR)), quiet=True, colour=False))
    assert lines == [
        "error    not installed",
        "         So.",
        "         To mend it:",
        "           install-hooks",
    ]


def test_in_colour_the_severity_stands_out() -> None:
    lines = list(text(Report((OK, WARNING, ERROR)), quiet=False, colour=True))
    assert lines[0] == "\x1b[32mok       \x1b[0mtrusted"
    assert lines[1].startswith("\x1b[33mwarning  \x1b[0m")
    assert any(line.startswith("\x1b[31merror    \x1b[0m") for line in lines)


def test_nothing_in_a_finding_reaches_the_terminal() -> None:
    bad = Finding(Code.NOT_TRIED, "a\x1b[2J\nb", "c\rd", "rm 'x  y'\x07", detail=("\x1b]0;t\x07",))
    lines = list(text(Report((bad,)), quiet=True, colour=False))
    assert all(line.isprintable() for line in lines)
    assert "rm 'x  y'" in lines[-1]  # a path keeps its spaces


def test_as_json_every_key_is_there() -> None:
    run = Run("SessionEnd", "c", Scope.USER, None, 1.5, "out", "é")
    assert json.loads(as_json(Report((OK, ERROR), (run,)))) == {
        "ok": False,
        "findings": [
            {
                "code": "trusted",
                "severity": "ok",
                "what": "trusted",
                "why": "",
                "remedy": "",
                "is_command": False,
                "scope": None,
                "path": None,
            },
            {
                "code": "not-installed",
                "severity": "error",
                "what": "not installed",
                "why": "So.",
                "remedy": "install-hooks",
                "is_command": True,
                "scope": "local",
                "path": "/s",
            },
        ],
        "runs": [
            {
                "event": "SessionEnd",
                "command": "c",
                "scope": "user",
                "exit_code": None,
                "seconds": 1.5,
                "stdout": "out",
                "stderr": "é",
            }
        ],
    }


def test_each_code_is_a_word_of_its_own() -> None:
    words = [code.word for code in Code]
    assert len(set(words)) == len(words)
    assert all(word == word.lower() and word.replace("-", "").isalpha() for word in words)
