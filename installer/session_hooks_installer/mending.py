"""``install-hooks --check --fix``: what is safe to mend is mended, and said.

Safe is what install-hooks does anyway, a link under a name that nobody has, and compiled files.
Never: a profile, another scope's handlers, a switch, anybody's trust.
"""

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from session_hooks_installer import programs
from session_hooks_installer.findings import Code, Command, Finding, Report
from session_hooks_installer.handlers import Scope
from session_hooks_installer.naming import RefusedError

Install = Callable[[Scope], None]
"""What puts the handlers into a scope's settings; raises RefusedError where it won't."""
_INSTALLED_ANEW = (
    Code.NOT_INSTALLED,
    Code.PARTLY_INSTALLED,
    Code.HANDLER_IGNORED,
    Code.TWO_HANDLERS,
    Code.REPEATED,
    Code.OUT_OF_DATE,
    Code.PROGRAM_MISSING,
    Code.LOCAL_NOT_IGNORED,
)
"""What installing in the finding's own scope mends."""
_COMPILING_SECONDS = 60


def mend(
    report: Report, install: Install, environ: Mapping[str, str], command: Command
) -> Iterator[str]:
    """Mend what can safely be mended, and yield a line on each thing that was tried.

    ``environ`` is what programs are run with; ``command`` makes command lines for the same folder.
    """
    for scope, remedy in _to_install(report, command).items():
        try:
            install(scope)
        except RefusedError as error:
            yield f"not done: {remedy}: {error}"
        else:
            yield f"done: {remedy}"
    for finding in report.findings:
        if finding.code is Code.PROGRAM_NOT_FOUND:
            yield from _link(environ)
        elif finding.code is Code.NO_BYTECODE:
            yield from _compile(finding, environ)


def _to_install(report: Report, command: Command) -> dict[Scope, str]:
    """Return where to install, and the command that does the same.

    Where another command mends it, or only a person can tell what is to be done, nothing is.
    """
    wanted: dict[Scope, str] = {}
    for finding in report.findings:
        scope = finding.scope
        if finding.code not in _INSTALLED_ANEW or scope is None:
            continue
        if finding.remedy in (command(""), command(f"--scope {scope.value}")):
            wanted.setdefault(scope, finding.remedy)
    return wanted


def _link(environ: Mapping[str, str]) -> Iterator[str]:
    """Link the programs into the person's own folder, under the names that are free there."""
    folder, links = programs.installed_in(), programs.links_folder(environ)
    if os.name != "posix" or links is None or str(folder) == os.path.realpath(links):
        return
    linked = []
    try:
        links.mkdir(parents=True, exist_ok=True)
        for name in programs.all_in(folder):
            if not os.path.lexists(links / name):
                (links / name).symlink_to(folder / name)
                linked.append(name)
    except OSError as error:
        yield f"not done: links in {links}: {error.strerror}"
    if linked:
        yield f"done: links in {links} to {', '.join(linked)}"


def _compile(finding: Finding, environ: Mapping[str, str]) -> Iterator[str]:
    """Run the finding's own remedy, unless it takes another's rights."""
    command = shlex.split(finding.remedy)
    if command[0] == "sudo":
        return
    try:
        subprocess.run(
            command,
            cwd=Path(command[0]).parent,  # not in a folder that may hold modules of anybody's
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_COMPILING_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        yield f"not done: {finding.remedy}: {error}"
    else:
        yield f"done: {finding.remedy}"
