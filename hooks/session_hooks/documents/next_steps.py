"""Extract the next action and the open steps from a document."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise, takewhile

from session_hooks.documents import markdown, sections, wordings
from session_hooks.documents.markdown import BOLD, DEFERRED, Block, blocks, heading_key
from session_hooks.documents.model import MAX_SECTION, Section, Step, is_placeholder, own_words
from session_hooks.documents.sections import (
    Passage,
    Wordings,
    is_check,
    is_done,
    is_update,
    says_nothing,
    sureness,
)
from session_hooks.util import dates
from session_hooks.util.lazy import pattern

_EMPHASIS = pattern(  # goes from an action; of names like ``__init__`` nothing does
    r"(?P<mark>`+)(?P<code>[^`]+)(?P=mark)|`|\*\*|(?<!\w)__(?P<bold>[^_\s][^_]*\s[^_]*)__(?!\w)"
)
MAX_ACTION = 300  # characters
_BEFORE_AN_ACTION = pattern(  # a box, a bullet, "2.", "2.1", a number in a keycap
    r"^\s*(?:\[[ xX/~>!-]?\]\s*|[-*+]\s+|\d+(?:\.\d+)*[.)]\s+|\d+(?:\.\d+)+\s+"
    r"|\d+\ufe0f?\u20e3\s*|(?:→|➡\ufe0f?|[-=]>)\s*)*"
)
_REMARK = pattern(rf"\W*(?:{'|'.join(wordings.REMARKS)})\s*(?:\*\*|__)?\s*[:：]", re.IGNORECASE)
_TOP_LINES = 40
HEADER_LINES = 20  # in which a label speaks of all; further down a status is a test's
_MAX_LABELS = 200
_MOST_LABEL_WORDS = 5  # of a label that isn't in bold; of more it is a sentence
_NEW_BLOCK = pattern(r"[-*+]\s|\d+[.)]\s|\*\*")
LABEL = pattern(
    r"[ \t>]*+(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+|#{2,6}[ \t]+)?(?:[^\w\s*_`|#>\[(-]+[ \t]+)?"
    r"(?:(?P<bold>\*\*|__)|[*_])?(?P<name>(?:[^:：=*_|`#—–]|(?<=\w)_(?=\w)){2,60})"
    r"(?:(?:\*\*|__)?[ \t]*(?(bold)(?P<remark>\([^()]{1,80}\)[ \t]*)?)[:：](?:\*\*|__)?"
    r"|(?(bold)(?:\*\*|__)?[ \t]*(?:[=—–]|-[ \t])|(?!)))"
    r"[ \t]*(?P<value>.*)"
)
_VERSION = pattern(r" v?\d[\d ]*$")
_SAID = pattern(
    r"(?:^[ \t>]*+(?:[-*+][ \t]+)?(?:\*\*|__)?|[.!?:][ \t]+)(?P<name>"
    r"(?:the )?next (?:session|conversation|agent|person) (?:should|must|needs? to|has to|will"
    r"|is to|can)(?: (?:start|begin)(?: with| by)?)?|(?:start|begin)s? (?:with|by)|first(?=,)"
    r"|the (?:\w+ )?agent should (?:start|begin) (?:at|with|by)"
    r"|what(?:'s| is) next is|the next (?:step|task|thing) is"
    r"|(?:the )?(?:last )?remaining (?:step|task|work) is(?: to)?"
    r"|next(?: (?:up|steps?|actions?|tasks?|move))?(?=:)|(?:als )?nächste[rs]?(?: schritt)? ist)"
    r"\b[,:]?(?:\*\*|__)?[ \t]*(?P<value>.*)",
    re.IGNORECASE,
)
_BEGIN = pattern(r"\b(?:start|begin)s?(?: (?:at|with|by))?$", re.IGNORECASE)
_MAX_STEPS = 20
_FEW_WORDS = 3  # from which a line above code says what it is for: "Create the module with:"
_NO_DEPTH = 100
_SIGNS = "|".join(mark for mark in wordings.URGENT if not mark.isalpha())
_WORDS = "|".join(mark for mark in wordings.URGENT if mark.isalpha())
_URGENT = pattern(  # a sign begins an item; a word may be the sentence's own
    rf"\W*?({_SIGNS})(?!\w)|\W*({_WORDS})\s*(?:[:\])|*—–-]|prio)|.{{0,60}}?[(\[]({_WORDS})(?!\w)",
    re.IGNORECASE,
)
_NUMBERED_STEP = pattern(
    rf"\W*(?:(?:{wordings.TASK_WORD})\s*)?#?\d{{1,3}}[a-z]?(?!\d*:\d|[-/]\d)(?:[.:)\s—–-]|\ufe0f?\u20e3|$)"
    r"|\W*[a-z][.)]\s",
    re.IGNORECASE,
)
_POINTER = pattern(
    r"(?:see|refer to|details in|siehe|voir|ver|véase|vedi|zie|zobacz|vaata|参见|参照)\b",
    re.IGNORECASE,
)
_FILE = pattern(r"[\w./@-]+\.\w{1,5}(?:\s*(?:[←(（—–-]|<-).*)?")  # to be read, and nothing else
_IN_BRACKETS_OR_BEHIND_A_COLON = pattern(r"(?:^[^:(（.]{2,60}[:：]|[(（])\s*([^)）]+)")
_COMMENT = pattern(r"(?:[#$%>;]|//|--)+\s*")
_RANK_CELL = pattern(r"\W*[a-z]?\d{1,3}\W*", re.IGNORECASE)  # "P0"
_CHOICE = pattern(  # leaves it open which of a list's items comes next
    r"\W*(?:pick|choose|select|decide(?: between| which| on)?)\b.{0,40}"
    r"\b(?:one|two|three|which|between|among|of)\b",
    re.IGNORECASE,
)
_DOUBT = pattern(
    r"\b(?:brainstorm|ideas?|maybe|perhaps|optional|backlog|consider|possible|candidates?|could"
    r"|nice to have|some ?day)\b",
    re.IGNORECASE,
)
_OPTION = pattern(
    r"\W*(?:option|variante?|opción|opção|opzione|optie|опция|вариант|方案)\s*\w\b", re.IGNORECASE
)
_LATER = pattern(
    r"\W*(?:follow[- ]?ups?|later|others?|backlog|future|some ?day|optional|nice to have|später"
    r"|sonstiges|autres?|otr[oa]s|другие|その他|其他|기타)\b",
    re.IGNORECASE,
)
_PROBLEM = pattern(
    r"\b(?:problems?|causes?|symptoms?|ursache|problème|проблема)\b|問題|原因|问题", re.IGNORECASE
)
_SAYS_ALL = pattern(r"\W*\w+(?:\W+\w+){3,}[.!。]\W*$")  # a sentence in bold, above a list
_READS = pattern(  # only prepares work: "read PLAN.md"
    r"\W*(?:re-?read|read|see|lire|lies|lesen|leer|ler|leggere|lees|przeczytaj|loe|прочита\w*|阅读|読む)\b",
    re.IGNORECASE,
)
_HEADING_REMARK = pattern(r"([^—–:：(]{2,60}?)\s*(?:[—–:：]|\s-\s)\s*(.*\S)")
_HOW = pattern(r"\b(?:order|priorit|steps?\b|one of|week|day|hour|min)", re.IGNORECASE)
_MAX_BOXES = 200
_FOOT_LINES = 12  # with text, at a document's end, in which a label speaks of all of it
_MAX_HEADED = 50
_NUMBERED = pattern(
    rf"^\W*(?:(?:{wordings.TASK_WORD})\s*)#?(\d+)(?:[.:)\s—–-]|$)\W*(.*)", re.IGNORECASE
)
_SENTENCES = pattern(r"[.!?]\s+(?=\S)")


def is_action(text: str) -> bool:
    is_over = is_done(text) or says_nothing(text) or is_placeholder(text)
    is_over = is_over or any(map(says_nothing, _IN_BRACKETS_OR_BEHIND_A_COLON.findall(text[:200])))
    first = _SENTENCES.split(text, maxsplit=1)[0]  # what is asked behind a deed belongs to it
    is_question = first.rstrip("*_) ").endswith(("?", "？", "؟"))
    return not is_over and not is_question and _REMARK.match(text) is None


def action_of(text: str) -> str:
    text = _BEFORE_AN_ACTION.sub("", text[: 4 * MAX_ACTION])
    text = " ".join(
        _EMPHASIS.sub(lambda one: one["code"] or one["bold"] or "", text).split()
    ).strip("* ")
    if len(text) <= MAX_ACTION:
        return text
    cut = text[:MAX_ACTION]
    end = max(cut.rfind(". "), cut.rfind("; "))
    return cut[: end + 1] if end > MAX_ACTION // 3 else cut[: cut.rfind(" ")] + "…"


def shown(title: str) -> str:
    return "'" + " ".join(title.split())[:80] + "'"


def by_label(lines: list[str], line: int, words: Wordings, begun: Wordings = ()) -> Step | None:
    return next(all_by_label(lines, line, words, begun), None)


def all_by_label(
    lines: list[str], line: int, words: Wordings, begun: Wordings = ()
) -> Iterator[Step]:
    """Yield the values near the top first, then the surest; ``line`` is that of ``lines[0]``."""
    ranks = {word: rank for rank, word in reversed(list(enumerate(words)))}
    found = []
    for at, text in enumerate(lines):
        label = LABEL.match(text[:1000])
        rank = _label_rank(label, ranks, begun) if label else None
        if label and rank is not None:
            found.append((at > _TOP_LINES, rank, at, label["name"], label["value"]))
    for _, _, at, name, value in sorted(found)[:_MAX_LABELS]:
        text, begin = _paragraph(lines, value, at)
        if own_words(text) and is_action(text):
            said = f"{name}: {text}" if heading_key(name) in wordings.TELLING_LABELS else text
            yield Step(action_of(said), line + begin, f"label {shown(name)}")


def said_next(lines: list[str], first_line: int) -> Step | None:
    """Find "Next session should …", "Start by …"."""
    for at, line in enumerate(lines):
        if match := _SAID.search(line[:1000]):
            text, begin = _paragraph(lines, match["value"], at)
            if is_action(text):
                begin_with = _BEGIN.search(match["name"])
                verb = f"{begin_with[0]} " if begin_with else ""
                how = f"said by {shown(match['name'])}"
                return Step(action_of(verb + text), first_line + begin, how)
    return None


def first_action(section: Section, *, items_first: bool = False) -> Step | None:
    """With ``items_first`` a paragraph counts only where there is no list: it speaks of all."""
    text = section.text[:MAX_SECTION]
    under = f"under {shown(section.title)}"
    above = list(takewhile(lambda line: not line.startswith("#"), markdown.prose(text)))
    labelled = list(all_by_label(markdown.prose(text), section.text_line, wordings.ACTION_LABELS))
    labelled += all_by_label(above, section.text_line, wordings.GOALS)
    # Reading comes first, and is what is next only where nothing else is.
    for step in sorted(labelled, key=lambda one: _READS.match(one.text) is not None)[:1]:
        return step._replace(how=f"{step.how} {under}")
    if _says_that_nothing_is_next(markdown.prose(text)):
        return None
    open_ones = _next_first(_without_checks(_open_blocks(blocks(text, code=True))))
    boxes = [(mark, block) for block in open_ones if (mark := markdown.mark_of(block.text))]
    boxes.sort(key=lambda box: markdown.ORDER.index(box[0]))
    urgent = _most_urgent(open_ones)
    choices = (block for block in open_ones if block.depth == 0 and _CHOICE.match(block.text))
    listed = [block for block in open_ones if _is_listed(block) or block.kind == "heading"]
    options = [
        block for block in open_ones if block.kind == "heading" and _OPTION.match(block.text)
    ]
    if len(options) > 1:
        names = " or ".join(words_of(block) for block in options)
        line = section.text_line + options[0].line
        return Step(action_of(names), line, f"options under {shown(section.title)}")
    for kind, block in (
        *(("choice", block) for block in choices),
        *(("first open checkbox", box) for mark, box in boxes if mark != DEFERRED),
        *((("most urgent item", urgent),) if urgent else ()),
        *((f"first {block.kind}", block) for block in _actionable(listed if items_first else [])),
        *((f"first {block.kind}", block) for block in _actionable(open_ones)),
        *(("first deferred checkbox", box) for mark, box in boxes if mark == DEFERRED),
        *(("first code", block) for block in open_ones if block.kind == "code"),
    ):
        action = _with_its_heading(section.title, _with_its_first(block, open_ones))
        action = action_of(f"{_doubt(block, open_ones)}{action}")
        is_pointer = (_POINTER.match(action) or _FILE.fullmatch(action)) and len(open_ones) > 1
        if action and not is_pointer and is_action(action):
            is_code = block.kind == "code"
            line = (
                section.text_line + block.line + (1 + _of_code(block.text).line if is_code else 0)
            )
            return Step(action, line, f"{kind} {under}")
    return None


def words_of(block: Block) -> str:
    if block.kind == "code":
        return _of_code(block.text).text
    if block.kind != "row":
        return action_of(block.text)
    cells = [markdown.without_box(cell) for cell in block.text.split(" | ")]
    said = [c for c in cells if any(map(str.isalpha, c)) and not _RANK_CELL.fullmatch(c)]
    # In two letters a first cell names the task ("CI"), a later one its owner or its size.
    return action_of(" — ".join([*said[:1], *(cell for cell in said[1:3] if len(cell) > 2)]))


def _of_code(text: str) -> Step:
    """Return what a prompt calls next, else the first command or sentence that does something."""
    lines = [(line.strip(), at) for at, line in enumerate(text.split("\n")) if line.strip()]
    if step := said_next([line.strip() for line in text.split("\n")], 0):
        return step
    deeds = (one for one in lines if not _READS.match(one[0]))
    said, at = next(deeds, lines[0] if lines else ("", 0))
    return Step(action_of(_COMMENT.sub("", said)), at, "")


def other_steps(steps: Section | None, action: Step | None) -> tuple[Step, ...]:
    if steps is None:
        return ()
    found = []
    for block in _open_blocks(blocks(steps.text[:MAX_SECTION])):
        text = words_of(block)
        is_other = action is None or text != action.text
        if _is_listed(block) and block.depth <= 1 and text and is_other:
            line = steps.text_line + block.line
            found.append(Step(text, line, f"under {shown(steps.title)}"))
    return tuple(found[:_MAX_STEPS])


def find(
    passages: list[Passage], guidance: Sequence[str], *, is_finished: bool, hands_over: bool
) -> tuple[Section | None, Step | None]:
    """Return the next steps' section, and the action where the body says it outright."""
    headed = list(islice(_to_do(passages, wordings.NEXT_STEPS), _MAX_HEADED))
    steps = next((section for section in headed if not says_nothing(section.text)), None)
    at_the_foot = _first(_at_the_foot, passages)
    is_overtaken = any(_has_update_below(section, passages) for section in headed)
    if at_the_foot or is_overtaken:
        return steps, at_the_foot or _first(_in_the_last_update, passages)
    for section in headed:
        if action := first_action(section):
            return section, action
    action = _first(_labelled_action, passages)
    # Where the steps say that nothing is left, nothing is.
    is_over = (headed and steps is None) or any(
        _says_that_nothing_is_next(passage.prose) for passage in passages
    )
    if action or is_finished or is_over:
        return steps, action
    # A goal is next only as long as nothing tells what came of it.
    is_report = sections.by_heading(passages, wordings.ACCOMPLISHED) is not None
    has_goal = hands_over and not is_report
    wanted = ((wordings.REMAINING, True), (wordings.TASKS, hands_over), (wordings.GOALS, has_goal))
    for words in (words for words, is_wanted in wanted if is_wanted):
        for section in islice(_to_do(passages, words), _MAX_HEADED):
            if action := first_action(section, items_first=True):
                return steps or section, action
    ways = (
        (lambda passage: _open_checkbox(passage, guidance, in_checks=False), True),
        (_numbered_heading, hands_over),
        (_labelled_goal, has_goal),
        (_said_in_a_prompt, hands_over),
        (_listed_alone, hands_over),
    )
    found = (_first(way, passages) for way, is_wanted in ways if is_wanted)
    return steps, next(filter(None, found), None)


