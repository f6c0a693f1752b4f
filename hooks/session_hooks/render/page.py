"""Render documents, conversations and debts as one page of HTML that needs nothing else. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from html import escape

from session_hooks.util import dates, safe_text
from session_hooks.util.lazy import Value

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bar: #888; --soft: #8882; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .2rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .5rem; }
p, ul { margin: .3rem 0; } ul { padding-left: 1.2rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
.facts { opacity: .75; font-size: .9rem; }
details, .row { border-top: 1px solid var(--line); padding: .45rem 0; }
summary { cursor: pointer; display: grid; gap: .2rem .8rem; align-items: center;
  grid-template-columns: minmax(0, 20rem) minmax(0, 1fr) 8rem; }
summary::-webkit-details-marker { display: none; }
.title { font-weight: 600; overflow-wrap: anywhere; }
.time { position: relative; height: .9rem; background: var(--soft); border-radius: .2rem; }
.time i { position: absolute; top: 0; bottom: 0; min-width: 4px; border-radius: .2rem;
  background: var(--bar); }
.time b { position: absolute; top: -2px; bottom: -2px; width: 2px; background: currentColor; }
.state { font-size: .8rem; text-align: right; }
.in_progress { --bar: #2a78d6; } .paused { --bar: #c98500; } .completed { --bar: #1a8a4a; }
.over { opacity: .6; }
.axis { display: flex; justify-content: space-between; font-size: .8rem; opacity: .75;
  margin: 0 8.8rem .2rem 20.8rem; }
.inside { padding: .3rem 0 .3rem .8rem; }
@media (max-width: 45rem) {
  summary { grid-template-columns: 1fr auto; } .time { grid-column: 1 / -1; grid-row: 2; }
  .axis { margin: 0 0 .2rem; }
}
"""


class Entry(Value):
    """One document on the page."""

    path: str
    title: str
    status: str
    verdict: str
    reasons: tuple[str, ...]
    branch: str | None
    begins: datetime
    ends: datetime
    marks: tuple[datetime, ...]
    """When its log says that something happened."""
    next_action: str | None
    agents: tuple[str, ...]
    log: tuple[str, ...]
    is_over: bool


class Page(Value):
    """All that is shown, each kind in its order."""

    project: str
    now: datetime
    entries: tuple[Entry, ...]
    conversations: tuple[str, ...]
    debts: tuple[str, ...]
    taken: tuple[str, ...]


def page(found: Page) -> str:
    """Return the page."""
    begin = min((one.begins for one in found.entries), default=found.now)
    span = max(found.now - begin, timedelta(hours=1))
    title = f"{_said(found.project)}: session files"
    return "\n".join([
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        f'<p class="facts">As of {found.now.astimezone():%Y-%m-%d %H:%M}: '
        f"{dates.count(len(found.entries), 'document')}, "
        f"{dates.count(sum(not one.is_over for one in found.entries), 'document')} still open"
        "</p>",
        *_timeline(found.entries, begin, span, found.now),
        *_listed("Owed", found.debts),
        *_listed("Handed over", found.taken),
        *_listed("Conversations", found.conversations),
        "</body></html>",
        "",
    ])  # fmt: skip


def _timeline(
    entries: Sequence[Entry], begin: datetime, span: timedelta, now: datetime
) -> Iterator[str]:
    if not entries:
        yield "<p>No document is here.</p>"
        return
    yield "<h2>Documents</h2>"
    middle = begin + span / 2
    days = (f"<span>{one.astimezone():%Y-%m-%d}</span>" for one in (begin, middle, now))
    yield f'<div class="axis">{"".join(days)}</div>'
    for entry in entries:
        yield from _entry(entry, begin, span)


def _entry(one: Entry, begin: datetime, span: timedelta) -> Iterator[str]:
    left, right = _percent(one.begins, begin, span), _percent(one.ends, begin, span)
    marks = "".join(
        f'<b style="left:{_percent(mark, begin, span):.2f}%"></b>' for mark in one.marks
    )
    status = one.status if one.status in ("in_progress", "paused", "completed") else "other"
    over = " over" if one.is_over else ""
    yield f'<details class="{status}{over}"><summary>'
    yield f'<span class="title">{_said(one.title)}</span>'
    yield (
        f'<span class="time"><i style="left:{left:.2f}%;width:{max(right - left, 0):.2f}%"></i>'
        f"{marks}</span>"
    )
    yield f'<span class="state">{_said(one.status)}, {_said(one.verdict)}</span></summary>'
    yield f'<div class="inside"><p><code>{_said(one.path)}</code></p>'
    facts = [*(_said(reason) for reason in one.reasons)]
    facts += [f"branch <code>{_said(one.branch)}</code>"] if one.branch else []
    times = f"{one.begins.astimezone():%Y-%m-%d %H:%M} to {one.ends.astimezone():%Y-%m-%d %H:%M}"
    yield f'<p class="facts">{"; ".join([times, *facts])}</p>'
    if one.next_action:
        yield f"<p>Next: {_said(one.next_action)}</p>"
    yield from _items("Agents", one.agents)
    yield from _items("Log", one.log)
    yield "</div></details>"


def _items(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<p>{title}</p><ul>{''.join(f'<li>{_said(line)}</li>' for line in lines)}</ul>"


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    shown = [f'<div class="row">{_said(line)}</div>' for line in lines]
    if shown:
        yield f"<h2>{title}</h2>"
        yield from shown


def _percent(moment: datetime, begin: datetime, span: timedelta) -> float:
    return min(max((moment - begin) / span, 0), 1) * 100


def _said(text: str) -> str:
    """Return a text for HTML, without what can't be seen."""
    return escape(safe_text.one_line(text))
