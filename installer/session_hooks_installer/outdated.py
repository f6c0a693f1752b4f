"""Which handlers are ours, and not what this version of the installer writes; pure."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from session_hooks_installer.findings import Code, Command, Finding
from session_hooks_installer.handlers import Ownership, handlers_for, up_to_date
from session_hooks_installer.installed import Installed, files_of

_WIDTH = 200
"""How much of a command is shown."""


def is_current(item: Installed, programs: Path) -> bool:
    """Tell whether installing would leave a handler as it is; somebody's own always."""
    wanted = handlers_for(item.scope, programs)[item.hook.event]
    is_ours = item.ownership is Ownership.OURS
    return not is_ours or up_to_date(item.handler, wanted, item.hook) == item.handler


def check(installed: Sequence[Installed], programs: Path, command: Command) -> Iterator[Finding]:
    """Name the handlers that are out of date, one finding for each file.

    ``programs`` is the folder that this installation's programs are in.
    """
    old = [item for item in installed if not is_current(item, programs)]
    for place in files_of(old):
        mine = [item for item in old if item.place == place]
        events = ", ".join(dict.fromkeys(item.hook.event for item in mine))
        yield Finding(
            Code.OUT_OF_DATE,
            f"{events}: not what this version writes, {place.named}: {mine[0].command[:_WIDTH]!r}",
            "It may run, but not as this version means it to.",
            place.mended(command),
            scope=place.scope,
            path=str(place.path),
        )
