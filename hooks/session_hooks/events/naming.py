"""What a conversation is called, so that /resume lists it by its work."""

import os

from session_hooks.documents.model import Document
from session_hooks.events import io
from session_hooks.events.context import HookContext
from session_hooks.events.known import Known, written
from session_hooks.memory import archive
from session_hooks.memory.memory import Memory
from session_hooks.memory.model import Past
from session_hooks.render import prompt


def title(context: HookContext, known: Known, past: Past, memory: Memory) -> str | None:
    """Return what it is to be called; None where a person named it, or there is nothing to name it.

    After /clear the client goes on with the name of the conversation before.
    """
    given = context.event.session_title
    if context.client != io.CLAUDE_CODE or given not in (None, known.title):
        return None
    work = _work(context, known, past, memory)
    return prompt.title(work) if work else given


def _work(context: HookContext, known: Known, past: Past, memory: Memory) -> Document | None:
    """Return what it wrote to last since its last prompt; at the first, else what led at its start.

    What is older than that prompt and hasn't changed was not read.
    """
    own, documents = written(context, known), context.documents.documents
    touched = [one for one in documents if one.path in own]
    if touched or not known.is_first:
        return max(touched, key=lambda one: own[one.path], default=None)
    taken = past.taken
    if taken is not None and taken.former == known.lead:
        copy = os.path.join(memory.folder or "", archive.FOLDER, taken.name)
        return archive.read_copy(taken.former, copy, redact=context.project.redact)
    return next((one for one in documents if one.path == known.lead), None)
