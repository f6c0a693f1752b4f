"""What one Python interpreter knows of this package: asked of itself, in one short run."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import NamedTuple

SECONDS = 15
MODULES = {
    "gitpython": "git",
    "markdown-it-py": "markdown_it",
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
broken, version, compiled = {}, None, []

def attempt(name, module):
    try:
        return importlib.import_module(module)
    except BaseException as error:
        broken[name] = "%s: %s" % (type(error).__name__, error)

try:
    own = importlib.metadata.distribution("agent-session-hooks")
    version, needs = own.version, own.requires or []
except importlib.metadata.PackageNotFoundError:
    needs = []
package = attempt("agent-session-hooks", "session_hooks")
for need in needs:
    name = re.match(r"[A-Za-z0-9._-]+", need).group()
    module = modules.get(re.sub(r"[-_.]+", "-", name).lower())
    if module and "extra ==" not in need:
        attempt(name, module)
def version_of_git():
    import git
    return git.Git().version_info

try:
    git_version = version_of_git()  # GitPython knows what git calls its versions on each system
except BaseException:
    git_version = None
folder = os.path.dirname(package.__file__) if package else None
for place, _, files in os.walk(folder) if folder else ():
    for name in sorted(files):
        source = os.path.join(place, name)
        if name.endswith(".py") and sys.implementation.cache_tag:
            compiled.append([source, importlib.util.cache_from_source(source)])
print(json.dumps({
    "python": "%d.%d.%d" % sys.version_info[:3], "version": version, "folder": folder,
    "broken": broken, "modules": compiled, "magic": importlib.util.MAGIC_NUMBER.hex(),
    "git": git_version, "has_pip": importlib.util.find_spec("pip") is not None,
}))
"""


class Module(NamedTuple):
    """One of our modules, and where its compiled form belongs."""

    source: str
    compiled: str


class Probe(NamedTuple):
    """What an interpreter says."""

    python: str
    """Its own version."""
    version: str | None
    """This package's version in it; None where it has none."""
    folder: str | None
    """Where the package ``session_hooks`` lies."""
    broken: Mapping[str, str]
    """By distribution: what can't be imported, and why."""
    modules: tuple[Module, ...]
    magic: bytes
    """What its compiled files begin with."""
    has_pip: bool
    git: tuple[int, ...] | None = None
    """The version of the git that it finds; None where there is none that tells."""


class FailedError(Exception):
    """An interpreter that can't be started, or gives no answer; the message says why."""


def ask(interpreter: str, program: str, environ: Mapping[str, str]) -> Probe:
    """Ask the interpreter that runs ``program``. Raises FailedError.

    It is started where the program lies: that folder is the first that a script imports from, and
    the folder that is checked may hold a ``yaml.py`` of anybody's. Nothing is compiled by it.
    """
    try:
        done = subprocess.run(
            [interpreter, "-B", "-c", _QUESTION, json.dumps(MODULES)],
            cwd=os.path.dirname(os.path.realpath(program)),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except OSError as error:
        raise FailedError(error.strerror or str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise FailedError(f"it gives no answer within {SECONDS} s") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise FailedError(said[-1] if said else f"it ends with exit code {done.returncode}")
    try:
        # The last line: what a package prints while it is imported stands above it.
        return _parse(done.stdout.splitlines()[-1])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise FailedError("it gives no answer that can be read") from error


def _parse(line: bytes) -> Probe:
    answer = json.loads(line)
    return Probe(
        python=answer["python"],
        version=answer["version"],
        folder=answer["folder"],
        broken=dict(answer["broken"]),
        modules=tuple(Module(*pair) for pair in answer["modules"]),
        magic=bytes.fromhex(answer["magic"]),
        has_pip=answer["has_pip"],
        git=None if answer["git"] is None else tuple(answer["git"]),
    )
