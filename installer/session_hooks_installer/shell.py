"""A shell command's simple commands, as words: enough to tell which programs it runs. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Simple(NamedTuple):
    """One simple command."""

    words: tuple[str, ...]
    """Its words without their quotes."""
    is_redirected: bool = False
    given: str = ""
    """What a here-document or here-string hands it."""


def simple_commands(command: str) -> list[Simple]:
    """Split a command into its simple commands, those that are substituted behind the others.

    One that a shell can't read, for a quote that is never closed, is a single word.
    """
    commands: list[Simple] = []
    substituted: list[Simple] = []
    now: dict[str, list[str]] = {}
    try:
        for kind, text in _parts(command):
            if kind == "end":
                words = tuple(map(_unquoted, now.get("word", ())))
                given = "\n".join(now.get("given", ()))
                commands.append(Simple(words, "redirection" in now, given))
                now = {}
            else:
                now.setdefault(kind, []).append(text)
                substituted += _substituted(text) if kind == "word" else ()
    except ValueError:
        return [Simple((command,))]
    return [one for one in [*commands, *substituted] if one.words]


_TOKEN = re.compile(
    r"""
      (?P<blank> (?: [ \t\r] | \\\r?\n )+ )
    | (?P<comment> \# [^\n]* )
    | (?P<redirection> [0-9]* (?: <<< | <<-? | &>>? | [<>]& | >[>|] | <> | [<>] (?!\() ) )
    | (?P<end> \n | [;&|()]+ | [<>]\( | \Z )
    | (?P<word> (?: [^ \t\r\n;&|()<>'"\\`] | \\. | '[^']*' | "(?:[^"\\]|\\.)*" | `[^`]*` )+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def _parts(command: str) -> Iterator[tuple[str, str]]:
    """Yield a command's words, what is "given", each "redirection", and the "end" of each command.

    Raises ValueError for a quote that is never closed.
    """
    redirection = ""
    ends: list[str] = []  # of the here-documents that begin behind this line
    position = 0
    while token := _TOKEN.match(command, position):
        kind, text = token.lastgroup or "", token[0]
        position = token.end()
        if kind == "end":
            if text == "\n" and ends:
                document, position = _documents(command, position, ends)
                yield "given", document
                ends = []
            yield "end", ""
            redirection = ""
            if not text:
                return
        elif kind == "redirection":
            redirection = text.lstrip("0123456789")
            yield kind, text
        elif kind == "word" and redirection.startswith("<<"):
            if redirection == "<<<":
                yield "given", _unquoted(text)
            else:
                ends.append(_unquoted(text))
            redirection = ""
        elif kind == "word" and redirection:
            redirection = ""  # the word is the file
        elif kind == "word":
            yield kind, text
    raise ValueError(f"a quote is never closed: {command[position : position + 20]!r}")


def _documents(command: str, position: int, ends: list[str]) -> tuple[str, int]:
    """Return the here-documents that begin at a place, and where they are over."""
    begin = position
    for end in ends:
        line = re.compile(rf"^\t*{re.escape(end)}$", re.MULTILINE).search(command, position)
        position = line.end() if line else len(command)
    return command[begin:position], position


_PART = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|(`[^`]*`|[^'"`\\]+)""", re.DOTALL)
_SUBSTITUTION = re.compile(r"\$\(([^)]*)|`([^`]*)`")


def _unquoted(word: str) -> str:
    return "".join(
        single + re.sub(r"""\\(["\\$`])""", r"\1", double) + escaped + rest
        for single, double, escaped, rest in _PART.findall(word)
    )


def _substituted(word: str) -> Iterator[Simple]:
    """Yield the commands whose output a word is made of; those outside quotes are split anyway."""
    for _, double, _, rest in _PART.findall(word):
        for in_brackets, in_backquotes in _SUBSTITUTION.findall(double + rest):
            yield from simple_commands(in_brackets or in_backquotes)
