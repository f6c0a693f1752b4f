"""Begin, resume and settle a conversation; steps that several hooks share."""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime

from session_hooks.documents.model import Document
from session_hooks.documents.registry import HANDED_OVER
from session_hooks.events.context import (
    Event,
    HookContext,
    Recalled,
    Surroundings,
    save_facts,
)
from session_hooks.evidence import cache, queries
from session_hooks.evidence.model import Work
from session_hooks.memory import archive, conversations, process
from session_hooks.memory.archive import Plan, Taken, TakenBefore
from session_hooks.memory.conversations import Life, Neighbour
from session_hooks.memory.memory import Memory, for_hook
from session_hooks.memory.model import (
    DIED,
    PROMPTED,
    UNATTENDED,
    Archived,
    Conversation,
    Debt,
    DebtKind,
)
from session_hooks.project.gitdir import read_head
from session_hooks.project.project import Project, find_project, project_at
from session_hooks.project.state import state_folders
from session_hooks.report import compaction, debts, report
from session_hooks.report.debts import MemoryReport, Reason
from session_hooks.util.lazy import Value

WORK_SECONDS = 1
_LOG_SECONDS = 0.15  # for the one question that is asked when all was said


class BegunConversation(Value):
    context: HookContext
    found: MemoryReport
    archived: tuple[Archived, ...] = ()
    ended: tuple[Conversation, ...] = ()
    debts: tuple[Debt, ...] = ()


class CurrentConversation(Value):
    """A conversation that ends or is compacted."""

    recalled: Recalled
    conversation: Conversation
    others: frozenset[str]  # the session files of other open ones, relative to the project
    goes_on: bool  # it is open where it began, too: in another terminal
    taken: Document | None = None  # the handoff that it took

    @property
    def is_known(self) -> bool:
        """Whether the conversation is known from its beginning."""
        return self.recalled.past.own is not None


class _Claimable(Value):
    """The ``NEXT_SESSION.md`` files that may be taken, and the one that is about to be."""

    folder: str = ""
    before: TakenBefore = TakenBefore()
    left: debts.LeftDocument | None = None
    plan: Plan | None = None


def begin(context: HookContext, memory: Memory, recalled: Recalled) -> BegunConversation | None:
    """Let a conversation begin or go on; None where another handler was faster."""
    ended = _find_ended(context, recalled) if context.attended else ()
    recalled = _with_ended(recalled, ended)
    claimable = _find_claimable(context, memory, recalled)
    plan = claimable.plan
    rows = (plan.row,) if plan else ()
    is_first = memory.record_event(context.claim(), _conversation(context, recalled), taking=rows)
    if plan and not (is_first and memory.works):
        # Without a record of who takes it, nothing is taken.
        archive.release(claimable.folder, plan.row.name)
        claimable, plan = _Claimable(), None
    if not is_first:
        return None
    taken = Taken()
    if plan:
        redact = context.project.redact
        taken = archive.take(plan, claimable.folder, context.now, redact=redact)
        if taken.again and taken.document:  # it was not among what git was asked about
            facts = context.view.facts
            facts = cache.about(taken.document, context.asked(), facts, WORK_SECONDS)
            context = context.with_facts(facts)
    steps = _steps_owed(context, memory, recalled.past.owing)
    new, paid = _debt_changes(context, memory, recalled, ended, steps=steps)
    owing = [*new, *debts.unpaid_debts(recalled.past.owing, (*paid, *new))]
    found = _recollect(context, recalled, claimable, taken, owing, steps=steps)
    found = found._replace(died=debts.deaths(ended))
    if plan and taken.error:
        left = debts.LeftDocument(plan.row.former, Reason.COULD_NOT_MOVE, taken.error)
        found = found._replace(left=left)
    if plan and taken.is_lost:
        others = _just_taken(context, memory) or claimable.before.taken_by_others
        found = found._replace(taken_by_others=others)
        context = context.without_document(plan.row.former)
    return BegunConversation(
        context.with_document(taken.document),
        found,
        (*taken.rows, *claimable.before.settled),
        ended,
        (*paid, *new),
    )


def foresee(context: HookContext, memory: Memory, recalled: Recalled) -> BegunConversation | None:
    """Return what a conversation would begin with; None if it took or recorded anything else."""
    owing = recalled.past.owing
    steps = _steps_owed(context, memory, owing)
    if any(_debt_changes(context, memory, recalled, (), steps=steps)):
        return None
    if context.attended:
        past = recalled.past
        files = archive.list_files(os.path.join(memory.folder or "", archive.FOLDER))
        is_unread = past.unsettled or any(file.name not in past.archived for file in files)
        document, reason = _find_left(context)
        is_taken_or_told = document and reason in (None, Reason.TRACKED)
        if _find_ended(context, recalled) or is_taken_or_told or is_unread:
            return None
    found = _recollect(context, recalled, _Claimable(), Taken(), owing, steps=steps)
    return BegunConversation(context, found)


