"""Which rules judge, and which of their findings are told."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from constructs_lib.arguments import InvalidArgument
from constructs_lib.checks.rule import Rule

_SOURCE = "constructs-lib check --list"


def selected(rules: Iterable[Rule], *, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> list[Rule]:
    """Choose rules by id (``RDS-6``) or by area (``RDS``).

    Args:
        rules: all there are.
        select: these only; none are all.
        ignore: never these.

    Raises:
        InvalidArgument: if a name is of no rule; the nearest names are told. And if no rule is left.
    """
    every = list(rules)
    chosen, ignored = _named(every, "select", select), _named(every, "ignore", ignore)
    left = [rule for rule in every if (not select or rule.id in chosen) and rule.id not in ignored]
    if not left:
        raise InvalidArgument("ignore", "leave a rule to judge by", list(ignore), _SOURCE)
    return left


def find(rules: Iterable[Rule], id: str) -> Rule:
    """Find a rule by its id.

    Raises:
        InvalidArgument: if there is none; the nearest ids are told.
    """
    by_id = {rule.id: rule for rule in rules}
    if id.upper() not in by_id:
        raise _unknown("rule", id, by_id)
    return by_id[id.upper()]


def _named(rules: list[Rule], argument: str, names: Sequence[str]) -> set[str]:
    areas: dict[str, set[str]] = {}
    for rule in rules:
        for name in (rule.id, rule.area):
            areas.setdefault(name, set()).add(rule.id)
    found = set()
    for name in names:
        if name.upper() not in areas:
            raise _unknown(argument, name, areas)
        found |= areas[name.upper()]
    return found


def _unknown(argument: str, name: str, known: Iterable[str]) -> InvalidArgument:
    near = " or ".join(get_close_matches(name.upper(), known, n=3, cutoff=0.5))
    return InvalidArgument(argument, f"name a rule; is it {near}?" if near else "name a rule", name, _SOURCE)
