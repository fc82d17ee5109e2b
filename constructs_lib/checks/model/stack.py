"""A stack: its template, where it is deployed, and how its intrinsic functions are followed."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from constructs_lib.checks.model.conditions import holds
from constructs_lib.checks.model.intrinsics import FUNCTIONS, Resolved
from constructs_lib.checks.model.parameters import parameter
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.values import UNKNOWN, Value, joined

if TYPE_CHECKING:
    from constructs_lib.checks.model.assembly import Assembly

_HARMLESS = {"AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16"}
"""Transforms that add no property to a resource."""


class Stack:
    """One template, deployed to one place.

    Attributes:
        name: what CloudFormation calls the stack, or the file's name.
        template: the template as data.
        region: where it is deployed; empty if it is not known.
        account: the account that it is deployed to; empty if it is not known.
        file: the file that the template was read from, for reports.
        is_named: whether CloudFormation surely calls the stack by this name.
        nested_in: for a nested stack, the parent stack, and there the logical id of the resource that makes it.
        assembly: what the stack is part of.
    """

    def __init__(
        self,
        name: str,
        template: dict[str, Any],
        *,
        region: str = "",
        account: str = "",
        file: str = "",
        is_named: bool = True,
        paths: Callable[[], Mapping[str, str]] = dict,
        nested_in: "tuple[Stack, str] | None" = None,
    ) -> None:
        self.name = name
        self.template = template
        self.region = region
        self.account = account
        self.file = file
        self.is_named = is_named
        self._paths = paths
        self.nested_in = nested_in
        self.assembly: Assembly
        self._conditions: dict[str, bool | None] = {}
        self._parameters: dict[tuple[str, bool], Value] = {}
        self._outputs: dict[str, Value] = {}

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """The paths of the constructs that made its resources, where the template does not tell them."""
        return self._paths()

    def section(self, name: str) -> dict[str, Any]:
        """Give a section of the template, such as ``Parameters``; an empty one if there is none."""
        found = self.template.get(name)
        return found if isinstance(found, dict) else {}

    @cached_property
    def parent(self) -> Resource | None:
        """For a nested stack, the resource of the parent stack that makes it."""
        if self.nested_in is None:
            return None
        stack, logical_id = self.nested_in
        return stack.resources.get(logical_id)

    @cached_property
    def is_open(self) -> bool:
        """Whether a macro, an inclusion or a loop may add to the template when it is deployed."""
        transform = self.template.get("Transform", [])
        names = transform if isinstance(transform, list) else [transform]
        return any(not isinstance(name, str) or name not in _HARMLESS for name in names) or any(
            isinstance(key, str) and key.startswith("Fn::") for key in (*self.template, *self.section("Resources"))
        )

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """The resources by logical id, but those of a condition that is never true."""
        if self.nested_in is not None and self.parent is None:
            return {}
        return {
            logical_id: Resource(self, logical_id, body["Type"], body)
            for logical_id, body in self.section("Resources").items()
            if isinstance(body, dict)
            and isinstance(body.get("Type"), str)
            and isinstance(logical_id, str)
            and not self.is_never(body)
        }

    def is_never(self, declared: dict[str, Any]) -> bool:
        """Whether a resource or an output has a condition that is never true."""
        condition = declared.get("Condition")
        return isinstance(condition, str) and self.condition(condition) is False

    def resolve(self, raw: object) -> Resolved:
        """Follow the intrinsic functions of a value; the stack beside it is where its own references lead from."""
        if isinstance(raw, str):
            return self, joined([raw]) if "{{" in raw else raw
        if not isinstance(raw, dict) or len(raw) != 1:
            return self, raw
        ((name, argument),) = raw.items()
        function = FUNCTIONS.get(name)
        if function is None:
            return self, UNKNOWN if isinstance(name, str) and name.startswith("Fn::") else raw
        with self.assembly.effort as is_bearable:
            return function(self, argument) if is_bearable else (self, UNKNOWN)

    def settled(self, raw: object) -> Value:
        """Resolve what one stack hands another: a text or a number, or a list of them."""
        source, value = self.resolve(raw)
        items = [source.resolve(each)[1] for each in value] if isinstance(value, list) else [value]
        flat = [UNKNOWN if isinstance(item, list | dict) else item for item in items]
        return flat if isinstance(value, list) else flat[0]

    def parameter(self, name: str) -> Value:
        """Give what a parameter is if the deployment is silent: what the parent stack gives, or its default."""
        key = name, self.assembly.takes_defaults
        if key not in self._parameters:
            self._parameters[key] = parameter(self, name)
        return self._parameters[key]

    def output(self, name: str) -> Resolved | None:
        """Give what an output says; None if there is no such output."""
        declared = self.section("Outputs").get(name)
        if not isinstance(declared, dict) or "Value" not in declared:
            return None
        if name not in self._outputs:
            self._outputs[name] = self.settled(declared["Value"])
        return self, self._outputs[name]

    def condition(self, name: str) -> bool | None:
        """Whether a condition holds, whatever the parameters are; None if that is open."""
        if name not in self._conditions:
            self._conditions[name] = None  # for one that asks for itself
            self._conditions[name] = holds(self, self.section("Conditions").get(name))
        return self._conditions[name]
