"""What an event is judged by: what its hook sees, and what is remembered. No I/O."""

from collections.abc import Mapping
from datetime import datetime

from session_hooks.activity import View
from session_hooks.asking import Asked, asked, document_places
from session_hooks.attendance import CLAUDE_CODE
from session_hooks.config import Config
from session_hooks.conversations import Life
from session_hooks.document import Document
from session_hooks.event import Event
from session_hooks.facts import GitFacts, Scan, Transcript
from session_hooks.formats import next_session, session
from session_hooks.git_head import Head
from session_hooks.index import Index
from session_hooks.project import Project
from session_hooks.ranking import JUDGE
from session_hooks.records import Claim, Conversation, Past
from session_hooks.values import Value

_JUDGED = 30
"""How many documents a hook asks git about: more than it can name."""
_DETAILED = 5
"""Of how many of them it looks into the paths and commits that they name."""


class Scene(Value):
    """All that a hook sees."""

    event: Event
    project: Project
    settings: Config
    documents: Scan
    view: View
    own: Transcript
    """The conversation's own."""
    head: Head
    pid: str | None
    """The client's process: its number, as the client gives it."""
    process: str | None
    """The same, told from every other (``process.identity``)."""
    attended: bool
    """Whether a person is there, and it is no subagent's."""
    noted: Index | None = None
    """What is remembered of the documents, and what is to be."""
    client: str = CLAUDE_CODE
    """The program that runs the hook."""

    @property
    def now(self) -> datetime:
        """When the hook was started."""
        return self.view.now

    @property
    def is_shown(self) -> bool:
        """Whether the person is sure to see what a start says.

        Not after a /clear (CLIENT.md, "Where each hook's output goes"), nor in another client.
        """
        is_told = self.client == CLAUDE_CODE and self.event.source != "clear"
        return self.attended and is_told

    @property
    def uses_documents(self) -> bool:
        """Whether the project writes any: elsewhere nothing is kept of its conversations."""
        found = self.documents
        return self.project.has_session_files or bool(
            found.documents or found.templates or found.unread
        )

    def with_document(self, document: Document | None) -> "Scene":
        """Put a document that is not in the working tree any more beside those that are."""
        if document is None:
            return self
        facts, documents = self.view.facts, self.documents.documents
        others = tuple(one for one in documents if one.path != document.path)
        if any(one.digest != document.digest for one in documents if one.path == document.path):
            # What git and the disk say to another text's claims doesn't count.
            known = {path: one for path, one in facts.evidence.items() if path != document.path}
            facts = facts._replace(evidence=known)
        if facts.changed is not None:  # the time that it was written is its own
            facts = facts._replace(changed=facts.changed | {document.path})
        return self._replace(
            documents=self.documents._replace(documents=(*others, document)),
            view=self.view._replace(facts=facts),
        )

    def asked(self) -> Asked:
        """Return what git is to be asked about the documents, the most important first."""
        limits = (_JUDGED, _DETAILED)
        return asked(self.project, self.settings, self.documents, self.view, JUDGE, limits=limits)

    def with_facts(self, facts: GitFacts) -> "Scene":
        """Return what is seen with what git knows."""
        if facts.branch is None:  # it was not asked, or had no time
            facts = facts._replace(branch=self.head.branch)
        return self._replace(view=self.view._replace(facts=facts))

    def claim(self) -> Claim:
        """Return what tells this event from others."""
        event = self.event
        detail = event.source or event.reason or event.trigger or ""
        return Claim(event.name or "", event.session_id or "", detail, self.pid, self.now)

    def conversation(self) -> Conversation:
        """Return the conversation as one that begins now."""
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

    def document_places(self) -> tuple[str, ...]:
        """Return the folders and files that tell of the work, and are none of it."""
        return document_places(self.settings, self.documents)


class Known(Value):
    """What is remembered, and what can be seen of it now."""

    past: Past
    lives: Mapping[str, Life]

    def uses(self, scene: Scene) -> frozenset[str]:
        """Return the formats that the project writes down where its work stands in.

        What was taken from the working tree, and what was told and deleted since, show it too.
        """
        found = {document.format for document in scene.documents.documents}
        taken = {next_session.NAME} if self.past.has_archive else set()
        told = self.past.formats & set(scene.settings.places)
        return frozenset(scene.settings.formats or ()) | found | taken | told

    def has_sessions(self, scene: Scene) -> bool:
        """Tell whether session files are written here, be there one or not."""
        is_read = session.NAME in scene.settings.places
        return is_read and (session.NAME in self.past.formats or scene.project.has_session_files)
