"""What is to be known of an agent, and which one runs a hook. Imported by every hook: builtins."""

from collections.abc import Callable, Iterator, Mapping

from session_hooks.project.hooks import NESTED
from session_hooks.util.lazy import Value

TYPE_CHECKING = False  # see values
if TYPE_CHECKING:
    from session_hooks.agents.transcript import Transcript

NAMES = ("claude", "codex", "gemini", "copilot", "cursor", "droid", "opencode")
"""Each is a module here, and what ``install-hooks --agent`` takes."""
COMMAND_NAMES_IT = "SESSION_HOOKS_AGENT"
"""Set by the commands that install-hooks writes for all but Claude Code: Codex sets none."""


def _is_never(*_: object) -> bool:
    return False


def is_outside_ci(environ: Mapping[str, str], _transcript: str | None = None) -> bool:
    return environ.get("CI", "").casefold() in ("", "0", "false")


def _reads_nothing(_head: list[bytes], _tail: list[bytes]) -> "Transcript | None":
    return None


class Agent(Value):
    """What its hooks get, what becomes of their answers, and where its settings are."""

    name: str
    title: str
    is_running: Callable[[Mapping[str, str], object, object], bool] = _is_never
    """By the environment, and an event's source and session_id, where the command names none."""
    is_attended: Callable[[Mapping[str, str], str | None], bool] = is_outside_ci
    """Whether a person is there to read and to answer: by the environment and the transcript."""
    parse: Callable[[list[bytes], list[bytes]], "Transcript | None"] = _reads_nothing
    """Read the first and the last lines of a transcript; None for one that another agent wrote."""
    context_in: tuple[str, ...] = (NESTED,)  # the keys in which a start's context is looked for
    process: str = ""  # the variable that names its process to a hook
    shown: tuple[str, ...] = ()  # the events whose words reach a person, or the summarizer
    has_titles: bool = False  # sessionTitle in an answer is what the conversation is called
    takes: bool = False  # what it was told arrives, is seen, and its transcript tells who spoke
    project_file: str = ""  # of its settings, from the top of the repository
    local_file: str = ""  # for one person there, where it has such settings
    home: str = ""  # the folder of a person's own settings, in the home folder
    home_variable: str = ""  # what names another one
    user_file: str = ""  # in that folder
    also_reads: tuple[str, ...] = ()  # whose settings in the repository it runs hooks of, too
    events: Mapping[str, str] = {}  # those of ours that have a handler there, and their names there
    handler: Mapping[str, str] = {}  # what stands in each handler besides
    per_second: int = 1  # its timeouts' unit
    longest: Mapping[str, int] = {}  # an event's timeout, in seconds
    is_flat: bool = False  # an event's list holds handlers, not groups of them
    is_read_above: bool = True  # its project settings, where it is started in a folder below
    version: int | None = None  # of its settings' form, which has to stand in them
    plugin: str = ""  # of ours, around its settings: it runs no handlers itself
    advice: str = ""  # behind its title: what a person has to do once they are installed
    lacks: tuple[str, ...] = ()  # what it can't do, for ``--check``
    is_tested: bool = True  # with the real program, not by its documents alone

    @property
    def mark(self) -> str | None:
        """Return what tells its events from others where nothing better does.

        Older ones of Claude Code set no process: with two terminals one may resume the same.
        """
        return self.name if self.name and not self.process else None


UNKNOWN = Agent("", "another agent", shown=("PreCompact", "SessionEnd"))
"""It is told what Claude Code is, and takes nothing: nobody knows what becomes of it."""


def load(name: str) -> Agent:
    # ``importlib`` would be one more import in front of a waiting person.
    agent: Agent = __import__(f"session_hooks.agents.{name}", fromlist=("AGENT",)).AGENT
    return agent


def every() -> Iterator[Agent]:
    return map(load, NAMES)


def recognise(environ: Mapping[str, str], source: object, session_id: object) -> Agent:
    """Tell which agent runs a hook (CLIENT.md, "Other agents that run such hooks").

    One that runs in another one's shell has that one's variables, too. So what Claude Code sets for
    each hook decides, then what the command names, then what the others set.
    """
    claude = load(NAMES[0])
    if claude.is_running(environ, source, session_id):
        return claude
    named = environ.get(COMMAND_NAMES_IT)
    if named in NAMES:
        return load(named)
    for agent in every():
        if agent.is_running(environ, source, session_id):
            return agent
    is_older = "CLAUDE_CODE_SESSION_ID" not in environ and any(
        name.startswith(("CLAUDE_CODE_", "CLAUDE_PID")) for name in environ
    )
    return claude if is_older else UNKNOWN
