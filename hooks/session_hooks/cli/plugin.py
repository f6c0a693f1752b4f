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
from session_hooks.project.hooks import FEATURES, HOOKS, Hook
from session_hooks.util import safe_text

_DISTRIBUTION = "agent-session-hooks"
_PACKAGES = ("session_hooks", "session_hooks_installer")
_NAME, _MARKETPLACE = "session-hooks", _DISTRIBUTION
_CATALOGUE = ".claude-plugin/marketplace.json"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip knows: equal files make equal wheels
_PROGRAM = b'#!/bin/sh\nexec sh "${0%/*}/../launch.sh" agent-session "$@"\n'


def write_plugin(arguments: argparse.Namespace, found: Survey) -> None:
    """Write the folder, or what changed in it; raises RefusedError."""
    del found  # it is the same for each project
    folder = os.path.abspath(arguments.folder)
    _require_ours(folder)
    hooks = [hook for hook in HOOKS if not hook.feature or hook.feature in arguments.features]
    wheel, data = _wheel()
    version = f"{metadata.version(_DISTRIBUTION)}+{_digest([data])}"
    plugin = {wheel: data, **_tree(hooks, version)}
    version = f"{metadata.version(_DISTRIBUTION)}+{_digest(plugin.values())}"
    about = _about(version)
    tree = {f"{_NAME}/{path}": text for path, text in plugin.items()}
    tree[f"{_NAME}/.claude-plugin/plugin.json"] = _json(about)
    entry = {"name": _NAME, "source": f"./{_NAME}", "description": about["description"]}
    owned = {"name": _MARKETPLACE, "owner": about["author"]}
    tree[_CATALOGUE] = _json({**owned, "description": about["description"], "plugins": [entry]})
    try:
        written = [path for path, text in tree.items() if _write(os.path.join(folder, path), text)]
        for name in os.listdir(os.path.join(folder, _NAME)):
            if name.endswith(".whl") and name != wheel:  # of the version before
                os.unlink(os.path.join(folder, _NAME, name))
    except OSError as error:
        place = safe_text.path(error.filename or folder)
        raise RefusedError(f"can't write {place}: {files.reason(error)}") from error
    if arguments.json:
        print_json({"folder": folder, "version": version, "written": written})
        return
    for line in _said(folder, version, hooks, written):
        say(safe_text.single(line))


def features(text: str) -> frozenset[str]:
    """Read the list of ``--with``, as that of install-hooks."""
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    unknown = sorted(names - {*FEATURES})
    if unknown or not names:
        said = f"{', '.join(unknown) or 'nothing'}: there are {', '.join(FEATURES)}"
        raise argparse.ArgumentTypeError(said)
    return names


def _require_ours(folder: str) -> None:
    try:
        names = [name for name in os.listdir(folder) if name != ".git"]
        if names:
            with open(os.path.join(folder, _CATALOGUE), "rb") as file:
                catalogue = json.loads(file.read())
            if [one["name"] for one in catalogue["plugins"]] == [_NAME]:
                return
    except FileNotFoundError:
        names = [folder] if os.path.isdir(folder) else []
    except (OSError, ValueError, KeyError, TypeError):
        names = [folder]
    if names:
        raise RefusedError(
            f"{safe_text.path(folder)} holds something else: name a new folder, or an empty one"
        )


def _said(folder: str, version: str, hooks: Iterable[Hook], written: list[str]) -> Iterable[str]:
    if not written:
        yield f"{folder} is up to date: {_NAME} {version}"
    else:
        yield f"Wrote {folder}: {_NAME} {version}, with {', '.join(hook.event for hook in hooks)}"
    yield "To install it, here or from a git repository that holds the folder:"
    yield f"  claude plugin marketplace add {shlex.quote(folder)}"
    yield f"  claude plugin install {_NAME}@{_MARKETPLACE}"
    yield f"Where it is installed: claude plugin update {_NAME}@{_MARKETPLACE}"


# --- what is in it -------------------------------------------------------------------------------


def _tree(hooks: Iterable[Hook], version: str) -> dict[str, bytes]:
    """Return the plugin's files by their paths, but for the wheel and what names the version."""
    ours = _package(_PACKAGES[1])
    own = {path: ours[f"plugin/{path}"] for path in ("launch.sh", "environment.py", "README.md")}
    own["launch.sh"] = own["launch.sh"].replace(b"@ENVIRONMENT@", version.encode())
    skills = {
        f"skills/{path[7:-3]}/SKILL.md": text
        for path, text in ours.items()
        if path.startswith("skills/")
    }
    handlers = {hook.event: [{"hooks": [_handler(hook)]}] for hook in hooks}
    return {"hooks/hooks.json": _json({"hooks": handlers}), "bin/agent-session": _PROGRAM} | (
        own | skills
    )


def _handler(hook: Hook) -> dict[str, object]:
    """Return the exec form: no shell is started to start one, and no mode of a file counts."""
    arguments = ["${CLAUDE_PLUGIN_ROOT}/launch.sh", hook.program]
    return {"type": "command", "command": "sh", "args": arguments, "timeout": hook.timeout}


def _about(version: str) -> dict[str, object]:
    about = metadata.metadata(_DISTRIBUTION)
    return {
        "name": _NAME,
        "version": version,
        "description": about["Summary"],
        "author": {"name": about["Author"]},
        "license": about["License-Expression"],
    }


def _wheel() -> tuple[str, bytes]:
    """Return the name and bytes of a wheel of what is running, be it installed from a clone."""
    it = metadata.distribution(_DISTRIBUTION)
    stem = f"{_DISTRIBUTION.replace('-', '_')}-{it.version}"
    held = {
        f"{package}/{path}": data
        for package in _PACKAGES
        for path, data in _package(package).items()
    }
    info = f"{stem}.dist-info"
    for name in ("METADATA", "entry_points.txt"):
        held[f"{info}/{name}"] = (it.read_text(name) or "").encode()
    held[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},sha256={_sum(data)},{len(data)}\n" for path, data in held.items())
    held[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in held.items():
            archive.writestr(_entry(path), data, zipfile.ZIP_DEFLATED)
    return f"{stem}-py3-none-any.whl", made.getvalue()


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _EARLIEST)
    entry.external_attr = 0o100644 << 16
    return entry


def _package(name: str) -> dict[str, bytes]:
    """Return a package's files by their paths in it; it is found, not imported."""
    spec = importlib.util.find_spec(name)
    root = next(iter(spec.submodule_search_locations or ())) if spec else ""
    held = {}
    for folder, _, names in sorted(os.walk(root)):
        for one in sorted(names):
            path = os.path.join(folder, one)
            if not one.endswith(".pyc"):
                with open(path, "rb") as file:
                    held[os.path.relpath(path, root).replace(os.sep, "/")] = file.read()
    return held


def _sum(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _digest(texts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in texts)).hexdigest()[:8]


def _json(value: Mapping[str, object]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def _write(path: str, data: bytes) -> bool:
    """Write a file, whole or not at all, and say whether it is another than before."""
    try:
        with open(path, "rb") as file:
            before = file.read()
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        files.create(path, data)
        if data.startswith(b"#!"):
            os.chmod(path, 0o755)
        return True
    return before != data and files.replace(path, data, before)
