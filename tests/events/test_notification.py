import re

import pytest

from session_hooks.events.session_end import terminal_sequence

NOTIFY_9 = "\x1b]9;Two, things\x07"
NOTIFY_99 = "\x1b]99;;Two, things\x07"
NOTIFY_777 = "\x1b]777;notify;Session files;Two, things\x07"
TITLE = "\x1b]2;Two, things\x07\x07"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, NOTIFY_9),
        ({"TERM_PROGRAM": "ghostty"}, NOTIFY_777),
        ({"TERM_PROGRAM": "WezTerm"}, NOTIFY_777),
        ({"TERM_PROGRAM": "WarpTerminal"}, NOTIFY_9),
        ({"TERM": "xterm-kitty"}, NOTIFY_99),
        ({"TERM": "foot"}, NOTIFY_777),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, NOTIFY_99),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "240800"}, NOTIFY_777),
        ({"TERM": "xterm-256color", "WT_SESSION": "x"}, NOTIFY_777 + TITLE),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, NOTIFY_777 + TITLE),
        ({"TERM": "xterm-256color"}, TITLE),
        ({"TERM_PROGRAM": "Apple_Terminal"}, TITLE),
        ({"TERM_PROGRAM": "vscode", "TERM": "xterm-256color"}, TITLE),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x", "TERM_PROGRAM": "tmux"}, TITLE),
        ({"TERM": "screen", "TERM_PROGRAM": "iTerm.app"}, TITLE),
        ({"TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1", "TERM": "xterm-kitty"}, TITLE),
        ({}, TITLE),
    ],
)
def test_each_terminal_gets_the_form_it_knows(environ: dict[str, str], expected: str) -> None:
    assert terminal_sequence("Two; things", environ) == expected


@pytest.mark.parametrize("environ", [{}, {"TERM_PROGRAM": "iTerm.app"}, {"WT_SESSION": "1"}])
def test_only_sequences_that_the_client_lets_through_are_used(environ: dict[str, str]) -> None:
    rest = re.sub(r"\x1b\](?:2|9|99|777);[^\x07\x1b]*\x07", "", terminal_sequence("Words", environ))
    assert rest.strip("\x07") == ""
