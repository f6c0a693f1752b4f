"""Tell an untouched template from a document that somebody filled in."""

import re
from collections.abc import Mapping
from enum import Enum
from functools import cache

from session_hooks.util.lazy import Value

_FIELD = re.compile(r"\{(\w+)\}")


class Need(Enum):
    """How much a specification wants a thing."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


class Field(Value):
    """One key of a format's frontmatter."""

    table: str
    """The mapping that it stands in."""
    name: str
    need: Need
    missing: str = ""
    """The code of the rule that it be there; "" for one that needn't."""


class Part(Value):
    """One section of a format."""

    heading: str
    need: Need
    guidance: str = ""
    """What the template has below the heading until somebody fills it in; ``{name}`` is a field."""
    level: int = 2
    also: tuple[str, ...] = ()
    """Other headings that the specification gives it."""
    missing: str = ""
    """The code of the rule that it be there; "" for one that needn't."""
    above: str = ""
    """What comes before its heading."""
    is_blank: bool = True
    """Whether it says nothing as the template has it, and is to be filled in."""


class Template(Value):
    """A document of one format before anybody has filled it in."""

    head: str
    """What stands above the first part, with fields."""
    parts: tuple[Part, ...]
    foot: str = ""
    hands_over: bool = False
    """Whether all of such a document is for the next conversation."""
    other: tuple[str, ...] = ()
    """Lines of the specification's own template that are none of ours: people copy them too."""

    def fill(self, fields: Mapping[str, str], texts: Mapping[str, str] | None = None) -> str:
        """Return the document's text with ``{name}`` replaced by ``fields["name"]``.

        With ``texts``, a part has what is given for its heading instead of its guidance, as it is;
        one that is to be filled in and has nothing there is left out.
        """

        def filled(text: str) -> str:
            return _FIELD.sub(lambda match: fields.get(match.group(1), match.group()), text)

        blocks = [filled(self.head)]
        for part in self.parts:
            if texts is None or not part.is_blank:
                blocks.append(_block(part, filled(part.guidance)))
            elif part.heading in texts:
                blocks.append(_block(part, texts[part.heading]))
        blocks.append(filled(self.foot))
        return "\n\n".join(block.strip("\n") for block in blocks if block.strip("\n")) + "\n"

    @property
    def guidance(self) -> tuple[str, ...]:
        """The template's own lines without markup, the longest first; a line of them says nothing.

        Lines with fields are not among them: see ``without_fields``.
        """
        return _guidance(self)

    def without_fields(self, text: str) -> str:
        """Return a text without the template's lines that hold fields, whatever they hold."""
        return _field_lines(self).sub("", text)

    def guidance_in(self, text: str) -> tuple[str, ...]:
        """Return the guidance, and those of a text's lines that are the template's with fields."""
        filled = (match.group() for match in _field_lines(self).finditer(text))
        # A heading says nothing anyway, and every first-level one may be a template's title.
        lines = {plain_line(line) for line in filled if not line.lstrip().startswith("#")}
        return (*self.guidance, *sorted(lines - {""}, key=len, reverse=True))


def _block(part: Part, text: str) -> str:
    above = f"{part.above}\n\n" if part.above else ""
    below = "\n\n" if part.level == 2 else "\n"
    return f"{above}{'#' * part.level} {part.heading}{below}{text}"


@cache
def _guidance(template: Template) -> tuple[str, ...]:
    lines = [line for part in template.parts for line in part.guidance.split("\n")]
    plain = {plain_line(line) for line in (*lines, *template.other) if not _FIELD.search(line)}
    return tuple(sorted(plain - {""}, key=len, reverse=True))


@cache
def _field_lines(template: Template) -> re.Pattern[str]:
    text = "\n".join([template.head, *(part.guidance for part in template.parts), template.foot])
    lines = [line for line in text.split("\n") if _FIELD.search(line)]
    patterns = ["[^\n]*".join(map(re.escape, _FIELD.split(line)[::2])) for line in lines]
    # A field alone on its line would match any line; it is an address.
    told = [r"https?://\S+" if pattern == "[^\n]*" else pattern for pattern in patterns]
    return re.compile(f"^[ \t]*(?:{'|'.join(told) or '(?!)'})[ \t]*$", re.MULTILINE)


def plain_line(line: str) -> str:
    """Return a line without its list mark, check box and emphasis."""
    line = re.sub(r"^[\s>*+-]*(?:\d+[.)]\s*)?(?:\[[ xX]?\]\s*)?", "", line)
    return line.replace("*", "").replace("`", "").strip()
