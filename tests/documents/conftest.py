"""The first use of the markdown library is no test's own time."""

from session_hooks.documents.markdown import blocks

blocks("")
