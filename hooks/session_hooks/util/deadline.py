"""Limit the time that a block of code may take."""

import contextlib
import gc
import signal
import time
from collections.abc import Iterator


class OutOfTimeError(BaseException):
    """No Exception: the readers catch those of libraries that may raise any of them."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTimeError when the block takes longer, where the platform has timers."""
    if not hasattr(signal, "setitimer"):  # Windows: the handler's timeout in the settings holds
        yield
        return

    def expire(_signal: int, _frame: object) -> None:
        raise OutOfTimeError(f"not done within {seconds} s")

    began = time.monotonic()
    is_collected = gc.isenabled()
    gc.disable()  # what is raised in a finalizer is printed and forgotten
    before = signal.signal(signal.SIGALRM, expire)
    outer, _ = signal.getitimer(signal.ITIMER_REAL)
    signal.setitimer(signal.ITIMER_REAL, min(seconds, outer) if outer else seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if outer:  # at least a little: zero would turn it off
            left = max(outer - (time.monotonic() - began), 0.001)
            signal.setitimer(signal.ITIMER_REAL, left)
        if is_collected:
            gc.enable()
