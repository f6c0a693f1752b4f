import json
from pathlib import Path

import pytest

from session_hooks.project.hooks import PRE_COMPACT, SESSION_END, SESSION_START, Hook
from session_hooks_installer.check.commands import printed
from session_hooks_installer.check.findings import Code, Finding, Severity, Words
from session_hooks_installer.check.run import Report, explain, report_as_json, text
from session_hooks_installer.check.settings import Installed, Place
from session_hooks_installer.programs import Run
from session_hooks_installer.settings.handlers import Ownership, Scope


def run(
    hook: Hook, stdout: str = "", stderr: str = "", exit_code: int | None = 0
) -> tuple[Hook, Run]:
    return hook, Run(exit_code, 0.1, stdout, stderr)


def test_a_start_speaks_to_the_model_and_to_the_person() -> None:
    answer = {"hookSpecificOutput": {"additionalContext": "a\n\nb"}, "systemMessage": "c"}
    said = printed(*run(SESSION_START, json.dumps(answer)))
    assert said == ("to the model:", "| a", "| b", "to you:", "| c")
    assert printed(*run(SESSION_START, "plain")) == ("to the model:", "| plain")


def test_of_a_long_text_the_first_lines_are_shown_and_how_many_more_there_are() -> None:
    said = printed(*run(PRE_COMPACT, "\n".join("abcdefgh")))
    assert said == ("to the summarizer and to you:", "| a", "| b", "| c", "| … 5 more lines")
    assert printed(*run(PRE_COMPACT, "a\nb\nc\nd"))[-1] == "| … 1 more line"
    assert len(printed(*run(PRE_COMPACT, "x" * 1000))[1]) == 90


def test_an_end_shows_a_checklist() -> None:
    answer = json.dumps({"terminalSequence": "\x1b]9;2 session files\x07"})
    said = printed(*run(SESSION_END, answer, "To hand over", 2))
    assert said == ("to you:", "| To hand over")
    assert printed(*run(SESSION_END, "", "Traceback", 1)) == ("on stderr:", "| Traceback")


def test_nothing_in_it_reaches_the_terminal() -> None:
    said = printed(*run(PRE_COMPACT, "\x1b[2Jred\u202e\r\x9b31m", "\x1b]0;title\x07"))
    assert all(line.isprintable() for line in said)


def test_nothing_said_is_no_line() -> None:
    for stdout in ("", "\n", "{}", json.dumps({"hookSpecificOutput": 5, "systemMessage": []})):
        assert printed(*run(SESSION_START, stdout)) == ()


def test_json_of_another_kind_is_text() -> None:
    assert printed(*run(SESSION_START, "[1]")) == ("to the model:", "| [1]")
    assert printed(*run(SESSION_START, "[" * 100_000))[0] == "to the model:"


OK = Finding(Code.TRUSTED, "trusted")
WARNING = Finding(Code.UNTRUSTED, "not trusted", Words("start claude here"), "No hook runs.")
ERROR = Finding(Code.NOT_INSTALLED, "not installed", "install-hooks", "So.", Scope.LOCAL, "/s")


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
    assert list(text(Report(findings), quiet=False, colour=False))[-1] == line


def test_a_finding_is_its_severity_what_why_and_remedy() -> None:
    assert list(text(Report((OK, WARNING)), quiet=False, colour=False)) == [
        "ok       trusted",
        "warning  not trusted [untrusted]",
        "         No hook runs.",
        "         What to do: start claude here",
        "",
        "1 warning",
    ]


def test_quiet_is_what_is_wrong_and_nothing_else() -> None:
    assert list(text(Report((OK,)), quiet=True, colour=False)) == []
    lines = list(text(Report((OK, ERROR)), quiet=True, colour=False))
    assert lines == [
        "error    not installed [not-installed]",
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
    bad = Finding(Code.NOT_TRIED, "a\x1b[2J\nb", "rm 'x  y'\x07", "c\rd", detail=("\x1b]0;t\x07",))
    lines = list(text(Report((bad,)), quiet=True, colour=False))
    assert all(line.isprintable() for line in lines)
    assert "rm 'x  y'" in lines[-1]  # a path keeps its spaces


def test_as_json_every_key_is_there() -> None:
    place = Place(Scope.USER, Path("/s.json"))
    item = Installed(place, SESSION_END, {"command": "c"}, Ownership.OURS)
    run = Run(None, 1.5, "out", "é")
    assert json.loads(report_as_json(Report((OK, ERROR), ((item, run),)))) == {
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


@pytest.mark.parametrize("code", Code, ids=lambda code: code.word)
def test_each_finding_is_explained_by_what_comes_of_it_and_what_mends_it(
    code: Code, capsys: pytest.CaptureFixture[str]
) -> None:
    explain(code.word)
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == f"{code.word} ({code.severity.value}): {code.about}."
    assert len(rest) == (0 if code.severity is Severity.OK else 2)


def test_what_a_finding_does_not_say_its_code_says() -> None:
    finding = Finding(Code.UNTRUSTED, "not trusted")
    assert (finding.reason, finding.advice) == (Code.UNTRUSTED.why, Code.UNTRUSTED.remedy)
    assert not finding.is_command
