"""Mask credentials in a text."""

from __future__ import annotations

from collections.abc import Iterator

from session_hooks.documents.model import Agent, Document
from session_hooks.util.lazy import pattern

TYPE_CHECKING = False  # see lazy
if TYPE_CHECKING:
    import re
    from typing import Any


_KINDS: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = (
    # What it is; what each begins with, in lower case: a search for these is all that most texts
    # cost; and its pattern: where that has a group, that alone is the credential.
    (
        "private key",
        ("-----begin ",),
        pattern(
            r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
            # Whole, on one line or many; or, where its end is cut off, the lines that can be of it.
            r"(?:(?:(?!-----)[\s\S]){0,20000}-----END [A-Z0-9 ]{0,40}-----"
            r"|(?:\n[^\S\n]*[A-Za-z0-9+/=]{16,}[^\S\n]*(?=\n|\Z))*)"
        ),
    ),
    (
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        pattern(r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255})"),
    ),
    ("GitLab token", ("glpat-",), pattern(r"(?<![A-Za-z0-9])glpat-[\w.-]{16,255}")),
    ("AWS key", ("akia", "asia"), pattern(r"(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}(?!\w)")),
    (
        "Slack token",
        ("xox", "xapp-"),
        pattern(r"(?<![A-Za-z0-9])(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,255}"),
    ),
    (
        "API key",
        ("sk-", "sk_", "rk_", "aiza", "npm_", "pypi-", "hf_"),
        pattern(
            r"(?<![\w-])(?:"
            # A digit and a long word are in it: no name of a task or a package has both.
            r"sk-(?=[A-Za-z_-]{0,250}\d)(?=[\w-]{0,40}?[A-Za-z0-9_]{16})[\w-]{20,255}"
            r"|[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}|AIza[\w-]{35}(?![\w-])"
            r"|npm_[A-Za-z0-9]{36}(?!\w)|pypi-AgE[\w-]{50,255}|hf_[A-Za-z0-9]{30,255})"
        ),
    ),
    (
        "JSON web token",
        ("eyj",),
        pattern(r"(?<![\w-])eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,4000}"),
    ),
    (
        "bearer token",
        ("bearer ",),
        pattern(r"(?i:bearer) {1,3}((?=[A-Za-z.~+/_-]{0,250}\d)[\w.~+/-]{20,4000}=*)"),
    ),
    (
        "password",
        ("://",),
        pattern(r"://[^\s/:@?#\"'`<>]{0,80}:([^\s/@?#\"'`<>${}*\[]{3,200})@"),
    ),
)
_NAMES = (  # names of other things, too: what follows has to look like a secret
    "password", "passwd", "passphrase", "pwd", "secret", "token", "api_key", "api-key", "apikey",
    "access_key", "access-key", "accesskey", "private_key", "private-key", "auth_key", "auth-key",
)  # fmt: skip
_NAMED = pattern(
    r"""[A-Za-z_-]{3,10}["'`*_]{0,3}([^\S\n]{0,3})(:?=>?|:)[*_]{0,2}([^\S\n]{0,3})"""
    r"""(?:(["'`])([^"'`\s]{8,200}+)\4|([^\s"'`<>()\[\]{}$,;|]{8,200}+)(?=[\s"'`,;|]|\Z))"""
)
_NO_SECRET = pattern(
    r"(?i:your|my[_-]|some[_-]|example|sample|dummy|placeholder|change|replace|insert|xxx"
    # A UUID, a commit, a version or a date; a path, an address; a name of code.
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z|[0-9a-f]{0,12}\Z|[0-9a-f]{40}\Z)|[\d.:TZ+-]+\Z"
    r"|(?:\w:|[~.]{1,2})?[/\\]|(?=.{1,30}\Z)[\w.-]+/|.*\.\w{1,4}\Z|[a-z][\w+.-]*:"
    r"|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z|[%#]"
)
_MIXED = pattern(r"(?=.*[A-Za-z])(?=.*[\d!@#%^&*+=])")
_VARIABLE = pattern(r"[A-Za-z_]\w*\Z")


def redacted(document: Document, text: str) -> Document:
    """``document`` was read from ``text``."""
    if redact(text) == text:
        return document
    texts: dict[str, Any] = {
        name: redact(value)
        for name, value in document._asdict().items()
        if isinstance(value, str) and name not in ("path", "format", "digest")
    }
    return document._replace(
        **texts,
        agents=tuple(Agent(*map(redact, agent)) for agent in document.agents),
        problems=tuple(one._replace(message=redact(one.message)) for one in document.problems),
    )


def redact(text: str) -> str:
    lower = text.lower()
    if len(lower) != len(text):
        lower = text.replace("\u0130", "i").lower()  # the only letter that gets longer
    found = sorted((*_tokens(text, lower), *_named(text, lower)))
    if not found:
        return text
    parts, done = [], 0
    for start, end, name in found:
        if start >= done:
            lines = "\n" * text.count("\n", start, end)
            parts += [text[done:start], f"[redacted: {name}]{lines}"]
            done = end
    return "".join((*parts, text[done:]))


def _tokens(text: str, lower: str) -> Iterator[tuple[int, int, str]]:
    for name, signs, shape in _KINDS:
        for place in _places(signs, lower):
            if match := shape.match(text, place):
                yield (*match.span(match.re.groups), name)


def _places(signs: tuple[str, ...], lower: str) -> Iterator[int]:
    for sign in signs:
        place = lower.find(sign)
        while place >= 0:
            yield place
            place = lower.find(sign, place + len(sign))


def _named(text: str, lower: str) -> Iterator[tuple[int, int, str]]:
    for place in _places(_NAMES, lower):
        match = _NAMED.match(text, place)
        if match is None:
            continue
        before, sign, after, _, quoted, bare = match.groups()
        value = quoted or bare
        if _NO_SECRET.match(value) or not _MIXED.match(value):
            continue
        # Bare, what stands behind a colon is prose, and a name behind a spaced-out "=" a variable.
        is_set = "=" in sign and not ((before or after) and _VARIABLE.match(value))
        if quoted or is_set:
            is_password = lower.startswith(("pass", "pwd"), place)
            yield (*match.span(5 if quoted else 6), "password" if is_password else "secret")
