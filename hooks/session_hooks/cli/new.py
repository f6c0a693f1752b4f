"""``agent-session new``: a document from a specification's template."""

import argparse
import os
import re
import shlex
import sys
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain, count

from session_hooks.cli.check.session import ISSUE_IN_NAME
from session_hooks.cli.project import RefusedError, Survey, from_here, print_json, say, warn
from session_hooks.cli.prompt import handover
from session_hooks.documents import config, files
from session_hooks.documents.files import create
from session_hooks.documents.formats import handoff, prompt, session
from session_hooks.documents.formats import next as next_session
from session_hooks.documents.locations import parts
from session_hooks.documents.model import Part, Status, Template
from session_hooks.documents.registry import NEWEST, REVIEWED, named, of_text
from session_hooks.evidence import queries
from session_hooks.evidence.git import Git
from session_hooks.project.project import CONFIG, Project, absolute
from session_hooks.project.worktrees import other_worktrees
from session_hooks.report import ranking
from session_hooks.report.verdict import activity
from session_hooks.util import safe_text
from session_hooks.util.dates import iso
from session_hooks.util.lazy import Value

_LONGEST_TITLE = 5000
_ONLY_FOR = {
    "issue": session.NAME,
    "agent": session.NAME,
    "domain": prompt.NAME,
    "template": prompt.NAME,
    "trigger": prompt.NAME,
}
_ALREADY_THERE = {
    next_session.NAME: "read it and delete it first",
    prompt.NAME: "move or delete it first",
}

_GIT_SECONDS = 2
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


def new_document(arguments: argparse.Namespace, found: Survey) -> None:
    """Write a new document and print its path.

    Raises RefusedError where it can't be written, or not with these options.
    """
    form = arguments.format
    for option, only in _ONLY_FOR.items():
        if getattr(arguments, option) and form != only:
            raise RefusedError(f"--{option} is for --format {only} only")
    wish = _wish(arguments, found)
    made = draft(form, wish, _moment(found))
    if of_text(named(form), made.text) is not named(form):
        raise RefusedError("that title would make it a handoff prompt: give another TITLE")
    path = _written(found.project, _folder(found, form), form, made)
    for note in _notes(found, form, wish, path):
        warn(note)
    if arguments.json:
        title = named(form).read(path, made.text, found.view.now).title
        print_json({"path": path, "format": form, "title": wish.title or title})
    else:
        say(from_here(_place(found.project, path)))


def template_url(arguments: argparse.Namespace, found: Survey) -> str | None:
    """Return the bootstrap template's address: the option's, else the project's, else None.

    Raises RefusedError for one that is no address.
    """
    if arguments.template is not None and not config.is_template_url(arguments.template):
        raise RefusedError(f"--template must be {config.TEMPLATE_URL}")
    return arguments.template or found.settings.template


def trigger(arguments: argparse.Namespace, found: Survey) -> str:
    """Return the word that asks for the next prompt: the option's, else the project's, else 004's.

    Raises RefusedError for one that can't be said.
    """
    if arguments.trigger is not None and not config.is_trigger(arguments.trigger):
        raise RefusedError(f"--trigger must be {config.TRIGGER}")
    said: str = arguments.trigger or found.settings.trigger or prompt.TRIGGER
    return said.strip()


def _wish(arguments: argparse.Namespace, found: Survey) -> Wish:
    title = safe_text.one_line(arguments.title or "")
    if not title and arguments.format != next_session.NAME:
        raise RefusedError("a TITLE is missing: agent-session new TITLE")
    if len(title) > _LONGEST_TITLE:
        raise RefusedError(f"the title is longer than {_LONGEST_TITLE} characters")
    agents = (safe_text.one_line(name) for name in arguments.agent)
    return Wish(
        title=title,
        issue=safe_text.one_line(arguments.issue or "") or None,
        agents=tuple(name for name in agents if name),
        number=session_number(found),
        template=template_url(arguments, found),
        trigger=trigger(arguments, found),
        domain=arguments.domain,
    )


def session_number(found: Survey) -> int:
    """Return which session the newest handoff prompt leads to, the one that now ends."""
    prompts = ranking.of_formats(found.scan.documents, (prompt.NAME,))
    newest = max(prompts, key=lambda one: activity(one, found.view), default=None)
    return (newest.number if newest else None) or 1


