"""``agent-session new``: a document from a specification's template."""

import argparse
import os
import re
import shlex
import sys
import unicodedata
from collections.abc import Container, Iterator
from datetime import UTC, datetime

from session_hooks.cli.check.session import ISSUE_IN_NAME
from session_hooks.cli.project import RefusedError, Survey, from_here, print_json, print_path, warn
from session_hooks.cli.prompt import bootstrap, handover, session_number
from session_hooks.cli.undo import free_path, put, require_free
from session_hooks.documents import files
from session_hooks.documents.formats import prompt, session
from session_hooks.documents.locations import NEXT, parts
from session_hooks.documents.model import Status
from session_hooks.documents.registry import BACKGROUND, NEWEST, named, of_text
from session_hooks.evidence import queries
from session_hooks.evidence.git import Git
from session_hooks.project.gitdir import other_worktrees
from session_hooks.project.project import CONFIG, absolute
from session_hooks.util import safe_text
from session_hooks.util.dates import iso
from session_hooks.util.lazy import Value

_LONGEST_TITLE = 5000
_ONLY_FOR = {
    "short": session.NAME,
    "issue": session.NAME,
    "agent": session.NAME,
    "domain": prompt.NAME,
    "template": prompt.NAME,
    "trigger": prompt.NAME,
}
SHORT = ("Context", "Current State", "Next Steps", "Session Log")
"""003, "Required Sections", and the log."""
_GIT_SECONDS = 2
_LONGEST_SLUG = 60
_MOST_SLUG_BYTES = 180
"""File systems take 255; a letter may be four, and a stamp and a number come too."""
_DROPPED = re.compile("(?<=[a-z])[\u0300-\u036f]+|['’\ufe0f]")
"""Accents of Latin letters: in other scripts a mark makes another letter."""
_URL = re.compile(r"https?://", re.IGNORECASE)
_NO_TEMPLATE = "[TEMPLATE_URL]"


class Wish(Value):
    """What a person asked for; every text is one line, and clean."""

    title: str
    now: datetime  # in the person's time zone
    branch: str | None = None
    author: str | None = None
    issue: str | None = None  # its id or address
    agents: tuple[str, ...] = ()
    number: int = 1  # the session that a handoff prompt ends
    template: str | None = None
    trigger: str = prompt.TRIGGER
    domain: str | None = None
    task: str = session.TEMPLATE_TASK


def new_document(arguments: argparse.Namespace, found: Survey) -> None:
    form = arguments.format
    for option, only in _ONLY_FOR.items():
        if getattr(arguments, option) and form != only:
            raise RefusedError(f"--{option} is for --format {only} only")
    wish = _wish(arguments, found)
    stem, text = draft(form, wish, SHORT if arguments.short else None)
    if of_text(named(form), text) is not named(form):
        raise RefusedError("that title would make it a handoff prompt: give another TITLE")
    path = path_for(found, form, stem)
    require_free(path, found)
    put(absolute(found.project.root, path), None, text.encode())
    for note in _notes(found, form, wish, path):
        warn(note)
    if arguments.json:
        title = named(form).read(path, text, found.view.now).title
        print_json({"path": path, "format": form, "title": wish.title or title})
    else:
        print_path(absolute(found.project.root, path))


def _wish(arguments: argparse.Namespace, found: Survey) -> Wish:
    title = safe_text.one_line(arguments.title or "")
    if not title and arguments.format != NEXT:
        raise RefusedError("a TITLE is missing: agent-session new TITLE")
    if len(title) > _LONGEST_TITLE:
        raise RefusedError(f"the title is longer than {_LONGEST_TITLE} characters")
    template, trigger = bootstrap(arguments, found)
    agents = (safe_text.one_line(name) for name in arguments.agent or ())
    author = Git(found.project.root, _GIT_SECONDS).user_name or ""
    branch = found.view.facts.branch or ""  # git may give one in bytes that are no UTF-8
    return Wish(
        title=title,
        now=found.view.now.astimezone(),
        branch=branch.encode("utf-8", "replace").decode() or None,
        author=safe_text.one_line(author) or None,
        issue=safe_text.one_line(arguments.issue or "") or None,
        agents=tuple(name for name in agents if name),
        number=session_number(found),
        template=template,
        trigger=trigger,
        domain=arguments.domain,
    )


def folder_for(found: Survey, form: str) -> str:
    """Return where a format's new documents go: of its folders the first, or one that is there.

    Raises RefusedError for a link that leaves the project.
    """
    project, places = found.project, found.settings.folders[form]
    is_folder = (one for one in places if parts(one)[1] is None and not one.endswith("/*"))
    folders = list(is_folder) or [parts(places[0])[0]]
    there = (one for one in folders if os.path.isdir(absolute(project.root, one)))
    folder = next(there, folders[0]) if form in (*NEWEST, *BACKGROUND) else folders[0]
    place = os.path.join(os.path.realpath(absolute(project.root, folder)), "")
    if not files.is_inside(place, (project.root, *other_worktrees(project))):
        raise RefusedError(f"{safe_text.path(folder)} is a link that leaves the project")
    return folder


def path_for(found: Survey, form: str, stem: str) -> str:
    """Return the path of a new document: a stamped name that is taken gets a number."""
    folder = folder_for(found, form)
    if "{" in named(form).STEM:
        return free_path(folder, stem, found)
    return f"{folder}/{stem}.md" if folder else f"{stem}.md"


