"""``agent-session restore``: what was moved out of the working tree, and how it comes back."""

import argparse
import os
import sys
from datetime import datetime
from typing import Any

from session_hooks import archive, dates, kept, plain
from session_hooks.kept import Copy
from session_hooks.output import from_here, print_json, print_path, say, warn, within
from session_hooks.project import Project
from session_hooks.records import RESTORED
from session_hooks.remembering import BECAME, archived_as_json
from session_hooks.survey import RefusedError, Survey

"""Why a document needs no more telling from the archive: it is in the working tree again."""


def restore(arguments: argparse.Namespace, found: Survey) -> None:
    """List the archive, or copy one document of it back to where it lay, and print its path.

    Raises RefusedError where it can't be copied there; nothing is ever overwritten.
    """
    project, now = found.project, found.view.now
    copies = kept.copies(project, os.environ, now, warn=warn)
    if arguments.name is None:
        _list(copies, project.root, now, as_json=arguments.json)
        return
    copy = kept.named(arguments.name, project, copies)
    if copy is None:
        raise RefusedError(
            f"{plain.path(arguments.name)} is not in the archive. "
            "What there is: agent-session restore"
        )
    target = _target(copy, project)
    _put_back(copy, target)
    _settle(copy, now)
    path = within(target, project.root)
    if arguments.json:
        print_json({"path": path, "name": copy.name, "copy": within(copy.path, project.root)})
    else:
        print_path(from_here(target))


# --- one document --------------------------------------------------------------------------------


def _target(copy: Copy, project: Project) -> str:
    """Return where a document is to be copied to; raises RefusedError where that may not be."""
    root = project.root
    if copy.project != root and os.path.isdir(copy.project):
        raise RefusedError(
            f"{plain.path(copy.name)} was taken from another working tree. To bring it back there: "
            f"agent-session restore --repo {plain.path(copy.project)} {plain.path(copy.name)}"
        )
    target = os.path.join(root, *copy.former.split("/"))
    folder = os.path.dirname(target)
    is_inside = os.path.normpath(target).startswith(os.path.join(root, ""))
    if not is_inside or os.path.realpath(folder) != folder:
        shown = plain.path(within(folder, root))
        raise RefusedError(
            f"{shown} is a link or lies outside the project, so nothing is written through it. "
            f"The copy stays: {plain.path(copy.path)}"
        )
    return target


def _put_back(copy: Copy, target: str) -> None:
    place, source = plain.path(from_here(target)), plain.path(from_here(copy.path))
    try:
        archive.put_back(copy.path, target)
    except OSError as error:
        if os.path.lexists(target) and isinstance(error, FileExistsError):
            raise RefusedError(
                f"{place} is there already and is not overwritten by {source}: move it away "
                "first, or read the copy where it is"
            ) from error
        reason = (error.strerror or type(error).__name__).lower()
        raise RefusedError(
            f"{source} could not be copied to {place} ({reason}); it stays where it is: see that "
            "the folder can be written to, or copy it elsewhere"
        ) from error


def _settle(copy: Copy, now: datetime) -> None:
    """Note that it needs no more telling; what was read before stays noted as that."""
    if copy.row is None or copy.row.settled is not None:
        return
    row = copy.row._replace(settled=now, how=RESTORED)
    try:
        kept.ask(copy.folder, lambda store: store.record(archived=[row]))
    except RefusedError as error:
        warn(f"it is back, but that could not be noted, so it may be told twice: {error}")


# --- the list ------------------------------------------------------------------------------------


def _list(copies: list[Copy], root: str, now: datetime, *, as_json: bool) -> None:
    if as_json:
        print_json({"archive": [_as_json(copy, root) for copy in copies]})
    elif copies:
        _print_table(copies, root, now)
    else:
        say("The archive is empty: no document was taken from the working tree.")


def _as_json(copy: Copy, root: str) -> dict[str, Any]:
    """Return a document in the archive; what nothing tells of it is null."""
    if copy.row:
        return archived_as_json(copy.row, copy.became or "", copy.path, root)
    unknown = ("conversation", "delivered", "state", "settled", "how")
    return {
        "name": copy.name,
        "path": within(kept.place(copy.path), root),
        "former": within(copy.place, root),
        "taken": dates.iso(copy.taken),
        **dict.fromkeys(unknown),
    }


def _print_table(copies: list[Copy], root: str, now: datetime) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("archived as", "where it lay", "taken", "by conversation", "read"):
        table.add_column(heading, overflow="fold")
    for copy in copies:
        became = BECAME.get(copy.became or "", copy.became) or "unknown"
        cells = (
            plain.path(copy.name),
            plain.path(within(copy.place, root)),
            dates.clock(now, copy.taken),
            plain.word(copy.row.conversation, 80) if copy.row else "unknown",
            plain.inline(became, 80),
        )
        table.add_row(*(Text(cell) for cell in cells))
    # Piped, there is no width to fit: every cell on lines as long as they are.
    Console(width=None if sys.stdout.isatty() else 240).print(table)
