"""Tell whether a process is there, and is the same. Imported by every start: builtins alone."""

import os

from session_hooks.project.state import read_start

_PROC = "/proc"
_GONE = ("Z", "X")  # a zombie has ended (proc_pid_stat(5))


def identity(pid: str | None) -> str | None:
    """Return what tells a process from every other: its number alone is given out again."""
    if pid is None or not _is_number(pid):
        return None
    here, started = _here(), _started(pid)
    return f"{here} {pid} {started}" if here and started else None


def is_alive(one: str | None) -> bool | None:
    """None where that can't be known: it ran before the last boot, or in another PID namespace."""
    here = _here()
    if one is None or here is None:
        return None
    place, _, process = one.rpartition(" ")[0].rpartition(" ")
    if place != here or not _is_number(process):
        return None
    return _started(process) == one.rpartition(" ")[2]


def _is_number(pid: str) -> bool:
    return pid.isascii() and pid.isdigit() and not pid.startswith("0")


def _here() -> str | None:
    boot = read_start(f"{_PROC}/sys/kernel/random/boot_id", 4096).strip()
    try:
        namespace = os.readlink(f"{_PROC}/self/ns/pid")
    except OSError:
        return None
    return f"{boot} {namespace}" if boot else None


def _started(pid: str) -> str | None:
    """Return when a process started, in clock ticks since boot; None for one that has ended."""
    # The name, in parentheses, may hold spaces and parentheses of its own.
    fields = read_start(f"{_PROC}/{pid}/stat", 4096).rpartition(")")[2].split()
    if len(fields) < 20 or fields[0] in _GONE:
        return None
    return fields[19]
