"""Refusals, what is quoted for a shell or said as JSON, and how repositories are named."""

import json
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from session_hooks.project.project import find_git_top
from session_hooks.util import safe_text

_PLAIN = re.compile(rb"[A-Za-z0-9_./@%+=:, -]")
_AROUND = 60  # characters of a long line on either side of a place


class RefusedError(Exception):
    """Something that is not to be done; the message names the file, the reason and the way out."""


def point_at(path: Path, line: int, column: int, message: str, source: str) -> str:
    """Name a place, counted from 1, and mark it; what a terminal would obey is spelled out."""
    lines = [f"{path}, line {line}, column {column}: {message}"]
    if source.strip():
        place = min(column - 1, len(source))
        begin, end = max(place - _AROUND, 0), place + _AROUND
        before, after = (_spelled(source[a:b]) for a, b in ((begin, place), (place, end)))
        cut, rest = ("…" if begin else ""), ("…" if end < len(source) else "")
        mark = "".join("\t" if character == "\t" else " " for character in cut + before)
        lines += ["", f"  {cut}{before}{after}{rest}", f"  {mark}^", ""]
    lines.append("Nothing was written. Mend the file, then run install-hooks again.")
    return "\n".join(lines)


def _spelled(text: str) -> str:
    return "".join(
        character if character.isprintable() or character == "\t" else ascii(character)[1:-1]
        for character in text
    )


def project_root(repo: Path) -> Path:
    """Return the git top level that ``repo`` lies in, else ``repo`` itself."""
    folder = os.path.realpath(repo)
    return Path(find_git_top(folder) or folder)


def quoted(word: str | Path) -> str:
    r"""Quote for a shell; what can't be shown, as ``$'\012'``, which bash and zsh take."""
    text = str(word)
    if text.isprintable() and safe_text.clean(text) == text:
        return shlex.quote(text)
    spelled = (
        chr(byte) if _PLAIN.match(bytes([byte])) else f"\\{byte:03o}" for byte in os.fsencode(text)
    )
    return f"$'{''.join(spelled)}'"


def command(repo: Path, arguments: str = "", program: str = "install-hooks") -> str:
    is_here = project_root(repo) == project_root(Path())
    where = "" if is_here else f"--repo {quoted(repo.resolve())}"
    return " ".join(filter(None, (program, arguments, where)))


def git(top: Path, command: str) -> str:
    here = Path.cwd()
    where = top.relative_to(here) if top.is_relative_to(here) else top
    return f"git {command}" if where == Path() else f"git -C {quoted(where)} {command}"


def as_json(answer: Mapping[str, object]) -> str:
    return safe_text.json_safe(json.dumps(answer, ensure_ascii=False, indent=2))
