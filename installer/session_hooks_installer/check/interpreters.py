"""Inspect the interpreters and environments that the programs run in."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from session_hooks_installer import programs
from session_hooks_installer.check.commands import Target
from session_hooks_installer.check.findings import Code, Command, Finding, Words
from session_hooks_installer.common import quoted

_PACKAGE = "agent-session-hooks"
SECONDS = 15
MODULES = {
    "gitpython": "git",
    "python-frontmatter": "frontmatter",
    "pyyaml": "yaml",
    "rich": "rich",
    "filelock": "filelock",
}
"""By distribution, as its name is normalised: what is imported of it."""

_QUESTION = """
import importlib, importlib.metadata, importlib.util, json, os, re, sys
os.environ["GIT_PYTHON_REFRESH"] = "quiet"  # as the hooks have it: without git it imports, too
modules = json.loads(sys.argv[1])
broken, version, needs = {}, None, []

def attempt(name, module):
    try:
        importlib.import_module(module)
    except BaseException as error:
        broken[name] = "%s: %s" % (type(error).__name__, error)

try:
    own = importlib.metadata.distribution("agent-session-hooks")
    version, needs = own.version, own.requires or []
except importlib.metadata.PackageNotFoundError:
    pass
attempt("agent-session-hooks", "session_hooks")
for need in needs:
    name = re.match(r"[A-Za-z0-9._-]+", need).group()
    module = modules.get(re.sub(r"[-_.]+", "-", name).lower())
    if module and "extra ==" not in need:
        attempt(name, module)
print(json.dumps({
    "python": "%d.%d.%d" % sys.version_info[:3], "version": version, "broken": broken,
    "has_pip": importlib.util.find_spec("pip") is not None,
}))
"""


_HEAD = 4096
_NAME = re.compile(r"python[\d.]*(\.exe)?|pypy[\d.]*(\.exe)?", re.IGNORECASE)


def interpreter(head: bytes) -> str | None:
    """Return the Python that a console script starts: a path, or the name that ``env`` looks for.

    The ``#!`` line names it, or, if that would be too long or holds a space, the second line of a
    script for ``/bin/sh`` by pip or uv: ``'''exec' "/a path/python" "$0" "$@"``. None if neither.
    """
    if not head.startswith(b"#!"):
        return None
    first, second, *_ = [*os.fsdecode(head[2:]).split("\n", 2), ""]
    words = first.split(None, 1)
    name = os.path.basename(words[0]) if words else ""
    if name == "sh" and second.startswith("'''exec' "):
        try:
            return next(iter(shlex.split(second.removeprefix("'''exec' "))), None)
        except ValueError:  # a quote that is never closed
            return None
    if name == "env":
        words = [word for word in first.split()[1:] if not word.startswith("-")]
        name = os.path.basename(words[0]) if words else ""
    # What follows a path is one argument; a path with a space in it can't be had this way.
    return words[0] if _NAME.fullmatch(name) else None


def _interpreter_of(program: str, environ: Mapping[str, str]) -> str | None:
    try:
        with open(program, "rb") as file:
            named = interpreter(file.read(_HEAD))
    except OSError:
        return None
    if named is None or os.path.isabs(named):
        return named
    return shutil.which(named, path=environ.get("PATH", os.defpath)) or named


class Answer(NamedTuple):
    """What an interpreter says of itself and of this package."""

    python: str
    version: str | None
    """Of this package; None if it is not installed."""
    broken: Mapping[str, str]
    """By distribution: why it can't be imported."""
    has_pip: bool


def ask(python: str, program: str, environ: Mapping[str, str]) -> Answer | str:
    """Ask the interpreter that runs ``program``; a text is why it gives no answer.

    It is started in the program's folder, the first that a script imports from: the folder that is
    checked may hold a ``yaml.py`` of anybody's.
    """
    if not os.path.exists(python):
        return "it does not exist"
    try:
        done = subprocess.run(
            [python, "-B", "-c", _QUESTION, json.dumps(MODULES)],
            cwd=os.path.dirname(os.path.realpath(program)),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except OSError as error:
        return error.strerror or str(error)
    except subprocess.TimeoutExpired:
        return f"it gives no answer within {SECONDS} s"
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"it ends with exit code {done.returncode}"
    try:
        # The last line: what a package prints while it is imported stands above it.
        said = json.loads(done.stdout.splitlines()[-1])
        return Answer(said["python"], said["version"], dict(said["broken"]), said["has_pip"])
    except (ValueError, KeyError, TypeError, IndexError):
        return "it gives no answer that can be read"


class Python(NamedTuple):
    """One interpreter, the handlers whose programs it runs, and what it says."""

    path: str
    targets: tuple[Target, ...]
    answer: Answer | str

    @property
    def works(self) -> bool:
        """Whether a hook can be run with it."""
        return not isinstance(self.answer, str) and not self.answer.broken


def ask_all(targets: Iterable[Target], environ: Mapping[str, str]) -> tuple[Python, ...]:
    """Ask each interpreter once."""
    by_path: dict[str, list[Target]] = {}
    for target in targets:
        if path := _interpreter_of(target.program, environ):
            by_path.setdefault(path, []).append(target)
    return tuple(
        Python(path, tuple(mine), ask(path, mine[0].program, environ))
        for path, mine in by_path.items()
    )


def check(
    pythons: Sequence[Python], environ: Mapping[str, str], command: Command
) -> Iterator[Finding]:
    """Check that each interpreter works, and has the same version as this installer."""
    own = version(_PACKAGE)
    for python in pythons:
        target, answer = python.targets[0], python.answer
        program, remedy = target.program, ""
        if isinstance(answer, str):
            code = Code.PYTHON_BROKEN
            what = f"{program}: its Python is broken, {python.path}: {answer}"
            remedy = _use_ours(target, environ, command)
        elif answer.broken:
            code = Code.DEPENDENCY_BROKEN
            reasons = "; ".join(f"{name}, {reason}" for name, reason in answer.broken.items())
            what = f"{python.path} can't import all that the hooks need: {reasons}"
            remedy = _reinstall(python.path, answer)
        elif answer.version not in (None, own):
            code = Code.OTHER_VERSION
            what = f"{program} is of version {answer.version}, this install-hooks of {own}"
            remedy = _use_ours(target, environ, command)
        else:
            code = Code.PYTHON_WORKS
            what = f"Python {answer.python} has all that the hooks need: {python.path}"
        yield Finding(code, what, remedy, path=python.path)


def _reinstall(python: str, answer: Answer) -> str:
    if _PACKAGE in answer.broken:  # where it came from is not known; its name may be anybody's
        return Words(f"install {_PACKAGE} anew for {python}, as the README's Set up says")
    pip, uv = [python, "-m", "pip", "install"], ["uv", "pip", "install", "-p", python]
    run = pip if answer.has_pip else uv
    return " ".join(quoted(word) for word in [*run, "--force-reinstall", *sorted(answer.broken)])


def _use_ours(target: Target, environ: Mapping[str, str], command: Command) -> str:
    if not target.form.is_looked_for:
        return target.item.place.edit_command(command)
    links = programs.links_folder(environ)
    if links and Path(target.program).parent == links:
        return programs.link(programs.programs_folder())
    return Words(f"take {os.path.dirname(target.program)} off the PATH, or update what is in it")
