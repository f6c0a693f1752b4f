"""Encode a desktop notification as a terminal sequence."""

from collections.abc import Mapping

BELL = "\x07"
TITLE = "Session files"

_BY_PROGRAM = {
    "contour": "777",
    "ghostty": "777",
    "iterm.app": "9",
    "mintty": "9",
    "rio": "9",
    "warpterminal": "9",
    "wezterm": "777",
}
_BY_TERM = {
    "contour": "777",
    "foot": "777",
    "foot-extra": "777",
    "rxvt-unicode": "777",
    "rxvt-unicode-256color": "777",
    "wezterm": "777",
    "xterm-ghostty": "777",
    "xterm-kitty": "99",
}
_BY_VARIABLE = {
    "ConEmuPID": "9",
    "GHOSTTY_RESOURCES_DIR": "777",
    "ITERM_SESSION_ID": "9",
    "KITTY_WINDOW_ID": "99",
    "KONSOLE_VERSION": "777",
    "WEZTERM_PANE": "777",
}
# Some builds of Windows Terminal and of the VTE library show OSC 777, the others pass over it in
# silence: there the title is set as well.
_PERHAPS = ("WT_SESSION", "VTE_VERSION")


def sequence(sentence: str, environ: Mapping[str, str]) -> str:
    """Return the sequence that shows ``sentence``, chosen from the terminal's own variables.

    Of what Claude Code lets through (CLIENT.md, "SessionEnd, channel by channel") a notification
    is OSC 9, 99 or 777. Where the terminal knows none of them, and in a multiplexer, which passes
    none on, it is the window title, OSC 2, with a bell.
    """
    words = sentence.replace(";", ",")  # a semicolon ends a field
    form = _form(environ)
    if form == "9":
        return f"\x1b]9;{words}{BELL}"
    if form == "99":
        return f"\x1b]99;;{words}{BELL}"
    notification = f"\x1b]777;notify;{TITLE};{words}{BELL}"
    if form == "777":
        return notification
    title = f"\x1b]2;{words}{BELL}{BELL}"
    return notification + title if form == "777?" else title


def _form(environ: Mapping[str, str]) -> str | None:
    term = environ.get("TERM", "")
    program = environ.get("TERM_PROGRAM", "").casefold()
    if any(environ.get(name) for name in ("TMUX", "STY", "ZELLIJ")):
        return None
    if term.startswith(("tmux", "screen")) or program in ("tmux", "vscode", "apple_terminal"):
        return None
    if form := _BY_PROGRAM.get(program) or _BY_TERM.get(term):
        return form
    form = next((form for name, form in _BY_VARIABLE.items() if environ.get(name)), None)
    return form or ("777?" if any(environ.get(name) for name in _PERHAPS) else None)
