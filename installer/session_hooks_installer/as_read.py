"""A settings file as Claude Code reads it, which is more than install-hooks edits; pure.

Seen with 2.1.329: a byte order mark is skipped, UTF-16 read where it begins with the mark FF FE, a
byte that is no UTF-8 replaced; of a key that stands there twice the last counts; a group or an
event of a wrong shape is left out, and the rest holds.
"""

import codecs
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from session_hooks_installer import splice
from session_hooks_installer.handlers import HOOKS, Handler, Hook, Ownership, ownership

_LONGEST = 2_000
"""Characters of a command that are looked at: nobody writes one that long."""


class Found(NamedTuple):
    """One handler in settings that runs one of our programs, at whatever event."""

    event: str
    hook: Hook
    """The program's own; its event may be another one."""
    handler: Handler
    ownership: Ownership
    matcher: Any
    """What its group says there; "" where it says nothing."""


def parse(data: bytes) -> dict[str, Any]:
    """Return what a file says. Raises SettingsError for what Claude Code refuses, too."""
    text = _decoded(data)
    if not text.strip():
        return {}
    splice.check(text)
    settings: dict[str, Any] = splice.loads(text)
    return settings


def _decoded(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF16_LE):
        return data[2:].decode("utf-16-le", "replace")
    return splice.split_bom(data.decode("utf-8", "replace"))[1]


def handlers(settings: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the handlers that run one of our programs, in their order."""
    hooks = settings.get("hooks")
    for event, groups in hooks.items() if isinstance(hooks, dict) else ():
        for group in groups if isinstance(groups, list) else ():
            inside = group.get("hooks") if isinstance(group, dict) else None
            for handler in inside if isinstance(inside, list) else ():
                if isinstance(handler, dict):
                    for hook in HOOKS:
                        whose = _ownership(handler, hook.program)
                        if whose is not Ownership.FOREIGN:
                            yield Found(event, hook, handler, whose, group.get("matcher", ""))


def _ownership(handler: Handler, program: str) -> Ownership:
    """Return whose a handler is; no time is spent on what is far too long."""
    command = handler.get("command")
    if isinstance(command, str) and len(command) > _LONGEST:
        return Ownership.WRAPPED if program in command else Ownership.FOREIGN
    return ownership(handler, program)
