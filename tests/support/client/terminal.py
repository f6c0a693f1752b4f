"""A real terminal for a program: a pty, the bytes it wrote, and the screen that a person sees."""

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyte

COLUMNS, ROWS = 160, 60


class _Screen(pyte.HistoryScreen):
    """Private sequences, which pyte doesn't know, are what some programs begin with."""

    def report_device_status(self, mode: int, *, private: bool = False) -> None:
        if not private:
            super().report_device_status(mode)

    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        if not private:
            super().select_graphic_rendition(*attributes)


class Terminal:
    """What a program shows in its terminal, updated while it runs."""

    def __init__(self, pid: int, fd: int) -> None:
        self.pid = pid
        self.raw = b""
        self._fd = fd
        self._status: int | None = None
        self._shown = -1, ""  # the text after so many bytes
        self._lock = threading.Lock()
        self._screen = _Screen(COLUMNS, ROWS, history=5000)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                ready, _, _ = select.select([self._fd], [], [], 0.1)
                data = os.read(self._fd, 65536) if ready else None
            except (OSError, ValueError):
                return
            if data == b"":
                return
            if data:
                with self._lock:
                    self.raw += data
                    self._stream.feed(self._decoder.decode(data))

    def text(self) -> str:
        """Everything on the screen and scrolled off it, lines without trailing blanks."""
        with self._lock:
            if self._shown[0] != len(self.raw):
                history = [
                    "".join(line[x].data for x in range(COLUMNS))
                    for line in self._screen.history.top
                ]
                lines = [*history, *self._screen.display]
                self._shown = len(self.raw), "\n".join(line.rstrip() for line in lines)
            return self._shown[1]

    def screen(self) -> str:
        """What is on the screen now."""
        with self._lock:
            return "\n".join(line.rstrip() for line in self._screen.display)

    def send(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def submit(self, line: str) -> None:
        """Type a line and press Return; the pause keeps the client from taking it for a paste."""
        self.send(line)
        time.sleep(0.3)
        self.send("\r")

    def wait_for(self, what: str | Callable[[str], bool], seconds: float = 20) -> str:
        """Wait until the text holds ``what`` (or the predicate accepts it) and return the text."""
        accepts = what if callable(what) else lambda text: what in text
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            text = self.text()
            if accepts(text):
                return text
            time.sleep(0.05)
        raise AssertionError(
            f"never seen in {seconds} s: {what!r}\n--- the terminal ---\n{self.text()}"
        )

    def wait_for_end(self, seconds: float = 20) -> int:
        """Wait until the program has ended and return its wait status."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._reap():
                self._reader.join(timeout=1)
                assert self._status is not None
                return self._status
            time.sleep(0.05)
        raise AssertionError(
            f"still running after {seconds} s\n--- the terminal ---\n{self.text()}"
        )

    def _reap(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = status
        return self._status is not None

    def close(self) -> None:
        """End the program, whatever it is doing, and give the pty back."""
        if not self._reap():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)
        self._reader.join(timeout=1)


@contextmanager
def run(
    argv: Sequence[str], cwd: str | os.PathLike[str], env: Mapping[str, str]
) -> Iterator[Terminal]:
    """Run ``argv`` in a terminal of its own for as long as the block lasts."""
    pid, fd = pty.fork()
    if pid == 0:
        try:
            os.chdir(cwd)
            os.execve(argv[0], list(argv), dict(env))
        finally:
            os._exit(127)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    terminal = Terminal(pid, fd)
    try:
        yield terminal
    finally:
        terminal.close()
