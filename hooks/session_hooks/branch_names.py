"""The branch that a document names, as git would. Pure."""

import re

from session_hooks.patterns import pattern

_NAME = pattern(r"(?=[\w#@+])(?!.*(?:\.\.|//|@\{|\.lock$|[./]$))[^\s~^:?*\[\\\x00-\x1f\x7f]{1,200}")
_NO_NAME = frozenset({"none", "null", "n/a", "na", "tbd", "unknown", "head", "detached"})
_LONG_LIVED = pattern(
    r"main|master|trunk|develop(?:ment)?|dev|next|nightly|staging|stage|production|prod|stable"
    r"|release(?:s)?(?:[/-].*)?|hotfixes|integration|gh-pages",
    re.IGNORECASE,
)
_REMARK = ("(", "[", "-", "–", "—", "<")
"""What begins a remark behind a name."""
_ADDRESS = pattern(r"https?://\S+?/(?:tree|branch|src/branch)/(\S+)")


def branch_name(written: str | None) -> str | None:
    """Return the branch that is meant; None for words that are none.

    (git-check-ref-format(1).) People write it in backticks, with a remark behind it ("feat/x (PR
    #12)"), as a full ref, or as its address.
    """
    first, _, rest = (written or "").strip().partition(" ")
    if rest and not first.endswith(",") and not rest.lstrip().startswith(_REMARK):
        return None
    address = _ADDRESS.fullmatch(first)
    name = (address[1] if address else first).rstrip(",;").strip("`'\"*")
    name = name.removeprefix("refs/heads/").removeprefix("refs/remotes/")
    return name if _NAME.fullmatch(name) and name.casefold() not in _NO_NAME else None


def is_long_lived(name: str) -> bool:
    """Tell whether a branch is one that work goes on in, however often it is merged."""
    return _LONG_LIVED.fullmatch(name.removeprefix("origin/")) is not None
