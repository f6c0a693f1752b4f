"""``install-hooks --check``, from the arguments to what is printed."""

import sys
from collections.abc import Mapping
from pathlib import Path

from session_hooks_installer import check_output, guarding, programs
from session_hooks_installer.check import check, command_for
from session_hooks_installer.mending import Install, mend

IN_ORDER, FOUND_ERRORS = 0, 1


def run(
    repo: Path,
    environ: Mapping[str, str],
    install: Install,
    *,
    fix: bool,
    as_json: bool,
    quiet: bool,
    colour: bool,
) -> int:
    """Check, mend what is safe if ``fix``, print what is left, and return 1 if errors are.

    ``install`` puts the handlers into a scope's settings. What was mended is said on stderr where
    stdout is JSON.
    """
    report = check(repo, environ)
    if fix:
        guard = guarding.guard_for(repo, environ, programs.installed_in())
        with guarding.applied(guard):
            done = list(mend(report, install, guard.environ, command_for(repo)))
        for line in done:
            print(line, file=sys.stderr if as_json else sys.stdout)
        report = check(repo, environ) if done else report
    if as_json:
        print(check_output.as_json(report))
    else:
        for line in check_output.text(report, quiet=quiet, colour=colour):
            print(line)
    return IN_ORDER if report.is_ok else FOUND_ERRORS
