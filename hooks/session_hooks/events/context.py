"""The immutable input of a hook handler: event, project, documents, memory."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime

from session_hooks.agents.agent import UNKNOWN, Agent, recognise
from session_hooks.agents.transcript import Transcript
from session_hooks.documents import config
from session_hooks.documents.config import Config
from session_hooks.documents.formats import session
from session_hooks.documents.locations import NEXT
from session_hooks.documents.model import Document, Scan
from session_hooks.documents.scan import Known, scan
from session_hooks.evidence import cache
from session_hooks.evidence.cache import Knowledge, asked
from session_hooks.evidence.model import Asked, GitFacts, View
from session_hooks.memory import conversations
from session_hooks.memory.conversations import Life
from session_hooks.memory.memory import Memory
from session_hooks.memory.model import Claim, Conversation, Past
from session_hooks.memory.process import identity
from session_hooks.project.gitdir import Head, read_head
from session_hooks.project.hooks import SESSION_START
from session_hooks.project.project import Project
from session_hooks.report.ranking import JUDGE
from session_hooks.util.lazy import Value

_JUDGED = 30  # documents that git is asked about: more than can be named
_DETAILED = 5  # of how many the paths and commits that they name


class Event(Value):
    """One hook event; what is missing, or no text, is None (CLIENT.md, "Input on stdin")."""

    name: str | None = None
    session_id: str | None = None
    transcript_path: str | None = None
    cwd: str | None = None
    source: str | None = None
    reason: str | None = None
    trigger: str | None = None
    agent_type: str | None = None
    agent_id: str | None = None
    last_assistant_message: str | None = None
    prompt: str | None = None
    initial_prompt: str | None = None  # where a start comes with the first one
    timestamp: str | None = None  # of agents that set no process for their hooks
    prompt_id: str | None = None
    session_title: str | None = None

    @classmethod
    def parse(cls, record: Mapping[str, object]) -> "Event":
        given = (record.get(key) for key in ("hook_event_name", *cls._fields[1:]))
        return cls(*(value if isinstance(value, str) and value else None for value in given))


class Surroundings(Value):
    now: datetime
    environ: Mapping[str, str]
    here: str


class Output(Value):
    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0
    once_written: Callable[[], None] = lambda: None


class HookContext(Value):
    event: Event
    project: Project
    settings: Config
    documents: Scan
    view: View
    own: Transcript
    head: Head
    pid: str | None  # as the client gives it
    process: str | None  # as ``process.identity`` has it
    attended: bool  # a person is there, and it is no subagent's
    agent: Agent = UNKNOWN

    @property
    def now(self) -> datetime:
        return self.view.now

    @property
    def is_shown(self) -> bool:
        """Whether the person sees a start's words (CLIENT.md, "Where each hook's output goes")."""
        is_said = self.attended and self.event.source != "clear"
        return is_said and SESSION_START.event in self.agent.shown

    @property
    def uses_documents(self) -> bool:
        """Whether the project writes any: elsewhere nothing is saved of its conversations."""
        found = self.documents
        return self.project.has_session_files or bool(
            found.documents or found.templates or found.unread
        )

    def without_document(self, path: str) -> "HookContext":
        """Leave out a document that another process took."""
        others = tuple(one for one in self.documents.documents if one.path != path)
        return self._replace(documents=self.documents._replace(documents=others))

    def with_document(self, document: Document | None) -> "HookContext":
        """Add a document that is not in the working tree any more."""
        if document is None:
            return self
        facts, documents = self.view.facts, self.documents.documents
        if any(one.digest != document.digest for one in documents if one.path == document.path):
            # What git and the disk say to another text's claims doesn't count.
            known = {path: one for path, one in facts.evidence.items() if path != document.path}
            facts = facts._replace(evidence=known)
        if facts.changed is not None:  # the time that it was written is its own
            facts = facts._replace(changed=facts.changed | {document.path})
        scan = self.without_document(document.path).documents
        return self._replace(
            documents=scan._replace(documents=(*scan.documents, document)),
            view=self.view._replace(facts=facts),
        )

    def with_facts(self, facts: GitFacts) -> "HookContext":
        if facts.branch is None:  # it was not asked, or had no time
            facts = facts._replace(branch=self.head.branch)
        return self._replace(view=self.view._replace(facts=facts))

    def with_told(self, past: Past) -> "HookContext":
        told = tuple(past.told_in(self.project.root))
        return self._replace(view=self.view._replace(told=told))

    def asked(self) -> Asked:
        """Return what git is to be asked about the documents, the most important first."""
        limits = (_JUDGED, _DETAILED)
        return asked(self.project, self.settings, self.documents, self.view, JUDGE, limits=limits)

    def claim(self) -> Claim:
        event = self.event
        detail = (
            event.source or event.reason or event.trigger or event.agent_id or event.prompt_id or ""
        )
        mark = self.pid or event.timestamp or self.agent.mark
        is_moment = self.pid is None and event.timestamp is not None
        name, conversation = event.name or "", event.session_id or ""
        return Claim(name, conversation, detail, mark, self.now, is_moment)

    def conversation(self) -> Conversation:
        return Conversation(
            self.event.session_id or "",
            self.project.root,
            self.project.git_top,
            self.event.source,
            self.event.agent_type,
            self.attended,
            self.process,
            self.event.transcript_path,
            began=self.now,
            resumed=self.now,
            branch_at_start=self.head.branch,
            head_at_start=self.head.commit,
            had_prompt=self.own.had_prompt or None,
            forked_from=self.own.forked_from,
        )