def _conversation(context: HookContext, recalled: Recalled) -> Conversation:
    new, before = context.conversation(), recalled.past.own
    if before is None:
        return new
    # In a second terminal the same conversation may be open too: the first one's process counts.
    is_open_elsewhere = before.ended is None and process.is_alive(before.process)
    return new._replace(
        began=before.began,
        forked_from=new.forked_from or before.forked_from,
        attended=new.attended or before.attended,
        process=before.process if is_open_elsewhere else new.process,
    )


def _find_claimable(context: HookContext, memory: Memory, recalled: Recalled) -> _Claimable:
    """Find what may be taken, and reserve its place in the archive."""
    event, root = context.event, context.project.root
    start = debts.reason_of_start(
        event.source, attended=context.attended, takes=context.agent.takes
    )
    begins = event.session_id and (start is None or start.is_for_next)
    if not begins or not memory.works or memory.folder is None:
        return _Claimable()
    folder = os.path.join(memory.folder, archive.FOLDER)
    by = archive.Taker(root, folder, event.session_id or "", context.now)
    before = archive.taken_before(recalled.past, recalled.lives, by)
    document, reason = _find_left(context)
    reason = reason or start
    left = debts.LeftDocument(document.path, reason) if document and reason else None
    claimable = _Claimable(folder, before, left)
    if start is Reason.OTHER_AGENT or (left and left.reason.is_for_next):
        return claimable
    there = {one.path for one in context.documents.documents}
    again = [row for row in before.unread if row.former not in there]
    try:
        return claimable._replace(plan=archive.plan(None if left else document, again, by))
    except OSError as error:
        memory.report(error)
        return claimable


def _find_left(context: HookContext) -> tuple[Document | None, Reason | None]:
    """Return the newest document that was left behind and is told, and why it may not be taken."""
    documents, view = context.documents.documents, context.view
    newest = debts.newest_left(documents, view)
    if newest is None:
        return None, None
    return newest, debts.reason_to_leave(
        newest,
        documents,
        view,
        in_git=context.project.git_top is not None,
        consume=context.settings.consume,
    )


def _find_ended(context: HookContext, recalled: Recalled) -> tuple[Conversation, ...]:
    """Return the conversations of this project that ended without a SessionEnd."""
    here = (one for one in recalled.past.open if one.project == context.project.root)
    found = conversations.died(here, recalled.lives, context.process, context.now)
    # A death is told once, so it waits for a start that the person is shown.
    return tuple(one for one in found if context.is_shown or one.reason != DIED)


def _with_ended(recalled: Recalled, ended: Iterable[Conversation]) -> Recalled:
    by_id = {one.id: one for one in ended}
    past = recalled.past
    last = debts.last_ended([*ended, *([past.last] if past.last else [])])
    takers = {one.id: one for one in past.takers} | by_id
    still_open = tuple(one for one in past.open if one.id not in by_id)
    return recalled._replace(
        past=past._replace(last=last, open=still_open, takers=tuple(takers.values()))
    )


def _debt_changes(
    context: HookContext,
    memory: Memory,
    recalled: Recalled,
    ended: Iterable[Conversation],
    *,
    steps: Mapping[str, tuple[str, ...]],
) -> tuple[tuple[Debt, ...], tuple[Debt, ...]]:
    """Return what the dead conversations owe, and what was owed and is paid by now."""
    if not context.attended:
        return (), ()
    past, branch = recalled.past, context.head.branch
    scan, view = context.documents, context.view
    paid = debts.paid_debts(past.owing, scan, past.unsettled, view, branch, steps=steps)
    new: tuple[Debt, ...] = ()
    dead = [one for one in debts.deaths(ended) if one.worktree == context.project.git_top]
    # Of several the first saw the most; asking git for each could take all the time there is.
    for one in sorted(dead, key=lambda one: one.resumed)[:1]:
        places = cache.document_places(context.settings, context.documents)
        work = queries.work(context.project, places, one.head_at_start, WORK_SECONDS)
        if work is not None:
            until = max(other.ended or context.now for other in dead)
            told = tuple(memory.recall(one.project, one.id).told_in(one.project))
            life = recalled.lives.get(one.id, Life())
            touched = report.worked_on(life.transcript, one.project, context.documents)
            span = debts.Span(one, until, branch, work, told, places)
            # Of a script's run nobody expects a handoff.
            uses = recalled.used_formats(context) if one.attended else frozenset()
            others = debts.written_by(_neighbours(context, recalled))
            new = debts.find_debts(
                span, context.documents, context.view, uses=uses, others=others, touched=touched
            )
    return debts.merge_debts(new, debts.unpaid_debts(past.owing, paid)), paid


