"""Which handlers are ours, and not what this version of the installer writes; pure."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from session_hooks_installer.findings import Code, Command, Finding
from session_hooks_installer.handlers import Ownership, Scope, handlers_for, up_to_date
from session_hooks_installer.installed import Installed


def is_current(item: Installed, programs: Path) -> bool:
    """Tell whether installing would leave a handler as it is; somebody's own always."""
    wanted = handlers_for(item.scope, programs)[item.hook.event]
    is_ours = item.ownership is Ownership.OURS
    return not is_ours or up_to_date(item.handler, wanted, item.hook) == item.handler


def check(installed: Sequence[Installed], programs: Path, command: Command) -> Iterator[Finding]:
    """Name the handlers that are out of date, one finding for each scope.

    ``programs`` is the folder that this installation's programs are in.
    """
    for scope in Scope:
        old = [item for item in installed if item.scope is scope and not is_current(item, programs)]
        if old:
            events = ", ".join(dict.fromkeys(item.hook.event for item in old))
            yield Finding(
                Code.OUT_OF_DATE,
                f"{events}: not what this version writes, {old[0].place}: {old[0].command!r}",
                "It may run, but not as this version means it to.",
                command(f"--scope {scope.value}"),
                scope=scope,
                path=str(old[0].path),
            )
