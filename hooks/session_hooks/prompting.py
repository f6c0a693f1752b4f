"""``agent-session prompt``: a document retold as a handoff prompt, ready to be copied."""

import argparse
import os

from session_hooks import plain, ranking
from session_hooks.creating import template_url, trigger
from session_hooks.document import Document
from session_hooks.formats import is_template, read_body
from session_hooks.handoff_prompt import Source, compose, session_of
from session_hooks.kept import find
from session_hooks.output import print_json, say, warn
from session_hooks.roots import CONFIG
from session_hooks.survey import RefusedError, Survey


def print_prompt(arguments: argparse.Namespace, found: Survey) -> None:
    """Print the handoff prompt of one document, or of the one that a conversation would resume.

    Raises RefusedError where there is none, or no bootstrap template to name.
    """
    template = template_url(arguments, found)
    if template is None:
        raise RefusedError(
            "a handoff prompt names its bootstrap template: give --template URL, or set template "
            f"below [prompt] in {CONFIG}"
        )
    said = trigger(arguments, found)
    source = _source(_document(arguments.path, found), found)
    text = compose(source, found.view.now, template, said)
    if arguments.json:
        path = source.document.path
        print_json({"path": path, "session": session_of(source), "prompt": text})
    else:
        say(text.removesuffix("\n"))


def _document(name: str | None, found: Survey) -> Document:
    if name is None:
        ranked = ranking.candidates(found.scan.documents, found.view)
        best = next((entry.document for entry in ranked if not entry.rests), None)
        if best is None:
            raise RefusedError(
                "no document is active here. Name one: agent-session prompt PATH; "
                "those there are: agent-session list --all"
            )
        return best
    document = find(name, found, os.environ, warn)
    if is_template(document):
        raise RefusedError(f"{plain.path(document.path)} is still to be filled in")
    return document


def _source(document: Document, found: Survey) -> Source:
    root = found.project.root

    def exists(path: str) -> bool:
        return os.path.lexists(os.path.join(root, *path.split("/")))

    name = os.path.basename(found.project.git_top or root) or root
    return Source(document, read_body(document), plain.one_line(name).replace("`", ""), exists)
