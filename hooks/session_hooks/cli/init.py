"""``agent-session init``: what a repository needs to begin."""

import argparse
import os
import re
import shutil
import sys
from datetime import UTC

from session_hooks.cli.new import Wish, draft, filled_part, folder_for, path_for
from session_hooks.cli.project import RefusedError, Survey, ask, is_yes, print_json, say
from session_hooks.cli.undo import read_file, write_files
from session_hooks.documents.edit import inert
from session_hooks.documents.formats import journal, prompt
from session_hooks.documents.locations import NEXT_SESSION
from session_hooks.documents.model import Status
from session_hooks.documents.registry import named
from session_hooks.evidence import queries
from session_hooks.evidence.git import Git
from session_hooks.project.hooks import SESSION_START
from session_hooks.project.project import absolute
from session_hooks.util import safe_text
from session_hooks.util.dates import count

_IGNORED = ".gitignore"
_TEMPLATE_NAME = "YYYY-MM-DD-TEMPLATE-session.md"
"""002, "Template"."""
_SETTINGS = (".claude/settings.json", ".claude/settings.local.json")
_INSTALLED = re.compile(rf'{SESSION_START.program}|"session-hooks@[^"]*"\s*:\s*true')
"""As a handler of its own, or as a plugin."""
_QUESTION = "What is to be done next? (one line)"
_INSTALL = "Install the hooks into .claude/settings.json now? [Y/n]"
_GIT_SECONDS = 5
_MOST = 5


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
    for path in () if arguments.json else new:
        say(f"Wrote {path}")
    if not new and not arguments.json:
        say(f"{count(len(found.scan.documents), 'document')} there already: agent-session")
    _install(arguments, found)


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
    git = Git(found.project.root, _GIT_SECONDS)
    branch = found.view.facts.branch
    log = (git.ask("log", f"--max-count={_MOST}", "--format=%h %s", "--") or b"").decode()
    tree = queries.start_tree(git, found.project, found.settings.all_folders, found.view.now)()
    changed = [*tree.changed] if tree else []
    lines = [f"Branch `{branch}`." if branch else "Work begins."]
    lines += ["", "Last commits:", *(f"- {_plain(one)}" for one in log.splitlines())] if log else []
    if changed:
        lines += ["", f"{count(len(changed), 'changed file')}:"]
        lines += [f"- `{safe_text.path(path)}`" for path in changed[:_MOST]]
    return "\n".join(lines)


def _plain(line: str) -> str:
    return safe_text.inline(line, 100)


# --- the hooks -----------------------------------------------------------------------------------


def _install(arguments: argparse.Namespace, found: Survey) -> None:
    """Go on as ``install-hooks`` where the hooks are not installed and a person says yes."""
    if arguments.json or _is_installed(found):
        return
    program = shutil.which("install-hooks")
    top = found.project.git_top or found.project.root
    if program is None or not (is_yes(answer := ask(_INSTALL)) or answer == ""):
        say(f"The hooks are not installed yet: install-hooks --repo {safe_text.path(top)}")
        return
    sys.stdout.flush()
    os.execv(program, [program, "--repo", top])  # noqa: S606  ours, beside this program


def _is_installed(found: Survey) -> bool:
    home = os.path.expanduser("~")
    places = [absolute(found.project.git_top or found.project.root, path) for path in _SETTINGS]
    for path in (*places, os.path.join(home, ".claude", "settings.json")):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                if _INSTALLED.search(file.read()):
                    return True
        except OSError:
            continue
    return False
