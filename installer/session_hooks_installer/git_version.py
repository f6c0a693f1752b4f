"""Whether the git that the hooks ask knows what they ask it, as a finding.

Asked with GitPython, which knows what git calls its versions on each system. The hooks themselves
don't import it: that takes eight times as long as the interpreter's own start.
"""

from collections.abc import Iterator

from session_hooks_installer.findings import Code, Finding, Words

NEEDED = (2, 18)
"""Of ``git status --no-renames``, the latest of all that is asked (its release notes, 2.18.0)."""


def check(found: tuple[int, ...] | None) -> Iterator[Finding]:
    """Say whether a version is too old; None is of a git that wasn't found, and said elsewhere."""
    if found is None or found >= NEEDED:
        return
    yield Finding(
        Code.GIT_TOO_OLD,
        f"git is version {_dotted(found)}, and the hooks ask what {_dotted(NEEDED)} knows",
        "So nothing that a document claims is checked.",
        Words("install a later git"),
    )


def version() -> tuple[int, ...] | None:
    """Return the version of the git on this process's PATH; None where there is none that tells."""
    try:
        import git  # here, since it runs git when it is imported
    except ImportError:  # as it says that there is none
        return None
    try:
        return git.Git().version_info or None
    except git.GitError:
        return None


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
