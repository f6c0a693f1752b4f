"""What a conversation is called, so that /resume lists it by its work."""

import os

from session_hooks.documents.model import Document
from session_hooks.events.baseline import Baseline, written
from session_hooks.events.context import HookContext
from session_hooks.memory import archive
from session_hooks.memory.memory import Memory
from session_hooks.memory.model import Past
from session_hooks.render import prompt


def choose(context: HookContext, baseline: Baseline, past: Past, memory: Memory) -> str | None:
    """Return what it is to be called; None where a person named it, or there is nothing to name it.

    After /clear the client goes on with the name of the conversation before.
    """
    given = context.event.session_title
    if not context.agent.has_titles or given not in (None, baseline.title):
        return None
    work = _work(context, baseline, past, memory)
    return prompt.title(work) if work else given


def _work(context: HookContext, baseline: Baseline, past: Past, memory: Memory) -> Document | None:
    """Return what it wrote to last since its last prompt; at the first, else what led at its start.

    What is older than that prompt and hasn't changed was not read.
    """
    own, documents = written(context, baseline), context.documents.documents
    touched = [one for one in documents if one.path in own]
    if touched or not baseline.is_first:
        return max(touched, key=lambda one: own[one.path], default=None)
    taken = past.taken
    if taken is not None and taken.former == baseline.lead:
        copy = os.path.join(memory.folder or "", archive.FOLDER, taken.name)
        return archive.read_copy(taken.former, copy, redact=context.project.redact)
    return next((one for one in documents if one.path == baseline.lead), None)