class Recalled(Value):
    past: Past
    lives: Mapping[str, Life]

    def used_formats(self, context: HookContext) -> frozenset[str]:
        """Return the formats that the project writes its handoffs in, by what is or was here."""
        found = {document.format for document in context.documents.documents}
        taken = {NEXT} if self.past.has_archive else set()
        told = self.past.formats & set(context.settings.places)
        return frozenset(context.settings.formats or ()) | found | taken | told

    def has_sessions(self, context: HookContext) -> bool:
        """Tell whether session files are written here, be there one or not."""
        is_read = session.NAME in context.settings.places
        return is_read and (session.NAME in self.past.formats or context.project.has_session_files)


def read_context(
    event: Event,
    surroundings: Surroundings,
    project: Project,
    scan_seconds: float,
    *,
    known: Mapping[str, Known] = {},
) -> HookContext:
    """Read what an event is judged by, without git: of that the branch alone is known.

    Of the documents that are as they are ``known``, no more is read.
    """
    now, environ = surroundings.now, surroundings.environ
    settings = config.read(project)
    project = project._replace(redact=settings.redact)
    documents = scan(project, scan_seconds, settings.places, whole=False, known=known)
    head = read_head(project.git_top)
    agent = recognise(environ, event.source, event.session_id)
    pid = environ.get(agent.process)
    own = conversations.read(event.transcript_path)
    if event.initial_prompt:
        own = own._replace(had_prompt=True)
    return HookContext(
        event,
        project,
        settings,
        documents,
        View(now, GitFacts(head.branch), settings.max_age, settings.max_commits),
        own,
        head,
        pid,
        identity(pid),
        attended=event.agent_id is None and agent.is_attended(environ, event.transcript_path),
        agent=agent,
    )


def load_facts(
    memory: Memory, context: HookContext, seconds: float, *, tree_now: bool = False
) -> Knowledge:
    """``seconds`` are for all of it: what to ask is known once the first documents are read."""
    root, began = context.project.root, time.monotonic()
    asked = context.asked()
    return cache.learn(
        lambda: memory.do(lambda store: store.load_gathered(root), None),
        asked,
        seconds - (time.monotonic() - began),
        tree_now=tree_now,
    )


def save_facts(memory: Memory, context: HookContext, learnt: Knowledge) -> None:
    def save(key: str, facts: str) -> None:
        root = context.project.root
        memory.do(lambda store: store.save_gathered(root, key, facts, context.now), None)

    cache.save(save, learnt)
