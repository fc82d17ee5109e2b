"""All templates of an app, as one thing that rules ask."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from constructs_lib.checks.model.effort import Effort
from constructs_lib.checks.model.intrinsics import Resolved
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.model.values import UNKNOWN

if TYPE_CHECKING:
    from constructs_lib.checks.reading.cannot_read import CannotRead
    from constructs_lib.checks.views.network import Network
    from constructs_lib.checks.views.operations import Operation
    from constructs_lib.checks.views.rights import Rights
    from constructs_lib.checks.views.workflow import State

_NESTED = "AWS::CloudFormation::Stack"
_READER, _WRITER = "Custom::CrossRegionExportReader", "Custom::CrossRegionExportWriter"


class Assembly:
    """The stacks of an app, with what leads from one to another.

    Attributes:
        stacks: all of them, nested ones too.
        unreadable: why files could not be read, or not as a whole.
        effort: bounds how far one value is followed.
        takes_defaults: whether a parameter counts as set to its default; the deployment may set it otherwise.
    """

    def __init__(self, stacks: Iterable[Stack], unreadable: "Iterable[CannotRead]" = ()) -> None:
        self.stacks = list(stacks)
        self.unreadable = list(unreadable)
        self.effort = Effort()
        self.takes_defaults = True
        for stack in self.stacks:
            stack.assembly = self

    def of_type(self, *types: str) -> list[Resource]:
        """All resources of these types, in the order of the templates."""
        if len(types) == 1:
            return self._by_type.get(types[0], [])
        return [resource for each in types for resource in self.of_type(each)]

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for stack in self.stacks:
            for resource in stack.resources.values():
                found[resource.type].append(resource)
        return dict(found)

    @cached_property
    def network(self) -> "Network":
        """Subnets, routes and security groups."""
        from constructs_lib.checks.views.network import Network

        return Network(self)

    @cached_property
    def rights(self) -> "Rights":
        """What roles may do."""
        from constructs_lib.checks.views.rights import Rights

        return Rights(self)

    @cached_property
    def operations(self) -> "list[Operation]":
        """What can be asked of APIs."""
        from constructs_lib.checks.views.operations import operations

        return list(operations(self))

    @cached_property
    def workflow_states(self) -> "list[State]":
        """The states of state machines."""
        from constructs_lib.checks.views.workflow import states

        return list(states(self))

    def export(self, name: str, importer: Stack) -> Resolved | None:
        """Give what stands behind an exported name, if one stack alone exports it where the importer can see it."""
        found = [each for each in self._exports.get(name, []) if _share_a_region(each[0], importer)]
        return found[0][0].output(found[0][1]) if len(found) == 1 else None

    @cached_property
    def _exports(self) -> dict[str, list[tuple[Stack, str]]]:
        """Stacks and their outputs by exported name."""
        found: dict[str, list[tuple[Stack, str]]] = defaultdict(list)
        for stack in self.stacks:
            for output, declared in stack.section("Outputs").items():
                export = declared.get("Export") if isinstance(declared, dict) else None
                name = stack.resolve(export.get("Name"))[1] if isinstance(export, dict) else None
                if isinstance(name, str) and not stack.is_never(declared):
                    found[name].append((stack, output))
        return dict(found)

    def output(self, stack_name: str, output: str, *, region: str = "") -> Resolved | None:
        """Give what ``Fn::GetStackOutput`` reads from another stack, of whatever region."""
        named = [stack for stack in self.stacks if stack.name == stack_name and region in ("", stack.region)]
        return named[0].output(output) if len(named) == 1 else None

    def exported_by(self, resource: Resource, attribute: str) -> Resolved | None:
        """Give what an attribute really is, of a nested stack or of CDK's reader of another region's exports."""
        if resource.type == _NESTED and attribute.startswith("Outputs."):
            child = self._children.get(resource)
            return child.output(attribute.removeprefix("Outputs.")) if child else None
        if resource.type == _READER:
            found = [each for each in self._written.get(attribute, []) if _share_an_account(each[0], resource.stack)]
            return found[0] if len(found) == 1 else None
        return None

    @cached_property
    def _children(self) -> dict[Resource, Stack]:
        return {stack.parent: stack for stack in self.stacks if stack.parent is not None}

    @cached_property
    def _written(self) -> dict[str, list[Resolved]]:
        """What CDK's writers put into other regions, by the name of the parameter."""
        found: dict[str, list[Resolved]] = defaultdict(list)
        for writer in self.of_type(_WRITER):
            for name, place in writer.at("WriterProps", "exports").entries:
                found[name].append((writer.stack, UNKNOWN if isinstance(place.value, list | dict) else place.value))
        return dict(found)


def _share_a_region(one: Stack, other: Stack) -> bool:
    """Whether two stacks may be in one region of one account: what is not known may be the same."""
    return _share_an_account(one, other) and (not one.region or not other.region or one.region == other.region)


def _share_an_account(one: Stack, other: Stack) -> bool:
    return not one.account or not other.account or one.account == other.account
