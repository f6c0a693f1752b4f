"""Commands as a person may paste them where they stand: they name the repository they are for."""

from pathlib import Path

from session_hooks_installer.quoting import quoted
from session_hooks_installer.settings_file import project_root


def command(repo: Path, arguments: str = "") -> str:
    """Return a command line of ``install-hooks`` for ``repo``."""
    where = "" if _is_here(repo) else f"--repo {quoted(repo.resolve())}"
    return " ".join(filter(None, ("install-hooks", arguments, where)))


def _is_here(repo: Path) -> bool:
    try:
        return project_root(repo) == project_root(Path())
    except OSError:  # the current folder was deleted
        return False


def make_folder(folder: Path) -> str:
    """Return the command that makes a folder."""
    return f"mkdir -p {quoted(_from_here(folder))}"


def git(top: Path, command: str) -> str:
    """Return a git command for the working tree at ``top``."""
    where = _from_here(top)
    return f"git {command}" if where == "." else f"git -C {quoted(where)} {command}"


def _from_here(path: Path) -> str:
    """Return a path as it is from the current folder, where it is in or below it."""
    try:
        here = Path.cwd()
    except OSError:
        return str(path)
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
