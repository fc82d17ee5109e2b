"""Text of other people's templates, so that nothing that reads a report takes it for more than text."""

import re

# What moves a cursor, breaks a line or turns the direction of writing: C0 and C1 controls, line separators, marks of
# direction, and what is no character.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

# GitHub's runner takes a line that begins with "::" for a command, and "##[" anywhere.
_COMMANDS = re.compile(r"^(\s*):(?=:)|##(?=\[)")


def harmless(text: str) -> str:
    """Write control characters as Python would, on one line, and let nothing be a command of a CI runner."""
    visible = _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return _COMMANDS.sub(lambda found: f"{found[0]}\u200b", visible)
