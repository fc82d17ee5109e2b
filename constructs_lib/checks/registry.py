"""All rules there are: this library's, those that other packages bring, and a user's own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from constructs_lib.arguments import InvalidArgument
from constructs_lib.checks.rule import Rule
from constructs_lib.checks.rules import documented_rules

_GROUP = "constructs_lib.checks"
_ID = re.compile(r"[A-Z][A-Z0-9]*-[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Registry:
    """The rules to judge by.

    Attributes:
        rules: this library's first; each id once.
        broken: why an entry point brought none, by its name.
    """

    rules: tuple[Rule, ...]
    broken: dict[str, str]


def all_rules(own: Iterable[Rule] = ()) -> Registry:
    """Gather this library's rules, those of entry points in the group ``constructs_lib.checks``, and a user's own.

    An entry point names a `Rule`, a list of them, or a module with some. One that does not load is told of, and the
    others are there.

    Raises:
        InvalidArgument: if two rules have one id, or an id is not of the form ``ACME-1``.
    """
    brought, broken = _brought()
    rules: dict[str, Rule] = {}
    for rule in (*documented_rules(), *brought, *own):
        if not isinstance(rule, Rule):
            raise InvalidArgument("rules", "be made by @rule", rule, "constructs_lib.checks.rule")
        if not _ID.fullmatch(rule.id):
            raise InvalidArgument("id", "be letters and a number, as in ACME-1", rule.id, "constructs_lib.checks")
        if rules.setdefault(rule.id, rule) is not rule:
            raise InvalidArgument("id", "be given to one rule only", rule.id, "constructs_lib.checks")
    return Registry(tuple(rules.values()), broken)


def _brought() -> tuple[list[Rule], dict[str, str]]:
    """Load what other packages bring."""
    rules: list[Rule] = []
    broken = {}
    for entry in entry_points(group=_GROUP):
        try:
            rules.extend(_loaded(entry))
        except Exception as error:  # another package's fault is told, and stops nothing
            broken[entry.name] = f"{type(error).__name__}: {error}"
    return rules, broken


def _loaded(entry: EntryPoint) -> list[Rule]:
    found = entry.load()
    if isinstance(found, ModuleType):
        found = [value for value in vars(found).values() if isinstance(value, Rule)]
    rules = [found] if isinstance(found, Rule) else list(found)
    if not rules or not all(isinstance(rule, Rule) for rule in rules):
        raise InvalidArgument(entry.name, "bring rules made by @rule", entry.value, "constructs_lib.checks.rule")
    return rules
