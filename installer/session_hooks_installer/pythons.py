"""Whether the Python behind each program is there, and has all that the hooks import."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from session_hooks_installer import bytecode, probe, programs, shebang
from session_hooks_installer.findings import Code, Command, Finding, Words
from session_hooks_installer.naming import quoted
from session_hooks_installer.probe import Module
from session_hooks_installer.reach import Target

_PACKAGE = "agent-session-hooks"
_SAY_NOTHING = "So the hooks say nothing, and note nothing."


class Python(NamedTuple):
    """One interpreter, the handlers whose programs it runs, and what it says."""

    path: str
    targets: tuple[Target, ...]
    answer: probe.Probe | str
    """A text is why it says nothing."""

    @property
    def works(self) -> bool:
        """Whether a hook can be run with it."""
        return not isinstance(self.answer, str) and not self.answer.broken


def ask_all(targets: Iterable[Target], environ: Mapping[str, str]) -> tuple[Python, ...]:
    """Ask each interpreter once. A program that starts no Python, as far as is seen, has none."""
    by_path: dict[str, list[Target]] = {}
    for target in targets:
        if path := _interpreter(target.program, environ):
            by_path.setdefault(path, []).append(target)
    return tuple(
        Python(path, tuple(mine), _ask(path, mine[0].program, environ))
        for path, mine in by_path.items()
    )


def _interpreter(program: str, environ: Mapping[str, str]) -> str | None:
    try:
        with open(program, "rb") as file:
            head = file.read(shebang.HEAD)
    except OSError:
        return None
    named = shebang.interpreter(head)
    if named is None or os.path.isabs(named):
        return named
    return shutil.which(named, path=environ.get("PATH", os.defpath)) or named


def _ask(path: str, program: str, environ: Mapping[str, str]) -> probe.Probe | str:
    if not os.path.exists(path):
        return "it does not exist"
    try:
        return probe.ask(path, program, environ)
    except probe.FailedError as error:
        return str(error)


def check(
    pythons: Sequence[Python], environ: Mapping[str, str], command: Command
) -> Iterator[Finding]:
    """Say of each interpreter whether it works, and has the same version as this installer."""
    own = version(_PACKAGE)
    for python in pythons:
        target, answer = python.targets[0], python.answer
        if isinstance(answer, str):
            yield Finding(
                Code.PYTHON_BROKEN,
                f"{target.program}: its Python is broken, {python.path}: {answer}",
                "So the hooks don't run.",
                _use_ours(target, environ, command),
                path=python.path,
            )
        elif answer.broken:
            yield _broken(python, answer)
        elif answer.version not in (None, own):
            yield Finding(
                Code.OTHER_VERSION,
                f"{target.program} is of version {answer.version}, this install-hooks of {own}",
                "What the one writes down, the other may not know.",
                _use_ours(target, environ, command),
                path=target.program,
            )
        else:
            what = f"Python {answer.python} has all that the hooks need: {python.path}"
            yield Finding(Code.PYTHON_WORKS, what, path=python.path)


def _broken(python: Python, answer: probe.Probe) -> Finding:
    reasons = "; ".join(f"{name}, {reason}" for name, reason in answer.broken.items())
    return Finding(
        Code.DEPENDENCY_BROKEN,
        f"{python.path} can't import all that the hooks need: {reasons}",
        _SAY_NOTHING,
        _reinstall(python.path, sorted(answer.broken), has_pip=answer.has_pip),
        path=python.path,
    )


def _reinstall(python: str, names: Sequence[str], *, has_pip: bool) -> str:
    if _PACKAGE in names:  # where it came from is not known, and its name may be anybody's
        return Words(f"install {_PACKAGE} anew for {python}, as the README's Set up says")
    run = [python, "-m", "pip", "install"] if has_pip else ["uv", "pip", "install", "-p", python]
    return " ".join(quoted(word) for word in [*run, "--force-reinstall", *names])


def _use_ours(target: Target, environ: Mapping[str, str], command: Command) -> str:
    """Return what puts this installation's programs in another one's place."""
    if not target.form.is_looked_for:
        return target.item.place.mended(command)
    links = programs.links_folder(environ)
    if links and Path(target.program).parent == links:
        return programs.link(programs.installed_in())
    return Words(f"take {os.path.dirname(target.program)} off the PATH, or update what is in it")


class Uncompiled(NamedTuple):
    """What an interpreter compiles at every start that needs it."""

    python: str
    folder: str
    modules: tuple[Module, ...]
    total: int

    @property
    def can_be_written(self) -> bool:
        """Whether this person may put it there."""
        return bytecode.can_be_written(self.modules)

    @property
    def command(self) -> tuple[str, ...]:
        """What compiles it."""
        return (self.python, "-m", "compileall", "-q", self.folder)


def uncompiled(pythons: Sequence[Python]) -> Iterator[Uncompiled]:
    """Return where compiled files are missing; a folder that several Pythons share, for each."""
    for python in pythons:
        answer = python.answer
        if isinstance(answer, str) or answer.folder is None:
            continue
        if missing := bytecode.missing(answer.modules, answer.magic):
            yield Uncompiled(python.path, answer.folder, tuple(missing), len(answer.modules))


def check_bytecode(found: Iterable[Uncompiled]) -> Iterator[Finding]:
    """Say which modules are compiled anew each time."""
    for one in found:
        prefix = () if one.can_be_written else ("sudo",)
        yield Finding(
            Code.NO_BYTECODE,
            f"{len(one.modules)} of {one.total} modules in {one.folder} are not compiled",
            "So a start that needs them is slower.",
            " ".join(quoted(word) for word in [*prefix, *one.command]),
            path=one.folder,
        )
