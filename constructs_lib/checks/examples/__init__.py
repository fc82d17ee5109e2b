"""A template that breaks each rule, and one that keeps it: for the rules' pages, ``--explain`` and the tests."""

from pathlib import Path


def example(rule: str, which: str) -> str:
    """Give a rule's template.

    Args:
        rule: the rule's id.
        which: ``wrong`` or ``right``. They differ in no more than it takes.
    """
    return (Path(__file__).parent / rule / f"{which}.yaml").read_text("utf-8")