def _neighbours(context: HookContext, recalled: Recalled) -> tuple[Neighbour, ...]:
    lives = recalled.lives
    others = conversations.open_now(recalled.past.open, lives, context.process, context.now)
    folder, begun_with = context.documents.session_folder, recalled.past.begun_with
    return conversations.neighbours(others, lives, begun_with, context.project, folder)


def _recollect(
    context: HookContext,
    recalled: Recalled,
    claimable: _Claimable,
    taken: Taken,
    owing: Iterable[Debt],
    *,
    steps: Mapping[str, tuple[str, ...]],
) -> MemoryReport:
    past, told = recalled.past, None
    if taken.document and taken.copy:
        near = taken.copy.removeprefix(os.path.join(context.project.root, ""))
        told = debts.TakenDocument(taken.document, taken.copy, near, taken.again is not None)
    documents = context.documents.documents
    owed = debts.open_debts(owing, past, recalled.lives, documents, context.now, steps=steps)
    if context.event.source in ("resume", "fork") and past.own:  # its last start told the others
        owed = tuple(one for one in owed if one.debt.owed > past.own.resumed)
    return MemoryReport(
        told,
        archive=claimable.folder,
        taken_by_others=claimable.before.taken_by_others,
        read_before=_read_before(context, recalled, claimable),
        unread=tuple(row for row in claimable.before.unread if row != taken.again),
        left=claimable.left,
        debts=owed if context.attended else (),
        open=_neighbours(context, recalled),
    )


def _read_before(
    context: HookContext, recalled: Recalled, claimable: _Claimable
) -> tuple[Archived, ...]:
    """Return what the conversation before a /clear read: this one knows nothing of it."""
    if context.event.source != "clear" or context.process is None:
        return ()
    before = {one.id for one in recalled.past.takers if one.process == context.process}
    settled = claimable.before.settled
    return tuple(row for row in settled if row.how == PROMPTED and row.conversation in before)


def _just_taken(context: HookContext, memory: Memory) -> tuple[Archived, ...]:
    """Return what another process that was faster took, from the store as it is by now."""
    own = context.event.session_id
    past = memory.recall(context.project.root, own)
    return tuple(row for row in past.unsettled if row.conversation != own)[:1]


def open_project(event: Event, surroundings: Surroundings, program: str) -> tuple[Project, Memory]:
    """Return the conversation's project, with its memory.

    A conversation may have gone into another repository meanwhile: then it is where it began, if
    that is where it is remembered. Otherwise it is where the event is.
    """
    now, environ, here = surroundings
    name = event.session_id

    def memory_of(project: Project) -> Memory:
        folders = state_folders(project.root, project.git_top, environ)
        return for_hook(folders, now, program, event.name)

    project = find_project(event.cwd, environ, here)
    memory = memory_of(project)
    if name is None or event.agent_id is not None:
        return project, memory
    memory.open(create=project.has_session_files)
    began_in = environ.get("CLAUDE_PROJECT_DIR", "")
    other = project_at(began_in) if os.path.isdir(began_in) else project
    if other == project or memory.do(lambda store: store.knows(name), otherwise=False):
        return project, memory
    elsewhere = memory_of(other)
    elsewhere.open(create=False)
    if elsewhere.do(lambda store: store.knows(name), otherwise=False):
        memory.close()
        return other, elsewhere
    elsewhere.close()
    return project, memory


def recall(memory: Memory, context: HookContext) -> CurrentConversation:
    past = memory.recall(context.project.root, context.event.session_id)
    recalled = Recalled(past, conversations.look(past.open))
    before, head = past.own or context.conversation(), context.head
    if before.worktree != context.project.git_top:  # it went on in another one
        head = read_head(before.worktree)
    conversation = before._replace(
        branch_at_end=head.branch,
        head_at_end=head.commit,
        transcript=context.event.transcript_path or before.transcript,
        had_prompt=context.own.had_prompt or bool(before.had_prompt),
    )
    is_another = context.process is not None and before.process != context.process
    return CurrentConversation(
        recalled,
        conversation,
        debts.written_by(_neighbours(context, recalled)),
        goes_on=is_another and process.is_alive(before.process) is True,
        taken=_taken(context, past.taken, memory),
    )


