"""Puts the session hooks into Claude Code's settings, and takes them out again."""
