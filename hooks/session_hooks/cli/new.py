"""``agent-session new`` and ``init``: documents from the specifications' templates."""

import argparse
import os
import re
import shlex
import shutil
import sys
import unicodedata
from collections.abc import Container, Iterator
from datetime import UTC, datetime

from session_hooks.cli.check.session import ISSUE_IN_NAME
from session_hooks.cli.project import (
    RefusedError,
    Survey,
    ask,
    from_here,
    is_yes,
    print_json,
    print_path,
    say,
    warn,
)
from session_hooks.cli.prompt import bootstrap, handover, session_number
from session_hooks.cli.undo import free_path, put, read_file, require_free, write_files
from session_hooks.documents import files
from session_hooks.documents.edit import inert
from session_hooks.documents.formats import journal, prompt, session
from session_hooks.documents.locations import NEXT, NEXT_SESSION, parts
from session_hooks.documents.model import Status
from session_hooks.documents.registry import BACKGROUND, NEWEST, named, of_text
from session_hooks.evidence import queries
from session_hooks.project.gitdir import other_worktrees
from session_hooks.project.hooks import SESSION_START
from session_hooks.project.project import CONFIG, absolute
from session_hooks.util import safe_text
from session_hooks.util.dates import count, iso
from session_hooks.util.lazy import Value

_LONGEST_TITLE = 5000
_ONLY_FOR = {
    session.NAME: ("short", "issue", "agent"),
    prompt.NAME: ("domain", "template", "trigger"),
}
SHORT = ("Context", "Current State", "Next Steps", "Session Log")
"""003, "Required Sections", and the log."""
_LONGEST_SLUG = 60
_MOST_SLUG_BYTES = 180
"""File systems take 255; a letter may be four, and a stamp and a number come too."""
_DROPPED = re.compile("(?<=[a-z])[\u0300-\u036f]+|['’\ufe0f]")
"""Accents of Latin letters: in other scripts a mark makes another letter."""
_URL = re.compile(r"https?://", re.IGNORECASE)
_NO_TEMPLATE = "[TEMPLATE_URL]"
_IGNORED = ".gitignore"
_TEMPLATE_NAME = "YYYY-MM-DD-TEMPLATE-session.md"
"""002, "Template"."""
_SETTINGS = (".claude/settings.json", ".claude/settings.local.json")
_OWN_SETTINGS = "~/.claude/settings.json"
_INSTALLED = re.compile(rf'{SESSION_START.program}|"session-hooks@[^"]*"\s*:\s*true')
"""As a handler of its own, or as a plugin."""
_QUESTION = "What is to be done next? (one line)"
_INSTALL = "Install the hooks into .claude/settings.json now? [Y/n]"
_MOST = 5


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
    for only, options in _ONLY_FOR.items():
        for option in options:
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
    author = found.git.user_name or ""
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
    rules = os.path.join(found.project.root, _IGNORED)
    into = f"{shlex.quote(path)} >> {shlex.quote(from_here(rules))}"
    try:
        with open(rules, "rb") as file:
            is_whole = file.read().endswith(b"\n")
    except OSError:
        is_whole = True
    return f"echo {into}" if is_whole else f"printf '\\n%s\\n' {into}"


# --- what a repository needs to begin ------------------------------------------------------------


def begin(arguments: argparse.Namespace, found: Survey) -> None:
    """Make what the format chosen needs, with a first document; raises RefusedError."""
    form = arguments.format
    if form == prompt.NAME:
        raise RefusedError("a handoff prompt is made from another document: agent-session prompt")
    has_documents = any(
        one.format == form and one.status is not Status.COMPLETED for one in found.scan.documents
    )
    title = safe_text.one_line(arguments.title or "")
    if not title and not has_documents:
        title = safe_text.one_line(ask(_QUESTION) or "")
    if not title and not has_documents:
        raise RefusedError('say what is to be done next: agent-session init "Cache the answer"')
    new = _files(form, title, found, is_first=not has_documents)
    data = {path: text.encode("utf-8", "surrogateescape") for path, text in new.items()}
    write_files(data, found, "init", over=(_IGNORED,))
    if arguments.json:
        print_json({"written": [*new]})
        return
    for path in new:
        say(f"Wrote {path}")
    if not new:
        say(f"{count(len(found.scan.documents), 'document')} there already: agent-session")
    if not _is_installed(found):
        _install(found)


def _files(form: str, title: str, found: Survey, *, is_first: bool) -> dict[str, str]:
    """Return by their paths the texts of what is missing."""
    new: dict[str, str] = {}
    if found.project.git_top and queries.is_ignored(found.project, NEXT_SESSION) is False:
        before = read_file(found, _IGNORED) or b""
        text = before.decode("utf-8", "surrogateescape")
        end = "" if not text or text.endswith("\n") else "\n"
        new[_IGNORED] = f"{text}{end}{NEXT_SESSION}\n"
    if form == journal.NAME:
        path = f"{folder_for(found, form)}/{_TEMPLATE_NAME}"
        if read_file(found, path) is None:
            new[path] = journal.TEMPLATE.fill({"title": "[Topic]"})
    if is_first:
        now, branch = found.view.now.astimezone(), found.view.facts.branch
        wish = Wish(title=title, now=now, branch=branch, task=title)
        parts = _parts(form, title, found)
        stem, text = draft(form, wish, parts)
        for heading, said in parts.items():
            text = filled_part(text, heading, said)
        new[path_for(found, form, stem)] = text
    return new


def _parts(form: str, title: str, found: Survey) -> dict[str, str]:
    """Return what git and the person's answer say of a format's parts, by their headings."""
    said = {
        "state": _state(found),
        "task": inert(title),
        "minute": f"{found.view.now.astimezone(UTC):%Y-%m-%d %H:%M}",
    }
    parts = (part for part in named(form).TEMPLATE.parts if part.begun)
    return {part.heading: part.begun.format(**said) for part in parts}


def _state(found: Survey) -> str:
    """Say what git shows: the branch, the last commits, the changed files."""
    git = found.git
    branch = found.view.facts.branch
    log = (git.ask("log", f"--max-count={_MOST}", "--format=%h %s", "--") or b"").decode()
    tree = queries.start_tree(git, found.project, found.settings.all_folders, found.view.now)()
    changed = [*tree.changed] if tree else []
    lines = [f"Branch `{branch}`." if branch else "Work begins."]
    if log:
        lines += ["", "Last commits:"]
        lines += [f"- {safe_text.inline(one, 100)}" for one in log.splitlines()]
    if changed:
        lines += ["", f"{count(len(changed), 'changed file')}:"]
        lines += [f"- `{safe_text.path(path)}`" for path in changed[:_MOST]]
    return "\n".join(lines)


def _install(found: Survey) -> None:
    """Go on as ``install-hooks`` where a person says yes."""
    program = shutil.which("install-hooks")
    top = found.project.git_top or found.project.root
    if program is None or not (is_yes(answer := ask(_INSTALL)) or answer == ""):
        say(f"The hooks are not installed yet: install-hooks --repo {safe_text.path(top)}")
        return
    sys.stdout.flush()
    os.execv(program, [program, "--repo", top])  # noqa: S606  ours, beside this program


def _is_installed(found: Survey) -> bool:
    top = found.project.git_top or found.project.root
    for path in (*(absolute(top, path) for path in _SETTINGS), os.path.expanduser(_OWN_SETTINGS)):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                if _INSTALLED.search(file.read()):
                    return True
        except OSError:
            continue
    return False


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
