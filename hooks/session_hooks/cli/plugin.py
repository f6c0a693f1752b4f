"""``agent-session plugin``: the hooks and skills as a plugin, in a marketplace of its own."""

import argparse
import base64
import hashlib
import importlib.util
import io
import json
import os
import shlex
import zipfile
from collections.abc import Iterable, Mapping
from importlib import metadata

from session_hooks.cli.project import RefusedError, Survey, print_json, say
from session_hooks.documents import files
from session_hooks.project.hooks import HOOKS, Hook
from session_hooks.util import safe_text

_DISTRIBUTION = "agent-session-hooks"
_PACKAGES = ("session_hooks", _INSTALLER := "session_hooks_installer")
_NAME, _MARKETPLACE = "session-hooks", _DISTRIBUTION
_CATALOGUE = ".claude-plugin/marketplace.json"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip knows: equal files make equal wheels
_PROGRAM = b'#!/bin/sh\nexec sh "${0%/*}/../launch.sh" agent-session "$@"\n'

_Tree = dict[str, bytes]
"""Files by their paths."""


def write_plugin(arguments: argparse.Namespace, found: Survey) -> None:
    """Write the folder, or what changed in it; raises RefusedError."""
    del found  # the plugin is the same for each project
    folder = os.path.abspath(arguments.folder)
    _require_ours(folder)
    hooks = [hook for hook in HOOKS if not hook.feature or hook.feature in arguments.features]
    tree = _plugin(hooks)
    version = f"{metadata.version(_DISTRIBUTION)}+{_digest(tree)}"
    tree = _marketplace(tree, version)
    try:
        written = [path for path, data in tree.items() if _write(os.path.join(folder, path), data)]
        _delete_former_wheels(folder, tree)
    except OSError as error:
        place = safe_text.path(error.filename or folder)
        raise RefusedError(f"can't write {place}: {files.reason(error)}") from error
    if arguments.json:
        print_json({"folder": folder, "version": version, "written": written})
        return
    events = ", ".join(hook.event for hook in hooks)
    done = f"Wrote {folder}: {_NAME} {version}" if written else f"{folder} is at {version}"
    for line in (
        f"{done}, with {events}",
        "To install it, from here or from a git repository that holds what is in there:",
        f"  claude plugin marketplace add {shlex.quote(folder)}",
        f"  claude plugin install {_NAME}@{_MARKETPLACE}",
        f"Where it is installed already: claude plugin update {_NAME}@{_MARKETPLACE}",
    ):
        say(safe_text.single(line))


def _require_ours(folder: str) -> None:
    """Refuse a folder that holds anything, unless it is this marketplace."""
    try:
        if not set(os.listdir(folder)) - {".git"}:
            return
        with open(os.path.join(folder, _CATALOGUE), "rb") as file:
            catalogue = json.loads(file.read())
        names = [catalogue["name"], *(one["name"] for one in catalogue["plugins"])]
        if names == [_MARKETPLACE, _NAME]:
            return
    except FileNotFoundError:
        if not os.path.lexists(folder):
            return
    except (OSError, ValueError, LookupError, TypeError):
        pass  # no folder, or no such file of ours
    place = safe_text.path(folder)
    raise RefusedError(f"{place} holds something else: name a new folder, or an empty one")


def _write(path: str, data: bytes) -> bool:
    """Write a file, whole or not at all, and say whether it is another than before."""
    try:
        with open(path, "rb") as file:
            before = file.read()
        is_new = before != data and files.replace(path, data, before)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        files.create(path, data)
        is_new = True
    if data.startswith(b"#!"):
        os.chmod(path, os.stat(path).st_mode | 0o111)  # noqa: S103  as git makes a program
    return is_new


def _delete_former_wheels(folder: str, tree: _Tree) -> None:
    for name in os.listdir(os.path.join(folder, _NAME)):
        path = f"{_NAME}/{name}"
        if name.endswith(".whl") and path not in tree:
            os.unlink(os.path.join(folder, path))


