"""Lines that keep files out of git: what an ignore file says after one was added, or taken out.

Pure, but for what git is asked.
"""

import enum
import os
from pathlib import Path

from session_hooks.git_run import Git
from session_hooks.state import git_common_dir

NEXT_SESSION = "NEXT_SESSION.md"
_SECONDS = 5


def with_line(text: str, line: str) -> str:
    """Return an ignore file's text with a line at its end, in the file's own line ends.

    The same text where it says that already: then something else overrules it.
    """
    if line in text.splitlines():
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    before = text if not text or text.endswith("\n") else text + newline
    return f"{before}{line}{newline}"


def without_line(text: str, line: str) -> str:
    """Return an ignore file's text without the last line that says just that."""
    lines = text.splitlines(keepends=True)
    for index in reversed(range(len(lines))):
        if lines[index].rstrip() == line:
            return "".join(lines[:index] + lines[index + 1 :])
    return text


def exclude_file(top: Path) -> Path | None:
    """Return the ignore file of a repository that nobody else has; None outside git."""
    common = git_common_dir(str(top))
    return Path(common, "info", "exclude") if common else None


def is_ignored(top: Path, path: str) -> bool | None:
    """Tell whether a rule has git ignore ``path``, relative to the working tree's top level.

    None where git can't say: there is none, or it takes this for no repository of the person's.
    """
    return Git(str(top), _SECONDS).is_true("check-ignore", "--quiet", "--no-index", "--", path)


class Sharing(enum.Enum):
    """Whether a file can be committed, so that others have it, and other worktrees."""

    CAN_BE = enum.auto()
    IGNORED = enum.auto()
    NO_TREE = enum.auto()
    """The folder is no working tree: there are worktrees beside it, or below."""


def sharing(top: Path, path: str) -> Sharing | None:
    """Tell whether ``path``, relative to the top level, can be committed; None as above."""
    is_tree = Git(str(top), _SECONDS).ask("rev-parse", "--is-inside-work-tree")
    if is_tree is None:
        return None
    if is_tree.strip() != b"true":
        return Sharing.NO_TREE
    is_out = is_ignored(top, path)
    if is_out is None:
        return None
    return Sharing.IGNORED if is_out and not is_tracked(top, path) else Sharing.CAN_BE


def overruling(top: Path, path: str) -> str:
    """Return the rule that decides about ``path``, as git names it: file, line, pattern; or ""."""
    asked = ("check-ignore", "--verbose", "--no-index", "--", path)
    answer = Git(str(top), _SECONDS).ask(*asked, what="what is ignored", also=(1,))
    return os.fsdecode(answer or b"").partition("\t")[0].strip()


def is_tracked(top: Path, path: str) -> bool:
    """Tell whether git tracks ``path``: then no ignore file keeps it out."""
    question = ("ls-files", "--error-unmatch", "--", path)
    return Git(str(top), _SECONDS).is_true(*question) is True
