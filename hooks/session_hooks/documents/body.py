"""Read a body's parts, however they are headed: pure, and linear in the text."""

from collections.abc import Callable, Sequence
from datetime import datetime

from session_hooks.documents import markdown, next_steps, sections, wordings
from session_hooks.documents.markdown import BOLD
from session_hooks.documents.model import MAX_SECTION, Body, Section, is_filled
from session_hooks.documents.next_steps import HEADER_LINES, LABEL, by_label
from session_hooks.documents.sections import Passage, all_by_heading, by_heading, says_nothing
from session_hooks.util import dates


def read(
    body: str,
    first_line: int,
    guidance: Sequence[str] = (),
    *,
    is_finished: bool = False,
    hands_over: bool = False,
) -> Body:
    """Read a body that begins on ``first_line`` of its file; never raises.

    Of work that ``is_finished`` only what the body itself calls next is next. Where all of it
    ``hands_over`` work, its tasks are the next conversation's; elsewhere they may be done.
    """
    found, problems = markdown.sections(body, first_line, bold=True)
    lines = body.split("\n")
    passage = sections.prompt_in_a_fence(Passage(lines, markdown.prose(body), first_line, found))
    entries = sections.log_entries(passage.sections, is_log=not hands_over)
    newest = sections.newest_entry(entries)
    passages = [sections.without_entries(passage, entries)]
    log = by_heading(passages, wordings.LOG)  # its entries may be headings alone
    if newest is not None:
        passages.append(sections.inside_of(newest, passage))
    passages = [sections.filled(part, guidance) for part in passages]
    steps, action = next_steps.find(
        passages, guidance, is_finished=is_finished, hands_over=hands_over
    )
    titled = passage if newest is None else None
    is_open = action is None and not is_finished
    return Body(
        next_action=action,
        likely=next_steps.likely(passages, titled, guidance) if is_open else None,
        next_steps=steps,
        steps=next_steps.other_steps(steps, action),
        state=_state(passages, newest, passage, guidance),
        context=by_heading(passages, wordings.CONTEXT),
        progress=by_heading(passages, wordings.PROGRESS),
        accomplished=by_heading(passages, wordings.ACCOMPLISHED),
        blockers=by_heading(passages, wordings.BLOCKERS, unsure=2),
        decisions=by_heading(passages, wordings.DECISIONS),
        files=by_heading(passages, wordings.FILES),
        log=log,
        unknown=_unknown(passages, guidance),
        newest_log_entry=_newest_date(found, log),
        problems=problems,
    )


def _state(
    passages: list[Passage], newest: Section | None, whole: Passage, guidance: Sequence[str]
) -> Section | None:
    stated = [s for s in all_by_heading(passages, wordings.STATE, 3) if not says_nothing(s.text)]
    introduction = _introduction(whole)
    tells = introduction is not None and _tells(introduction.text, guidance)
    ways: tuple[Callable[[], Section | None], ...] = (
        lambda: next((section for section in stated if section.level < BOLD), None),
        lambda: _labelled_state(passages),
        lambda: next(iter(stated), None),
        lambda: _called(by_heading(passages, wordings.ACCOMPLISHED), "what was done"),
        lambda: _called(newest, "the newest entry"),
        lambda: introduction if tells else None,
        lambda: _called(by_heading(passages, wordings.CONTEXT), "the context"),
        lambda: _called(_first_part(passages[0], guidance), "the first section"),
        lambda: introduction if introduction and is_filled(introduction.text, guidance) else None,
    )
    return next((found for way in ways if (found := way()) is not None), None)


def _called(section: Section | None, how: str) -> Section | None:
    return section._replace(how=how) if section is not None else None


def _labelled_state(passages: list[Passage]) -> Section | None:
    for passage in passages:
        if found := by_label(passage.prose[:HEADER_LINES], passage.line, wordings.STATE_LABELS):
            return Section(found.how, 0, found.line, found.text, "by a label", found.line)
    return None


def _first_part(passage: Passage, guidance: Sequence[str]) -> Section | None:
    for section in passage.sections:
        is_formal = sections.head_key(section.title) in wordings.FORMALITIES
        if 1 < section.level < BOLD and not is_formal and _tells(section.text, guidance):
            return section
    return None


def _introduction(passage: Passage) -> Section | None:
    starts = [s.line - passage.line for s in passage.sections if s.level < BOLD]
    titled = bool(starts) and passage.sections[0].level == 1
    begin = passage.sections[0].text_line - passage.line if titled else 0
    later = [start for start in starts if start >= begin]
    lines = passage.lines[begin : later[0] if later else len(passage.lines)]
    text = "\n".join(lines).strip("\n")
    line = passage.line + (starts[0] if titled else begin)
    below = passage.line + begin
    return Section("", 0, line, text, "the text under the title", below) if text else None


def _tells(text: str, guidance: Sequence[str]) -> bool:
    """Tell whether a text says more than labels do: a date, a branch, a brief to copy."""
    for line in text[:MAX_SECTION].split("\n"):
        label = LABEL.match(line)
        is_label = label is not None and (label["bold"] or len(label["name"].split()) < 4)
        if not is_label and not line.startswith(">") and is_filled(line, guidance):
            return True
    return False


def _unknown(passages: list[Passage], guidance: Sequence[str]) -> Section | None:
    """Return the last section that may say anything: its heading means nothing that is known."""
    for passage in reversed(passages):
        for position in reversed(range(len(passage.sections))):
            section = passage.sections[position]
            is_known = sections.is_title(position, passage) or _is_known(section, passage)
            if not is_known and is_filled(_own_text(position, passage), guidance):
                return section
    return None


def _own_text(position: int, passage: Passage) -> str:
    section = passage.sections[position]
    after = passage.sections[position + 1 : position + 2]
    lines = section.text.split("\n")
    return "\n".join(lines[: max(after[0].line - section.text_line, 0)] if after else lines)


def _is_known(section: Section, passage: Passage) -> bool:
    around = [
        s for s in passage.sections if s.line < section.line <= sections.end_of(s) and s.level > 1
    ]
    return any(
        sections.sureness(one.title, words) is not None or sections.is_check(one.title)
        for one in (section, *around)
        for words in (*wordings.PARTS, wordings.FORMALITIES)
    )


def _newest_date(found: tuple[Section, ...], log: Section | None) -> datetime | None:
    if log is None:
        return None
    moments = [
        dates.parse_time(s.title) for s in found if log.line < s.line <= sections.end_of(log)
    ]
    return max((moment for moment in moments if moment is not None), default=None)
