"""Find files that look like documents and are not read, with the reason."""

import os
import re
from collections.abc import Iterable, Iterator

from session_hooks.documents import files, locations, names
from session_hooks.documents.config import Config
from session_hooks.documents.files import UnreadableFileError
from session_hooks.documents.model import Scan, Unread
from session_hooks.documents.registry import FORMATS, Format
from session_hooks.project.project import CONFIG, Project, absolute
from session_hooks.util import safe_text
from session_hooks.util.ages import count

_NAMED = 3
"""How many files of one folder are named that are passed over for one reason."""
_NAMES = (locations.NEXT_SESSION, *locations.HANDOFFS)
_OTHER_NAMES = f"there only {', '.join(_NAMES)} are read"
_MEANT = re.compile(r"hand[-_ ]?(?:off|over)|next[-_ ]session|session[-_ ]notes", re.IGNORECASE)
"""What the names of files have that may have been meant for a document, among anybody's."""


def passed_over(project: Project, settings: Config, scan: Scan) -> tuple[Unread, ...]:
    """Return what lies in the places of documents and is none, by path: markdown files.

    Of a folder that everybody has, those alone whose names look as if they were meant. A place that
    can't be read is one, too.
    """
    known = {one.path for one in (*scan.documents, *scan.templates)}
    known |= {one.path for one in scan.unread}
    found: dict[str, str] = {}
    for form in FORMATS:
        chosen = settings.folders[form.NAME]
        is_left_out = form.NAME not in settings.places
        for place in chosen:
            if locations.parts(place)[1] is None:
                which = locations.names_in(form.NAME, place, chosen)
                try:
                    for folder, there in _folders(project, place):
                        for name, reason in _reasons(form, which, there, is_left_out=is_left_out):
                            found.setdefault(f"{folder}/{name}" if folder else name, reason)
                except FileNotFoundError:
                    found |= dict(_spelled_otherwise(project, form, place))
                except (OSError, UnreadableFileError) as error:
                    found.setdefault(place, files.reason(error))
    return tuple(Unread(path, found[path]) for path in sorted(found.keys() - known))


def _folders(project: Project, place: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the folders of a place, each with its markdown files.

    Raises OSError and UnreadableFileError.
    """
    above = place.removesuffix("/*")
    inside, there = _listed(project, above)
    if above == place:
        yield place, there
    else:
        for name in inside:
            yield f"{above}/{name}", _listed(project, f"{above}/{name}")[1]


def _spelled_otherwise(project: Project, form: Format, place: str) -> Iterator[tuple[str, str]]:
    """Yield the folders that are a place but for the case of its last name's letters."""
    above, slash, name = place.rpartition("/")
    try:
        inside = _listed(project, above)[0]
    except (OSError, UnreadableFileError):
        return
    for one in inside:
        if one.casefold() == name.casefold():
            said = f"{place} is read; [folders] {form.NAME} in {CONFIG} names another folder"
            yield above + slash + one, said


def _listed(project: Project, folder: str) -> tuple[list[str], list[str]]:
    """Return the names of a folder's folders, and of its markdown files."""
    path = absolute(project.root, folder) if folder else project.root
    os.lstat(path)
    with os.scandir(files.resolve(project.root, path) if folder else path) as listing:
        items = sorted(listing, key=lambda item: item.name)
        inside = [item.name for item in items if os.path.isdir(item.path)]
    return inside, [item.name for item in items if names.is_markdown(item.name)]


def _reasons(
    form: Format, which: locations.Names, there: list[str], *, is_left_out: bool
) -> Iterator[tuple[str, str]]:
    """Yield the files of a folder that a format doesn't read, each with the reason."""
    likely = names.likely(there) if which == locations.LIKELY else frozenset(there)
    for name in there:
        if isinstance(which, tuple) and not form.is_document_name(name):
            is_known = name.casefold() in {one.casefold() for one in _NAMES}
            if _MEANT.search(name) and not is_known:
                yield name, names.kind(name) or _OTHER_NAMES
        elif (kind := names.kind(name)) is not None:
            yield name, kind
        elif not form.is_document_name(name):
            yield name, "its name has no date"
        elif name not in likely:
            yield name, _why_unlikely(name)
        elif is_left_out:
            yield name, f"[documents] formats in {CONFIG} leaves {form.NAME} out"


def _why_unlikely(name: str) -> str:
    if names.tells(name):
        return "others there are newer by their names"
    return f"its name has no date, as those of more than {locations.FEW} files there"


def why(path: str, project: Project, settings: Config, scan: Scan) -> str | None:
    """Return why a file, relative to the project, is not read; None where no place is its own."""
    return {one.path: one.reason for one in passed_over(project, settings, scan)}.get(path)


def lines(unread: Iterable[Unread]) -> Iterator[str]:
    """Say which files are not read: those of one folder and one reason together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in unread:
        folder = one.path.rpartition("/")[0]
        groups.setdefault((folder, one.reason), []).append(one.path)
    for (folder, reason), paths in groups.items():
        if len(paths) <= _NAMED:
            yield f"{', '.join(map(safe_text.path, paths))} ({reason})"
        else:
            said = ", ".join(safe_text.path(path.rpartition("/")[2]) for path in paths[:_NAMED])
            place = safe_text.path(folder) if folder else "the project's folder"
            yield f"{count(len(paths), 'file')} in {place}: {said}, … ({reason})"
