"""Find next steps that commits or files show to be done."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice, takewhile

from session_hooks.documents.markdown import Box, each_box
from session_hooks.documents.model import Body, Document, Step
from session_hooks.documents.references import named_in
from session_hooks.evidence.model import Commit, Evidence, Kind, NamedPath, Tick
from session_hooks.util.lazy import Value, pattern

_MAX_BOXES = 2_000
_MAX_LINES = 8  # that a step may be written on
_FEW = 3  # words that say something of their own
_NEW_BLOCK = pattern(r"\s*(?:$|[-*+]\s|\d+[.)]\s|#|\||```|~~~)")
_SPAN = pattern(r"(?<!`)`([^`\s]{3,80})`(?!`)")
_IDENTIFIER = pattern(
    r"(?<![\w./@-])(?:"
    r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]+)+"
    r"|_*[A-Za-z0-9]+(?:_+[A-Za-z0-9]+)+_*"
    r"|[A-Za-z0-9]+(?:-[A-Za-z0-9]+){2,}"
    r"|[A-Z]?[a-z0-9]+(?:[A-Z][a-z0-9]+)+[A-Z]*"
    r")(?![\w/@-])"
)  # dotted, snake_case, kebab-case with three parts, or CamelCase with two humps
_NO_IDENTIFIERS = frozenset({
    "bigquery", "mongodb", "dynamodb", "mysql", "websocket", "websockets", "clickhouse",
    "numpy", "sqlalchemy", "tensorflow", "pytorch", "github", "gitlab", "javascript",
    "typescript", "youtube", "postgresql", "openai", "chatgpt", "graphql", "fastapi", "macos",
    "linkedin", "devops", "readme", "node.js", "next.js", "vue.js", "nuxt.js", "express.js",
    "three.js", "socket.io", "e.g", "i.e", "main", "master", "develop", "head", "todo", "fixme",
    "none", "null", "true", "false", "bash", "node", "python", "claude", "npm", "pnpm", "yarn",
    "cargo", "pytest", "ruff", "mypy", "docker", "curl", "make",
})  # fmt: skip
"""Names that a step shares with whatever else the project does."""
_OF_SENTENCES = frozenset({
    "a", "an", "and", "as", "at", "by", "for", "in", "is", "it", "no", "not", "of", "off", "on",
    "or", "out", "the", "to", "up",
})  # fmt: skip
"""Parts of what is joined by hyphens in prose: "state-of-the-art", "up-to-date"."""
_GENERIC = frozenset({
    "readme", "changelog", "index", "main", "mod", "lib", "app", "init", "__init__", "config",
    "settings", "utils", "util", "types", "test", "tests", "package", "claude", "agents",
    "todo", "license", "makefile", "dockerfile", "pyproject", "conftest", "skill",
})  # fmt: skip
"""Files that every change may touch."""
_ISSUE = pattern(
    r"(?<![\w/#&-])#(\d{1,6})(?![\w-])|(?<![\w-])([A-Z][A-Z0-9]{1,9}-\d{1,6})(?![\w-])"
)
_RANKED = pattern(
    r"\b(?:priority|prio|step|task|option|phase|item|session|part|round|choice|number|prs?|mr"
    r"|pull request)\W{0,3}$",
    re.IGNORECASE,
)  # before a number that counts something else, or is a pull request's, as in many commits
_NO_ISSUE = pattern(
    r"(?:UTF|SHA|ISO|RFC|PEP|CVE|CWE|GPT|HTTP|AES|RSA|MD|ES|ADR|PHASE|STEP|TASK|PART|COVID|BASE|MP"
    r"|IEEE|WCAG|OWASP|P|Q|H|V|W|M|S|T|CLAUDE|OPUS|SONNET)-?\d+",
)
_REVERT = pattern(r"(?:Revert|revert:?) ['\"](.*)['\"].{0,20}")
_YEAR = pattern(r"(?:19|20)\d\d")
_SKIPPED = pattern(
    r"\W*(?:merge(?:d|s)?\s+(?:branch|pull|remote|tag|commit|origin|upstream|main|master|develop"
    r"|pr\b|mr\b|['\"`#]|\S+\s+into\b)|(?:re)?revert|reapply|fixup!|squash!|amend!"
    r"|(?:chore|wip|draft)?\W*wip\b|back ?out\b)",
    re.IGNORECASE,
)
_LEAVES_NO_COMMIT = pattern(
    r"\W*(?:(?:then|also|optionally|please|manually|first|finally)\W+)*"
    r"(?:run|re-?run|verify|check|review|monitor|watch|read|re-?read|see|decide|discuss|ask|wait"
    r"|consider|investigate|confirm|deploy|merge|test|try|look|validate|inspect|observe"
    r"|study|evaluate|measure|compare|push|commit|announce|prüfen|testen|lire|vérifier"
    r"|revisar|verificar)\b",
    re.IGNORECASE,
)  # naming the thing in a commit's subject shows nothing
_FORBIDS = pattern(
    r"\W*(?:(?:please|but|then|also)\W+)*(?:do(?:n['’]t| not)|never|avoid|wait|hold off|blocked"
    r"|nicht|ne pas|no tocar)\b",
    re.IGNORECASE,
)  # no deed, or somebody else's
_REMOVES = pattern(
    r"(?<![\w-])(?:remov(?:e|es|ed|ing|al)|delet(?:e|es|ed|ing|ion)|drop(?:s|ped|ping)?"
    r"|retir(?:e|es|ed|ing)|uninstall|disabl(?:e|es|ed|ing)|löschen|entfernen|supprimer|eliminar)"
    r"(?![\w-])",
    re.IGNORECASE,
)
_TESTS = pattern(r"(?<![^\W_])(?:unit-?)?tests?(?:ing|ed|s)?(?![^\W_])", re.IGNORECASE)
_DOCUMENTS = pattern(
    r"(?<![^\W_])(?:docs?|document(?:s|ed|ing|ation)?|readme|changelog|comments?|docstrings?)(?![^\W_])",
    re.IGNORECASE,
)
_PLANS = pattern(
    r"(?<![^\W_])(?:plan(?:s|ned|ning)?|design(?:s|ed|ing)?|rfc|adr|spec|specs|proposals?|todo)"
    r"(?![^\W_])",
    re.IGNORECASE,
)
_ABOUT = (_TESTS, _DOCUMENTS, _PLANS)
_REFERENCE = pattern(
    r"\b(?:see|per|refer to|read|following|follow|based on|according to|as in|from|like|details in"
    r"|described in|spec in|siehe|voir|ver)\W{0,4}$",
    re.IGNORECASE,
)  # before the name of a file that a step only points to
_FIRST_SAID = pattern(r"\s[—–-]\s|[:;(（：。]|\.\s")
_REMARK = pattern(r"\s+[—–-]+\s|\s*[(（→✅]|\s*[:：]\s")
_ASIAN = "\u2e80"  # the first of the letters of scripts that set no blanks between words
_WORD = pattern(r"[^\W\d_]{4,}")
_STOP_WORDS = frozenset({
    "about", "after", "again", "also", "always", "another", "around", "because", "been",
    "before", "being", "both", "build", "cannot", "could", "does", "done", "each", "either",
    "else", "every", "from", "further", "have", "here", "into", "just", "keep", "later",
    "least", "less", "like", "made", "make", "makes", "many", "more", "most", "much", "must",
    "need", "needed", "needs", "next", "once", "only", "other", "over", "same", "session",
    "should", "since", "some", "step", "still", "such", "task", "than", "that", "their", "them",
    "then", "there", "these", "they", "this", "those", "through", "todo", "under", "until",
    "upon", "used", "uses", "using", "very", "want", "were", "what", "when", "where", "which",
    "while", "will", "with", "within", "without", "work", "would", "your",
})  # fmt: skip


class _Named(Value):
    step: Step
    paths: tuple[str, ...]
    names: frozenset[str]  # identifiers and issues that no other step, nor the title, names
    words: tuple[str, ...]  # of what it says first, as ``_stem`` leaves them


def ticks(document: Document, body: Body, evidence: Evidence) -> tuple[Tick, ...]:
    """Return what shows that steps may be done, in their order: one of each kind for each step."""
    steps = [*([body.next_action] if body.next_action else []), *body.steps]
    if not steps:
        return ()
    lines = document.body.split("\n")
    done = [box for box in islice(each_box(document), _MAX_BOXES) if box.is_ticked]
    newest = _without_reverted(evidence.since.newest if evidence.since is not None else ())
    useful = [one for one in newest if len(one.parents) < 2 and not _SKIPPED.match(one.subject)]
    found = []
    named = [_named(step, lines, document) for step in steps]
    counts = Counter(name for one in named for name in one.names)
    shared = {name for name, count in counts.items() if count > 1}
    for one in (one._replace(names=one.names - shared) for one in named):
        if not _FORBIDS.match(one.step.text):
            found.append(_by_file(one, evidence.paths, newest))
            found.append(_by_commit(one, useful))
            found.append(_by_box(one.step, done))
    return tuple(tick for tick in found if tick is not None)


def _without_reverted(commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """Leave out what was taken back: git names it in the subject of what does so."""
    undone: set[str] = set()
    kept = []
    for commit in commits:  # the newest first
        if match := _REVERT.fullmatch(commit.subject):
            undone.add(match[1])
        if commit.subject not in undone:
            kept.append(commit)
    return tuple(kept)


def _named(step: Step, lines: list[str], document: Document) -> _Named:
    written = _written(step, lines, document.body_line)
    paths = [path for line in written for path in named_in(line)]
    paths = [path for path in dict.fromkeys(paths) if path in step.text]
    spans = {span for line in written for span in _SPAN.findall(line) if span in step.text}
    names = _identifiers(step.text, spans, paths) | set(_issues(step.text, document))
    names -= _NO_IDENTIFIERS | {(document.branch or "").lower()}
    title = document.title.lower()
    said = step.text
    for path in paths:
        said = said.replace(path, " ")
    words = _significant(_FIRST_SAID.split(said, maxsplit=1)[0])
    return _Named(
        step,
        tuple(paths),
        frozenset(name for name in names if not _holds(title, name)),
        tuple(words if len(words) >= _FEW else _significant(said)),
    )


def _identifiers(text: str, spans: set[str], paths: list[str]) -> set[str]:
    found = set(filter(_is_identifier, map(str.lower, _IDENTIFIER.findall(text))))
    for span in (one.strip("().,:;") for one in spans):
        if _IDENTIFIER.fullmatch(span) or span.startswith("--"):
            found.add(span.lower())
    for name in (path.rpartition("/")[2].lower() for path in paths):
        stem = name.rpartition(".")[0] or name
        found -= {name, stem}
        if stem.strip(".") not in _GENERIC:
            found.add(name)
    return found


def _written(step: Step, lines: list[str], first_line: int) -> list[str]:
    begin = step.line - first_line
    if not 0 <= begin < len(lines):
        return []
    more = takewhile(
        lambda line: not _NEW_BLOCK.match(line[:100]), lines[begin + 1 : begin + _MAX_LINES]
    )
    return [line[:2_000] for line in (lines[begin], *more)]


def _is_identifier(name: str) -> bool:
    parts = re.split(r"[-_.]+", name.strip("_"))
    has_letters = sum(any(c.isalpha() for c in part) for part in parts) > 1 or len(parts) == 1
    is_prose = "-" in name and not _OF_SENTENCES.isdisjoint(parts)
    is_short = "." in name and any(len(part) < 2 for part in parts)
    return has_letters and not is_prose and not is_short


def _issues(text: str, document: Document) -> Iterator[str]:
    """Yield the issue ids that a step names, in lower case; not the document's own."""
    own = {part.upper().lstrip("#") for part in re.split(r"[\s,/]+", document.issue or "")}
    own.add((document.issue_url or "").rstrip("/").rpartition("/")[2].upper())
    for match in _ISSUE.finditer(text):
        number, key = match.groups()
        before = text[max(match.start() - 20, 0) : match.start()]
        is_rank = _RANKED.search(before) or (len(number or key) < _FEW and not before.strip())
        is_none = _NO_ISSUE.fullmatch(key) if key else is_rank or _YEAR.fullmatch(number)
        if not is_none and (number or key) not in own:
            yield match.group().lower()