def likely(passages: list[Passage], titled: Passage | None, guidance: Sequence[str]) -> Step | None:
    """``titled`` is the whole document where its title may speak of all of it."""
    title = _from_title(titled) if titled is not None else None
    ways: tuple[Callable[[Passage], Step | None], ...] = (
        lambda passage: _from(passage, wordings.NEXT_STEPS),
        lambda passage: _from(passage, wordings.TASKS),
        lambda _: title if title and len(title.text.split()) > 2 else None,
        lambda passage: _from(passage, wordings.NEXT_STEPS_PERHAPS),
        _numbered_heading,
        _labelled_goal,
        lambda passage: _from(passage, wordings.GOALS),
        lambda passage: _open_checkbox(passage, guidance, in_checks=True),
        lambda passage: _from(passage, wordings.SOME_DAY),
        lambda _: title,
    )
    return next((step for way in ways if (step := _first(way, passages))), None)


def _label_rank(label: re.Match[str], ranks: dict[str, int], begun: Wordings) -> int | None:
    name = label["name"].replace("_", " ")
    if label["remark"] and "," in name:  # "First, mend it (it takes a day):" is the action itself
        return None
    key = heading_key(name)
    for one in (key, sections.head_key(name), _VERSION.sub("", key)):
        if one in ranks:
            return ranks[one]
    # Of what isn't in bold a sentence may begin with such words.
    is_short = len(key.split()) <= _MOST_LABEL_WORDS and '"' not in label["name"]
    is_begun = (label["bold"] or is_short) and sections.rank_by_stem(key, begun) is not None
    return len(ranks) if is_begun else None


