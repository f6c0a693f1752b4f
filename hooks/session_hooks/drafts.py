"""A new document's name and text, from its format's template. Pure."""

import re
import sys
import unicodedata
from collections.abc import Callable
from datetime import datetime

from session_hooks.dates import iso
from session_hooks.document import Status
from session_hooks.formats import handoff, journal, next_session, prompt, session
from session_hooks.formats.session_rules import ISSUE_IN_NAME
from session_hooks.formats.template import Part, Template
from session_hooks.values import Value

_LONGEST_SLUG = 60
_MOST_SLUG_BYTES = 180
"""File systems take names of 255 bytes; a letter may be four, and a stamp and a number come too."""
_URL = re.compile(r"https?://", re.IGNORECASE)
_NO_TEMPLATE = "[TEMPLATE_URL]"


class Wish(Value):
    """What a person asked for; every text is one line, and clean."""

    title: str
    issue: str | None = None
    """An issue's id, or its address."""
    agents: tuple[str, ...] = ()
    number: int = 1
    """Which session a handoff prompt ends."""
    template: str | None = None
    trigger: str = prompt.TRIGGER
    domain: str | None = None


class Moment(Value):
    """When and where a document is written."""

    utc: datetime
    local: datetime
    branch: str | None
    author: str | None


class Draft(Value):
    """A document that is not written yet."""

    stem: str
    """Its file's name without ``.md``."""
    text: str


def draft(form: str, wish: Wish, moment: Moment) -> Draft:
    """Return a new document of a format, as its template has it."""
    return _DRAFTS[form](wish, moment)


def _session(wish: Wish, moment: Moment) -> Draft:
    """Write a session file (003, "Location & Naming" and "Required Frontmatter")."""
    stamp = iso(moment.utc)
    is_address = wish.issue is not None and _URL.match(wish.issue)
    values: dict[str, object] = {
        "title": wish.title,
        "status": Status.IN_PROGRESS.value,
        "created": stamp,
        "last_updated": stamp,
        "linear_issue": None if is_address else wish.issue,
        "linear_url": wish.issue if is_address else None,
        "branch": moment.branch,
        "author": moment.author,
        "current_task": session.TEMPLATE_TASK,
        "spawned_agents": [
            {"agent": name, "task": session.TEMPLATE_AGENT_TASK, "status": "pending"}
            for name in wish.agents
        ],
    }
    fields = {"title": wish.title, "minute": f"{moment.utc:%Y-%m-%d %H:%M}"}
    return Draft(
        f"{moment.utc:%Y%m%d-%H%M%S}-{slug(wish.title, wish.issue)}",
        f"{_frontmatter(values)}\n{session.TEMPLATE.fill(fields)}",
    )


def _frontmatter(values: dict[str, object]) -> str:
    import yaml

    tables: dict[str, dict[str, object]] = {}
    for field in session.FIELDS:
        if values[field.name]:
            tables.setdefault(field.table, {})[field.name] = values[field.name]
    # On one line each, however long: a line of dashes would end the frontmatter.
    said = yaml.safe_dump(tables, sort_keys=False, allow_unicode=True, width=sys.maxsize)
    return f"---\n{said}---\n"


def _next(wish: Wish, moment: Moment) -> Draft:  # noqa: ARG001  it has neither title nor date
    """Write ``NEXT_SESSION.md`` (000, "Structure")."""
    return Draft("NEXT_SESSION", next_session.TEMPLATE.fill({}))


def _handoff(wish: Wish, moment: Moment) -> Draft:
    """Write a handoff (001, "Naming Convention" and "Header Section"), in local time."""
    fields = {
        "title": wish.title,
        "date": f"{moment.local:%Y-%m-%d}",
        "time": f"{moment.local:%H:%M:%S}",
        "branch": moment.branch or "none",
        "author": f"Claude Code + {moment.author}" if moment.author else "Claude Code",
    }
    stem = f"{moment.local:%Y-%m-%d-%H%M}-{slug(wish.title)}"
    return Draft(stem, handoff.TEMPLATE.fill(fields))


def _journal(wish: Wish, moment: Moment) -> Draft:
    """Write a journal (002, "File Naming"), on the local day."""
    stem = f"{moment.local:%Y-%m-%d}-{slug(wish.title)}"
    return Draft(stem, journal.TEMPLATE.fill({"title": wish.title}))


def _prompt(wish: Wish, moment: Moment) -> Draft:
    """Write a handoff prompt (004, "Recommended Format" and "Domain-Specific Extensions")."""
    fields = {
        "generated": iso(moment.utc),
        "session": f"{handover(wish.number)}: {wish.title}",
        "template": wish.template or _NO_TEMPLATE,
        "trigger": wish.trigger,
    }
    more = prompt.DOMAINS[wish.domain] if wish.domain else ()
    return Draft("HANDOFF", _with_parts(prompt.TEMPLATE, more).fill(fields))


def _with_parts(template: Template, more: tuple[Part, ...]) -> Template:
    """Return the prompt's template with more parts at the end of its summary."""
    deep = [index for index, part in enumerate(template.parts) if part.level > 2]
    end = deep[-1] + 1
    return template._replace(parts=(*template.parts[:end], *more, *template.parts[end:]))


def handover(number: int) -> str:
    """Name the step from one session to the next (004, "Header": "Session 3 → 4")."""
    return f"Session {number} → {number + 1}"


_DRAFTS: dict[str, Callable[[Wish, Moment], Draft]] = {
    session.NAME: _session,
    next_session.NAME: _next,
    handoff.NAME: _handoff,
    journal.NAME: _journal,
    prompt.NAME: _prompt,
}


def slug(title: str, issue: str | None = None) -> str:
    """Return a title as a file's name has it: lower case, words joined by ``-``, no issue's id.

    Accents go, letters of other scripts stay; 60 characters at most, cut at a word. A title with
    nothing to keep is ``session``. (003, "Location & Naming".)
    """
    name = _joined(ISSUE_IN_NAME.sub(" ", title))
    # Joined, "issue 12" has become one more; and the id that is given may be of any form.
    name = _joined(ISSUE_IN_NAME.sub("-", name))
    if issue and (known := _joined(issue)):
        name = _joined(re.sub(rf"(?<![^\W_]){re.escape(known)}(?![^\W_])", "-", name))
    return _cut(name) or "session"


def _joined(text: str) -> str:
    """Return the words of a text in lower case, joined by ``-``."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).lower())
    kept: list[str] = []
    base = ""
    for character in plain:
        if unicodedata.category(character).startswith("M"):
            # An accent on a Latin letter; in other scripts a mark makes another letter.
            if base and not base.isascii():
                kept.append(character)
        elif character.isalnum():
            kept.append(character)
            base = character
        elif character not in "'’":
            kept.append("-")
            base = ""
    words = "".join(kept).split("-")
    return unicodedata.normalize("NFC", "-".join(word for word in words if word))


def _cut(name: str) -> str:
    while len(name) > _LONGEST_SLUG or len(name.encode()) > _MOST_SLUG_BYTES:
        shorter = name.rpartition("-")[0]
        name = shorter or name[: min(len(name) - 1, _LONGEST_SLUG)]
    return name
