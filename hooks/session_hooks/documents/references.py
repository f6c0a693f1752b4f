"""Find the files and commits that a document names."""

import re
from collections.abc import Iterator
from itertools import islice

from session_hooks.documents import wordings
from session_hooks.documents.markdown import prose
from session_hooks.documents.model import Document
from session_hooks.documents.sections import sureness
from session_hooks.util.lazy import Value, pattern

MAX_PATH = 200  # characters; a longer word is none
_MAX_LINE = 10_000  # characters; a longer one is data, as is a text with more lines or hex numbers
_MAX_LINES = 30_000
_MAX_IDS = 20_000
_MAX_SAID = 500  # characters of a line above that are looked into
_HEADING = pattern(
    r" {0,3}#{1,6}[ \t]+(\S.*)|[ \t]{0,8}(?:\*\*|__)([^*_]{2,80})(?:\*\*|__):?[ \t]*$"
)
_BEFORE_A_HEADING = ("#", "*", "_", " ", "\t")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EXTENSIONS = _names("""
py pyi pyx ipynb js mjs cjs jsx ts mts cts tsx vue svelte astro css scss sass less html htm rs go
mod sum java kt kts scala groovy gradle clj cljs ex exs erl hs ml mli elm dart zig nim c h cc cpp
cxx hpp hh m mm cs csproj sln fs vb swift rb erb php pl pm lua r jl sol cairo lean sh bash zsh fish
ps1 psm1 psd1 bat cmd sql prisma graphql gql proto thrift wasm glsl wgsl md mdx markdown rst txt
adoc org tex bib typ pdf docx pptx xlsx csv tsv xml svg plist json jsonc json5 jsonl ndjson yaml yml
toml ini cfg conf properties tf tfvars hcl nix lock j2 jinja hbs ejs tmpl tpl patch diff service
feature png jpg jpeg gif webp ico avif mp3 mp4 wav webm woff woff2 ttf otf parquet sqlite db zip
""")
_FILES_WITHOUT = _names("""
dockerfile containerfile makefile gnumakefile justfile rakefile gemfile procfile vagrantfile
jenkinsfile brewfile pipfile caddyfile codeowners license notice .gitignore .gitattributes
.gitmodules .dockerignore .editorconfig .npmrc .nvmrc .env.example .pylintrc .flake8 .prettierrc
.prettierignore .eslintrc .eslintignore .babelrc .python-version .tool-versions .mailmap .gitkeep
py.typed
""")  # in lower case
# Those that tell a file where no folder does; ``self.m`` and ``order.service`` are code
_ALONE = _EXTENSIONS - _names("c h m r mod sum lock db sqlite feature service pm pl cs")
_ALSO_ALONE = pattern(
    r"go\.(?:mod|sum)|\w+\.(?-i:[ch]|cs)|(?:cargo|poetry|yarn|uv|composer|gemfile|pipfile|flake|pdm"
    r"|bun|deno|mix|pubspec|podfile)\.lock",
    re.IGNORECASE,
)
# What ``.json`` and its like are asked of in code
_ANSWERS = _names("self this cls res resp response req request r console")
_PRODUCTS = _names("""
node next vue nuxt react preact angular express three d3 p5 chart backbone ember alpine discord
socket moment day deck solid nest knockout
""")  # whose names end in ``.js`` without being a file's
_TOP_DOMAINS = _names("""
com org net io dev ai app co gov edu info rs sh me uk de fr xyz cloud tech so to fm
""")
_BRANCHES = _names("""
feat feature fix bugfix hotfix chore origin upstream refs heads remotes dependabot renovate codex
""")  # before the slash of a branch's name
_NEVER_OURS = _names("node_modules __pycache__ .git .venv site-packages")
_PLACEHOLDERS = _names("example foo bar baz qux x y z file filename")
_PLACEHOLDER = pattern(
    r"(?:^|/)path/to/|YYYY|HHMM|XXX|NNN|(?<![A-Za-z0-9])(?:MM|DD|HH|NN|XX|N|X)(?![A-Za-z0-9])"
    r"|(?i:(?<![a-z])(?:your|placeholder)(?![a-z]))"
)
_PATH = pattern(r"[\w.+-]+(?:/[\w.+-]+)*")
_ASIAN = "\u2e80"  # from here on scripts set no blanks between words: a path's end doesn't show
_BEFORE = "([{<\"'“‘「,;:→"
_BEHIND = ".,;:!?)]}>\"'”’」…"
_PLACE = pattern(  # a line, lines, an anchor, a test, a function
    r"(?:::[\w:\[\].-]+|#L?\d+(?:-L?\d+)?|#[\w-]+|(?::L?\d+(?:[-–,]L?\d+)*)+|:[A-Za-z_]\w*)$"
)
_CALL = "()"
_SPANS = pattern(
    r"(?<!`)(`+)(?!`)(?P<code>[^`]+)\1(?!`)"
    r"|\[(?P<label>[^\[\]]{0,300})\]\([ \t]*<?(?P<target>[^()\[\]\s<>]{1,500})"
    r">?(?:[ \t]+[\"'][^\"']{0,300}[\"'])?[ \t]*\)"
)
_MARK = "\ue000"  # private use: it stands for a code span or a link and comes from nowhere
_FIRST_WORD = pattern(
    r"[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?|\|[ \t]*)([^\s|]+)"
)
_IMPORT = pattern(r"(?:import|from|require|export|use|cd|#include)\b|.*(?:\bfrom ['\"]|\bcd )")
_ID = pattern(r"(?<![\w/#@&=%$+-])(?<!\w\.)[0-9a-f]{7,40}(?![\w/@=%+-]|\.\w|:\w)")
_NO_LENGTH = 32  # hex digits of a UUID or an MD5 sum, and hardly ever of an abbreviated id
_OF_COMMITS = pattern(
    r"\b(?:(?i:commits?|committed|committing|sha|shas|sha-?1|revision|rev|merge[ds]?|merging|cherry"
    r"|revert(?:s|ed|ing)?|rebased?|rebasing|squash(?:ed)?|pushed|gemergt|zusammengeführt|eingecheckt"
    r"|fusionnée?s?|révision|fusionad[oa]s?|revisión|коммит\w*|слит\w*)|HEAD)\b|\bgit "
    r"|提交|合并|合併|推送|コミット|マージ|커밋|병합"
)
_OF_OTHERS = pattern(  # before the number of something else
    r"\b(?:sha-?(?:224|256|384|512)|md5|checksums?|digests?|agents?|sub-?agents?|tasks?|sessions?"
    r"|conversations?|runs?|jobs?|builds?|deploy\w*|images?|containers?|traces?|requests?|tokens?"
    r"|keys?|uuids?|users?|ids?)\W{0,4}$",
    re.IGNORECASE,
)
_ITEM = pattern(r"[ \t>]*(?:[-*+]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")