def _notes(found: Survey, form: str, wish: Wish, path: str) -> Iterator[str]:
    if form not in found.settings.places:
        yield f"the hooks don't read it: [documents] formats in {CONFIG} leaves {form} out"
    if form == NEXT:
        if wish.title:
            yield "NEXT_SESSION.md has no title of its own, so the TITLE is not in it"
        if queries.is_ignored(found.project, path) is False:
            yield f"git doesn't ignore it yet. To have it ignored: {_ignoring(found, path)}"
    if form == prompt.NAME and wish.template is None:
        yield (
            "[TEMPLATE_URL] in it is still to be filled in; --template URL does, or "
            f"[prompt] template in {CONFIG}"
        )


def _ignoring(found: Survey, path: str) -> str:
    rules = os.path.join(found.project.root, ".gitignore")
    into = f"{shlex.quote(path)} >> {shlex.quote(from_here(rules))}"
    try:
        with open(rules, "rb") as file:
            is_whole = file.read().endswith(b"\n")
    except OSError:
        is_whole = True
    return f"echo {into}" if is_whole else f"printf '\\n%s\\n' {into}"


# --- the text ------------------------------------------------------------------------------------


def draft(form: str, wish: Wish, only: Container[str] | None = None) -> tuple[str, str]:
    """Return a new document's text, from its format's template, behind its name without ``.md``.

    Of the template's parts those with an ``only`` heading, if any are given.
    """
    now, utc = wish.now, wish.now.astimezone(UTC)
    fields = {
        "name": slug(wish.title, wish.issue),
        "stamp": f"{utc:%Y%m%d-%H%M%S}",
        "title": wish.title,
        "minute": f"{utc:%Y-%m-%d %H:%M}",
        "date": f"{now:%Y-%m-%d}",
        "clock": f"{now:%H%M}",
        "time": f"{now:%H:%M:%S}",
        "branch": wish.branch or "none",
        "author": f"Claude Code + {wish.author}" if wish.author else "Claude Code",
        "generated": iso(utc),
        "session": f"{handover(wish.number)}: {wish.title}",
        "template": wish.template or _NO_TEMPLATE,
        "trigger": wish.trigger,
    }
    template = named(form).TEMPLATE
    if form == prompt.NAME and wish.domain:  # 004, "Domain-Specific Extensions"
        parts = template.parts
        end = max(index for index, part in enumerate(parts) if part.level > 2) + 1
        parts = (*parts[:end], *prompt.DOMAINS[wish.domain], *parts[end:])
        template = template._replace(parts=parts)
    if only is not None:
        parts = tuple(part for part in template.parts if part.heading in only)
        template = template._replace(parts=parts)
    head = _frontmatter(wish, iso(utc)) if form == session.NAME else ""
    return named(form).STEM.format(**fields), head + template.fill(fields)


def filled_part(text: str, heading: str, said: str) -> str:
    """Return a draft with the text of one of its parts in the place of its guidance."""
    begin = text.index(f"\n## {heading}\n\n") + len(heading) + 6
    ends = (text.find(mark, begin) for mark in ("\n## ", "\n---\n"))
    end = min((at for at in ends if at >= 0), default=len(text))
    return f"{text[:begin]}{said}\n{text[end:]}"


def _frontmatter(wish: Wish, stamp: str) -> str:
    import yaml

    is_address = _URL.match(wish.issue or "")
    values: dict[str, object] = {
        "title": wish.title,
        "status": Status.IN_PROGRESS.value,
        "created": stamp,
        "last_updated": stamp,
        "linear_issue": None if is_address else wish.issue,
        "linear_url": wish.issue if is_address else None,
        "branch": wish.branch,
        "author": wish.author,
        "current_task": wish.task,
        "spawned_agents": [
            {"agent": name, "task": session.TEMPLATE_AGENT_TASK, "status": "pending"}
            for name in wish.agents
        ],
    }
    tables: dict[str, dict[str, object]] = {}  # 003, "Required Frontmatter"
    for field in session.FIELDS:
        if values[field.name]:
            tables.setdefault(field.table, {})[field.name] = values[field.name]
    # On one line each, however long: a line of dashes would end the frontmatter.
    head = yaml.safe_dump(tables, sort_keys=False, allow_unicode=True, width=sys.maxsize)
    return f"---\n{head}---\n\n"


def slug(title: str, issue: str | None = None) -> str:
    """Return a title for a file's name: no issue's id in it (003, "Location & Naming")."""
    name = _joined(ISSUE_IN_NAME.sub(" ", title))
    # Joined, "issue 12" has become one more; and the id that is given may be of any form.
    name = _joined(ISSUE_IN_NAME.sub("-", name))
    if issue and (known := _joined(issue)):
        name = _joined(re.sub(rf"(?<![^\W_]){re.escape(known)}(?![^\W_])", "-", name))
    return _cut(name) or "session"


def _joined(text: str) -> str:
    plain = _DROPPED.sub("", unicodedata.normalize("NFKD", text).lower())
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else "-" for c in plain)
    return unicodedata.normalize("NFC", "-".join(filter(None, "".join(kept).split("-"))))


def _cut(name: str) -> str:
    while len(name) > _LONGEST_SLUG or len(name.encode()) > _MOST_SLUG_BYTES:
        shorter = name.rpartition("-")[0]
        name = shorter or name[: min(len(name) - 1, _LONGEST_SLUG)]
    return name
