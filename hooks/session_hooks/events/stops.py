"""Which words say that a person stops. Fast path of a prompt: keep imports minimal."""

import re

_STOPS = re.compile(
    r"(?:^|[.!?,;:—\n]\s*)(?:ok(?:ay)?|so|well|right|alright|great|thanks|thank you|and|then)?,?"
    r"\s*(?:(?:i(?:'?m| am) |we(?:'?re| are) |all )?done for (?:now|today|tonight|the day)"
    r"|(?:(?:i(?:'?m| am)|we(?:'?re| are)|all) done here|we stop (?:here|now)"
    r"|(?:let'?s|we'?ll|i'?ll) leave it (?:here|there|at that)"
    r"|(?:please )?wrap (?:it |this |things )?up(?: here| now)?"
    r"|(?:it'?s )?time to (?:stop|go|wrap up)(?: here| now)?)(?: for (?:now|today))?|good ?night"
    r"|that(?:'?s| is) (?:it|all|enough) for (?:now|today|tonight)"
    r"|(?:i'?ll |let'?s |we'?ll )(?:stop|pause|wrap (?:it |this )?up)(?: here| there)?"
    r"(?: for (?:now|today))?"
    r"|let'?s call it (?:a day|a night|quits)"
    r"|(?:i have to|i'?ve got to|(?:i )?gotta) (?:go|leave)(?: now)?"
    r"|(?:let'?s|we'?ll|i'?ll) (?:continue|go on|pick (?:this|it) up) tomorrow"
    r"|(?:calling it a (?:day|night)|signing off|stopping here|see you tomorrow)"
    r"|(?:let'?s )?(?:end|close|pause) (?:the|this) session(?: here)?"
    r"|feierabend|gute nacht|schluss für heute"
    r"|(?:ich mache|machen wir|wir machen)(?: jetzt)? schluss(?: für heute)?"
    r"|das (?:war'?s|reicht) für heute"
    r"|on s'arrête là|c'est tout pour aujourd'hui|(?:es|eso es) todo por hoy|terminamos por hoy"
    r"|é tudo por hoje|(?:per oggi basta|basta per oggi)|今天(?:就到这|到此为止)"
    r"|今日はここまで|오늘은 여기까지"
    r")(?:[,.!]* (?:please|thanks|thank you|then|everyone|bye|good night|danke(?: dir)?|merci"
    r"|(?:please |and |then )*write (?:the|a) handoff(?: now)?))*\W*$",
    re.IGNORECASE,
)
"""A clause of its own, and the last: in another one something else is stopped."""
_MOST_WORDS = 40
"""Of a prompt that says so: in a longer one it is said of something else."""


def is_stop(prompt: object) -> bool:
    """Tell whether a prompt says that the person stops (000, "When to Write")."""
    is_short = isinstance(prompt, str) and len(prompt.split(maxsplit=_MOST_WORDS)) < _MOST_WORDS
    lines = (" ".join(line.split()) for line in str(prompt).replace("’", "'").splitlines())
    return is_short and _STOPS.search("\n".join(filter(None, lines))) is not None