class Mention(Value):
    """What a document names, where it does so first."""

    text: str
    line: int
    is_sure: bool = True  # False where it only may be meant


def paths(document: Document, most: int = 40) -> tuple[Mention, ...]:
    """Return the files and folders that a document names, each once, as they are written.

    But without ``./``, a line's number or a folder's last slash. Nobody writes from the root of the
    project always: a path may begin at the document's own folder, or anywhere in the project.
    """
    found: dict[str, int] = {}
    branch = f"{document.branch or ''}/"
    telling = (line for line in _lines(document) if any(mark in line[0] for mark in "/.`"))
    for text, line, title in islice(telling, _MAX_LINES):
        named = [*named_in(text)]
        if (first := _first_name(text)) and first not in named and sureness(title, wordings.FILES):
            named.insert(0, first)
        for path in named:
            if not branch.startswith(f"{path}/"):
                found.setdefault(path, line)
        if len(found) >= most:
            break
    return tuple(Mention(*one) for one in islice(found.items(), most))


def named_in(text: str) -> tuple[str, ...]:
    marked: list[list[str | None]] = []

    def take(match: re.Match[str]) -> str:
        code, target = match["code"], match["target"]
        if code is None and ":" in target:
            return f" {match['label']} "  # a web page: what it is called may still be a path
        marked.append(_in_code(code.strip()) if code else [_target(target)])
        return f" {_MARK}{len(marked) - 1} "

    if "`" in text or "](" in text:
        text = _SPANS.sub(take, text.replace(_MARK, ""))
    found: list[str | None] = []
    for word in text.replace("|", " ").split() if marked or "/" in text else ():
        if word.startswith(_MARK):
            found += marked[int(word[1:])]
        elif "/" in word and max(word) < _ASIAN:
            found.append(_path(word))
    return tuple(dict.fromkeys(path for path in found if path))


def commits(document: Document, most: int = 10) -> tuple[Mention, ...]:
    """Return the commit ids that a document may name, each once; git knows which are any.

    One is sure that isn't the number of something else, where its line, the heading, the line above
    a list or a table's head speaks of commits.
    """
    if _ID.search(document.body) is None:
        return ()
    found: list[Mention] = []
    left = _MAX_IDS
    above = ""
    is_in_table = False
    for text, line, title in _lines(document):
        bare = text.lstrip(" \t>")
        is_row, is_item = bare.startswith("|"), _ITEM.match(text) is not None
        ids = [*islice(_ID.finditer(text), left)]
        left -= len(ids)
        around = (text, title, above if is_item or is_row else "")
        is_of_commits = bool(ids) and any(_OF_COMMITS.search(one[:_MAX_SAID]) for one in around)
        for match in ids:
            number = match.group()
            is_known = any(
                number.startswith(one.text) or one.text.startswith(number) for one in found
            )
            is_id = not (number.isdigit() or number.isalpha() or len(number) == _NO_LENGTH)
            if is_id and not is_known:
                before = text[max(match.start() - 60, 0) : match.start()]
                is_sure = is_of_commits and not _OF_OTHERS.search(before)
                found.append(Mention(number, line, is_sure))
                if len(found) >= most:
                    return tuple(found)
        is_head = is_row and not is_in_table
        is_said = bool(bare) and not is_row and not is_item
        if is_head or is_said or bare.rstrip("* \t").endswith((":", "：")):
            above = bare
        is_in_table = is_row
    return tuple(found)