def _significant(text: str) -> list[str]:
    words = (word.lower() for word in _WORD.findall(text))
    return [*dict.fromkeys(_stem(word) for word in words if word not in _STOP_WORDS)]


def _stem(word: str) -> str:
    for end in ("ing", "ed", "es", "s", "e"):
        if word.endswith(end) and len(word) - len(end) >= _FEW:
            return word.removesuffix(end)
    return word


def _by_file(named: _Named, known: Iterable[NamedPath], commits: Iterable[Commit]) -> Tick | None:
    """Return the tick for a step all of whose new files are there by now, or old ones gone."""
    step = named.step
    wanted = [path for path in named.paths if not _is_reference(path, step.text)]
    meant = [one for one in known if any(f"/{one.path}".endswith(f"/{path}") for path in wanted)]
    if _REMOVES.search(step.text):
        old = [one for one in meant if one.was_there]
        is_gone = old and not any(one.is_there or one.moved_to for one in old)
        return Tick(step, Kind.GONE, old[0].path) if is_gone else None
    new = [one for one in meant if one.was_there is False]
    if not new or not all(one.is_there for one in new):
        return None
    path = new[0].path
    touched = [commit for commit in commits if path in commit.paths - commit.deleted]
    return Tick(step, Kind.FILE, path, touched[-1] if touched else None)


