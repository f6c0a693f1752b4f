"""Which event runs which program, and for how long. Imported by every hook: builtins alone."""

from session_hooks.util.lazy import Value

NESTED = "hookSpecificOutput"
"""Where in an answer Claude Code reads what it tells the model, and most others do."""


class Hook(Value):
    event: str
    program: str
    seconds: float  # the program's own limit
    timeout: int  # in the settings; SessionEnd's lifts the 1.5 s that such hooks share, too
    matched: tuple[str, ...] = ()  # CLIENT.md, "When they fire"; nobody has seen ``fork``
    missed: str = ""  # what comes of it where no handler runs
    reader: str = "on stdout"  # who is told what it prints as plain text
    feature: str = ""  # of ``install-hooks --with``, for which alone it is added

    @property
    def module(self) -> str:
        """Its handler's in ``events``: session-start-hook's is session_start."""
        return self.program.removesuffix("-hook").replace("-", "_")


SESSION_START = Hook(
    "SessionStart",
    "session-start-hook",
    seconds=8,
    timeout=10,
    matched=("startup", "resume", "clear", "compact"),
    missed="So no conversation is told where the work stands.",
    reader="to the model",
)
PRE_COMPACT = Hook(
    "PreCompact",
    "pre-compact-hook",
    seconds=8,
    timeout=10,
    matched=("manual", "auto"),
    missed="So a summary may lose what is next.",
    reader="to the summarizer and to you",
)
SESSION_END = Hook(
    "SessionEnd",
    "session-end-hook",
    seconds=0.9,  # Claude Code is closing, and gives all such hooks little more
    timeout=5,
    matched=("clear", "resume", "logout", "prompt_input_exit", "other"),
    missed="So nobody is reminded, and nothing is noted of how a conversation ended.",
)
SUBAGENT_START = Hook(
    "SubagentStart",
    "subagent-start-hook",
    seconds=4,
    timeout=5,
    missed="So a subagent isn't told its open task.",
    feature="subagents",
)
SUBAGENT_STOP = Hook(
    "SubagentStop",
    "subagent-stop-hook",
    seconds=4,
    timeout=5,
    missed="So what a summary drops is not noticed, nor a task that an agent leaves open.",
    feature="compaction",
)
USER_PROMPT_SUBMIT = Hook(
    "UserPromptSubmit",
    "user-prompt-submit-hook",
    seconds=4,
    timeout=5,
    missed="So what comes while a conversation is open is not told to it.",
    feature="live",
)
HOOKS = (
    SESSION_START, PRE_COMPACT, SESSION_END, SUBAGENT_START, SUBAGENT_STOP, USER_PROMPT_SUBMIT,
)  # fmt: skip
ALWAYS = tuple(hook for hook in HOOKS if not hook.feature)
FEATURES = tuple(hook.feature for hook in HOOKS if hook.feature)


def parse_features(text: str) -> frozenset[str]:
    """Read a list of features, as an option's type; argparse shows what is wrong with it."""
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    unknown = sorted(names - {*FEATURES})
    if unknown or not names:
        from argparse import ArgumentTypeError

        said = f"{', '.join(unknown) or 'nothing'}: there are {', '.join(FEATURES)}"
        raise ArgumentTypeError(said)
    return names


BEGINNINGS = ("startup", "clear", "new")
"""The sources at which a conversation has nothing in it yet: the answer to one is the answer to
all. The last one is Copilot's."""
