"""A conversation as the hooks see it: events, a transcript, and a client process that lives."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers import Ran, iso, run

_NUMBERS = itertools.count(1)
NEXT = (
    "# Next Session\n\n## Where We Left Off\n\nStorage is in.\n\n"
    "## What's Next\n\n**Immediate action**: Write FileStorage\n"
)


class Talk:
    """One conversation in a project."""

    def __init__(self, project: Path, env: dict[str, str], *, name: str | None = None) -> None:
        self.project = project
        self.id = name or f"talk-{next(_NUMBERS)}"
        self.client = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        self.env = env | {"CLAUDE_PID": str(self.client.pid)}
        self.transcript = Path(env["HOME"]) / f"{self.id}.jsonl"

    def event(self, name: str, **more: Any) -> dict[str, Any]:
        return {
            "session_id": self.id,
            "transcript_path": str(self.transcript),
            "cwd": str(self.project),
            "hook_event_name": name,
            **more,
        }

    def start(self, source: str = "startup", **more: Any) -> Ran:
        return run(
            "session-start-hook", self.event("SessionStart", source=source, **more), self.env
        )

    def compact(self) -> Ran:
        return run("pre-compact-hook", self.event("PreCompact", trigger="manual"), self.env)

    def end(self, reason: str = "prompt_input_exit") -> Ran:
        return run("session-end-hook", self.event("SessionEnd", reason=reason), self.env)

    def record(self, **record: Any) -> None:
        """Add a record to the transcript."""
        record = {"timestamp": iso(datetime.now(UTC)), "sessionId": self.id, **record}
        with self.transcript.open("a") as file:
            file.write(json.dumps(record) + "\n")

    def say(self, text: str = "Hello") -> None:
        self.record(type="user", message={"role": "user", "content": text})
        answer = [{"type": "text", "text": "Hello"}]
        self.record(type="assistant", message={"role": "assistant", "content": answer})

    def work(self) -> None:
        """Somebody speaks, and the model does something."""
        self.say()
        self.runs("make")

    def edit(self, path: Path) -> None:
        use = {"type": "tool_use", "name": "Edit", "input": {"file_path": str(path)}}
        self.record(type="assistant", message={"role": "assistant", "content": [use]})

    def runs(self, command: str) -> None:
        """The model runs a command."""
        use = {"type": "tool_use", "name": "Bash", "input": {"command": command}}
        self.record(type="assistant", message={"role": "assistant", "content": [use]})

    def die(self) -> None:
        """The client is killed; no hook hears of it."""
        self.client.kill()
        self.client.wait()
        if self.client.stdin:
            self.client.stdin.close()


@contextmanager
def talk(project: Path, env: dict[str, str], *, name: str | None = None) -> Iterator[Talk]:
    """A conversation whose client lives as long as the block, unless it dies before."""
    made = Talk(project, env, name=name)
    try:
        yield made
    finally:
        made.die()


def archived(folder: Path) -> list[Path]:
    """The documents in the archive of a state folder."""
    return sorted(path for path in (folder / "archive").glob("*") if path.stat().st_size)