def _paragraph(lines: list[str], value: str, at: int) -> tuple[str, int]:
    """Return a label's paragraph, or the one below an empty label, and where it begins."""
    words = [value] if value.strip(" *_") else []
    begin, length = at, 0
    for index in range(at + 1, min(at + 1 + HEADER_LINES, len(lines))):
        plain = lines[index].strip().lstrip("> ")
        is_over = not plain or _NEW_BLOCK.match(plain) or plain.startswith(("#", "|"))
        if (words and is_over) or length > 2 * MAX_ACTION or plain.startswith(("#", "|")):
            break
        begin = begin if words or not plain else index
        words += [plain] if plain else []
        length += len(plain)
    return " ".join(words), begin


def _next_first(found: list[Block]) -> list[Block]:
    for at, block in enumerate(found):
        is_later = block.kind != "heading" or _LATER.match(block.text)
        if at and not is_later and sureness(block.text, wordings.NEXT_STEPS):
            return found[at:] + found[:at]
    return found


def _without_checks(found: list[Block]) -> list[Block]:
    """Leave out the lists of what is wrong, and of what shows it done, if others are left."""
    kept, is_aside = [], False
    for block in found:
        heads = block.kind == "heading" or block.text.rstrip("*_ ").endswith((":", "："))
        if block.depth == 0 and not _is_listed(block):
            is_brief = len(block.text.split()) < _FEW_WORDS + 1 and not _NUMBERED_STEP.match(
                block.text
            )
            says_so = is_check(block.text) or _PROBLEM.search(block.text) is not None
            is_aside = heads and is_brief and says_so
        kept += [] if is_aside else [block]
    return kept if any(map(_is_listed, kept)) else found