def _is_reference(path: str, text: str) -> bool:
    place = text.find(path)
    return place > 0 and _REFERENCE.search(text[max(place - 30, 0) : place]) is not None


def _by_commit(named: _Named, commits: Iterable[Commit]) -> Tick | None:
    text = named.step.text
    if _LEAVES_NO_COMMIT.match(text) or text.endswith(("?", "？")):
        return None
    for commit in commits:
        what = _shared(named, commit) if _is_of_a_kind(text, commit.subject[:500]) else None
        if what is not None:
            return Tick(named.step, Kind.COMMIT, what, commit)
    return None


def _is_of_a_kind(step: str, subject: str) -> bool:
    """Tell whether a commit does what a step asks for: not its tests alone, nor its removal."""
    asked = _FIRST_SAID.split(step, maxsplit=1)[0]
    begins = " ".join(subject.split()[:3])
    if bool(_REMOVES.search(asked)) != bool(_REMOVES.search(subject)):
        return False
    kinds = [kind for kind in _ABOUT if kind.search(asked) or kind.search(begins)]
    return all(kind.search(asked) and kind.search(subject) for kind in kinds)


def _shared(named: _Named, commit: Commit) -> str | None:
    """Return what shows that a commit names a step: an id, a name, or most of the words.

    Of one that changes a file of the step's, half of the words are enough.
    """
    subject = commit.subject[:500]
    for name in sorted(named.names):
        if _holds(subject.lower(), name):
            return name
    said = {_stem(word.lower()): word for word in _WORD.findall(subject)}
    common = [said[word] for word in named.words if word in said]
    is_its_file = any(
        f"/{one}".endswith(f"/{path}") for one in commit.paths for path in named.paths
    )
    part = len(common) / len(named.words) if named.words else 0
    is_most = len(common) >= _FEW and part >= (0.5 if is_its_file else 0.75)
    is_most = is_most or (is_its_file and len(common) == _FEW - 1 and part >= 0.6)
    files = {path.rpartition("/")[2].lower() for path in named.paths} if is_its_file else set()
    return " ".join(common) if is_most and not named.names - files else None


def _holds(text: str, name: str) -> bool:
    whole = rf"(?<![\w.-]){re.escape(name)}(?!\w|[.-]\w)"
    return name in text and re.search(whole, text) is not None


def _by_box(step: Step, done: Iterable[Box]) -> Tick | None:
    full, head = _key(step.text), _key(_REMARK.split(step.text, maxsplit=1)[0])
    for box in done:
        if box.line == step.line:
            continue
        its_full, its_head = _key(box.text), _key(_REMARK.split(box.text, maxsplit=1)[0])
        same = {full, head} & {its_full, its_head}
        # Of two remarks behind the same few words each may be the thing: "Tests: unit".
        is_same = full == its_full and _is_telling(full, 2)
        if is_same or any(_is_telling(key, _FEW) for key in same):
            return Tick(step, Kind.BOX, str(box.line))
    return None


def _key(text: str) -> str:
    letters = "".join(c if c.isalnum() else " " for c in text.replace("`", "").casefold())
    return " ".join(letters.split())


def _is_telling(key: str, words: int) -> bool:
    # Two letters of a script without blanks say about as much as a word.
    return len(key.split()) >= words or sum(c >= _ASIAN for c in key) >= 2 * words
