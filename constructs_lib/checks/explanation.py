"""What a rule is, why, and how to keep it: for ``constructs-lib check --explain``."""

from constructs_lib.checks.examples import example
from constructs_lib.checks.rule import Rule


def explanation(rule: Rule) -> str:
    """Write a rule down, with its templates if it has some."""
    parts = [f"{rule.id} ({rule.severity}): {rule.title}", rule.why]
    for which in ("wrong", "right"):
        try:
            parts.append(f"{which.capitalize()}:\n\n{_indented(example(rule.id, which))}")
        except OSError:  # a rule of another package has none here
            continue
    return "\n\n".join([*parts, f"Source: {rule.source}"])


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
