import json

from session_hooks_installer.findings import Run
from session_hooks_installer.handlers import Scope
from session_hooks_installer.said import lines


def run(event: str, stdout: str = "", stderr: str = "", exit_code: int | None = 0) -> Run:
    return Run(event, "c", Scope.PROJECT, exit_code, 0.1, stdout, stderr)


def test_a_start_speaks_to_the_model_and_to_the_person() -> None:
    answer = {"hookSpecificOutput": {"additionalContext": "a\n\nb"}, "systemMessage": "c"}
    said = lines(run("SessionStart", json.dumps(answer)))
    assert said == ("to the model:", "| a", "| b", "to you:", "| c")
    assert lines(run("SessionStart", "plain")) == ("to the model:", "| plain")


def test_of_a_long_text_the_first_lines_are_shown_and_how_many_more_there_are() -> None:
    said = lines(run("PreCompact", "\n".join("abcdefgh")))
    assert said == ("to the summarizer and to you:", "| a", "| b", "| c", "| … 5 more lines")
    assert lines(run("PreCompact", "a\nb\nc\nd"))[-1] == "| … 1 more line"
    assert len(lines(run("PreCompact", "x" * 1000))[1]) == 90


def test_an_end_shows_a_notification_and_a_checklist() -> None:
    answer = json.dumps({"terminalSequence": "\x1b]9;2 session files\x07"})
    said = lines(run("SessionEnd", answer, "To hand over", 2))
    assert said == (
        "to the terminal, as a notification:",
        "| 9;2 session files",
        "to you:",
        "| To hand over",
    )
    assert lines(run("SessionEnd", "", "Traceback", 1)) == ("on stderr:", "| Traceback")


def test_nothing_in_it_reaches_the_terminal() -> None:
    said = lines(run("PreCompact", "\x1b[2Jred\u202e\r\x9b31m", "\x1b]0;title\x07"))
    assert all(line.isprintable() for line in said)


def test_nothing_said_is_no_line() -> None:
    for text in ("", "\n", "{}", json.dumps({"hookSpecificOutput": 5, "systemMessage": []})):
        assert lines(run("SessionStart", text)) == ()


def test_json_of_another_kind_is_text() -> None:
    assert lines(run("SessionStart", "[1]")) == ("to the model:", "| [1]")
    assert lines(run("SessionStart", "[" * 100_000))[0] == "to the model:"