def with_taken(
    context: HookContext, row: Archived | None, memory: Memory, git_seconds: float
) -> HookContext:
    taken = _taken(context, row, memory)
    there = {document.path for document in context.documents.documents}
    if taken is None or taken.path in there:  # what lies in its place was written since
        return context
    facts = cache.about(taken, context.asked(), context.view.facts, git_seconds)
    return context.with_facts(facts).with_document(taken)


def _taken(context: HookContext, row: Archived | None, memory: Memory) -> Document | None:
    if row is None:
        return None
    copy = os.path.join(memory.folder or "", archive.FOLDER, row.name)
    return archive.read_copy(row.former, copy, redact=context.project.redact)


def handoff_left(context: HookContext, current: CurrentConversation) -> Document | None:
    """Return the handoff that a conversation took, where nothing says what is left of it."""
    taken = current.taken
    return taken if taken and _steps_left(context, taken, current.conversation.resumed) else None


def _steps_left(context: HookContext, handoff: Document, since: datetime) -> tuple[str, ...]:
    """Return the steps behind the first that no document and no commit speaks of.

    Where a handoff was written since, that says what is left.
    """
    view, documents = context.view, context.documents.documents
    for one in documents:
        is_since = one.modified >= since and view.facts.has_own_time(one.path)
        if one.path == handoff.path or (one.format in HANDED_OVER and is_since):
            return ()
    evidence = view.facts.evidence.values()
    commits = (commit for one in evidence if one.since for commit in one.since.newest)
    said = [*(one.body for one in documents), *(commit.subject for commit in commits)]
    return compaction.unsaid_steps(handoff, "\n".join(said))


def _steps_owed(
    context: HookContext, memory: Memory, owing: Iterable[Debt]
) -> dict[str, tuple[str, ...]]:
    """Return by its path the steps that are left of a handoff that somebody took and left."""
    folder = os.path.join(memory.folder or "", archive.FOLDER)
    found = {}
    for debt in owing:
        if debt.kind is not DebtKind.NO_HANDOFF or not debt.document or not memory.folder:
            continue
        name = os.path.basename(debt.document)
        files = archive.list_files(folder)
        same = [one for one in files if one.former_name == name and one.since <= debt.owed]
        newest = max(same, key=lambda one: one.since, default=None)
        redact, path = context.project.redact, os.path.join(folder, newest.name if newest else "")
        copy = archive.read_copy(debt.document, path, redact=redact) if newest else None
        found[debt.document] = _steps_left(context, copy, debt.owed) if copy else ()
    return found


def settle(
    memory: Memory,
    context: HookContext,
    current: CurrentConversation,
    learnt: cache.Knowledge,
) -> None:
    if memory.works:
        owing = _owed(context, current, memory)
        memory.do(lambda store: store.record(debts=owing), None)
        save_facts(memory, context, learnt)


def _owed(context: HookContext, current: CurrentConversation, memory: Memory) -> tuple[Debt, ...]:
    past, conversation = current.recalled.past, current.conversation
    branch, steps = conversation.branch_at_end, _steps_owed(context, memory, past.owing)
    scan, view = context.documents, context.view
    paid = debts.paid_debts(past.owing, scan, past.unsettled, view, branch, steps=steps)
    is_here = current.is_known and conversation.worktree == context.project.git_top
    if not is_here or not conversation.had_prompt:  # where nobody spoke, nothing was begun
        return paid
    has_moved = conversation.head_at_start != conversation.head_at_end
    since = conversation.head_at_start if has_moved else None
    commits = queries.commits_since(context.project, since, _LOG_SECONDS) if since else ()
    tree = context.view.facts.tree
    if commits is None or (tree is None and since is None):
        return paid
    work = Work(commits, tree.changed if tree else {})
    conversation = conversation._replace(
        project=context.project.root,
        reason=conversation.reason if context.attended else UNATTENDED,
    )
    places = cache.document_places(context.settings, context.documents)
    told, taken = context.view.told, handoff_left(context, current)
    span = debts.Span(conversation, context.now, branch, work, told, places, taken)
    # Of a script's run nobody expects a handoff.
    uses = current.recalled.used_formats(context) if context.attended else frozenset()
    touched = report.worked_on(context.own, context.project.root, context.documents)
    new = debts.find_debts(
        span, context.documents, context.view, uses=uses, others=current.others, touched=touched
    )
    still = {(debt.kind, debt.document) for debt in new}
    return (
        *(debt for debt in paid if (debt.kind, debt.document) not in still),
        *debts.merge_debts(new, debts.unpaid_debts(past.owing, paid)),
    )