def _doubt(block: Block, found: list[Block]) -> str:
    """What stands above a list may say that its items are only ideas."""
    above = [one for one in found[: found.index(block)] if not _is_listed(one)][-1:]
    for one in above if _is_listed(block) else ():
        if one.kind == "paragraph" and _DOUBT.search(one.text[:80]):
            return f"{words_of(one).rstrip(':：')}: "
    return ""


def _is_listed(block: Block) -> bool:
    return block.kind in ("item", "row")


def _with_its_heading(title: str, action: str) -> str:
    """A heading may say more of an action: "Next up — the new parser"."""
    match = _HEADING_REMARK.match(title)
    if match is None or not action or sureness(match[1], wordings.NEXT_STEPS) is None:
        return action
    remark = match[2]
    says_how = _HOW.search(remark) or dates.parse_time(remark[:30]) or is_done(remark)
    if says_how or len(remark.split()) < _FEW_WORDS:
        return action
    return action_of(f"{remark}: {action}")


def _with_its_first(block: Block, found: list[Block]) -> str:
    action = words_of(block)
    is_sentence = _SAYS_ALL.match(block.text) is not None
    heads = (block.kind == "heading" and not is_sentence) or action.endswith((":", "："))
    at = found.index(block) + 1
    for below in found[at : at + 1] if action and heads else ():
        is_code = below.kind == "code" and action.endswith((":", "："))
        if is_code or (_is_listed(below) and below.depth > block.depth):
            return action_of(f"{action.rstrip(':：')}: {words_of(below)}")
    return action


