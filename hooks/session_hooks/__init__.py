"""Claude Code hooks that carry session files from one conversation to the next."""
