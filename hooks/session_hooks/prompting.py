"""``agent-session prompt``: a document retold as a handoff prompt, ready to be copied."""

import argparse
import os
from datetime import UTC, datetime

from session_hooks import files, plain, ranking
from session_hooks.creating import session_number, template_url, trigger
from session_hooks.document import Document
from session_hooks.files import UnreadableFileError
from session_hooks.formats import is_template, prompt, read_body
from session_hooks.handoff_prompt import Source, compose, session_of
from session_hooks.kept import find
from session_hooks.output import from_here, print_json, print_path, say, warn, within
from session_hooks.roots import CONFIG
from session_hooks.survey import RefusedError, Survey

_ANOTHER = "move it away, or name another file with --output PATH"


def print_prompt(arguments: argparse.Namespace, found: Survey) -> None:
    """Print the handoff prompt of one document, or of the one that a conversation would resume.

    Or write it to a file, when all was read: it may take the place of what it is made from. Raises
    RefusedError where there is none, no bootstrap template to name, or something else in its place.
    """
    template = template_url(arguments, found)
    if template is None:
        raise RefusedError(
            "a handoff prompt names its bootstrap template: give --template URL, or set template "
            f"below [prompt] in {CONFIG}"
        )
    said = trigger(arguments, found)
    output = None if arguments.output is None else os.path.realpath(arguments.output)
    before = _replaced(output) if output else None
    source = _source(_document(arguments.path, found), found, before)
    text = compose(source, found.view.now, template, said)
    if output:
        _write(output, text)
    if arguments.json:
        path = source.document.path
        answer = {"path": path, "session": session_of(source), "prompt": text}
        print_json(answer | ({"output": within(output, found.project.root)} if output else {}))
    elif output:
        print_path(from_here(output))
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


def _source(document: Document, found: Survey, before: Document | None) -> Source:
    root = found.project.root

    def exists(path: str) -> bool:
        return os.path.lexists(os.path.join(root, *path.split("/")))

    name = os.path.basename(found.project.git_top or root) or root
    called = plain.one_line(name).replace("`", "")
    number = (before and before.number) or session_number(found)
    return Source(document, read_body(document), called, exists, number)


# --- the file that it is written to --------------------------------------------------------------


def _replaced(output: str) -> Document | None:
    """Return the prompt that is to be replaced; None where there is nothing.

    Raises RefusedError where something else is there.
    """
    shown = plain.path(from_here(output))
    try:
        read = files.read(output)
        text = "" if read is None else files.decode(read[0])[0]
    except UnreadableFileError as error:
        raise RefusedError(f"{shown} can't be written over ({error}): {_ANOTHER}") from error
    if not text.strip():
        return None
    if not prompt.opens(text):
        raise RefusedError(f"{shown} is no handoff prompt, so it is not overwritten: {_ANOTHER}")
    return prompt.read(output, text, datetime.now(UTC))


def _write(output: str, text: str) -> None:
    """Put a text in a file's place, whole or not at all; raises RefusedError."""
    folder, name = os.path.split(output)
    part = os.path.join(folder, f".{name}.{os.getpid()}")
    try:
        with open(part, "x", encoding="utf-8", newline="\n") as file:
            try:
                file.write(text)
                file.flush()
                if os.path.exists(output):
                    os.chmod(part, os.stat(output).st_mode & 0o777)
                os.replace(part, output)
            except OSError:
                os.unlink(part)
                raise
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        shown = plain.path(from_here(output))
        raise RefusedError(f"can't write {shown} ({reason}): {_ANOTHER}") from error