def _open_blocks(found: list[Block]) -> list[Block]:
    starts = [index for index, block in enumerate(found) if block.kind == "heading" or index == 0]
    kept = []
    for begin, end in pairwise([*starts, len(found)]):
        heading = [block for block in found[begin : begin + 1] if block.kind == "heading"]
        below = found[begin + len(heading) : end]
        open_ones = _open_below(below)
        is_over = any(is_done(b.text) or sections.is_done_word(b.text) for b in heading)
        if not is_over and (open_ones or not below):
            kept += heading + open_ones
    return kept


def _open_below(found: list[Block]) -> list[Block]:
    kept = []
    done_depth = _NO_DEPTH
    for block in found:
        mark = markdown.mark_of(block.text)
        if block.depth > done_depth:
            # It belongs to an item that is done, unless it says itself that it isn't.
            kept += [block] if mark and mark not in markdown.CLOSED else []
            continue
        is_over = mark in markdown.CLOSED or is_done(block.text)
        is_over = is_over or (block.kind == "row" and sections.is_done_row(block.text))
        done_depth = block.depth if is_over and block.kind == "item" else _NO_DEPTH
        kept += [] if is_over else [block]
    return kept


def _most_urgent(found: list[Block]) -> Block | None:
    urgent = [
        (wordings.URGENT.index(match[match.lastindex or 0].casefold()), at)
        for at, block in enumerate(found)
        if _is_listed(block) and block.depth <= 1 and (match := _URGENT.match(block.text[:80]))
    ]
    return found[min(urgent)[1]] if urgent else None


