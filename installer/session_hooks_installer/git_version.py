"""Whether the git that the hooks ask knows what they ask it, as a finding. Pure."""

from collections.abc import Iterable, Iterator

from session_hooks_installer.findings import Code, Finding, Words
from session_hooks_installer.probe import Probe

NEEDED = (2, 18)
"""Of ``git status --no-renames``, the latest of all that is asked (its release notes, 2.18.0)."""


def check(answers: Iterable[Probe | str]) -> Iterator[Finding]:
    """Say whether git is too old, as the hooks' interpreters find it.

    One that isn't found, and one whose version tells nothing, is said elsewhere or never.
    """
    found = [answer.git for answer in answers if isinstance(answer, Probe) and answer.git]
    old = [version for version in found if len(version) > 1 and version < NEEDED]
    for version in dict.fromkeys(old):
        yield Finding(
            Code.GIT_TOO_OLD,
            f"git is version {_dotted(version)}, and the hooks ask what {_dotted(NEEDED)} knows",
            "So nothing that a document claims is checked.",
            Words("install a later git"),
        )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