def _lines(document: Document) -> Iterator[tuple[str, int, str]]:
    """Yield lines, their numbers and the headings above; of several blank ones the first."""
    title = ""
    is_blank = False
    for index, text in enumerate(prose(document.body)):
        if is_blank and not text:
            continue
        is_blank = not text
        match = _HEADING.match(text[:_MAX_SAID]) if text[:1] in _BEFORE_A_HEADING else None
        if match is not None:
            title = match.group(1) or match.group(2)
        yield text if len(text) <= _MAX_LINE else "", document.body_line + index, title


def _target(link: str) -> str | None:
    return _path(re.split(r"[?#]", link, maxsplit=1)[0], is_marked=True)


def _in_code(code: str) -> list[str | None]:
    if not any(character.isspace() for character in code):
        return [_path(code, is_marked=True)]
    if _IMPORT.match(code):
        return []  # its paths are relative to something else than the project
    return [_path(word) for word in code.split() if "/" in word]


def _first_name(text: str) -> str | None:
    match = _FIRST_WORD.match(text)
    word = match.group(1).replace("**", "").rstrip(_BEHIND) if match else ""
    return _path(word, is_marked=True) if "." in word and "/" not in word else None


def _path(word: str, *, is_marked: bool = False) -> str | None:
    """Return the path that a word is; None for one that only may be.

    ``is_marked`` where its author set it apart, as code or as a link's target: then a name without
    a slash, one without an extension and a folder may be meant too.
    """
    if len(word) > MAX_PATH:
        return None
    if not is_marked:
        word = word.replace("**", "").lstrip(_BEFORE).rstrip(_BEHIND)
    is_call = word.endswith(_CALL) or (not is_marked and word.endswith("("))
    word = _PLACE.sub("", word.removesuffix(_CALL).removesuffix("'s").removesuffix("’s"))
    while word.startswith("./"):
        word = word[2:]
    is_folder = word.endswith("/")
    path = word.removesuffix("/")
    if not _PATH.fullmatch(path) or ".." in path or _PLACEHOLDER.search(path):
        return None
    *folders, name = path.split("/")
    if not all(_is_folder(folder) for folder in folders) or _is_host([*folders, ""][0]):
        return None
    if is_folder:
        is_one = is_marked and _is_folder(name) and [*folders, name][0].lower() not in _BRANCHES
    elif folders:
        is_one = _is_file(name, is_marked) and not _is_elsewhere(folders, name)
    else:
        is_one = is_marked and not is_call and _is_file_alone(name)
    return path if is_one else None


def _is_folder(name: str) -> bool:
    is_word = any(character.isalpha() for character in name) or name.isdigit()
    # "store.py/store_test.py" is one or the other.
    is_file = "." in name and name.rpartition(".")[2].lower() in _EXTENSIONS
    return is_word and not is_file and name not in _PLACEHOLDERS and name not in _NEVER_OURS


def _is_file(name: str, is_marked: bool) -> bool:
    stem, _, extension = name.rpartition(".")
    if name.lower() in _FILES_WITHOUT:
        return is_marked
    is_known = bool(stem.strip("._-+")) and extension.lower() in _EXTENSIONS
    return is_known and name.lstrip(".").split(".")[0].lower() not in _PLACEHOLDERS


def _is_file_alone(name: str) -> bool:
    stem, _, extension = name.rpartition(".")
    if name.lower() in _FILES_WITHOUT or _ALSO_ALONE.fullmatch(name):
        return True
    is_code = stem.lower() in _ANSWERS or (extension == "js" and stem.lower() in _PRODUCTS)
    return extension.lower() in _ALONE and _is_file(name, is_marked=True) and not is_code


def _is_host(name: str) -> bool:
    return "." in name.strip(".") and name.lower().rpartition(".")[2] in _TOP_DOMAINS


def _is_elsewhere(folders: list[str], name: str) -> bool:
    stem, _, extension = name.lower().rpartition(".")
    is_product = extension == "js" and stem in _PRODUCTS
    is_branch = folders[0].lower() in _BRANCHES
    is_letters = all(len(part) == 1 for part in [*folders, stem])
    return is_letters or (len(folders) == 1 and (is_product or is_branch))
