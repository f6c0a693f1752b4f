"""Lines that keep files out of git: what an ignore file says after one was added, or taken out.

Pure, but for what git is asked.
"""

from pathlib import Path

from session_hooks.git_run import Git
from session_hooks.state import git_common_dir

NEXT_SESSION = "NEXT_SESSION.md"
_SECONDS = 5


def with_line(text: str, line: str) -> str:
    """Return an ignore file's text with a line more at its end, in the file's own line ends."""
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


def is_ignored(top: Path, path: str) -> bool:
    """Tell whether a rule has git ignore ``path``, relative to the working tree's top level.

    False where git can't say: a line more in an ignore file does no harm.
    """
    return _ask(top, "check-ignore", "--quiet", "--no-index", "--", path)


def is_tracked(top: Path, path: str) -> bool:
    """Tell whether git tracks ``path``: then no ignore file keeps it out."""
    return _ask(top, "ls-files", "--error-unmatch", "--", path)


def _ask(top: Path, *question: str) -> bool:
    return Git(str(top), _SECONDS).is_true(*question) is True
