"""Judging templates that a test writes."""

from copy import deepcopy
from textwrap import dedent
from typing import Any

import yaml

from constructs_lib.checks.examples import example
from constructs_lib.checks.finding import Finding
from constructs_lib.checks.judgement import judge
from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.rules import documented_rules


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags, as far as tests write them."""


def _short(loader: Any, tag: str, node: Any) -> Any:
    read = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda each: loader.construct_sequence(each, deep=True),
        yaml.MappingNode: lambda each: loader.construct_mapping(each, deep=True),
    }
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": read[type(node)](node)}


_Loader.add_multi_constructor("!", _short)


def template(text: str) -> dict[str, Any]:
    """Read a template as a test writes it, in YAML."""
    read: dict[str, Any] = yaml.load(dedent(text), _Loader)
    return read


def right(rule: str) -> dict[str, Any]:
    """Give the template that keeps a rule, for a test to change."""
    return template(example(rule, "right"))


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Copy a template with another value at ``LogicalId.Properties.Name.0``; what leads there is made."""
    copied = deepcopy(body)
    place: Any = copied["Resources"]
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    for step in steps:
        place = place[step] if isinstance(step, int) else place.setdefault(step, {})
    place[last] = value
    return copied


def without(body: dict[str, Any], path: str) -> dict[str, Any]:
    """Copy a template without what is at ``LogicalId.Properties.Name.0``, or without a resource."""
    copied = deepcopy(body)
    place: Any = copied["Resources"]
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    for step in steps:
        place = place[step]
    del place[last]
    return copied


def stack(text: str | dict[str, Any], name: str = "Stack", *, region: str = "eu-west-1", account: str = "") -> Stack:
    """Make a stack of a template."""
    return Stack(name, template(text) if isinstance(text, str) else text, region=region, account=account)


def findings(*stacks: Stack | str | dict[str, Any]) -> list[Finding]:
    """What all rules find in an assembly; no rule breaks."""
    judgement = judge(Assembly(each if isinstance(each, Stack) else stack(each) for each in stacks), documented_rules())
    assert not judgement.broken
    return judgement.findings


def found(*stacks: Stack | str | dict[str, Any]) -> list[tuple[str, str]]:
    """What is found: the rule, and the place as ``LogicalId/Properties/...``."""
    return [(each.rule, each.location.removeprefix("/Resources/")) for each in findings(*stacks)]