def _actionable(found: list[Block]) -> Iterator[Block]:
    """Pass over what only introduces the next block: a subheading, a paragraph above a list."""
    for block, following in pairwise([*found, Block("end", 0, "", 0)]):
        if block.kind == "paragraph" and block.depth == 0:
            introduces = block.text.rstrip("*_ ").endswith((":", "："))
            is_above = following.kind != "code" or len(block.text.split()) < _FEW_WORDS
            if (introduces and is_above) or (following.kind == "item" and following.is_numbered):
                continue
        names_its_list = block.kind == "heading" and not (
            _NUMBERED_STEP.match(block.text) or _SAYS_ALL.match(block.text)
        )
        if block.kind != "code" and not (names_its_list and following.kind not in ("code", "end")):
            yield block


def _in_the_last_update(passage: Passage) -> Step | None:
    for section in _updates(passage)[-1:]:
        for above, block in pairwise(blocks(section.text[:MAX_SECTION])):
            said = _SENTENCES.split(above.text)[-1]
            is_left = any(sureness(said, one) for one in (wordings.NEXT_STEPS, wordings.REMAINING))
            if block.kind == "item" and is_left and said.rstrip("*_ ").endswith((":", "：")):
                how = f"first item under {shown(section.title)}"
                return Step(words_of(block), section.text_line + block.line, how)
    return None


def _updates(passage: Passage) -> list[Section]:
    return [one for one in passage.sections if one.level < BOLD and is_update(one.title)]


def _first(way: Callable[[Passage], Step | None], passages: list[Passage]) -> Step | None:
    return next((step for passage in passages if (step := way(passage))), None)


def _labelled_action(passage: Passage) -> Step | None:
    lines, line = passage.prose, passage.line
    labelled = by_label(lines, line, wordings.ACTION_LABELS, wordings.NEXT_STEPS)
    return labelled or said_next(lines, line)


def _says_that_nothing_is_next(lines: list[str]) -> bool:
    labels = (match for line in lines if (match := LABEL.match(line[:1000])))
    sure = (one for one in labels if heading_key(one["name"]) in wordings.SURE_ACTION_LABELS)
    return any(says_nothing(one["value"]) for one in sure)


