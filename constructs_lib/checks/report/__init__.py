"""What the checks found, as people and other programs read it."""

FORMATS = ("text", "json", "sarif", "markdown", "github")
"""A file each."""
