"""The documented rules, a file an area."""

from collections.abc import Iterator
from importlib import import_module

from constructs_lib.checks.rule import Rule

_AREAS = (
    "functions",
    "packages",
    "invocations",
    "relational",
    "connections",
    "events",
    "items",
    "streams",
    "dax",
    "domain_names",
    "records",
    "api",
    "workflows",
    "task_results",
    "identity",
    "sign_in",
    "edge",
)


def documented_rules() -> Iterator[Rule]:
    """Give all rules of this library, in the order of the documentation."""
    for area in _AREAS:
        found = vars(import_module(f"{__name__}.{area}")).values()
        yield from (value for value in found if isinstance(value, Rule))