def _said_in_a_prompt(passage: Passage) -> Step | None:
    words = wordings.SURE_ACTION_LABELS
    return by_label(passage.lines, passage.line, words) or said_next(passage.lines, passage.line)


def _listed_alone(passage: Passage) -> Step | None:
    if all(sections.is_title(at, passage) for at, _ in enumerate(passage.sections)):
        for block in blocks("\n".join(passage.lines)[:MAX_SECTION]):
            if block.is_numbered and is_action(block.text):
                line = passage.line + block.line
                return Step(words_of(block), line, "the first item of a list alone")
    return None


def _labelled_goal(passage: Passage) -> Step | None:
    return by_label(passage.prose, passage.line, wordings.GOALS)


def _has_update_below(section: Section, passages: list[Passage]) -> bool:
    """An "Update: accepted" may have overtaken a section."""
    end = sections.end_of(section)
    return any(one.line > end for passage in passages for one in _updates(passage))


def _at_the_foot(passage: Passage) -> Step | None:
    """What stands in the last lines was written last."""
    written = (at for at in reversed(range(len(passage.prose))) if passage.prose[at].strip())
    last = list(islice(written, _FOOT_LINES))
    headed = [one.line - passage.line for one in passage.sections if one.level < BOLD]
    begin = max([*last[-1:], *headed[-1:]], default=0)
    lines = passage.prose[begin:]
    return by_label(lines, passage.line + begin, wordings.SURE_ACTION_LABELS)


def _to_do(passages: list[Passage], words: Wordings) -> Iterator[Section]:
    done = sections.all_by_heading(passages, wordings.ACCOMPLISHED, unsure=3)
    over = {section.line for section in done}
    found = list(islice(sections.all_by_heading(passages, words), 4 * _MAX_HEADED))
    for section in found:
        # What is a part of a section that is as sure comes in its turn.
        sure = (sureness(section.title, words) or (0,))[0]
        is_part = any(
            one.line < section.line <= sections.end_of(one)
            and (sureness(one.title, words) or (0,))[0] <= sure
            for one in found
        )
        if section.line not in over and not is_part and not is_done(section.title):
            yield section


def _from(passage: Passage, words: Wordings) -> Step | None:
    found = map(first_action, islice(_to_do([passage], words), _MAX_HEADED))
    return next(filter(None, found), None)


def _open_checkbox(passage: Passage, guidance: Sequence[str], *, in_checks: bool) -> Step | None:
    starts = [section.line for section in passage.sections]
    boxes = [box for box in islice(markdown.boxes_in(passage.prose), _MAX_BOXES) if box.is_open]
    for box in sorted(boxes, key=lambda box: markdown.ORDER.index(box.mark)):
        above = bisect_right(starts, passage.line + box.line) - 1
        is_wanted = in_checks or above < 0 or not sections.is_check(passage.sections[above].title)
        if is_wanted and own_words(box.text, guidance) and is_action(box.text):
            return Step(action_of(box.text), passage.line + box.line, "the first open checkbox")
    return None


def _numbered_heading(passage: Passage) -> Step | None:
    """Find the first of several: "Task 1 — Delete it"."""
    found = []
    for position, section in enumerate(passage.sections):
        match = None if sections.is_title(position, passage) else _NUMBERED.match(section.title)
        if match and match.group(2):
            found.append((int(match.group(1)[:6]), match.group(2), section))
    is_series = len(found) > 1 or any(number <= 1 for number, *_ in found)
    for _, text, section in found if is_series else ():
        if not is_done(section.title):
            return Step(action_of(text), section.line, "the first numbered heading")
    return None


def _from_title(passage: Passage) -> Step | None:
    """Find "Next session: write the adapter"."""
    for section in passage.sections[:1]:
        name, *rest = re.split(r"\s*(?:[:：—–]|\s-\s)\s*", section.title, maxsplit=1)
        for action in rest if heading_key(name) in wordings.TITLE_BEFORE_ACTION else ():
            if heading_key(action).rpartition(" ")[2] not in wordings.DOCUMENTS:
                return Step(action_of(action), section.line, "the title")
    return None