# --- what is in it -------------------------------------------------------------------------------


def _marketplace(plugin: _Tree, version: str) -> _Tree:
    """Put a plugin, whose version tells apart all that is in it, into its marketplace."""
    about = metadata.metadata(_DISTRIBUTION)
    author, summary = {"name": about["Author"]}, about["Summary"]
    manifest = {"name": _NAME, "version": version, "description": summary, "author": author}
    entry = {"name": _NAME, "source": f"./{_NAME}", "description": summary}
    catalogue = {"name": _MARKETPLACE, "owner": author, "description": summary, "plugins": [entry]}
    return {
        _CATALOGUE: _json(catalogue),  # first: by it the folder is known, were this interrupted
        **{f"{_NAME}/{path}": data for path, data in plugin.items()},
        f"{_NAME}/.claude-plugin/plugin.json": _json(manifest),  # last: all of its version is there
    }


def _plugin(hooks: Iterable[Hook]) -> _Tree:
    """Return all of the plugin but its manifest."""
    texts = _package(_INSTALLER)
    skills = {
        f"skills/{os.path.basename(path).removesuffix('.md')}/SKILL.md": text
        for path, text in texts.items()
        if path.startswith("skills/")
    }
    name, wheel = _wheel()
    environment = f"{metadata.version(_DISTRIBUTION)}-{_digest({name: wheel})}"
    launch = texts["plugin/launch.sh"].replace(b"@ENVIRONMENT@", environment.encode())
    handlers = {hook.event: [{"hooks": [_handler(hook)]}] for hook in hooks}
    return {
        **skills,
        name: wheel,
        "README.md": texts["plugin/README.md"],
        "bin/agent-session": _PROGRAM,
        "environment.py": texts["plugin/environment.py"],
        "launch.sh": launch,
        "hooks/hooks.json": _json({"hooks": handlers}),
    }


def _handler(hook: Hook) -> dict[str, object]:
    """Return the exec form: no shell is started to start one, and no mode of a file counts."""
    arguments = ["${CLAUDE_PLUGIN_ROOT}/launch.sh", hook.program]
    return {"type": "command", "command": "sh", "args": arguments, "timeout": hook.timeout}


def _wheel() -> tuple[str, bytes]:
    """Return the name and bytes of a wheel of what is running, be it installed from a clone."""
    own = metadata.distribution(_DISTRIBUTION)
    stem = f"{_DISTRIBUTION.replace('-', '_')}-{own.version}"
    info = f"{stem}.dist-info"
    held = {
        f"{package}/{path}": data
        for package in _PACKAGES
        for path, data in _package(package).items()
    }
    for name in ("METADATA", "entry_points.txt"):
        held[f"{info}/{name}"] = (own.read_text(name) or "").encode()
    held[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},{_checksum(data)},{len(data)}\n" for path, data in held.items())
    held[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, data in held.items():
            entry = zipfile.ZipInfo(path, _EARLIEST)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return f"{stem}-py3-none-any.whl", made.getvalue()


def _package(name: str) -> _Tree:
    """Return a package's files by their paths in it; it is found, not imported."""
    spec = importlib.util.find_spec(name)
    root = next(iter(spec.submodule_search_locations or ())) if spec else ""
    held = {}
    for folder, _, names in os.walk(root):
        for path in (os.path.join(folder, one) for one in names if not one.endswith(".pyc")):
            with open(path, "rb") as file:
                held[os.path.relpath(path, root).replace(os.sep, "/")] = file.read()
    return dict(sorted(held.items()))


def _checksum(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return f"sha256={digest.rstrip(b'=').decode()}"


def _digest(tree: _Tree) -> str:
    sums = "".join(f"{path} {_checksum(data)}\n" for path, data in tree.items())
    return hashlib.sha256(sums.encode()).hexdigest()[:8]


def _json(value: Mapping[str, object]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