def _moment(found: Survey) -> Moment:
    author = queries.user_name(Git(found.project.root, _GIT_SECONDS))
    branch = found.view.facts.branch
    return Moment(
        utc=found.view.now,
        local=found.view.now.astimezone(),
        branch=_encodable(branch) if branch else None,
        author=safe_text.one_line(author) or None if author else None,
    )


def _encodable(name: str) -> str:
    """Return a name that git gave in bytes that are no UTF-8 with ``?`` for those."""
    return name.encode("utf-8", "replace").decode()


# --- Where it goes -------------------------------------------------------------------------------


def _folder(found: Survey, form: str) -> str:
    places = found.settings.folders[form]
    folders = [place for place in places if _is_folder(place)] or [parts(places[0])[0]]
    if form not in (*NEWEST, *REVIEWED):
        return folders[0]
    # Where there are some already.
    there = (f for f in folders if os.path.isdir(_place(found.project, f)))
    return next(there, folders[0])


def _is_folder(place: str) -> bool:
    return parts(place)[1] is None and not place.endswith("/*")


def _place(project: Project, path: str) -> str:
    return absolute(project.root, path) if path else project.root


def _written(project: Project, folder: str, form: str, made: Draft) -> str:
    """Write a draft where no file is yet; a stamped name that is taken gets a number.

    Returns its path relative to the project. Raises RefusedError where that can't be, or where the
    folder leads out of the project.
    """
    place = os.path.realpath(_place(project, folder))
    inside = os.path.join(place, "")
    is_ours = files.is_inside(inside, [project.root])
    if not is_ours and not files.is_inside(inside, other_worktrees(project)):
        raise RefusedError(f"{safe_text.path(folder)} is a link that leaves the project")
    try:
        os.makedirs(place, exist_ok=True)
    except OSError as error:
        raise RefusedError(f"can't make {safe_text.path(place)}: {files.reason(error)}") from error
    for name in _names(made.stem):
        path = os.path.join(place, name)
        try:
            create(path, made.text.encode())
        except FileExistsError as error:
            if form in _ALREADY_THERE:
                shown = safe_text.path(from_here(path))
                raise RefusedError(f"{shown} is there already: {_ALREADY_THERE[form]}") from error
        except OSError as error:
            raise RefusedError(
                f"can't write {safe_text.path(path)}: {files.reason(error)}"
            ) from error
        else:
            break
    return f"{folder}/{name}" if folder else name


def _names(stem: str) -> Iterator[str]:
    return chain([f"{stem}.md"], (f"{stem}-{number}.md" for number in count(2)))


# --- What is said about it -----------------------------------------------------------------------


def _notes(found: Survey, form: str, wish: Wish, path: str) -> Iterator[str]:
    if form not in found.settings.places:
        yield f"the hooks don't read it: [documents] formats in {CONFIG} leaves {form} out"
    if form == next_session.NAME:
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
    """Return the command, to be run from here, that has git ignore a file."""
    rules = os.path.join(found.project.root, ".gitignore")
    into = f">> {shlex.quote(from_here(rules))}"
    if _ends_within_a_line(rules):
        return f"printf '\\n%s\\n' {shlex.quote(path)} {into}"
    return f"echo {shlex.quote(path)} {into}"


def _ends_within_a_line(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return not file.read().endswith(b"\n")
    except OSError:
        return False


# --- the text ------------------------------------------------------------------------------------


def draft(form: str, wish: Wish, moment: Moment) -> Draft:
    """Return a new document of a format, as its template has it."""
    if form in _DRAFTS:
        return _DRAFTS[form](wish, moment)
    # A name as 002 has it ("File Naming"), on the local day.
    stem = f"{moment.local:%Y-%m-%d}-{slug(wish.title)}"
    return Draft(stem, named(form).TEMPLATE.fill({"title": wish.title}))


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


_DRAFTS: dict[str, Callable[[Wish, Moment], Draft]] = {
    session.NAME: _session,
    next_session.NAME: _next,
    handoff.NAME: _handoff,
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
